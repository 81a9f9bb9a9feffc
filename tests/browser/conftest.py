"""One Chromium and one running portal for all browser tests; every test gets people of its own."""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from tests.browser.portal import Portal
from tests.browser.visitor import Visitor
from tests.browser.watch import Watch
from tests.sandbox_control import SandboxControl

# Without a graphics card and on a closed network; as root Chromium runs without its sandbox only.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE_MS = 15_000

OpenBrowser = Callable[..., Visitor]


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """Open a browser that asks for the portal's own language: tests know how it writes days and hours."""
    return browser.new_context(**{"locale": "en-GB", **options})


@pytest.fixture(scope="session")
def portal(sandbox_control: SandboxControl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal, running for a tenant with the organizations alpha and beta."""
    with Portal(sandbox_control.create_tenant(), tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The hand on browsers."""
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser; its contexts know nothing of each other."""
    browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def origins(portal: Portal) -> set[str]:
    """Where a browser may go: to the portal and to the pages that stand in for Microsoft's."""
    control = portal.tenant.control
    discovery = f"{portal.tenant.issuer}/.well-known/openid-configuration"
    pages = urlsplit(control.session.get(discovery, timeout=10).json()["authorization_endpoint"])
    return {portal.base_url, f"{pages.scheme}://{pages.netloc}"}


@pytest.fixture
def open_browser(chromium: Browser, portal: Portal, origins: set[str]) -> Iterator[OpenBrowser]:
    """Opens browsers, each with a person of its own; in the end no page of them may have misbehaved."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def _open(
        *, roles: tuple[str, ...] = (), context: BrowserContext | None = None, **options: Any
    ) -> Visitor:
        context = context or new_context(chromium, viewport={"width": 1280, "height": 900}, **options)
        context.set_default_timeout(_PATIENCE_MS)
        watch = Watch(context, origins=origins)
        opened.append((context, watch))
        return Visitor(portal, context, watch, roles=roles)

    yield _open
    for context, _ in opened:
        context.close()
    assert [fault for _, watch in opened for fault in watch.faults()] == []


@pytest.fixture
def visitor(open_browser: OpenBrowser) -> Visitor:
    """Somebody who is not signed in yet, in a browser with JavaScript."""
    return open_browser()
