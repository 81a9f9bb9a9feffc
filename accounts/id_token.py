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

from accounts.errors import RefusalReason, SignInRefused
from accounts.signing_keys import KeyFinder

LEEWAY_SECONDS = 120
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "oid", "tid"]


class IdTokenInvalid(Exception):
    """The ID token must not be believed; the message says which check failed and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a good ID token says: `nonce` is the flow's own, of which Entra is sent the SHA-256.

    It is None for a refresh, which has no flow, and for nothing else: an ID token without it may be replayed.
    """

    client_id: str
    issuer: str
    tenant_id: UUID
    nonce: str | None


def validate(id_token: str, *, expected: Expected, find_key: KeyFinder) -> dict[str, Any]:
    """Return the claims of `id_token` once its signature and every claim that matters are right.

    Raises `IdTokenInvalid`, `SignInRefused` for a good one that is no person's, and whatever `find_key`
    raises where keys cannot be had.
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
            options={"require": _required(expected), "strict_aud": True},
        )
    except jwt.PyJWTError as exc:
        raise IdTokenInvalid(type(exc).__name__) from exc
    _check_claims(claims, expected)
    _check_person(claims)
    return claims


def _required(expected: Expected) -> list[str]:
    return _REQUIRED if expected.nonce is None else [*_REQUIRED, "nonce"]


def _check_claims(claims: Mapping[str, Any], expected: Expected) -> None:
    if expected.nonce is not None:
        _check_nonce(claims["nonce"], expected.nonce)
    if claims.get("ver") != "2.0":
        raise IdTokenInvalid("version")
    if _uuid(claims["tid"]) != expected.tenant_id:
        raise IdTokenInvalid("tenant")
    if _uuid(claims["oid"]) is None:
        raise IdTokenInvalid("object id")


def _check_person(claims: Mapping[str, Any]) -> None:
    """Refuse service principals and managed identities, which Azure DevOps lets have no PATs."""
    if claims.get("idtyp") == "app":
        raise SignInRefused("an application, not a person", code=RefusalReason.NOT_A_PERSON)


def _check_nonce(claim: Any, nonce: str) -> None:
    wanted = hashlib.sha256(nonce.encode()).hexdigest()
    if not hmac.compare_digest(str(claim).encode(errors="replace"), wanted.encode()):
        raise IdTokenInvalid("nonce")


def _uuid(claim: Any) -> UUID | None:
    try:
        return UUID(claim) if isinstance(claim, str) and len(claim) == 36 else None
    except ValueError:
        return None
