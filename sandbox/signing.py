"""RSA keys, the signatures made with them, and the signatures that a forger would make.

Keys are shared by all tenants until one rotates: making a key takes longer than making a tenant.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from sandbox.certificates import write_private

_MARK = b"-----END PRIVATE KEY-----\n"


def encoded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class KeyRing:
    """The signing keys by key id, kept in one file of the folder."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._keys: dict[str, RSAPrivateKey] = {}
        self._stranger: RSAPrivateKey | None = None
        if file.exists():
            for block in file.read_bytes().split(_MARK)[:-1]:
                self._keep(_loaded(block + _MARK))
        if not self._keys:
            self.new_key()

    @property
    def first_id(self) -> str:
        """Return the id of the key that a new tenant signs with."""
        return next(iter(self._keys))

    def new_key(self) -> str:
        """Make and keep another key; return its id."""
        key = _generated()
        with self._lock:
            key_id = self._keep(key)
            write_private(self._file, b"".join(_pem(one) for one in self._keys.values()))
        return key_id

    def _keep(self, key: RSAPrivateKey) -> str:
        key_id = _key_id(key.public_key())
        self._keys[key_id] = key
        return key_id

    def public_keys(self, key_ids: list[str], issuer: str) -> dict[str, Any]:
        """Return the keys document for these ids."""
        return {"keys": [_as_jwk(key_id, self._keys[key_id].public_key(), issuer) for key_id in key_ids]}

    def sign(self, claims: dict[str, Any], key_id: str) -> str:
        """Return a JWT signed with RS256."""
        return jwt.encode(claims, self._keys[key_id], algorithm="RS256", headers={"kid": key_id})

    def verified(self, text: str, key_ids: list[str], audience: str) -> dict[str, Any] | None:
        """Return the claims of a living JWT that one of these keys signed for the audience."""
        try:
            key_id = jwt.get_unverified_header(text).get("kid", "")
            if key_id not in key_ids:
                return None
            public_key = self._keys[key_id].public_key()
            return jwt.decode(text, public_key, algorithms=["RS256"], audience=audience)
        except jwt.PyJWTError:
            return None

    def unverified(self, text: str) -> dict[str, Any]:
        """Return what a JWT claims, believed by nobody yet; nothing when it is none."""
        try:
            return dict(jwt.decode(text, options={"verify_signature": False}))
        except jwt.PyJWTError:
            return {}

    def forge(self, claims: dict[str, Any], key_id: str, *, alg: str, key: str) -> str:
        """Return a JWT as a forger makes it.

        `alg` is RS256, HS256 (keyed with the public key) or none; `key` is own, unknown (another key under
        the same id) or unlisted (another key under an id of its own).
        """
        if alg == "RS256":
            signer = self._keys[key_id] if key == "own" else self._strange_key()
            shown_id = _key_id(signer.public_key()) if key == "unlisted" else key_id
            return jwt.encode(claims, signer, algorithm="RS256", headers={"kid": shown_id})
        header = {"alg": alg, "kid": key_id, "typ": "JWT"}
        body = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        if alg == "none":
            return f"{body}."
        signature = hmac.digest(_public_pem(self._keys[key_id]), body.encode(), hashlib.sha256)
        return f"{body}.{encoded(signature)}"

    def _strange_key(self) -> RSAPrivateKey:
        with self._lock:
            if self._stranger is None:
                self._stranger = _generated()
            return self._stranger


def _generated() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _loaded(pem: bytes) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(type(key).__name__)
    return key


def _pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _key_id(key: RSAPublicKey) -> str:
    numbers = key.public_numbers()
    return encoded(hashlib.sha256(_big_endian(numbers.n)).digest()[:20])


def _as_jwk(key_id: str, key: RSAPublicKey, issuer: str) -> dict[str, Any]:
    # Entra names no `alg` in its keys, so neither does the sandbox.
    numbers = key.public_numbers()
    modulus, exponent = encoded(_big_endian(numbers.n)), encoded(_big_endian(numbers.e))
    return {"kty": "RSA", "use": "sig", "kid": key_id, "n": modulus, "e": exponent, "issuer": issuer}


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
