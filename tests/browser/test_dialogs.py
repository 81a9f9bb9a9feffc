"""Pages of a token beside the list: the panel, the dialogs, and what is said afterwards."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.keyboard import Keyboard
from tests.browser.secrecy import traces
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def at_list(visitor: Visitor) -> Visitor:
    """Somebody with two tokens who looks at the list."""
    visitor.add_pat("deploy")
    visitor.add_pat("laptop")
    visitor.sign_in_to_full_list()
    return visitor


def test_it_takes_two_clicks_from_the_list_to_the_new_secret(at_list: Visitor) -> None:
    at_list.link("Rotate deploy").click()
    at_list.button("Create the new token").click()
    expect(at_list.heading("Store the secret now")).to_be_visible()
    secret = max(at_list.pats(), key=lambda pat: pat.created_at or 0).secret
    at_list.page.go_back()
    expect(at_list.heading("Personal access tokens")).to_be_visible()
    assert traces(at_list.page, secret) == []


def test_the_details_open_beside_the_list_and_have_an_address(at_list: Visitor) -> None:
    page, panel = at_list.page, at_list.page.get_by_role("dialog", name="deploy")
    home = page.url
    at_list.link("deploy").click()
    expect(panel.get_by_role("heading", name="What it is")).to_be_visible()
    expect(page).to_have_title(re.compile("^deploy "))
    address = page.url
    assert "/tokens/" in address
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page).to_have_url(home)
    expect(page).to_have_title(re.compile("^Tokens "))
    expect(at_list.link("deploy")).to_be_focused()

    at_list.link("deploy").click()
    expect(panel).to_be_visible()
    page.go_back()
    expect(panel).to_be_hidden()
    expect(page).to_have_url(home)
    page.go_forward()
    expect(page).to_have_url(address)
    expect(at_list.heading("deploy")).to_be_visible()
    expect(at_list.link("All tokens")).to_be_visible()


def test_a_search_is_still_there_after_the_details(at_list: Visitor) -> None:
    page = at_list.page
    page.get_by_role("searchbox").press_sequentially("dep")
    at_list.expect_names("deploy")
    page.evaluate("document.body.dataset.mark = 'same'")
    at_list.link("deploy").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page).to_have_url(f"{at_list.portal.base_url}/?q=dep")
    at_list.expect_names("deploy")
    assert page.evaluate("document.body.dataset.mark") == "same"


def test_a_panel_and_a_dialog_need_no_mouse(at_list: Visitor) -> None:
    page, keys = at_list.page, Keyboard(at_list.page)
    keys.reach(at_list.link("deploy"))
    keys.press("Enter")
    expect(at_list.heading("deploy")).to_be_focused()
    keys.reach(page.get_by_role("dialog").get_by_role("link", name="Rotate", exact=True))
    keys.press("Enter")
    expect(at_list.heading("Rotate deploy")).to_be_focused()
    keys.reach(at_list.link("Cancel"))
    keys.press("Enter")
    expect(at_list.heading("Rotate deploy")).to_be_hidden()
    expect(page.get_by_role("dialog").get_by_role("link", name="Rotate", exact=True)).to_be_focused()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(at_list.link("deploy")).to_be_focused()


def test_the_focus_comes_back_to_a_row_that_was_drawn_anew(at_list: Visitor) -> None:
    page = at_list.page
    at_list.link("Rotate deploy").click()
    expect(at_list.heading("Rotate deploy")).to_be_visible()
    page.evaluate("htmx.ajax('GET', '/', {target: '#pats', swap: 'outerHTML'})")
    expect(page.locator("p[data-live-for=pats]")).to_have_text("List updated: 2 tokens")
    page.keyboard.press("Escape")
    expect(at_list.link("Rotate deploy")).to_be_focused()


def test_a_click_with_a_modifier_opens_a_page_of_its_own(at_list: Visitor) -> None:
    with at_list.context.expect_page() as opened:
        at_list.link("deploy").click(modifiers=["Control"])
    expect(opened.value.get_by_role("link", name="All tokens")).to_be_visible()
    expect(at_list.page.get_by_role("dialog")).to_be_hidden()


def test_what_is_no_page_of_a_token_is_shown_as_it_is(at_list: Visitor) -> None:
    at_list.watch.allow_status(409)
    at_list.change_row("deploy", revoked_at=datetime.now(UTC))
    at_list.choose("Revoke", "deploy")
    expect(at_list.page.get_by_role("dialog")).to_be_hidden()
    expect(at_list.page.get_by_role("heading", level=1)).to_be_visible()
    assert at_list.page.url.endswith("/revoke")

    at_list.go("/")
    at_list.context.clear_cookies(name="session")
    at_list.link("laptop").click()
    expect(at_list.button("Sign in")).to_be_visible()


def test_a_result_is_read_aloud_and_can_be_put_away(at_list: Visitor) -> None:
    at_list.choose("Revoke", "laptop")
    at_list.button("Revoke").click()
    said = at_list.page.get_by_role("status").filter(has_text="The revocation of “laptop” was sent")
    expect(said).to_be_visible()
    at_list.button("Dismiss").click()
    expect(said).to_have_count(0)


def test_without_script_pages_and_messages_are_where_they_always_were(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.add_pat("laptop")
    visitor.sign_in_to_full_list()
    visitor.link("laptop").click()
    visitor.link("Revoke").click()
    expect(visitor.heading("Revoke laptop?")).to_be_visible()
    visitor.button("Revoke").click()
    message = visitor.page.get_by_text("The revocation of “laptop” was sent to Azure DevOps.")
    place, heading = message.bounding_box(), visitor.heading("Personal access tokens").bounding_box()
    assert place
    assert heading
    assert place["y"] < heading["y"]
    expect(visitor.button("Dismiss")).to_have_count(0)
