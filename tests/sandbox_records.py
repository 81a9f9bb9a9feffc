"""What the sandbox's control interface shows, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class SandboxPerson:
    """Somebody of a tenant's directory."""

    object_id: str
    name: str
    user_name: str
    email: str
    roles: tuple[str, ...]
    is_guest: bool = False
    consent: str = "granted"


@dataclass(frozen=True)
class SandboxOrganization:
    """An organization and the id that PATs name in `targetAccounts`."""

    name: str
    instance_id: str


@dataclass(frozen=True)
class SandboxIdentity:
    """A managed identity; a program on its host asks for assertions at `endpoint` with `header`."""

    client_id: str
    object_id: str
    header: str
    endpoint: str

    def environment(self) -> dict[str, str]:
        """Return the variables by which App Service tells a program where to ask."""
        return {"IDENTITY_ENDPOINT": self.endpoint, "IDENTITY_HEADER": self.header}


@dataclass(frozen=True)
class SandboxPat:
    """The truth about one PAT; `status` is active, revoked or expired."""

    authorization_id: str
    person: str
    organization: str | None
    all_orgs: bool
    display_name: str
    scope: str
    valid_from: datetime
    valid_to: datetime
    status: str
    secret: str = field(repr=False)
    created_at: float | None = None
    revoked_at: float | None = None


@dataclass(frozen=True)
class SandboxRequest:
    """One request that reached a tenant; `status` None when no answer was sent, or not yet."""

    at: float
    surface: str
    verb: str
    method: str
    path: str
    query: str
    organization: str | None
    person: str | None
    user_agent: str
    status: int | None
    activity_id: str


def person(data: Mapping[str, Any]) -> SandboxPerson:
    return SandboxPerson(
        data["object_id"],
        data["name"],
        data["user_name"],
        data["email"],
        tuple(data["roles"]),
        is_guest=data["guest"],
        consent=data["consent"],
    )


def pat(data: Mapping[str, Any]) -> SandboxPat:
    moments = {name: _moment(data[name]) for name in ("valid_from", "valid_to")}
    return SandboxPat(**{**data, **moments})


def _moment(text: str) -> datetime:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6].ljust(6, '0')}").replace(tzinfo=UTC)
