"""A person with a browser: Django's test client at the portal, a small one of ours at the foreign server."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.test import Client

from accounts.models import User

_MOST_STEPS = 12


class Page(HTMLParser):
    """The first form of a page with its fields, and the addresses that the page links to."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.address = answer.url
        self.action = ""
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = urljoin(self.address, values.get("action", ""))
        elif tag == "input" and "name" in values:
            self.fields[values["name"]] = values.get("value", "")
        elif tag == "a" and "href" in values:
            self.links.append(urljoin(self.address, values["href"]))


class Visitor:
    """One person; `portal` is their browser there. What they do at the server is to fill forms in."""

    def __init__(self, name: str, *, portal_origin: str, ca_bundle: Path) -> None:
        self.name = name
        self.portal = Client()
        # What the server's pages have asked of them, in order: "login", "consent", "sign-out".
        self.asked: list[str] = []
        self._portal_origin = portal_origin
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(ca_bundle)

    def start(self, **fields: str) -> str:
        """Press the button of the sign-in page; return the address that the portal sends the person to."""
        answer = self.portal.post("/sign-in/start", fields)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    def walk(self, address: str, *, declines: bool = False) -> str:
        """Go on from `address`, filling in every form; return the portal's path that it leads back to."""
        answer = self._session.get(address, allow_redirects=False, timeout=10)
        for _ in range(_MOST_STEPS):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["Location"])
                if target.startswith(f"{self._portal_origin}/"):
                    return urlsplit(target)._replace(scheme="", netloc="").geturl()
                answer = self._session.get(target, allow_redirects=False, timeout=10)
                continue
            assert answer.status_code == 200, answer.text
            answer = self._answer_page(Page(answer), declines=declines)
        raise AssertionError(f"no end after {_MOST_STEPS} steps, at {answer.url}")

    def sign_in(self, **fields: str) -> User:
        """Go the whole way and return who is signed in."""
        answer: Any = self.portal.get(self.walk(self.start(**fields)))
        assert answer.status_code == 302, answer.content.decode()
        return User.objects.get(pk=self.portal.session["_auth_user_id"])

    def close(self) -> None:
        """Close the connections to the server."""
        self._session.close()

    def _answer_page(self, page: Page, *, declines: bool) -> requests.Response:
        asked = "sign-out" if "xsrf" in page.fields else page.fields["prompt"]
        self.asked.append(asked)
        if asked == "consent" and declines:
            (way_out,) = (link for link in page.links if link.endswith("/abort"))
            return self._session.get(way_out, allow_redirects=False, timeout=10)
        typed = {"login": {"login": self.name, "password": "any will do"}, "sign-out": {"logout": "yes"}}
        filled_in = page.fields | typed.get(asked, {})
        return self._session.post(page.action, filled_in, allow_redirects=False, timeout=10)
