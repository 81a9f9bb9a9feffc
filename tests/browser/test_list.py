"""The list: what clicking on it does, with and without JavaScript."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("has_javascript", [True, False], ids=["with script", "without script"])
def test_search_filters_sort_and_organization_work_by_clicking(
    open_browser: OpenBrowser, has_javascript: bool
) -> None:
    visitor = open_browser(java_script_enabled=has_javascript)
    now = datetime.now(UTC)
    visitor.add_pat("bravo", valid_to=now + timedelta(days=3))
    visitor.add_pat("charlie", organization="beta", valid_to=now + timedelta(days=40))
    visitor.add_pat("alfa", valid_to=now + timedelta(days=80))
    visitor.add_pat("ended", valid_from=now - timedelta(days=9), valid_to=now - timedelta(days=2))
    visitor.add_pat("stopped", revoked=True)
    visitor.sign_in_to_full_list()
    page = visitor.page
    cards = page.get_by_role("navigation", name="Filter by status")
    places = page.get_by_role("navigation", name="Filter by organization")
    visitor.expect_names("bravo", "charlie", "alfa")

    cards.get_by_role("link", name="Expiring soon").click()
    visitor.expect_names("bravo")
    cards.get_by_role("link", name="Expired").click()
    visitor.expect_names("ended")
    cards.get_by_role("link", name="Revoked").click()
    visitor.expect_names("stopped")
    cards.get_by_role("link", name="All").click()
    visitor.link("Name").click()
    visitor.expect_names("alfa", "bravo", "charlie", "ended", "stopped")
    visitor.link("Name").click()
    visitor.expect_names("stopped", "ended", "charlie", "bravo", "alfa")
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    places.get_by_role("link", name=visitor.tenant.organization("beta").name).click()
    visitor.expect_names("charlie")
    places.get_by_role("link", name="All").click()
    page.get_by_role("searchbox").fill("ED")
    page.keyboard.press("Enter")
    visitor.expect_names("stopped", "ended")

    page.reload()
    visitor.expect_names("stopped", "ended")
    page.get_by_role("searchbox").fill("nobody has it")
    page.keyboard.press("Enter")
    expect(visitor.heading("Nothing matches")).to_be_visible()
    visitor.link("Show all tokens").click()
    visitor.expect_names("bravo", "charlie", "alfa")
    page.go_back()
    expect(visitor.heading("Nothing matches")).to_be_visible()


def test_a_long_list_has_pages(visitor: Visitor) -> None:
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 60)
    visitor.sign_in_to_full_list()
    expect(visitor.page.get_by_text("1 to 50 of 60")).to_be_visible()
    expect(visitor.table.get_by_role("rowheader")).to_have_count(50)
    visitor.page.get_by_role("link", name="Next page").click()
    expect(visitor.page.get_by_text("51 to 60 of 60")).to_be_visible()
    expect(visitor.table.get_by_role("rowheader")).to_have_count(10)
    visitor.page.get_by_role("link", name="Previous page").click()
    expect(visitor.page.get_by_text("1 to 50 of 60")).to_be_visible()


def test_a_row_far_below_is_found_by_its_text_and_reached_by_tab(visitor: Visitor) -> None:
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 40)
    visitor.add_pat("quite unlike", valid_to=datetime.now(UTC) + timedelta(days=360))
    visitor.sign_in_to_full_list()
    page, links = visitor.page, visitor.table.locator(".pat-link")
    far, before = links.last, links.nth(39)
    # The browser draws no row before it comes near, so its text is there for nobody who looks at pixels.
    is_drawn = "link => link.checkVisibility({ contentVisibilityAuto: true })"
    expect(far).to_have_text("quite unlike", use_inner_text=False)
    assert not far.evaluate(is_drawn)
    assert page.evaluate("find('quite unlike')")
    assert far.evaluate("link => link.closest('tr').contains(getSelection().anchorNode)")

    visitor.go("/settings")
    visitor.go("/#:~:text=quite%20unlike")
    expect(far).to_be_in_viewport()
    visitor.go("/settings")
    visitor.go()
    assert not far.evaluate(is_drawn)
    before.focus()
    Keyboard(page).reach(far)
    expect(far).to_be_in_viewport()


def test_refresh_notices_a_token_made_elsewhere_and_keeps_the_filters(visitor: Visitor) -> None:
    visitor.sign_in_to_full_list()
    visitor.go("/?q=else&sort=-name")
    expect(visitor.heading("Nothing matches")).to_be_visible()
    visitor.add_pat("made elsewhere")
    visitor.button("Refresh").click()
    expect(visitor.row("made elsewhere")).to_be_visible()
    assert visitor.page.url.endswith("/?q=else&sort=-name")


def test_an_organization_that_does_not_answer_holds_up_nobody_else(open_browser: OpenBrowser) -> None:
    waiting, other = open_browser(), open_browser()
    person, beta = waiting.person.object_id, waiting.tenant.organization("beta").name
    waiting.add_pat("of the organization that answers")
    other.add_pat("laptop")
    with waiting.tenant.hold("slow", verb="list", person=person, organization=beta, times=None):
        waiting.sign_in()
        waiting.tenant.control.wait_for_hold("slow")
        other.sign_in_to_full_list()
        expect(other.row("laptop")).to_be_visible()
        expect(waiting.row("of the organization that answers")).to_be_visible()


def test_the_scope_picker_finds_covers_and_sums_up(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    page = visitor.page
    page.get_by_label("Find a scope").fill("zzz")
    expect(page.get_by_text("No scope matches “zzz”. Try another word")).to_be_visible()
    page.get_by_label("Find a scope").fill("packages")
    expect(page.get_by_label("Code (read)", exact=True)).to_be_hidden()
    page.get_by_label("Find a scope").fill("code")
    page.get_by_label("Code (manage)").check()
    covered = page.get_by_label("Code (read)", exact=True)
    expect(covered).to_be_checked()
    expect(covered).to_be_disabled()
    expect(
        page.get_by_text("push code and work on pull requests, Code (read and write) is enough")
    ).to_be_visible()
    said = page.get_by_role("status").filter(has_text="will be able to")
    expect(said).to_contain_text("The token will be able to manage code and repositories in")
    page.get_by_label("Code (manage)").uncheck()
    expect(covered).not_to_be_checked()
    page.get_by_label("Find a scope").fill("")
    page.locator("summary", has_text="Full access").click()
    page.get_by_role("checkbox", name="Full access").check()
    expect(covered).to_be_disabled()
    expect(said).to_contain_text("do everything with all that you can reach yourself")


def test_looking_for_a_scope_unfolds_and_folds_the_groups_again(visitor: Visitor) -> None:
    visitor.add_pat("laptop", scope="vso.wiki")
    visitor.sign_in_to_full_list()
    page = visitor.page
    visitor.link("laptop").click()
    visitor.link("Edit").click()
    unfolded = page.locator("details.scope-group[open]")
    expect(unfolded).to_have_count(1)
    expect(page.get_by_label("Wiki (read)", exact=True)).to_be_visible()
    find = page.get_by_label("Find a scope")
    find.fill("build")
    page.get_by_label("Build (read)", exact=True).check()
    find.fill("code")
    expect(page.get_by_label("Code (read)", exact=True)).to_be_visible()
    find.fill("")
    expect(unfolded).to_have_count(1)
    expect(page.get_by_text("Added: Build (read).")).to_be_visible()


def test_a_selected_row_is_two_steps_from_what_can_be_done_with_it(visitor: Visitor) -> None:
    visitor.add_pat("one")
    visitor.add_pat("two")
    visitor.sign_in_to_full_list()
    page, keys = visitor.page, Keyboard(visitor.page)
    jump = page.locator(".to-bulk:focus")
    page.get_by_label("Select one", exact=True).focus()
    expect(jump).to_have_count(0)
    keys.press("Space")
    keys.press("Tab")
    expect(jump).to_have_text("Go to what you can do with the selected")
    assert keys.focus_fault() == ""
    keys.press("Enter")
    keys.press("Tab")
    expect(visitor.button("Extend")).to_be_focused()
    expect(jump).to_have_count(0)


_BESIDE_THEIR_CELLS = """
() => Array.from(document.querySelectorAll(".pat-table :is(td, th) :is(.badge, .actions > *)"))
  .filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    const cell = one.closest("td, th").getBoundingClientRect();
    return left < cell.left || right > cell.right - 4;
  })
  .map((one) => one.textContent.trim())
