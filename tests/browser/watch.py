"""What no page may do, watched in everything that a browser shows during a test.

No error in the console, no breach of the content security policy, no request to a host that is not ours.
"""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI} at ${event.sourceFile}`);
});
"""
_BAD_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (\d{3})")
# What a page carries in itself goes to no host.
_LOCAL_SCHEMES = {"about", "blob", "data"}


class Watch:
    """Collects the faults of all pages of one browser context."""

    def __init__(self, context: BrowserContext, *, origins: set[str]) -> None:
        self._origins = origins
        self._allowed: list[re.Pattern[str]] = []
        self._faults: list[str] = []
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._heard)
        context.on("weberror", self._broke)
        context.on("request", self._asked)

    def allow_status(self, status: int) -> None:
        """Expect pages with this status: Chromium writes every one from 400 on into the console."""
        self._allowed.append(re.compile(rf"Failed to load resource: .* status of {status} "))

    def allow(self, pattern: str) -> None:
        """Expect faults that match a regular expression."""
        self._allowed.append(re.compile(pattern))

    def faults(self) -> list[str]:
        """Return what happened and was not expected."""
        return [text for text in self._faults if not any(one.search(text) for one in self._allowed)]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._faults.append(f"{message.type}: {message.text} [{message.location['url']}]")

    def _broke(self, error: WebError) -> None:
        self._faults.append(f"uncaught: {error.error}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _LOCAL_SCHEMES and f"{parts.scheme}://{parts.netloc}" not in self._origins:
            self._faults.append(f"request to a foreign host: {request.url}")
