"""A typed hand on the sandbox's control interface: makes tenants and faults, plays the browser."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from tests.sandbox_application import Fault
from tests.sandbox_tenant import Tenant

DEFAULT_PEOPLE: tuple[dict[str, Any], ...] = (
    {"name": "Alice Archer", "user_name": "alice@example.test", "email": "alice@example.test"},
    {"name": "Bob Baker", "user_name": "bob@example.test", "email": "bob@example.test"},
    {"name": "Carol Cooper", "user_name": "carol@example.test", "roles": ["PatPortal.Auditor"]},
    {"name": "Dave Draper", "user_name": "dave@example.test", "roles": ["PatPortal.Admin"]},
)
_TIMEOUT = (5, 60)

__all__ = ["DEFAULT_PEOPLE", "Fault", "SandboxControl", "Tenant"]


class SandboxControl:
    """Speaks to `/control` of a running sandbox. Raises requests.HTTPError for a mistaken wish."""

    def __init__(self, url: str, ca_bundle: str) -> None:
        self.url = url.rstrip("/")
        self.ca_bundle = ca_bundle
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = ca_bundle
        # Every sign-in comes from a browser of its own.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    @property
    def base_url(self) -> str:
        """Return the address of the TLS listener."""
        return self.url.removesuffix("/control")

    def close(self) -> None:
        """Close the pooled connections."""
        self.session.close()

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one request to the control interface and return its answer."""
        answer = self.session.request(method, f"{self.url}/{path}", json=body, timeout=_TIMEOUT)
        if answer.status_code >= 400:
            raise requests.HTTPError(f"{method} {path}: {answer.text}", response=answer)
        payload: dict[str, Any] = answer.json()
        return payload

    def create_tenant(
        self,
        *,
        people: Sequence[Mapping[str, Any]] = DEFAULT_PEOPLE,
        organizations: Sequence[str | Mapping[str, Any]] | None = None,
        **settings: Any,
    ) -> Tenant:
        """Make a tenant; without `organizations` it has two of random names. `settings` are passed on."""
        if organizations is None:
            ending = secrets.token_hex(4)
            organizations = [f"alpha-{ending}", f"beta-{ending}"]
        places = [{"name": one} if isinstance(one, str) else dict(one) for one in organizations]
        order = {"people": [dict(one) for one in people], "organizations": places, **settings}
        return Tenant(self, self.call("POST", "tenants", order))

    def tenant(self, tenant_id: str) -> Tenant:
        """Return a tenant that exists, by its id or domain."""
        return Tenant(self, self.call("GET", f"tenants/{tenant_id}"))

    def held(self, name: str) -> int:
        """Return how many answers are being held under a name."""
        return int(self.call("GET", f"holds/{name}")["waiting"])

    def wait_for_hold(self, name: str, *, count: int = 1, seconds: float = 10) -> None:
        """Wait until so many answers are being held. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while self.held(name) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody waits at {name}")
            time.sleep(0.01)

    def release(self, name: str) -> None:
        """Let the answers held under a name go."""
        self.call("POST", f"holds/{name}/release")

    def visit(
        self, address: str, *, person: str | None = None, answer: str | None = None
    ) -> requests.Response:
        """Open a page of the sandbox in a fresh browser, as a person and with a button pressed, if given."""
        chosen = {name: value for name, value in (("person", person), ("answer", answer)) if value}
        return self.session.get(address, params=chosen, allow_redirects=False, timeout=_TIMEOUT)

    def sign_in(self, portal_auth_uri: str, person: str) -> str:
        """Play the browser through the authorize page; return the callback address it is sent back to.

        A page that asks for permission is answered with Accept.
        """
        return _location(self.visit(portal_auth_uri, person=person, answer="accept"))

    def decline(self, portal_auth_uri: str) -> str:
        """Press Cancel on the authorize page; return the callback address it is sent back to."""
        return _location(self.visit(portal_auth_uri, answer="cancel"))


def _location(answer: requests.Response) -> str:
    if answer.status_code != 302:
        raise AssertionError(f"the authorize page answered {answer.status_code}: {answer.text[:2000]}")
    return answer.headers["Location"]