"""


def test_the_longest_words_of_a_row_keep_to_their_columns(visitor: Visitor) -> None:
    now = datetime.now(UTC)
    visitor.add_pat("ended", valid_from=now - timedelta(days=9), valid_to=now - timedelta(days=2))
    visitor.add_pat("on its way out")
    visitor.add_pat("soon", valid_to=now + timedelta(days=3))
    visitor.sign_in_to_full_list()
    visitor.change_row("on its way out", revocation_sent_at=now)
    visitor.go("/?status=all")
    expect(visitor.row("on its way out").get_by_text("Revocation sent")).to_be_visible()
    assert visitor.page.evaluate(_BESIDE_THEIR_CELLS) == []
    # What most rows say when it matters stands on one line.
    soon = visitor.row("soon").get_by_text("Expiring soon").bounding_box()
    assert soon
    assert soon["height"] < 30
    more = visitor.menu_button("ended").bounding_box()
    beside = visitor.row("ended").get_by_role("link", name="Create a replacement").bounding_box()
    assert more
    assert beside
    assert more["y"] == beside["y"]


def test_the_menu_of_a_row_stays_clear_of_the_edges_of_a_phone(visitor: Visitor) -> None:
    visitor.add_pat("one")
    visitor.sign_in_to_full_list()
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    visitor.menu_button("one").click()
    menu = visitor.page.locator(".menu-items").bounding_box()
    assert menu
    assert menu["x"] >= 8
    assert menu["x"] + menu["width"] <= 312
