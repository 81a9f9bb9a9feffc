"""What the control interface is asked for, turned into records, and records turned into what it shows.

Every function is strict: a field that it does not know is a ValueError, so that no misspelt wish is silent.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import asdict, fields
from typing import Any

from sandbox.azure_devops import dates, listing, policies
from sandbox.state import Organization, Pat, Person, Tenant, TenantSettings, make_secret

_PERSON_FIELDS = {"name", "user_name", "roles", "email", "object_id", "disabled", "guest", "consent", "shows"}
_SETTINGS = {one.name for one in fields(TenantSettings)}
_PAT_FIELDS = {
    "person",
    "organization",
    "display_name",
    "scope",
    "valid_from",
    "valid_to",
    "all_orgs",
    "count",
    "revoked",
}
_MOST_PATS = 20_000
_CHOICES = {"shortening": ("allowed", "refused", "ignored")}
CONSENTS = ("granted", "missing", "admin")


class UnknownThingError(LookupError):
    """The control interface was asked for something that is not there."""


def known(body: dict[str, Any], allowed: set[str]) -> None:
    """Check that every field is known. Raises ValueError."""
    if not set(body) <= allowed:
        raise ValueError(f"unknown fields {sorted(set(body) - allowed)}; known are {sorted(allowed)}")


def tenant(body: dict[str, Any], key_id: str) -> Tenant:
    """Return a new tenant as ordered."""
    identity = {"people", "organizations", "policies", "tenant_id", "client_id", "client_secret", "domain"}
    known(body, identity | _SETTINGS)
    tenant_id = str(uuid.UUID(body.get("tenant_id") or str(uuid.uuid4())))
    made = Tenant(
        tenant_id=tenant_id,
        client_id=str(uuid.UUID(body.get("client_id") or str(uuid.uuid4()))),
        client_secret=body.get("client_secret") or f"sandbox-client-secret-{secrets.token_hex(4)}",
        domain=(body.get("domain") or f"tenant-{tenant_id[:13]}.example").lower(),
        key_ids=[key_id],
        policies=policies.checked(dict(body.get("policies") or {})),
    )
    for order in body.get("people") or []:
        one = person(order)
        made.people[one.object_id] = one
    for order in body.get("organizations") or []:
        place = organization(made, order)
        made.organizations[place.name.lower()] = place
    _set_settings(made, {name: value for name, value in body.items() if name in _SETTINGS})
    return made


def change_tenant(found: Tenant, body: dict[str, Any]) -> None:
    """Change a tenant's settings, policies, domain or client secret."""
    known(body, _SETTINGS | {"policies", "domain", "client_secret"})
    if "policies" in body:
        found.policies = policies.checked(dict(body["policies"]))
    found.domain = body.get("domain", found.domain).lower()
    found.client_secret = body.get("client_secret", found.client_secret)
    _set_settings(found, {name: value for name, value in body.items() if name in _SETTINGS})


def _set_settings(found: Tenant, values: dict[str, Any]) -> None:
    for name, value in values.items():
        old = getattr(TenantSettings(), name)
        if old is not None and not isinstance(
            value, (int, float) if isinstance(old, int | float) else type(old)
        ):
            raise TypeError(f"{name} is of type {type(old).__name__}")
        if value not in _CHOICES.get(name, (value,)):
            raise ValueError(f"{name} is one of {_CHOICES[name]}")
        setattr(found.settings, name, value)


def shown_tenant(found: Tenant) -> dict[str, Any]:
    """Return a tenant for the control interface, without its PATs and grants."""
    return {
        "tenant_id": found.tenant_id,
        "client_id": found.client_id,
        "client_secret": found.client_secret,
        "domain": found.domain,
        "people": [shown_person(one) for one in found.people.values()],
        "organizations": [shown_organization(one) for one in found.organizations.values()],
        "policies": found.policies,
        "settings": asdict(found.settings),
    }


def person(body: dict[str, Any]) -> Person:
    """Return a new person as ordered."""
    known(body, _PERSON_FIELDS)
    object_id = str(uuid.UUID(body.get("object_id") or str(uuid.uuid4())))
    made = Person(object_id=object_id, name=body["name"], user_name=body["user_name"])
    change_person(made, body)
    return made


def change_person(found: Person, body: dict[str, Any]) -> None:
    """Change a person; the object id stays."""
    known(body, _PERSON_FIELDS)
    found.name = body.get("name", found.name)
    found.user_name = body.get("user_name", found.user_name)
    found.email = body.get("email", found.email) or ""
    found.roles = list(body.get("roles", found.roles) or [])
    found.is_disabled = bool(body.get("disabled", found.is_disabled))
    found.is_guest = bool(body.get("guest", found.is_guest))
    consent = body.get("consent", found.consent)
    if consent not in CONSENTS:
        raise ValueError(f"consent is one of {CONSENTS}")
    found.consent = consent
    found.shows = body.get("shows", found.shows)


