"""The pages without a mouse: everything can be reached, and the focus is seen and never lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_the_main_journey_needs_no_mouse(visitor: Visitor) -> None:
    page, keys = visitor.page, Keyboard(visitor.page)
    visitor.go()
    keys.reach(visitor.button("Sign in"))
    keys.press("Enter")
    keys.reach(visitor.button(visitor.person.name), is_ours=False)
    keys.press("Enter")
    expect(visitor.button("Sign out")).to_be_visible()
    visitor.await_list()
    keys.reach(visitor.link("New token"))
    keys.press("Enter")

    keys.reach(page.get_by_label("Name", exact=True))
    keys.type("ci-deploy")
    keys.reach(page.get_by_label("Organization"))
    keys.type("beta")
    keys.reach(page.get_by_label("30 days"))
    keys.press("ArrowDown")
    expect(page.get_by_label("60 days")).to_be_checked()
    keys.reach(page.get_by_label("Find a scope"))
    keys.type("code read")
    keys.reach(page.get_by_label("Code (read)", exact=True))
    keys.press("Space")
    keys.reach(visitor.button("Create token"))
    keys.press("Enter")

    expect(visitor.heading("Store the secret now")).to_be_visible()
    made = visitor.pats()[0]
    assert made.organization == visitor.tenant.organization("beta").name
    keys.reach(visitor.button("Show"))
    keys.press("Space")
    expect(page.get_by_text(made.secret).first).to_be_visible()
    keys.reach(visitor.button("I have stored it"))
    keys.press("Enter")
    keys.reach(visitor.menu_button("ci-deploy"))
    keys.press("Enter")
    keys.reach(visitor.link("Revoke ci-deploy"))
    keys.press("Enter")
    keys.reach(visitor.button("Revoke"))
    keys.press("Enter")
    expect(page.get_by_text("The revocation of “ci-deploy” was sent to Azure DevOps.")).to_be_visible()
    keys.reach(visitor.button("Sign out"))
    keys.press("Enter")
    expect(visitor.heading("You are signed out")).to_be_visible()
    assert visitor.pats()[0].status == "revoked"


def test_a_refused_form_leads_from_its_summary_to_the_fields(visitor: Visitor) -> None:
    page, keys = visitor.page, Keyboard(visitor.page)
    visitor.watch.allow_status(422)
    visitor.sign_in("/tokens/new")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    keys.reach(page.locator("#error-summary").get_by_role("link", name="Name"))
    keys.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    assert keys.focus_fault() == ""
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    page.locator("#error-summary").get_by_role("link", name="Scopes").press("Enter")
    keys.reach(page.get_by_label("Find a scope"))


def test_the_first_tab_leads_past_the_navigation(visitor: Visitor) -> None:
    keys = Keyboard(visitor.page)
    visitor.go()
    keys.reach(visitor.link("Skip to the content"))
    keys.press("Enter")
    expect(visitor.page.get_by_role("main")).to_be_focused()
    keys.reach(visitor.button("Sign in"))
