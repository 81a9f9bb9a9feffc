"""Finding a PAT: search as one types, the strip of days, what tools made, and the menu of a row."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

NOW = datetime.now(UTC)
GIT = "Git: https://dev.azure.com/fabrikam on BUILD-07"


def _mark(page: Page) -> None:
    page.evaluate("document.body.dataset.mark = 'same'")


def _is_same_document(page: Page) -> bool:
    return bool(page.evaluate("document.body.dataset.mark === 'same'"))


def test_three_letters_find_a_token_while_one_types(visitor: Visitor) -> None:
    visitor.add_pat("release notes")
    visitor.add_pat("deploy to production")
    visitor.add_pat("wiki", scope="vso.wiki_write")
    visitor.sign_in_to_full_list()
    page, search = visitor.page, visitor.page.get_by_role("searchbox")
    _mark(page)
    search.press_sequentially("dep")
    visitor.expect_names("deploy to production")
    expect(page).to_have_url(f"{visitor.portal.base_url}/?q=dep")
    expect(page.get_by_role("status").filter(has_text="List updated: 1 token")).to_have_count(1)
    search.press("ArrowLeft")
    search.press("Backspace")
    visitor.expect_names("deploy to production")
    expect(page).to_have_url(f"{visitor.portal.base_url}/?q=dp")
    search.press_sequentially("e")
    expect(page).to_have_url(f"{visitor.portal.base_url}/?q=dep")
    expect(search).to_be_focused()
    assert search.evaluate("element => element.selectionStart") == 2
    search.fill("wik")
    visitor.expect_names("wiki")
    search.fill("write")
    expect(page).to_have_url(f"{visitor.portal.base_url}/?q=write")
    visitor.expect_names("wiki")
    assert _is_same_document(page)

    page.reload()
    expect(search).to_have_value("write")
    visitor.expect_names("wiki")
    # However often one stopped typing, it is one step back.
    page.go_back()
    expect(page).to_have_url(f"{visitor.portal.base_url}/")
    expect(visitor.table.get_by_role("rowheader")).to_have_count(3)
    expect(search).to_have_value("")
    page.go_forward()
    visitor.expect_names("wiki")
    visitor.link("Remove the filter “write”").click()
    expect(visitor.table.get_by_role("rowheader")).to_have_count(3)


def test_a_search_without_an_answer_says_so_until_one_comes(visitor: Visitor) -> None:
    visitor.add_pat("deploy")
    visitor.add_pat("wiki")
    visitor.sign_in_to_full_list()
    page, search = visitor.page, visitor.page.get_by_role("searchbox")
    said = page.get_by_role("status").get_by_text("The search got no answer")
    visitor.watch.allow("ERR_INTERNET_DISCONNECTED")
    visitor.watch.allow("error: htmx:(sendError|afterRequest)")
    visitor.context.set_offline(True)
    search.fill("wik")
    expect(said).to_have_count(1)
    search.fill("wiki")
    expect(said).to_have_count(1)
    visitor.context.set_offline(False)
    search.press("Enter")
    visitor.expect_names("wiki")
    expect(said).to_have_count(0)


def test_a_search_shows_that_it_waits_for_its_answer(visitor: Visitor) -> None:
    visitor.add_pat("deploy")
    visitor.add_pat("wiki")
    visitor.sign_in_to_full_list()
    waiting = visitor.page.locator("#search[data-waiting]")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    visitor.page.route("**/*q=wik", hold)
    visitor.page.get_by_role("searchbox").fill("wik")
    expect(waiting).to_have_count(1)
    held[0].continue_()
    visitor.expect_names("wiki")
    expect(waiting).to_have_count(0)


def test_nothing_of_the_list_is_kept_by_the_browser(visitor: Visitor) -> None:
    visitor.add_pat("deploy")
    visitor.sign_in_to_full_list()
    visitor.page.get_by_role("searchbox").press_sequentially("dep")
    expect(visitor.page).to_have_url(f"{visitor.portal.base_url}/?q=dep")
    kept = visitor.page.evaluate("[...Object.entries(sessionStorage), ...Object.entries(localStorage)]")
    # htmx notes the address alone.
    assert kept == [["htmx-current-path-for-history", "/?q=dep"]]


@pytest.mark.parametrize("has_javascript", [True, False], ids=["with script", "without script"])
def test_a_day_of_the_strip_leads_to_what_stops_then(open_browser: OpenBrowser, has_javascript: bool) -> None:
    visitor = open_browser(java_script_enabled=has_javascript)
    noon = NOW.replace(hour=12, minute=0) + timedelta(days=4)
    for number in range(6):
        visitor.add_pat(f"nightly {number}", valid_to=noon + timedelta(minutes=number))
    visitor.add_pat("later", valid_to=noon + timedelta(days=5))
    visitor.add_pat("much later", valid_to=noon + timedelta(days=200))
    visitor.sign_in_to_full_list()
    strip = visitor.page.get_by_role("region", name="What stops in the next six weeks")
    expect(strip.get_by_text("7 of 8")).to_be_visible()
    expect(strip.get_by_role("listitem")).to_have_count(2)
    day = strip.get_by_role("link", name="6 tokens stop: nightly 0, nightly 1, nightly 2 and 3 more")
    expect(day.get_by_text("+3")).to_be_visible()
    day.click()
    visitor.expect_names(*(f"nightly {number}" for number in range(6)))
    expect(strip.get_by_text("7 of 8")).to_be_visible()
    visitor.page.get_by_role("link", name="Remove the filter Stops on").click()
    expect(visitor.table.get_by_role("rowheader")).to_have_count(8)


def test_what_tools_made_is_one_line_until_it_is_wanted(visitor: Visitor) -> None:
    visitor.add_pat(GIT, valid_to=NOW + timedelta(days=3))
    visitor.add_pat("deploy")
    visitor.sign_in_to_full_list()
    visitor.expect_names("deploy")
    expect(visitor.page.get_by_text("1 more made by tools")).to_be_visible()
    visitor.link("Show them").click()
    visitor.expect_names(GIT)
    expect(visitor.row(GIT)).to_contain_text("Made by Git Credential Manager")
    visitor.link("Remove the filter Made by tools").click()
    visitor.expect_names("deploy")


def test_the_menu_of_a_row_opens_closes_and_gives_the_focus_back(visitor: Visitor) -> None:
    visitor.add_pat("one")
    visitor.add_pat("two")
    visitor.sign_in_to_full_list()
    keys, menu = Keyboard(visitor.page), visitor.menu_button("one")
    keys.reach(menu)
    keys.press("Enter")
    keys.press("ArrowDown")
    expect(visitor.link("Extend one")).to_be_focused()
    assert keys.focus_fault() == ""
    keys.press("ArrowUp")
    expect(visitor.link("Revoke one")).to_be_focused()
    keys.press("Escape")
    expect(menu).to_be_focused()
    expect(visitor.link("Revoke one")).to_be_hidden()
    menu.click()
    visitor.menu_button("two").focus()
    expect(visitor.link("Revoke one")).to_be_hidden()
    keys.press("Enter")
    expect(visitor.link("Revoke two")).to_be_visible()
    visitor.heading("Personal access tokens").click()
    expect(visitor.link("Revoke two")).to_be_hidden()


def test_with_200_tokens_those_that_stop_next_are_in_sight(open_browser: OpenBrowser) -> None:
    visitor = open_browser()
    visitor.page.set_viewport_size({"width": 1440, "height": 900})
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 200)
    visitor.sign_in_to_full_list()
    for row in visitor.table.locator("tbody tr").all()[:7]:
        box = row.bounding_box()
        assert box
        assert box["y"] + box["height"] < 900
