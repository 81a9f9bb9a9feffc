"""The secret is in one page at one moment: no way back to it, and no trace of it in the browser."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Playwright, expect

from tests.browser.conftest import CHROMIUM_ARGUMENTS, OpenBrowser, new_context
from tests.browser.secrecy import files_with, traces
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

# Forward to the answer of a form: Chromium shows a page of its own that asks whether to send the form again.
_ASKS_TO_RESEND = "ERR_CACHE_MISS"
_BROWSERS_OWN = re.compile("^chrome-error:")
_CREATED = "The token was created"


@pytest.fixture(scope="module")
def caching_chromium(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium that keeps pages for its back button as people's do; Playwright turns that off."""
    browser = playwright.chromium.launch(
        executable_path=os.environ["CHROMIUM"],
        args=CHROMIUM_ARGUMENTS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


def test_a_reload_tells_what_happened_and_makes_no_second_token(visitor: Visitor) -> None:
    visitor.sign_in()
    secret = visitor.create_pat()
    visitor.page.reload()
    expect(visitor.heading(_CREATED)).to_be_visible()
    assert traces(visitor.page, secret) == []
    visitor.page.reload()
    expect(visitor.heading(_CREATED)).to_be_visible()
    assert traces(visitor.page, secret) == []
    assert len(visitor.pats()) == 1


@pytest.mark.parametrize("keeps_pages", [False, True], ids=["plain", "back-forward cache"])
def test_back_and_forward_never_show_it_again(
    open_browser: OpenBrowser, keeps_pages: bool, request: pytest.FixtureRequest
) -> None:
    caching: Browser | None = request.getfixturevalue("caching_chromium") if keeps_pages else None
    visitor = open_browser(context=new_context(caching) if caching else None)
    visitor.watch.allow(_ASKS_TO_RESEND)
    page = visitor.page
    visitor.sign_in()
    secret = visitor.create_pat()
    visitor.button("Show").click()
    expect(page.get_by_text(secret).first).to_be_visible()
    assert traces(page, secret) == ["document", "visible text"]

    page.evaluate("history.back()")
    expect(visitor.heading("New token")).to_be_visible()
    assert traces(page, secret) == []
    with pytest.raises(Error, match=_ASKS_TO_RESEND):
        page.go_forward()
    expect(page).to_have_url(_BROWSERS_OWN)
    assert traces(page, secret) == []
    visitor.go("/")
    expect(visitor.row("ci-deploy")).to_be_visible()
    with pytest.raises(Error, match=_ASKS_TO_RESEND):
        page.go_back()
    expect(page).to_have_url(_BROWSERS_OWN)
    assert traces(page, secret) == []

    another = visitor.context.new_page()
    for path in ("/", "/tokens/new"):
        another.goto(visitor.portal.base_url + path)
        assert [traces(one, secret) for one in visitor.context.pages] == [[], []]
    assert len(visitor.pats()) == 1


@pytest.mark.parametrize(
    "event",
    ["new PageTransitionEvent('pagehide')", "new PageTransitionEvent('pageshow', {persisted: true})"],
    ids=["left", "brought back"],
)
def test_a_page_that_is_left_or_brought_back_blanks_itself(visitor: Visitor, event: str) -> None:
    visitor.sign_in()
    secret = visitor.create_pat()
    visitor.button("Show").click()
    visitor.page.evaluate(f"window.dispatchEvent({event})")
    assert traces(visitor.page, secret) == []
    expect(visitor.page.get_by_text("It cannot be shown again.")).to_be_visible()
    expect(visitor.button("Show")).to_be_hidden()
    expect(visitor.button("Copy")).to_be_hidden()


# As the page that rotates many does: an answer is parsed apart and put in place.
_ADD_ANOTHER = """
secret => {
  const copy = document.querySelector("[data-secret]").cloneNode(true);
  copy.id = "another";
  const text = copy.querySelector("[data-secret-text]");
  delete text.dataset.state;
  text.textContent = secret;
  document.querySelector("main").append(copy);
}
"""


def test_a_secret_that_comes_into_the_page_later_is_guarded_like_the_first(visitor: Visitor) -> None:
    visitor.sign_in()
    first = visitor.create_pat()
    page, second = visitor.page, "sandbox-client-secret"
    page.evaluate(_ADD_ANOTHER, second)
    another = page.locator("#another")
    assert traces(page, second) == []
    another.get_by_role("button", name="Show").click()
    expect(another.get_by_text(second).first).to_be_visible()
    assert traces(page, first) == []
    page.evaluate("document.querySelector('#another').remove()")
    assert traces(page, second) == []

    page.evaluate(_ADD_ANOTHER, second)
    for _ in range(2):  # what was shown is called "Hide" then
        page.get_by_role("button", name="Show").first.click()
    assert [traces(page, one) for one in (first, second)] == [["document", "visible text"]] * 2
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert [traces(page, one) for one in (first, second)] == [[], []]


def test_after_the_whole_journey_neither_disk_nor_logs_hold_it(
    playwright: Playwright, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=os.environ["CHROMIUM"], args=CHROMIUM_ARGUMENTS
    )
    visitor = open_browser(context=context)
    visitor.sign_in_to_full_list()
    secret = visitor.create_pat(name="named-in-the-profile")
    visitor.button("Show").click()
    expect(visitor.page.get_by_text(secret).first).to_be_visible()
    visitor.button("I have stored it").click()
    expect(visitor.row("named-in-the-profile")).to_be_visible()
    assert traces(visitor.page, secret) == []
    # What the scan finds for certain, as proof that it would find the secret.
    visitor.page.evaluate("localStorage.setItem('proof', 'a-proof-of-the-scan')")
    context.close()
    assert files_with(profile, "a-proof-of-the-scan") != []
    assert files_with(profile, secret) == []
    assert secret not in visitor.portal.logs()
