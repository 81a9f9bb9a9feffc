"""Entra's public signing keys by key id, with rollover. Where the set comes from is the caller's matter."""

from collections.abc import Callable, Mapping
from typing import Any

import jwt

from accounts.fetched import KeptCopy

SigningKey = jwt.PyJWK
KeyFinder = Callable[[str], SigningKey | None]


def parse_key_set(document: Mapping[str, Any]) -> dict[str, SigningKey]:
    """Return the RSA signing keys in a JWKS document by key id; anything else in it is passed over."""
    entries = document.get("keys")
    found: dict[str, SigningKey] = {}
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        if isinstance(kid := entry.get("kid"), str):
            try:
                found[kid] = jwt.PyJWK({**entry, "alg": "RS256"})
            except jwt.PyJWTError:
                continue
    return found


class SigningKeys:
    """Finds a key by id; an unknown id makes it look for new keys, at most once a minute."""

    def __init__(self, copy: KeptCopy[dict[str, SigningKey]]) -> None:
        self._copy = copy

    def find(self, kid: str) -> SigningKey | None:
        """Return the key, or None; raises what the copy's fetch raises while there are no keys at all."""
        return self._copy.get().get(kid) or self._copy.renewed().get(kid)
