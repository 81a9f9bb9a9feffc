"""Encryption of what must not be readable in the database: AES-GCM, bound to where it is kept.

Knows nothing of models or settings: keys and the place come from the caller.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_FORMAT = b"\x01"


class Unreadable(Exception):
    """The sealed bytes were not made by one of our keys for this place, or were altered."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext with the id of the key that made it."""

    key_id: str
    data: bytes


def seal(plain: bytes, *, place: str, keys: Mapping[str, bytes]) -> Sealed:
    """Encrypt `plain` with the first of `keys` (32 bytes each) under a fresh nonce.

    `place` names where the result will be kept; it opens nowhere else.
    """
    key_id, key = next(iter(keys.items()))
    nonce = os.urandom(_NONCE_BYTES)
    return Sealed(key_id, _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, _bound(place, key_id)))


def unseal(sealed: Sealed, *, place: str, keys: Mapping[str, bytes]) -> bytes:
    """Return what was sealed; raises `Unreadable`."""
    key = keys.get(sealed.key_id)
    if key is None:
        raise Unreadable("no key of this id")
    if sealed.data[:1] != _FORMAT or len(sealed.data) <= 1 + _NONCE_BYTES:
        raise Unreadable("unknown format")
    nonce, ciphertext = sealed.data[1 : 1 + _NONCE_BYTES], sealed.data[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _bound(place, sealed.key_id))
    except InvalidTag as exc:
        raise Unreadable("altered, or sealed for another place or by another key") from exc


def _bound(place: str, key_id: str) -> bytes:
    return b"\x00".join([_FORMAT, place.encode(), key_id.encode()])
