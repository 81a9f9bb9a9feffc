"""What is pasted into tools: filled in, masked like the secret, copied as it is pasted, gone with it."""

from base64 import b64encode

import pytest
from playwright.sync_api import Dialog, Locator, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.keyboard import Keyboard
from tests.browser.secrecy import traces
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

CLIPBOARD = ["clipboard-read", "clipboard-write"]


def snippet(visitor: Visitor, tool: str) -> Locator:
    """Return the part of the page about one tool, unfolded."""
    details = visitor.page.locator("details.snippet").filter(
        has=visitor.page.locator("summary", has_text=tool)
    )
    details.locator("summary").click()
    return details


def test_a_text_is_masked_until_the_secret_is_shown(visitor: Visitor) -> None:
    visitor.sign_in()
    secret = visitor.create_pat()
    git = snippet(visitor, "git")
    expect(git.locator("[data-snippet-text]")).to_contain_text("password=••••••••••••")
    assert traces(visitor.page, secret) == []
    visitor.button("Show").click()
    expect(git.locator("[data-snippet-text]")).to_contain_text(f"password={secret}")
    visitor.button("Hide").click()
    assert traces(visitor.page, secret) == []


def test_it_is_copied_whole_without_being_shown(open_browser: OpenBrowser) -> None:
    visitor = open_browser(permissions=CLIPBOARD)
    visitor.sign_in()
    secret = visitor.create_pat()
    organization = visitor.tenant.organization("alpha").name
    git = snippet(visitor, "git")
    git.get_by_role("button", name="Copy for git").click()
    expect(git.get_by_role("status")).to_have_text("Copied.")
    assert visitor.page.evaluate("navigator.clipboard.readText()") == (
        f"protocol=https\nhost=dev.azure.com\nusername={organization}\npassword={secret}\n"
    )
    npm = snippet(visitor, "npm")
    expect(npm.locator("summary")).to_contain_text("needs Packaging (read)")
    npm.get_by_role("button", name="Copy for npm").click()
    expect(npm.get_by_role("status")).to_have_text("Copied.")
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert f"npm/registry/:_password={b64encode(secret.encode()).decode()}\n" in copied
    assert secret not in copied
    assert traces(visitor.page, secret) == []


def test_a_refused_clipboard_selects_the_whole_text(visitor: Visitor) -> None:
    visitor.context.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused'))"
    )
    visitor.sign_in()
    secret = visitor.create_pat()
    git = snippet(visitor, "git")
    git.get_by_role("button", name="Copy for git").click()
    expect(git.get_by_role("status")).to_contain_text("The browser does not let the page copy.")
    assert visitor.page.evaluate("getSelection().toString()").strip().endswith(f"password={secret}")


@pytest.mark.parametrize(
    "event",
    ["new PageTransitionEvent('pagehide')", "new PageTransitionEvent('pageshow', {persisted: true})"],
    ids=["left", "brought back"],
)
def test_a_page_that_is_left_or_brought_back_blanks_the_texts_too(visitor: Visitor, event: str) -> None:
    visitor.sign_in()
    secret = visitor.create_pat()
    for tool in ("git", "npm", "curl"):
        snippet(visitor, tool)
    visitor.button("Show").click()
    visitor.page.evaluate(f"window.dispatchEvent({event})")
    assert traces(visitor.page, secret) == []
    expect(visitor.page.locator(".snippets")).to_have_count(0)


def test_without_javascript_they_are_filled_in_as_well(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.sign_in()
    secret = visitor.create_pat()
    git = snippet(visitor, "git")
    expect(git.locator("[data-snippet-text]")).to_contain_text(f"password={secret}")
    expect(git.get_by_role("button")).to_have_count(0)
    npm = snippet(visitor, "npm")
    expect(npm.locator("[data-snippet-text]")).to_contain_text(b64encode(secret.encode()).decode())


def test_they_need_no_mouse(open_browser: OpenBrowser) -> None:
    visitor = open_browser(permissions=CLIPBOARD)
    keys = Keyboard(visitor.page)
    visitor.sign_in()
    secret = visitor.create_pat()
    keys.reach(visitor.page.locator("summary", has_text="curl"))
    keys.press("Enter")
    keys.reach(visitor.button("Copy for curl"))
    keys.press("Enter")
    expect(visitor.page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    assert f'user = ":{secret}"' in visitor.page.evaluate("navigator.clipboard.readText()")


def test_the_secret_of_a_rotation_is_ready_to_paste_too(visitor: Visitor) -> None:
    visitor.add_pat("one")
    visitor.sign_in_to_full_list()
    visitor.link("Rotate one").click()
    visitor.button("Create the new token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    secret = next(pat.secret for pat in visitor.pats() if pat.secret)
    expect(snippet(visitor, "git").locator("[data-snippet-text]")).to_contain_text("password=••••••••••••")
    assert traces(visitor.page, secret) == []
    visitor.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert traces(visitor.page, secret) == []
    expect(visitor.page.locator("[data-snippets]")).to_have_count(0)


def test_texts_to_paste_suit_everybody(visitor: Visitor) -> None:
    inspector = Inspector(visitor.page)
    visitor.sign_in()
    visitor.create_pat()
    for tool in ("git", "npm", "agent"):
        snippet(visitor, tool)
    inspector.look("texts to paste, masked")
    visitor.button("Show").click()
    inspector.look("texts to paste")
    assert not inspector.faults, inspector.report()


# --- Leaving --------------------------------------------------------------------------------------------


def questions(visitor: Visitor) -> list[str]:
    """Return what the browser asks from now on, kept up to date; every question is answered with yes."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    visitor.page.on("dialog", answer)
    return asked


def leave(visitor: Visitor) -> list[str]:
    """Leave the page for another; return what the browser asked on the way."""
    asked = questions(visitor)
    visitor.link("Activity").click()
    expect(visitor.heading("Your activity")).to_be_visible()
    return asked


def test_the_browser_asks_before_a_secret_is_left_that_nobody_has(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.create_pat()
    visitor.button("Show").click()
    assert leave(visitor) == ["beforeunload"]


def test_it_does_not_ask_about_a_secret_that_was_copied(open_browser: OpenBrowser) -> None:
    visitor = open_browser(permissions=CLIPBOARD)
    visitor.sign_in()
    visitor.create_pat()
    visitor.button("Copy").click()
    expect(visitor.page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    assert leave(visitor) == []


def test_it_does_not_ask_whoever_has_stored_it_or_gives_it_up(visitor: Visitor) -> None:
    asked = questions(visitor)
    visitor.sign_in()
    visitor.create_pat(name="stored")
    visitor.button("I have stored it").click()
    expect(visitor.row("stored")).to_be_visible()
    visitor.create_pat(name="given-up")
    visitor.button("Show").click()
    visitor.link("Revoke it now").click()
    expect(visitor.heading("Revoke given-up?")).to_be_visible()
    assert asked == []
