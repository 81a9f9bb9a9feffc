"""A browser without a screen: cookies, forms with their hidden fields, and what a page says."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import requests

from tests.installation import Installation
from tests.sandbox_tenant import Tenant

_HIDDEN = re.compile(r'<input type="hidden" name="(csrfmiddlewaretoken|key|seen)" value="([^"]*)"')
_TAGS = re.compile(r"<[^>]+>")


class Visitor:
    """Somebody in front of the portal."""

    def __init__(self, portal: Installation, tenant: Tenant) -> None:
        self._portal = portal
        self._tenant = tenant
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str) -> requests.Response:
        """Open a page."""
        return self._session.get(f"{self._portal.base_url}{path}", timeout=60)

    def text(self, path: str = "/") -> str:
        """Return what a page says, in one line."""
        return " ".join(unescape(_TAGS.sub(" ", self.get(path).text)).split())

    def submit(self, path: str, *, page: str = "", **fields: Any) -> requests.Response:
        """Fill in the form on `page` (by default at `path`) and send it; redirects are not followed."""
        found = _HIDDEN.findall(self.get(page or path).text)
        hidden = {name: unescape(value) for name, value in found}
        return self._session.post(
            f"{self._portal.base_url}{path}", data=hidden | fields, timeout=60, allow_redirects=False
        )

    def sign_in(self, name: str) -> None:
        """Sign in through the sandbox's Entra."""
        started = self.submit("/sign-in/start", page="/sign-in", next="/")
        answer = self._session.get(self._tenant.sign_in(started.headers["Location"], name), timeout=60)
        assert answer.status_code == 200, answer.text
