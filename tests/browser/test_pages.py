"""Every page in every state: nothing that axe objects to, light or dark, nothing wider than the screen."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import Inspector
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_LONG_NAME = "Nightly-export-of-everything-that-ended-" * 4 + "and a few words more, so that it wraps"
_MIXED_NAME = "עברית mixed with English <b>and</b> & signs"

# What stands in the list's panel and sticks out of it; a wide page would not show it otherwise.
_OUT_OF_THE_PANEL = """
() => {
  const panel = document.querySelector("section[aria-label=Tokens]").getBoundingClientRect();
  const parts = Array.from(document.querySelectorAll(".pat-table :is(th, td, .badge, .mark, .button)"));
  const wide = parts.filter((one) => one.getBoundingClientRect().right > panel.right + 0.5);
  return wide.map((one) => one.outerHTML.slice(0, 120));
}
"""


@pytest.fixture
def inspector(visitor: Visitor) -> Inspector:
    return Inspector(visitor.page)


def test_pages_for_strangers_suit_everybody(visitor: Visitor, inspector: Inspector) -> None:
    for status in (403, 404):
        visitor.watch.allow_status(status)
    for label, path in {
        "sign-in": "/",
        "help with a code": "/help/sign-in?code=AADSTS50105",
        "help with an unknown code": "/help/sign-in?code=1",
        "help with words": "/help/sign-in?code=guest",
        "approval declined": "/getAToken?error=access_denied&state=admin_consent",
        "signed out": "/signed-out",
        "not found": "/nothing-is-here",
    }.items():
        visitor.go(path)
        inspector.look(label)
    visitor.go("/help/sign-in")
    visitor.page.locator(".help-numbers > summary").click()
    visitor.page.locator(".help-list > summary").first.click()
    visitor.page.locator(".help-entry > summary").first.click()
    inspector.look("help unfolded")
    visitor.go("/")
    visitor.button("Sign in").click()
    visitor.button("Cancel").click()
    expect(visitor.button("Give permission")).to_be_visible()
    inspector.look("sign-in failed")
    assert not inspector.faults, inspector.report()


def test_the_list_suits_everybody_while_it_fills_and_when_it_is_empty(
    visitor: Visitor, inspector: Inspector
) -> None:
    with visitor.tenant.hold("filling", verb="list", person=visitor.person.object_id, times=None):
        visitor.sign_in()
        inspector.look("first fill")
    visitor.await_list()
    inspector.look("empty list")
    visitor.go("/?q=nobody+has+it")
    inspector.look("filtered empty")
    assert not inspector.faults, inspector.report()


def test_a_full_list_suits_everybody(visitor: Visitor, inspector: Inspector) -> None:
    now = datetime.now(UTC)
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 52)
    visitor.add_pat(_LONG_NAME, organization="beta", valid_to=now + timedelta(days=3))
    visitor.add_pat(_MIXED_NAME, scope="vso.code_manage vso.build vso.work vso.packaging")
    visitor.add_pat("everything", scope="app_token", all_orgs=True)
    visitor.add_pat("ended", valid_from=now - timedelta(days=9), valid_to=now - timedelta(days=2))
    visitor.add_pat("stopped", revoked=True)
    visitor.add_pat("Git: https://dev.azure.com/alpha on PC", valid_to=now + timedelta(days=9))
    visitor.sign_in_to_full_list()
    inspector.look("first page of the list")
    visitor.go("/?q=service&page=2")
    visitor.page.locator("summary").first.click()
    inspector.look("last page of the list")
    visitor.go("/?status=all&q=e+n&sort=-name")
    visitor.row("mixed with English").locator("details:not(.menu) summary").click()
    inspector.look("list of all states")
    for width in (320, 1201, 1440):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        assert visitor.page.evaluate(_OUT_OF_THE_PANEL) == []
    visitor.menu_button(_MIXED_NAME).click()
    inspector.look("list with a menu")
    visitor.go("/?by=machines")
    inspector.look("what tools made")
    assert not inspector.faults, inspector.report()


def test_a_list_with_troubles_suits_everybody(visitor: Visitor, inspector: Inspector) -> None:
    person = visitor.person.object_id
    visitor.add_pat("left over")
    visitor.sign_in("/tokens/new")
    visitor.fill_form(name="lost")
    with visitor.tenant.fault("pats", verb="create", person=person, drop="after"):
        visitor.button("Create token").click()
        expect(visitor.heading("The answer was lost")).to_be_visible()
    inspector.look("operation pending")
    beta = visitor.tenant.organization("beta").name
    with visitor.tenant.fault("pats", verb="list", person=person, organization=beta, status=500):
        visitor.go("/")
        visitor.button("Refresh").click()
        visitor.await_list()
    visitor.change_row("left over", is_left_over=True)
    visitor.page.reload()
    expect(visitor.button("Keep left over")).to_be_visible()
    expect(visitor.page.get_by_text("“lost” in")).to_be_visible()
    expect(visitor.page.get_by_text("What you see of it was last read")).to_be_visible()
    inspector.look("troubled list")
    assert not inspector.faults, inspector.report()


def test_creating_suits_everybody(visitor: Visitor, inspector: Inspector) -> None:
    for status in (403, 422):
        visitor.watch.allow_status(status)
    visitor.sign_in("/tokens/new")
    inspector.look("create")
    visitor.page.get_by_label("On a date").check()
    visitor.button("Create token").click()
    expect(visitor.page.locator("#error-summary")).to_be_visible()
    inspector.look("create with errors")
    visitor.fill_form(name=_LONG_NAME)
    with visitor.tenant.fault("pats", verb="create", pat_error="patLifespanPolicyViolation", times=1):
        visitor.button("Create token").click()
        expect(visitor.heading("New token")).to_be_visible()
    inspector.look("create refused")
    visitor.button("Create token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    inspector.look("secret masked")
    visitor.button("Show").click()
    inspector.look("secret shown")
    visitor.page.reload()
    expect(visitor.heading("The token was created")).to_be_visible()
    inspector.look("operation done")
    assert not inspector.faults, inspector.report()


def test_a_shortened_expiry_suits_everybody(visitor: Visitor, inspector: Inspector) -> None:
    visitor.sign_in("/tokens/new")
    visitor.tenant.change_organization("beta", policies={"max_days": 5, "lifespan_mode": "clamp"})
    visitor.fill_form(organization="beta")
    visitor.button("Create token").click()
    expect(visitor.heading("It expires earlier than you asked")).to_be_visible()
    visitor.tenant.change_organization("beta", policies=None)
    inspector.look("secret with a shorter life")
    assert not inspector.faults, inspector.report()


def test_revoking_suits_everybody(visitor: Visitor, inspector: Inspector) -> None:
    visitor.watch.allow_status(409)
    visitor.add_pat(_LONG_NAME)
    visitor.sign_in_to_full_list()
    visitor.choose("Revoke", _LONG_NAME)
    expect(visitor.heading(f"Revoke {_LONG_NAME}?")).to_be_visible()
    inspector.look("revoke in a dialog")
    # The list below the dialog is out of reach, yet still there.
    address = visitor.page.locator("a[id^=revoke-]").first.get_attribute("href") or ""
    visitor.go(address)
    inspector.look("revoke")
    with visitor.tenant.hold("revoking", verb="list", person=visitor.person.object_id, times=None):
        visitor.button("Revoke").click()
        expect(visitor.row(_LONG_NAME)).to_contain_text("Revocation sent")
        inspector.look("list with a message")
    visitor.await_list()
    visitor.go(address)
    inspector.look("problem")
    assert not inspector.faults, inspector.report()


def test_activity_suits_everybody(visitor: Visitor, inspector: Inspector) -> None:
    visitor.sign_in("/tokens/new")
    visitor.fill_form(name=_LONG_NAME)
    visitor.button("Create token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    visitor.go("/activity")
    visitor.page.locator("summary").first.click()
    inspector.look("activity")
    visitor.go("/activity?older=20000101T000000000000-1")
    inspector.look("activity without events")
    assert not inspector.faults, inspector.report()


def test_refusals_suit_everybody(visitor: Visitor, inspector: Inspector) -> None:
    for status in (401, 403):
        visitor.watch.allow_status(status)
    visitor.sign_in()
    visitor.go("/admin/")
    inspector.look("forbidden")
    visitor.go("/tokens/new")
    visitor.context.clear_cookies(name="csrf")
    visitor.button("Create token").click()
    expect(visitor.heading("This form is too old")).to_be_visible()
    inspector.look("form too old")
    visitor.go("/sign-in?again=1")
    inspector.look("sign-in again")
    assert not inspector.faults, inspector.report()
