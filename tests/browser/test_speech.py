"""What somebody hears who does not see the page, and where the keyboard is after each step."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def _press(place: Locator) -> None:
    place.focus()
    place.press("Enter")


def test_the_keyboard_goes_on_where_the_list_was_filtered_and_sorted(visitor: Visitor) -> None:
    visitor.add_pat("alfa", valid_to=datetime.now(UTC) + timedelta(days=3))
    visitor.add_pat("bravo", organization="beta")
    visitor.sign_in_to_full_list()
    page = visitor.page
    for pressed in ("card-expiring", "card-active", "sort-name", "organization-all", "refresh"):
        _press(page.locator(f"#{pressed}"))
        expect(page.locator(f"#{pressed}")).to_be_focused()
        visitor.await_list()
    _press(page.locator("#card-expiring"))
    expect(page).to_have_title("Tokens: Status: expiring soon (1 token) \u2013 PAT Portal")
    # Where what was pressed is gone with its filter, the list itself is what comes next.
    _press(page.get_by_role("link", name="Remove the filter Status"))
    expect(visitor.link("alfa")).to_be_focused()
    expect(page).to_have_title("Tokens \u2013 PAT Portal")
    assert "#" not in page.url
    # A pointer has no place to lose.
    page.locator("#card-expiring").click()
    expect(page).to_have_title(re.compile("expiring"))
    expect(page.locator("#card-expiring")).not_to_be_focused()


def test_the_title_follows_a_search_and_leaves_an_open_panel_its_own(visitor: Visitor) -> None:
    visitor.add_pat("deploy")
    visitor.add_pat("laptop")
    visitor.sign_in_to_full_list()
    page = visitor.page
    page.get_by_role("searchbox").press_sequentially("dep")
    expect(page).to_have_title("Tokens: “dep” (1 token) \u2013 PAT Portal")
    _press(visitor.link("deploy"))
    expect(page).to_have_title("deploy \u2013 PAT Portal")
    panel = page.locator("#panel")
    _press(panel.get_by_role("link", name="Rotate"))
    expect(page.get_by_role("dialog", name="Rotate deploy")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel.get_by_role("link", name="Rotate")).to_be_focused()
    expect(page).to_have_title("deploy \u2013 PAT Portal")
    page.keyboard.press("Escape")
    expect(page).to_have_title("Tokens: “dep” (1 token) \u2013 PAT Portal")
    expect(visitor.link("deploy")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 320])
def test_the_bar_for_the_selected_hides_nothing_that_has_the_focus(visitor: Visitor, width: int) -> None:
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 16)
    visitor.sign_in_to_full_list()
    page, keys = visitor.page, Keyboard(visitor.page)
    page.set_viewport_size({"width": width, "height": 700})
    page.get_by_role("checkbox", name=re.compile("^Select service")).first.check()
    bar = page.locator("#bulk")
    hidden = []
    for _ in range(60):
        keys.press("Tab")
        focused = page.locator(":focus")
        place, edge = focused.bounding_box(), bar.bounding_box()
        assert place
        assert edge
        if not bar.locator(":focus").count() and place["y"] + place["height"] > edge["y"]:
            hidden.append(focused.get_attribute("id"))
    assert hidden == []
