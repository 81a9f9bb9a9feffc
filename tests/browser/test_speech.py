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


def test_a_hidden_secret_says_so_until_it_is_shown(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.create_pat()
    secret = visitor.page.get_by_role("region", name="Secret", exact=True)
    told = secret.get_by_text("Hidden. It can be copied without being shown.")
    expect(told).to_have_count(1)
    assert told.is_visible()
    _press(visitor.button("Show"))
    expect(told).to_be_hidden()
    _press(visitor.button("Hide"))
    expect(told).to_be_visible()
    visitor.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    expect(told).to_be_hidden()


def test_a_refused_form_says_so_in_its_title_and_where_the_focus_is(visitor: Visitor) -> None:
    visitor.watch.allow_status(422)
    visitor.sign_in("/tokens/new")
    page = visitor.page
    expect(page).to_have_title("New token \u2013 PAT Portal")
    _press(page.get_by_label("Name", exact=True))
    expect(page).to_have_title("Error: New token \u2013 PAT Portal")
    summary = page.get_by_role("group", name="Nothing was created yet: please check what you typed")
    expect(summary).to_be_focused()


def test_a_risky_choice_is_said_and_marks_are_words(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    scopes = visitor.page.get_by_role("group", name="Scopes")
    expect(scopes).to_have_accessible_description(
        "Choose the least that does the job. Scopes of high privilege say so."
    )
    risky = scopes.get_by_role("checkbox", name="Code (full) (high privilege)")
    risky.focus()
    risky.press("Space")
    said = visitor.page.get_by_role("status").filter(has_text="High privilege: Code (full).")
    expect(said).to_have_count(1)


def test_dismissing_a_toast_leaves_the_keyboard_on_the_page(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.create_pat()
    visitor.button("I have stored it").click()
    _press(visitor.button("Dismiss"))
    page, keys = visitor.page, Keyboard(visitor.page)
    expect(page.get_by_role("main")).to_be_focused()
    keys.press("Tab")
    assert keys.focus_fault() == ""
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_link_that_has_the_focus_keeps_it_while_the_form_is_checked(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    page, link = visitor.page, visitor.link("Link to this form")
    with page.expect_response(re.compile("/tokens/new/check")):
        page.get_by_label("7 days").check()
        link.focus()
    expect(link).to_have_attribute("href", re.compile("days=7"))
    expect(link).to_be_focused()


def test_a_chosen_template_is_answered_where_the_keyboard_goes_on(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    page, keys = visitor.page, Keyboard(visitor.page)
    _press(page.get_by_role("button", name="Read packages"))
    expect(page.get_by_role("region", name="Filled in from the template “Read packages”")).to_be_focused()
    keys.reach(page.get_by_label("Name", exact=True))
    # A link that fills the form in is a page like any other: it begins at its top.
    visitor.go("/tokens/new?template=code-read")
    expect(page.get_by_role("region", name="Filled in by a link")).not_to_be_focused()


def test_the_title_of_the_activity_says_what_it_is_narrowed_to(visitor: Visitor) -> None:
    visitor.sign_in("/activity")
    expect(visitor.page).to_have_title("Activity \u2013 PAT Portal")
    visitor.link("Signing in").click()
    expect(visitor.page).to_have_title("Activity: Signing in \u2013 PAT Portal")
