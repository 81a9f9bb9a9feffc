"""Keys and ID tokens of our own making, good ones and forged ones."""

from __future__ import annotations

import hashlib
import json
import time
from functools import cache
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from accounts.id_token import Expected

TENANT = "11111111-2222-4333-8444-555555555555"
PERSON = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
CLIENT = "cccccccc-0000-4000-8000-000000000001"
ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
NONCE = "the nonce of the flow"
EXPECTED = Expected(client_id=CLIENT, issuer=ISSUER, tenant_id=UUID(TENANT), nonce=NONCE)


@cache
def private_key(name: str) -> RSAPrivateKey:
    """Return a key of its own for every name."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def jwk(name: str, **changes: Any) -> dict[str, Any]:
    """Return the public half of a key as it stands in a key set; its id is its name."""
    public = json.loads(RSAAlgorithm.to_jwk(private_key(name).public_key()))
    return {"kty": "RSA", "use": "sig", "kid": name, "n": public["n"], "e": public["e"], **changes}


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good ID token; a change to None takes a claim out."""
    now = int(time.time())
    good: dict[str, Any] = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "pairwise",
        "oid": PERSON,
        "tid": TENANT,
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "nonce": hashlib.sha256(NONCE.encode()).hexdigest(),
        "ver": "2.0",
        "name": "Alice Archer",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(content: dict[str, Any], *, key: str = "good", headers: dict[str, Any] | None = None) -> str:
    """Return an ID token signed with RS256."""
    return jwt.encode(content, private_key(key), algorithm="RS256", headers={"kid": key, **(headers or {})})