def found_person(tenant: Tenant, name: str) -> Person:
    """Return the person of that object id or user name. Raises UnknownThingError."""
    found = tenant.person(name)
    if found is None:
        raise UnknownThingError(name)
    return found


def shown_person(found: Person) -> dict[str, Any]:
    """Return a person for the control interface."""
    return {
        "object_id": found.object_id,
        "name": found.name,
        "user_name": found.user_name,
        "email": found.email,
        "roles": found.roles,
        "disabled": found.is_disabled,
        "guest": found.is_guest,
        "consent": found.consent,
        "shows": found.shows,
    }


def organization(tenant: Tenant, body: dict[str, Any]) -> Organization:
    """Return a new organization as ordered; `members` are user names or object ids of the tenant."""
    known(body, {"name", "instance_id", "members", "policies"})
    instance_id = str(uuid.UUID(body.get("instance_id") or str(uuid.uuid4())))
    made = Organization(name=body["name"], instance_id=instance_id)
    change_organization(
        tenant, made, {key: value for key, value in body.items() if key in {"members", "policies"}}
    )
    return made


def change_organization(tenant: Tenant, found: Organization, body: dict[str, Any]) -> None:
    """Change an organization's members or policies, or take it offline."""
    known(body, {"members", "policies", "offline_status"})
    found.offline_status = int(body.get("offline_status", found.offline_status))
    if "members" in body:
        names = body["members"]
        found.members = None if names is None else [found_person(tenant, name).object_id for name in names]
    if "policies" in body:
        found.policies = policies.checked(dict(body["policies"] or {}))


def shown_organization(found: Organization) -> dict[str, Any]:
    """Return an organization for the control interface."""
    return asdict(found)


def pats(tenant: Tenant, body: dict[str, Any]) -> list[Pat]:
    """Return PATs made elsewhere; with `count`, many, numbered at the end of the name or at its `{n}`."""
    known(body, _PAT_FIELDS)
    owner = found_person(tenant, body["person"])
    place = tenant.organizations.get(body["organization"].lower())
    if place is None:
        raise UnknownThingError(body["organization"])
    count = int(body.get("count") or 1)
    if not 1 <= count <= _MOST_PATS:
        raise ValueError(f"count is between 1 and {_MOST_PATS}")
    now = dates.ticks(tenant.now())
    valid_from = dates.read(body["valid_from"]) if body.get("valid_from") else now
    default_end = now + 30 * dates.TICKS_PER_DAY
    return [
        Pat(
            authorization_id=str(uuid.uuid4()),
            owner_id=owner.object_id,
            display_name=_numbered(body["display_name"], number, count),
            scope=body["scope"],
            organization_id=None if body.get("all_orgs") else place.instance_id,
            valid_from=valid_from,
            valid_to=dates.read(body["valid_to"]) if body.get("valid_to") else default_end,
            secret=make_secret(),
            is_revoked=bool(body.get("revoked")),
        )
        for number in range(1, count + 1)
    ]


def _numbered(name: str, number: int, count: int) -> str:
    if "{n}" in name:
        return name.replace("{n}", str(number))
    return name if count == 1 else f"{name} {number}"


def change_pat(pat: Pat, body: dict[str, Any]) -> None:
    """Change a PAT as somebody elsewhere would."""
    known(body, {"display_name", "scope", "valid_from", "valid_to", "revoked"})
    pat.display_name = body.get("display_name", pat.display_name)
    pat.scope = body.get("scope", pat.scope)
    pat.valid_from = dates.read(body["valid_from"]) if "valid_from" in body else pat.valid_from
    pat.valid_to = dates.read(body["valid_to"]) if "valid_to" in body else pat.valid_to
    pat.is_revoked = bool(body.get("revoked", pat.is_revoked))


def shown_pat(tenant: Tenant, pat: Pat) -> dict[str, Any]:
    """Return the truth about a PAT, its secret included."""
    places = {one.instance_id: one.name for one in tenant.organizations.values()}
    owner = tenant.people.get(pat.owner_id)
    return {
        "authorization_id": pat.authorization_id,
        "person": owner.user_name if owner else pat.owner_id,
        "organization": places.get(pat.organization_id or ""),
        "all_orgs": pat.organization_id is None,
        "display_name": pat.display_name,
        "scope": pat.scope,
        "valid_from": dates.written(pat.valid_from),
        "valid_to": dates.written(pat.valid_to),
        "status": listing.status_of(pat, dates.ticks(tenant.now())),
        "secret": pat.secret,
        "created_at": pat.created_at or None,
        "revoked_at": pat.revoked_at or None,
    }
