"""The claims of ID tokens and access tokens, and their forged variants."""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any

from sandbox.calls import Call, Site
from sandbox.entra.scopes import Granted
from sandbox.signing import encoded
from sandbox.state import Person, Tenant

_FORGING = ("alg", "key")


def home_of(tenant: Tenant, person: Person) -> tuple[str, str]:
    """Return the object id and tenant id of a person's home directory; a guest's lies elsewhere."""
    if not person.is_guest:
        return person.object_id, tenant.tenant_id
    anchor = uuid.UUID(person.object_id)
    return str(uuid.uuid5(anchor, "home object")), str(uuid.uuid5(anchor, "home tenant"))


def login_hint(person: Person) -> str:
    """Return the opaque hint by which an application can name a person later."""
    return encoded(f"O.{person.object_id}".encode())


def id_token(call: Call, person: Person, scopes: list[str], *, sid: str, nonce: str) -> str:
    """Return a signed ID token, or the one that a fault forges."""
    claims = _id_claims(call.site, call.tenant, person, sid)
    if nonce:
        claims["nonce"] = nonce
    if person.email and (person.is_guest or "email" in scopes):
        claims["email"] = person.email
    key_id = call.tenant.key_ids[-1]
    if not call.forge:
        return call.site.keys.sign(claims, key_id)
    claims |= {name: value for name, value in call.forge.items() if name not in _FORGING}
    claims = {name: value for name, value in claims.items() if value is not None}
    alg, key = call.forge.get("alg", "RS256"), call.forge.get("key", "own")
    return call.site.keys.forge(claims, key_id, alg=alg, key=key)


def _id_claims(site: Site, tenant: Tenant, person: Person, sid: str) -> dict[str, Any]:
    now = int(time.time())
    claims: dict[str, Any] = {
        "aud": tenant.client_id,
        "iss": site.issuer(tenant),
        "iat": now,
        "nbf": now,
        "exp": now + tenant.settings.id_token_seconds,
        "name": person.name,
        "oid": person.object_id,
        "preferred_username": person.user_name,
        "login_hint": login_hint(person),
        "acct": 1 if person.is_guest else 0,
        "sid": sid,
        "sub": _pairwise(tenant, person),
        "tid": tenant.tenant_id,
        "uti": encoded(uuid.uuid4().bytes),
        "ver": "2.0",
    }
    if person.roles:
        claims["roles"] = person.roles
    if person.is_guest:
        claims["idp"] = f"https://sts.windows.net/{home_of(tenant, person)[1]}/"
    return claims


def access_token_seconds(tenant: Tenant, *, has_cp1: bool) -> int:
    """Return how long an access token lives."""
    continuous = tenant.settings.continuous_seconds
    return continuous if has_cp1 and continuous is not None else tenant.settings.access_token_seconds


def access_token(call: Call, person: Person, granted: Granted, *, has_cp1: bool, answered: int) -> str:
    """Return a bearer for the resource that the scopes belong to.

    `xms_answered` is the sandbox's own: the moment of the latest challenge that was answered for it.
    """
    tenant, now = call.tenant, int(time.time())
    claims: dict[str, Any] = {
        "aud": granted.audience,
        "iss": f"https://sts.windows.net/{tenant.tenant_id}/",
        "iat": now,
        "nbf": now,
        "exp": now + access_token_seconds(tenant, has_cp1=has_cp1),
        "appid": tenant.client_id,
        "idtyp": "user",
        "name": person.name,
        "oid": person.object_id,
        "scp": " ".join(granted.permissions),
        "sub": _pairwise(tenant, person),
        "tid": tenant.tenant_id,
        "unique_name": person.user_name,
        "upn": person.user_name,
        "uti": encoded(uuid.uuid4().bytes),
        "ver": "1.0",
    }
    if has_cp1:
        claims |= {"xms_cc": ["CP1"], "xms_answered": answered}
    return call.site.keys.sign(claims, tenant.key_ids[-1])


def _pairwise(tenant: Tenant, person: Person) -> str:
    return encoded(hashlib.sha256(f"{tenant.client_id}|{person.object_id}".encode()).digest())
