"""Validation of Entra's ID token, which MSAL leaves to the application.

Knows nothing of HTTP, MSAL, models or settings: what to expect and where keys come from is passed in.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt

from accounts.signing_keys import KeyFinder

LEEWAY_SECONDS = 120
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "nonce", "oid", "tid"]


class IdTokenInvalid(Exception):
    """The ID token must not be believed; the message says which check failed and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a good ID token says: `nonce` is the flow's own, of which Entra is sent the SHA-256."""

    client_id: str
    issuer: str
    tenant_id: UUID
    nonce: str


def validate(id_token: str, *, expected: Expected, find_key: KeyFinder) -> dict[str, Any]:
    """Return the claims of `id_token` once its signature and every claim that matters are right.

    Raises `IdTokenInvalid`, and whatever `find_key` raises where keys cannot be had.
    """
    try:
        kid = jwt.get_unverified_header(id_token).get("kid")
        key = find_key(kid) if isinstance(kid, str) else None
        if key is None:
            raise IdTokenInvalid("unknown signing key")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key,
            algorithms=["RS256"],
            audience=expected.client_id,
            issuer=expected.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED, "strict_aud": True},
        )
    except jwt.PyJWTError as exc:
        raise IdTokenInvalid(type(exc).__name__) from exc
    _check_claims(claims, expected)
    return claims


def _check_claims(claims: Mapping[str, Any], expected: Expected) -> None:
    wanted_nonce = hashlib.sha256(expected.nonce.encode()).hexdigest()
    if not hmac.compare_digest(str(claims["nonce"]).encode(errors="replace"), wanted_nonce.encode()):
        raise IdTokenInvalid("nonce")
    if claims.get("ver") != "2.0":
        raise IdTokenInvalid("version")
    if claims.get("idtyp") == "app":
        raise IdTokenInvalid("an application, not a person")
    if _uuid(claims["tid"]) != expected.tenant_id:
        raise IdTokenInvalid("tenant")
    if _uuid(claims["oid"]) is None:
        raise IdTokenInvalid("object id")


def _uuid(claim: Any) -> UUID | None:
    try:
        return UUID(claim) if isinstance(claim, str) and len(claim) == 36 else None
    except ValueError:
        return None
