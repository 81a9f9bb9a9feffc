"""Connections to Entra: one session with its own trust, and the two requests that MSAL may make over it.

MSAL reaches the network through `Transport` alone, which lets it see our checked discovery document and post
to our checked token endpoint, and nothing else. Knows no settings and no credentials.
"""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests

from accounts.discovery import Discovery
from accounts.entra_answers import EntraAnswer, portal_error
from accounts.errors import EntraUnreachable

CONNECT_SECONDS, READ_SECONDS = 5, 15
_TIMEOUT = (CONNECT_SECONDS, READ_SECONDS)


def build_session(*, ca_bundle: str | None, proxy: str | None) -> requests.Session:
    """Return a session that trusts `ca_bundle` and goes through `proxy`, whatever the environment says."""
    session = requests.Session()
    # REQUESTS_CA_BUNDLE and proxy variables of the environment would win over what is configured here.
    session.trust_env = False
    session.verify = ca_bundle or True
    if proxy:
        session.proxies = {"https": proxy}
    return session


def fetch_json(session: requests.Session, url: str) -> dict[str, Any]:
    """Return the JSON object at `url`; raises `EntraUnreachable` or `PortalMisconfigured`."""
    try:
        response = session.get(url, timeout=_TIMEOUT, allow_redirects=False)
    except OSError as exc:
        raise unreachable(exc) from exc
    document = json_object(response.text)
    if response.status_code != HTTPStatus.OK or document is None:
        answer = EntraAnswer.of_token_endpoint(document or {})
        raise portal_error(answer) or EntraUnreachable(f"status {response.status_code}")
    return document


def unreachable(failure: OSError) -> EntraUnreachable:
    """Return what it means that a request failed. Only what Requests says of a lost CA bundle is quoted.

    Everything else is one of its own classes, all of them OSErrors, with addresses in what it says.
    """
    is_its_own = isinstance(failure, requests.RequestException)
    return EntraUnreachable(type(failure).__name__ if is_its_own else str(failure))


def json_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that `text` is, or None where it is something else."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


class Transport:
    """MSAL's way to the network: it reads our discovery document and posts to our token endpoint."""

    def __init__(self, session: requests.Session, discovery: Discovery) -> None:
        self._session, self._discovery = session, discovery

    def get(self, url: str, **_: Any) -> "Answer":
        """Return the checked discovery document, whatever address of it MSAL has made up."""
        document = {
            "issuer": self._discovery.issuer,
            "authorization_endpoint": self._discovery.authorization_endpoint,
            "token_endpoint": self._discovery.token_endpoint,
        }
        if not url.endswith("/.well-known/openid-configuration"):
            raise EntraUnreachable("MSAL asked for an address that the portal does not use")
        return Answer(HTTPStatus.OK, json.dumps(document), {})

    def post(
        self, url: str, *, data: Any = None, headers: Any = None, params: Any = None, **_: Any
    ) -> "Answer":
        """Post to the token endpoint. Too many requests count as an outage, which MSAL then waits out."""
        if url != self._discovery.token_endpoint:
            raise EntraUnreachable("MSAL posted to an address that the portal does not use")
        try:
            response = self._session.post(
                url, data=data, headers=headers, params=params, timeout=_TIMEOUT, allow_redirects=False
            )
        except OSError as exc:
            raise unreachable(exc) from exc
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        if status < HTTPStatus.INTERNAL_SERVER_ERROR and json_object(response.text) is None:
            # MSAL would write the body, whatever is in it, into the log.
            raise EntraUnreachable(f"status {status} without JSON")
        return Answer(status, response.text, dict(response.headers))


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer in the shape that MSAL reads."""

    status_code: int
    text: str = field(repr=False)
    headers: dict[str, str]
