"""What the sandbox knows: tenants with their people, organizations, PATs and refresh grants, behind one lock.

Plain records that turn into JSON and back. Rules and protocols live elsewhere.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sandbox.conditions import Challenge, StandingRefusal
from sandbox.credentials import Credential, ManagedIdentity

_RANDOM = random.Random()  # its own: others may seed the shared one
_ALPHABET = string.ascii_letters + string.digits
_MARKER = "SIMU"  # stands where a real secret has the provider's mark, so that no scanner takes it for one
_FORBIDDEN = ("AZ" + "DO", "JQ" + "QJ99")


def make_secret() -> str:
    """Return the secret of a PAT: 84 characters that a person takes for one and a scanner does not."""
    while True:
        text = "".join(_RANDOM.choices(_ALPHABET, k=76)) + _MARKER + "".join(_RANDOM.choices(_ALPHABET, k=4))
        if not any(mark in text for mark in _FORBIDDEN):
            return text


@dataclass
class Person:
    """Somebody of a tenant's directory; a guest comes from another one.

    `consent` to the application is "granted", "missing" (the person is asked) or "admin" (only an
    administrator may give it).
    """

    object_id: str
    name: str
    user_name: str
    email: str = ""
    roles: list[str] = field(default_factory=list)
    is_disabled: bool = False
    is_guest: bool = False
    consent: str = "granted"
    shows: str = ""


@dataclass
class Organization:
    """An Azure DevOps organization; `members` are object ids, None meaning everybody of the tenant.

    `offline_status` other than 0 is the HTTP status with which it says that it is offline.
    """

    name: str
    instance_id: str
    members: list[str] | None = None
    offline_status: int = 0
    policies: dict[str, Any] = field(default_factory=dict)

    def has_member(self, person: Person) -> bool:
        """Tell whether a person belongs to the organization."""
        return self.members is None or person.object_id in self.members


@dataclass
class Pat:
    """A personal access token; moments in ticks, `organization_id` None for one that is good everywhere."""

    authorization_id: str
    owner_id: str
    display_name: str
    scope: str
    organization_id: str | None
    valid_from: int
    valid_to: int
    secret: str
    is_revoked: bool = False
    created_at: float = 0
    revoked_at: float = 0


@dataclass
class RefreshGrant:
    """One refresh token; those that follow from one sign-in share a family."""

    family: str
    person_id: str
    scopes: list[str]
    sid: str
    used_at: float
    is_used: bool = False
    is_revoked: bool = False
    answered: int = 0


@dataclass
class TenantSettings:
    """How a tenant behaves.

    `redirect_uris` empty allows any loopback address that ends in /getAToken. `continuous_seconds` is the
    life of access tokens of applications that declare CP1, None being the same as of others.
    `one_time_assertions` refuses a certificate's assertion that was used before (MSAL uses one for nine
    minutes, though only within one application object). Of updates: `revoked_update` is the error for a
    revoked PAT, `expired_update` "refused" or "allowed", `foreign_update` "unknown" or "allowed" for a PAT of
    another organization, and `shortening` of an end "allowed", "refused" or "ignored".
    """

    list_lag_seconds: float = 0
    one_time_refresh: bool = False
    access_token_seconds: int = 3900
    continuous_seconds: int | None = None
    refresh_in: int | None = None
    refresh_token_seconds: int = 90 * 86_400
    id_token_seconds: int = 3600
    permissions: list[str] = field(default_factory=lambda: ["vso.pats", "vso.pats_manage"])
    redirect_uris: list[str] = field(default_factory=list)
    front_channel_logout_url: str | None = None
    requires_assignment: bool = False
    client_secret_expired: bool = False
    one_time_assertions: bool = True
    unknown_revoke: str = "204"
    revoked_update: str = "failedToUpdateAccessToken"
    expired_update: str = "refused"
    foreign_update: str = "unknown"
    shortening: str = "allowed"
    clock_offset_seconds: float = 0


@dataclass
class Tenant:
    """A directory with one registered application and the organizations that are bound to it."""

    tenant_id: str
    client_id: str
    client_secret: str
    domain: str
    people: dict[str, Person] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    pats: dict[str, Pat] = field(default_factory=dict)
    refresh_grants: dict[str, RefreshGrant] = field(default_factory=dict)
    key_ids: list[str] = field(default_factory=list)
    policies: dict[str, Any] = field(default_factory=dict)
    settings: TenantSettings = field(default_factory=TenantSettings)
    challenges: dict[str, Challenge] = field(default_factory=dict)
    refusals: dict[str, StandingRefusal] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)
    identities: dict[str, ManagedIdentity] = field(default_factory=dict)

    def person(self, name: str) -> Person | None:
        """Return the person with that object id or user name."""
        wanted = name.lower()
        if wanted in self.people:
            return self.people[wanted]
        return next((one for one in self.people.values() if one.user_name.lower() == wanted), None)

    def now(self) -> datetime:
        """Return the moment by this tenant's Azure DevOps clock."""
        return datetime.now(UTC) + timedelta(seconds=self.settings.clock_offset_seconds)

    def to_json(self) -> dict[str, Any]:
        """Return plain data from which `from_json` builds the tenant again."""
        groups = {
            name: {key: dict(vars(one)) for key, one in getattr(self, name).items()} for name in _GROUPS
        }
        return {**vars(self), **groups, "settings": dict(vars(self.settings))}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Tenant:
        """Build a tenant from what `to_json` returned, now or by an earlier version.

        Fields that are not known any more are dropped, groups that were not known yet are empty.
        """
        groups: dict[str, Any] = {
            name: {key: _record(kind, value) for key, value in data.get(name, {}).items()}
            for name, kind in _GROUPS.items()
        }
        own = ("tenant_id", "client_id", "client_secret", "domain", "key_ids", "policies")
        settings = _record(TenantSettings, data["settings"])
        return cls(**{key: data[key] for key in own}, settings=settings, **groups)


_GROUPS: dict[str, type[Any]] = {
    "people": Person,
    "organizations": Organization,
    "pats": Pat,
    "refresh_grants": RefreshGrant,
    "challenges": Challenge,
    "refusals": StandingRefusal,
    "credentials": Credential,
    "identities": ManagedIdentity,
}
_Record = TypeVar("_Record")


def _record(kind: type[_Record], values: dict[str, Any]) -> _Record:
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in values.items() if key in known})
