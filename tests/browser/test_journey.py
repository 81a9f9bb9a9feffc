"""The main journey in a real browser, against the portal as it runs in production."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.visitor import ASKING, Visitor

pytestmark = pytest.mark.browser


def _is_same_document(page: Page) -> bool:
    """Tell whether the page is still the one that was marked, so that nothing has reloaded it."""
    return bool(page.evaluate("document.documentElement.dataset.isMarked === 'yes'"))


def _mark(page: Page) -> None:
    page.evaluate("document.documentElement.dataset.isMarked = 'yes'")


def test_a_person_signs_in_creates_stores_revokes_and_signs_out(open_browser: OpenBrowser) -> None:
    visitor = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    visitor.add_pat("laptop")
    with visitor.tenant.hold("journey", verb="list", person=visitor.person.object_id, times=None):
        visitor.sign_in_by_hand()
        expect(visitor.heading("Fetching your tokens for the first time")).to_be_visible()
        _mark(page)
    expect(visitor.row("laptop")).to_contain_text("Active")
    expect(page.get_by_text(ASKING)).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="List updated")).to_have_count(1)
    assert _is_same_document(page)

    visitor.link("New token").click()
    visitor.fill_form(name="ci-deploy")
    visitor.button("Create token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    made = next(pat for pat in visitor.pats() if pat.display_name == "ci-deploy")
    place = page.locator("[data-secret-text]")
    expect(place).to_have_text("•" * len(made.secret))
    visitor.button("Show").click()
    expect(place).to_have_text(made.secret)
    visitor.button("Hide").click()
    expect(place).not_to_contain_text(made.secret)
    visitor.button("Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == made.secret

    visitor.button("I have stored it").click()
    expect(page.get_by_text("Noted: you have stored the secret of “ci-deploy”.")).to_be_visible()
    assert page.url == f"{visitor.portal.base_url}/"
    visitor.choose("Revoke", "ci-deploy")
    expect(visitor.heading("Revoke ci-deploy?")).to_be_visible()
    with visitor.tenant.hold("confirmation", verb="list", person=visitor.person.object_id, times=None):
        visitor.button("Revoke").click()
        expect(visitor.row("ci-deploy")).to_contain_text("Revocation sent")
        _mark(page)
    # Among the active ones it is no longer listed once Azure DevOps shows it as revoked.
    expect(visitor.row("ci-deploy")).to_have_count(0)
    assert _is_same_document(page)
    page.get_by_role("link", name="Revoked").click()
    expect(visitor.row("ci-deploy")).to_contain_text("Revoked")
    assert {pat.display_name: pat.status for pat in visitor.pats()} == {
        "laptop": "active",
        "ci-deploy": "revoked",
    }

    visitor.button("Sign out").click()
    expect(visitor.heading("You are signed out")).to_be_visible()
    visitor.go("/")
    expect(visitor.button("Sign in")).to_be_visible()


def test_the_same_journey_works_without_javascript(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.add_pat("laptop")
    visitor.sign_in_by_hand()
    visitor.await_list()
    expect(visitor.row("laptop")).to_contain_text("Active")

    visitor.link("New token").click()
    visitor.fill_form(name="ci-deploy")
    visitor.button("Create token").click()
    made = next(pat for pat in visitor.pats() if pat.display_name == "ci-deploy")
    expect(visitor.page.get_by_text(made.secret).first).to_be_visible()
    expect(visitor.button("Show")).to_be_hidden()
    expect(visitor.button("Copy")).to_be_hidden()

    visitor.button("I have stored it").click()
    visitor.add_pat("made elsewhere")
    visitor.button("Refresh").click()
    visitor.await_list()
    expect(visitor.row("made elsewhere")).to_be_visible()
    visitor.choose("Revoke", "ci-deploy")
    visitor.button("Revoke").click()
    visitor.await_list()
    expect(visitor.row("ci-deploy")).to_have_count(0)
    visitor.page.get_by_role("link", name="Revoked").click()
    expect(visitor.row("ci-deploy")).to_contain_text("Revoked")

    visitor.button("Sign out").click()
    expect(visitor.heading("You are signed out")).to_be_visible()


def test_a_refused_clipboard_still_lets_the_secret_be_copied_by_hand(visitor: Visitor) -> None:
    visitor.context.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused'))"
    )
    visitor.sign_in()
    secret = visitor.create_pat()
    visitor.button("Copy").click()
    expect(visitor.page.get_by_text("The browser does not let the page copy.")).to_be_visible()
    assert visitor.page.evaluate("getSelection().toString()").strip() == secret
