"""Why a token is marked: within reach of mouse, finger, keyboard and screen reader, also without script."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import ASKING, Visitor

pytestmark = pytest.mark.browser

_FULL, _OLD = "Full access", "Older than 90 days"
_BESIDE = """
(mark, box) => {
  const [near, far] = [mark, box].map((one) => one.getBoundingClientRect());
  const isOnPage = far.left >= 0 && far.right <= innerWidth && far.top >= 0 && far.bottom <= innerHeight;
  return isOnPage && Math.min(Math.abs(far.top - near.bottom), Math.abs(near.top - far.bottom)) < 16;
}
"""


def _fill(visitor: Visitor) -> None:
    """Have one token with each mark in the list."""
    now = datetime.now(UTC)
    visitor.add_pat("everything", scope="app_token")
    visitor.add_pat("long in use", valid_from=now - timedelta(days=120), valid_to=now + timedelta(days=20))
    visitor.add_pat("code", scope="vso.code_full", valid_to=now + timedelta(days=40))
    visitor.add_pat("everywhere", all_orgs=True, valid_to=now + timedelta(days=50))
    visitor.add_pat("plain", valid_to=now + timedelta(days=60))


def _reason(visitor: Visitor, label: str) -> Locator:
    return visitor.page.get_by_role("dialog", name=label)


@pytest.mark.parametrize(
    "options",
    [{}, {"java_script_enabled": False}, {"has_touch": True, "viewport": {"width": 320, "height": 700}}],
    ids=["mouse", "without script", "finger on a phone"],
)
def test_a_mark_says_why_it_is_there_and_what_to_do(
    open_browser: OpenBrowser, chromium: Any, options: dict[str, Any]
) -> None:
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    visitor = open_browser(context=context)
    _fill(visitor)
    visitor.sign_in_to_full_list()
    for name, label, words in (
        ("everything", _FULL, "choose only the scopes that its work needs"),
        ("long in use", _OLD, "The old secret goes on to work until you say that the new one is stored."),
        ("code", "High privilege", "take off what its work does not need"),
        ("everywhere", "All organizations, stops", "create one for each organization"),
    ):
        mark, reason = visitor.row(name).get_by_role("button", name=label), _reason(visitor, label)
        expect(reason).to_be_hidden()
        mark.tap() if options.get("has_touch") else mark.click()
        expect(reason).to_contain_text(words)
        expect(reason).to_be_in_viewport(ratio=1)
        close = reason.get_by_role("button", name="Close")
        close.tap() if options.get("has_touch") else close.click()
        expect(reason).to_be_hidden()
    expect(visitor.row("plain").locator(".mark")).to_have_count(0)


def test_it_is_told_by_keyboard_and_to_screen_readers(visitor: Visitor) -> None:
    _fill(visitor)
    visitor.sign_in_to_full_list()
    keys, page = Keyboard(visitor.page), visitor.page
    mark, reason = visitor.row("everything").get_by_role("button", name=_FULL), _reason(visitor, _FULL)
    # Heard as soon as the mark is reached, whether or not its box is open.
    expect(mark).to_have_accessible_name(f"{_FULL} everything")
    expect(mark).to_have_accessible_description(
        "Whoever gets hold of its secret can do everything that you can do. "
        "Edit it and choose only the scopes that its work needs. Its secret stays the same."
    )
    keys.reach(mark)
    keys.press("Enter")
    expect(reason).to_be_visible()
    assert mark.evaluate(_BESIDE, reason.element_handle())
    keys.press("Tab")
    expect(reason.get_by_role("button", name="Close")).to_be_focused()
    assert keys.focus_fault() == ""
    keys.press("Escape")
    expect(reason).to_be_hidden()
    expect(mark).to_be_focused()
    keys.press("Space")
    expect(reason).to_be_visible()
    # Only one is open at a time, and a click elsewhere puts it away.
    visitor.row("long in use").get_by_role("button", name=_OLD).click()
    expect(reason).to_be_hidden()
    expect(_reason(visitor, _OLD)).to_be_visible()
    page.get_by_role("heading", name="Personal access tokens").click()
    expect(_reason(visitor, _OLD)).to_be_hidden()


def test_an_open_reason_outlives_polling(visitor: Visitor) -> None:
    _fill(visitor)
    visitor.sign_in_to_full_list()
    page, who = visitor.page, visitor.person.object_id
    beta = visitor.tenant.organization("beta").name
    with visitor.tenant.hold(f"beta-{who}", verb="list", person=who, organization=beta, times=None):
        visitor.button("Refresh").click()
        expect(page.get_by_text(ASKING)).to_be_visible()
        page.clock.install()
        page.reload()
        mark, reason = visitor.row("everything").get_by_role("button", name=_FULL), _reason(visitor, _FULL)
        mark.click()
        visitor.change_row("plain", name="another")
        page.clock.run_for(2100)
        expect(visitor.row("another")).to_be_visible()
        expect(reason).to_be_in_viewport(ratio=1)
        expect(mark).to_be_focused()


def test_marks_and_reasons_suit_everybody(visitor: Visitor) -> None:
    _fill(visitor)
    visitor.sign_in_to_full_list()
    inspector = Inspector(visitor.page)
    inspector.look("list with marks")
    visitor.row("long in use").get_by_role("button", name=_OLD).click()
    inspector.look("list with a reason")
    visitor.page.keyboard.press("Escape")
    visitor.link("everything").click()
    expect(visitor.page.get_by_text("Worth knowing")).to_be_visible()
    expect(visitor.page.get_by_text("Its secret stays the same.").last).to_be_visible()
    inspector.look("panel with a mark")
    assert not inspector.faults, inspector.report()
