"""A person's browser at the portal: starts sign-ins, goes through the sandbox's Entra and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.dispatch import Signal
from django.test import Client

from accounts import signals
from accounts.models import User
from tests.sandbox_control import Tenant

_SIGNALS = (
    "signed_in",
    "sign_in_refused",
    "signed_out",
    "sessions_ended",
    "roles_changed",
    "grant_used",
    "grant_lost",
    "grant_deleted",
)


class Browser(Client):
    """Django's test client that knows which tenant it signs in to."""

    def __init__(self, tenant: Tenant, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.tenant = tenant

    def start(self, next_path: str = "/", **fields: str) -> str:
        """Press the button of the sign-in page; return the address at Entra."""
        answer = self.post("/sign-in/start", {"next": next_path, **fields})
        assert answer.status_code == 302, answer.content.decode()
        return answer["Location"]

    def authorize(self, name: str, auth_uri: str) -> str:
        """Choose a person at Entra; return the path of the way back, with its query."""
        return path_of(self.tenant.sign_in(auth_uri, name))

    def try_sign_in(self, name: str, *, next_path: str = "/", **fields: str) -> Any:
        """Go the whole way and return the last answer."""
        return self.get(self.authorize(name, self.start(next_path, **fields)))

    def sign_in(self, name: str, *, next_path: str = "/") -> User:
        """Go the whole way and return who is signed in."""
        answer = self.try_sign_in(name, next_path=next_path)
        assert answer.status_code == 302, answer.content.decode()
        user = self.user
        assert user is not None
        return user

    @property
    def user(self) -> User | None:
        """Return whom this browser's session belongs to."""
        return User.objects.filter(pk=self.session.get("_auth_user_id", 0)).first()


def path_of(address: str) -> str:
    """Return path and query of an address."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def query_of(address: str) -> dict[str, str]:
    """Return the query of an address, the last value of each name."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}


def text_of(answer: Any) -> str:
    """Return the body of an answer as text."""
    return str(answer.content.decode())


class Heard:
    """What the accounts app told its listeners, in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return what came with one signal."""
        return [details for heard, details in self.events if heard == name]


@contextmanager
def listening() -> Iterator[Heard]:
    """Listen to every signal of the accounts app."""
    heard = Heard()
    receivers = []
    for name in _SIGNALS:

        def note(sender: type, signal: Signal, name: str = name, **details: Any) -> None:
            heard.events.append((name, {"sender": sender, **details}))

        signal: Signal = getattr(signals, name)
        signal.connect(note, weak=False)
        receivers.append((signal, note))
    try:
        yield heard
    finally:
        for signal, note in receivers:
            signal.disconnect(note)
