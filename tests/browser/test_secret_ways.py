"""However a secret came into a page: reload, back, forward and restore bring back neither it nor another."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Error, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM_ARGUMENTS, OpenBrowser
from tests.browser.secrecy import traces
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

# Where a browser would have to send a form again, it shows a page of its own that asks.
_ASKS_TO_RESEND = "ERR_CACHE_MISS"
_BROWSERS_OWN = re.compile("^chrome-error:")
_SHOWN = ["document", "visible text"]


@dataclass(frozen=True, slots=True)
class Way:
    """How a secret comes into a page; `after` heads what a reload shows, `pats` is how many there are."""

    name: str
    after: str
    pats: int

    def walk(self, visitor: Visitor) -> list[str]:
        """Go the way; return the secrets that the page holds then."""
        if self.name == "created":
            return [visitor.create_pat(name="fresh")]
        before = {pat.authorization_id for pat in visitor.pats()}
        if self.name == "rotated":
            visitor.go("/?q=deploy")
            path = visitor.link("Rotate deploy").get_attribute("href")
            visitor.go(path or "")
            visitor.button("Create the new token").click()
            expect(visitor.heading("Store the secret now")).to_be_visible()
        else:
            visitor.go("/")
            for name in ("deploy", "laptop"):
                visitor.page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()
            visitor.button("Rotate").click()
            visitor.button("Begin").click()
            expect(
                visitor.page.locator(
                    "[data-rotate-said]", has_text="2 of 2 done, 2 new secrets wait for you to store."
                )
            ).to_be_visible()
        return [pat.secret or "" for pat in visitor.pats() if pat.authorization_id not in before]


CREATED = Way("created", "The token was created", pats=3)
ROTATED = Way("rotated", "The rotation is not finished", pats=3)
ROTATED_MANY = Way("rotated many", "Rotate tokens", pats=4)
WITH_A_FORM = [CREATED, ROTATED]


def _ready(visitor: Visitor) -> None:
    """Have two tokens, and nothing that asks before a page is left."""
    for name in ("deploy", "laptop"):
        visitor.add_pat(name)
    visitor.page.on("dialog", Dialog.accept)
    visitor.sign_in_to_full_list()


def _held(page: Page, secrets: list[str]) -> list[list[str]]:
    return [traces(page, secret) for secret in secrets]


def _none(secrets: list[str]) -> list[list[str]]:
    return [[] for _ in secrets]


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


@pytest.fixture(params=[False, True], ids=["plain", "back-forward cache"])
def keeper(request: pytest.FixtureRequest, chromium: Browser) -> Browser:
    """A browser that keeps no left pages, and one that does."""
    caching: Browser = request.getfixturevalue("caching_chromium")
    return caching if request.param else chromium


@pytest.mark.parametrize("way", WITH_A_FORM, ids=lambda way: way.name)
@pytest.mark.parametrize("has_javascript", [True, False], ids=["with script", "without script"])
def test_no_way_back_leads_to_the_secret(
    open_browser: OpenBrowser, keeper: Browser, way: Way, has_javascript: bool
) -> None:
    visitor = open_browser(context=keeper.new_context(java_script_enabled=has_javascript))
    visitor.watch.allow(_ASKS_TO_RESEND)
    page = visitor.page
    _ready(visitor)
    secrets = way.walk(visitor)
    if has_javascript:
        visitor.button("Show").click()
    assert _held(page, secrets) == [_SHOWN]
    page.go_back()
    expect(visitor.heading("Store the secret now")).to_be_hidden()
    assert _held(page, secrets) == _none(secrets)
    for leave in (page.go_forward, _leave_and_return(visitor)):
        with pytest.raises(Error, match=_ASKS_TO_RESEND):
            leave()
        expect(page).to_have_url(_BROWSERS_OWN)
        assert _held(page, secrets) == _none(secrets)
    assert len(visitor.pats()) == way.pats


def _leave_and_return(visitor: Visitor) -> Callable[[], object]:
    def walk() -> object:
        visitor.go("/")
        return visitor.page.go_back()

    return walk


@pytest.mark.parametrize("way", WITH_A_FORM, ids=lambda way: way.name)
@pytest.mark.parametrize("has_javascript", [True, False], ids=["with script", "without script"])
def test_a_reload_tells_what_became_of_it_and_makes_no_other(
    open_browser: OpenBrowser, way: Way, has_javascript: bool
) -> None:
    visitor = open_browser(java_script_enabled=has_javascript)
    _ready(visitor)
    secrets = way.walk(visitor)
    for _ in range(2):
        visitor.page.reload()
        expect(visitor.heading(way.after)).to_be_visible()
        assert _held(visitor.page, secrets) == _none(secrets)
    assert len(visitor.pats()) == way.pats


def test_secrets_of_many_are_gone_with_the_page_however_it_is_left(
    open_browser: OpenBrowser, keeper: Browser
) -> None:
    visitor = open_browser(context=keeper.new_context())
    page = visitor.page
    _ready(visitor)
    secrets = ROTATED_MANY.walk(visitor)
    for _ in secrets:  # what was shown is called "Hide" then
        page.get_by_role("button", name="Show").first.click()
    assert _held(page, secrets) == [_SHOWN, _SHOWN]
    address = page.url
    page.go_back()
    expect(visitor.heading("Personal access tokens")).to_be_visible()
    assert _held(page, secrets) == _none(secrets)
    page.go_forward()
    expect(page).to_have_url(address)
    # Nothing begins again by itself, and what waits for its secret to be stored is left out.
    expect(page.locator("[data-rotation-state]", has_text="On its way")).to_have_count(0)
    assert _held(page, secrets) == _none(secrets)
    page.reload()
    expect(visitor.heading("2 left out")).to_be_visible()
    assert _held(page, secrets) == _none(secrets)
    another = visitor.context.new_page()
    another.goto(visitor.portal.base_url)
    assert _held(another, secrets) == _none(secrets)
    assert len(visitor.pats()) == ROTATED_MANY.pats


@pytest.mark.parametrize("way", [CREATED, ROTATED, ROTATED_MANY], ids=lambda way: way.name)
def test_a_browser_that_restores_its_pages_after_a_crash_has_no_secret(
    playwright: Playwright, open_browser: OpenBrowser, tmp_path: Path, way: Way
) -> None:
    def launch(*arguments: str) -> Visitor:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=os.environ["CHROMIUM"],
            args=[*CHROMIUM_ARGUMENTS, *arguments],
        )
        return open_browser(context=context)

    visitor = launch()
    _ready(visitor)
    secrets = way.walk(visitor)
    visitor.page.get_by_role("button", name="Show").first.click()
    visitor.context.new_cdp_session(visitor.page).send("Browser.close")
    again = launch("--restore-last-session")
    again.watch.allow(_ASKS_TO_RESEND)
    # At least the page that was open comes back, as far as it can.
    restored = [page for page in again.context.pages if page.url != "about:blank"]
    for _ in range(40):
        if restored:
            break
        again.page.wait_for_timeout(250)
        restored = [page for page in again.context.pages if page.url != "about:blank"]
    again.page.wait_for_timeout(2_000)
    assert [_held(page, secrets) for page in restored] == [_none(secrets)] * max(1, len(restored))
