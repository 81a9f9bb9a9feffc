"""Keyboard shortcuts of the list: what they do, when they keep quiet, and how they are switched off."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import Inspector
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def at_list(visitor: Visitor) -> Visitor:
    """Somebody with two tokens who looks at the list."""
    visitor.add_pat("one")
    visitor.add_pat("two")
    visitor.sign_in_to_full_list()
    visitor.go("/?sort=name")
    return visitor


def test_the_list_is_walked_and_worked_by_single_keys(at_list: Visitor) -> None:
    page, keys = at_list.page, Keyboard(at_list.page)
    keys.press("j")
    expect(at_list.link("one")).to_be_focused()
    keys.press("j")
    keys.press("j")
    expect(at_list.link("two")).to_be_focused()
    assert keys.focus_fault() == ""
    keys.press("x")
    expect(page.get_by_label("Select two", exact=True)).to_be_checked()
    keys.press("k")
    expect(at_list.link("one")).to_be_focused()
    keys.press("r")
    expect(at_list.heading("Rotate one")).to_be_focused()
    # A dialog is open: the keys belong to it.
    keys.press("n")
    keys.press("Escape")
    expect(at_list.link("Rotate one")).to_be_focused()
    keys.press("e")
    expect(at_list.heading("Edit one")).to_be_visible()
    page.go_back()
    keys.press("n")
    expect(at_list.heading("New token")).to_be_visible()


def test_they_keep_quiet_while_somebody_types(at_list: Visitor) -> None:
    keys, search = Keyboard(at_list.page), at_list.page.get_by_role("searchbox")
    keys.press("/")
    expect(search).to_be_focused()
    keys.type("n?/")
    expect(search).to_have_value("n?/")
    expect(at_list.page.get_by_role("dialog")).to_be_hidden()
    search.blur()
    keys.press("Control+x")
    expect(at_list.heading("Personal access tokens")).to_be_visible()


def test_they_are_listed_and_can_be_switched_off(at_list: Visitor) -> None:
    page, keys = at_list.page, Keyboard(at_list.page)
    inspector = Inspector(page)
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    keys.press("?")
    expect(dialog.get_by_text("Next token in the list")).to_be_visible()
    inspector.look("keyboard shortcuts")
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    at_list.button("Keyboard shortcuts").click()
    at_list.button("Switch shortcuts off").click()
    expect(page.get_by_text("Keyboard shortcuts are off in this browser.")).to_be_visible()
    keys.press("?")
    keys.press("n")
    expect(at_list.heading("Personal access tokens")).to_be_visible()
    expect(dialog).to_be_hidden()
    at_list.button("Keyboard shortcuts").click()
    at_list.button("Switch shortcuts on").click()
    expect(page.get_by_text("Keyboard shortcuts are on again in this browser.")).to_be_visible()
    keys.press("?")
    expect(dialog).to_be_visible()
    assert not inspector.faults, inspector.report()


def test_a_key_that_can_do_nothing_says_why(at_list: Visitor) -> None:
    at_list.change_row("one", revoked_at=datetime.now(UTC), scopes=[])
    at_list.go("/?status=all&sort=name")
    page, keys = at_list.page, Keyboard(at_list.page)
    said = page.locator("[data-key-said]")
    expect(said).to_have_role("status")
    expect(said).to_be_hidden()
    keys.press("r")
    expect(said).to_contain_text("Go to a token first")
    keys.press("j")
    expect(at_list.link("one")).to_be_focused()
    expect(said).to_be_hidden()
    for key, words in (
        ("r", "Azure DevOps does not say what this token may do, so it cannot be rotated."),
        ("e", "This token has ended, so it cannot be edited."),
        ("x", "This token has ended, so it cannot be selected."),
    ):
        keys.press(key)
        expect(said).to_have_text(words)
        expect(at_list.link("one")).to_be_focused()
    inspector = Inspector(page)
    inspector.look("a key that does nothing")
    keys.press("j")
    expect(said).to_be_hidden()
    keys.press("x")
    expect(page.get_by_label("Select two", exact=True)).to_be_checked()
    expect(said).to_be_hidden()
    assert not inspector.faults, inspector.report()
