"""Taking a secret, or a link, out of a page: by button, keyboard and hand, and where the browser refuses."""

import pytest
from playwright.sync_api import Dialog, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.secrecy import traces
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_CLIPBOARD = ["clipboard-read", "clipboard-write"]
_REFUSES = "navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused'))"
# As on an address without TLS: there is no clipboard at all.
_HAS_NONE = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
_BY_HAND = "The secret is selected: copy it with the keyboard."
_READ = "navigator.clipboard.readText()"
_NOTE_DRAGS = """
() => document.addEventListener("dragstart", (event) => {
  window.dragged = event.dataTransfer.getData("text/plain");
})
"""


@pytest.fixture
def copying(open_browser: OpenBrowser) -> Visitor:
    """Somebody whose browser lets the test read what was copied."""
    return open_browser(permissions=_CLIPBOARD)


def test_copying_the_whole_page_takes_the_secret_only_where_it_is_shown(copying: Visitor) -> None:
    copying.sign_in()
    secret, page = copying.create_pat(), copying.page
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    copied = page.evaluate(_READ)
    assert "Store the secret now" in copied
    assert secret not in copied
    copying.button("Show").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    assert secret in page.evaluate(_READ)


def test_dragging_the_masked_secret_drags_dots(copying: Visitor) -> None:
    copying.sign_in()
    secret, page = copying.create_pat(), copying.page
    page.evaluate(_NOTE_DRAGS)
    place = page.locator("[data-secret-text]")
    place.evaluate("one => getSelection().selectAllChildren(one)")
    box = place.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 10, box["y"] + 200, steps=10)
    page.mouse.up()
    assert page.evaluate("window.dragged") == "•" * len(secret)


def test_where_the_clipboard_is_refused_the_keyboard_copies_just_the_secret(copying: Visitor) -> None:
    copying.context.add_init_script(_REFUSES)
    copying.sign_in()
    secret, page = copying.create_pat(), copying.page
    copying.button("Copy").click()
    expect(page.locator("[data-secret-said]")).to_contain_text(_BY_HAND)
    page.keyboard.press("Control+c")
    assert page.evaluate(_READ) == secret
    # It is not taken for stored: the browser still asks before the page is left.
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    copying.link("Tokens").click()
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    copying.button("Hide").click()
    assert traces(page, secret) == []


def test_where_there_is_no_clipboard_the_secret_is_selected_too(visitor: Visitor) -> None:
    visitor.context.add_init_script(_HAS_NONE)
    visitor.sign_in()
    secret = visitor.create_pat()
    visitor.button("Copy").click()
    expect(visitor.page.locator("[data-secret-said]")).to_contain_text(_BY_HAND)
    assert visitor.page.evaluate("getSelection().toString()").strip() == secret


def test_of_many_the_row_that_could_not_copy_says_so(copying: Visitor) -> None:
    copying.context.add_init_script(_REFUSES)
    for name in ("one", "two"):
        copying.add_pat(name)
    copying.sign_in_to_full_list()
    page = copying.page
    page.get_by_role("checkbox", name="Select all on this page").check()
    copying.button("Rotate").click()
    copying.button("Begin").click()
    expect(
        page.locator("[data-rotate-said]", has_text="2 of 2 done, 2 new secrets wait for you to store.")
    ).to_be_visible()
    row, other = (page.get_by_role("listitem").filter(has_text=f"{name} in") for name in ("one", "two"))
    row.get_by_role("button", name="Copy the secret of one").click()
    expect(row.locator("[data-secret-said]")).to_contain_text(_BY_HAND)
    expect(other.locator("[data-secret-said]")).to_have_text("")
    page.keyboard.press("Control+c")
    secrets = {pat.display_name: pat.secret for pat in copying.pats() if pat.secret}
    assert page.evaluate(_READ) == secrets["one"]
    assert traces(page, secrets["two"] or "") == []


@pytest.mark.parametrize("obstacle", [_REFUSES, _HAS_NONE], ids=["refused", "missing"])
def test_a_link_to_the_form_that_cannot_be_copied_is_still_a_link(visitor: Visitor, obstacle: str) -> None:
    visitor.context.add_init_script(obstacle)
    visitor.sign_in("/tokens/new")
    visitor.fill_form(name="ci")
    link = visitor.page.locator("[data-form-link]")
    expect(link).to_have_attribute(
        "href",
        "/tokens/new?name=ci&organization="
        f"{visitor.tenant.organization('alpha').name}&scope=vso.code&days=30",
    )
    if obstacle == _HAS_NONE:
        expect(visitor.button("Copy")).to_be_hidden()
    else:
        visitor.button("Copy").click()
        expect(visitor.button("Copy it with the link's own menu")).to_be_visible()
