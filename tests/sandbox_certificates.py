"""Certificates and keys with which a test proves who its application is; worth nothing elsewhere."""

from __future__ import annotations

import hashlib
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@cache
def rsa_key(name: str = "own") -> RSAPrivateKey:
    """Return a key, the same one for the same name: making one takes a moment."""
    del name
    return generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: RSAPrivateKey, password: str = "") -> str:
    """Return a key in PEM, encrypted if a password is given."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode()


def public_pem(key: RSAPrivateKey) -> str:
    """Return the public half of a key in PEM."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@dataclass(frozen=True)
class KeyPair:
    """A certificate with its key."""

    key: RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    @property
    def certificate_pem(self) -> str:
        """Return the certificate alone, which is what one registers."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def pem(self) -> str:
        """Return key and certificate in one PEM text, which is what one configures."""
        return private_pem(self.key) + self.certificate_pem

    @property
    def sha1_thumbprint(self) -> str:
        """Return the thumbprint in hex that Entra's pages show."""
        return hashlib.sha1(self._der).hexdigest()  # noqa: S324

    @property
    def sha256_thumbprint(self) -> str:
        """Return the newer thumbprint in hex."""
        return hashlib.sha256(self._der).hexdigest()

    @property
    def _der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def pfx(self, password: str = "") -> bytes:
        """Return key and certificate as a PFX file."""
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password:
            encryption = serialization.BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(
            b"pat-portal", self.key, self.certificate, None, encryption
        )


def key_pair(*, days: float = 90, begun_days_ago: float = 1, key_name: str = "own") -> KeyPair:
    """Return a self-signed certificate that ends in so many days, perhaps negative ones."""
    key, now = rsa_key(key_name), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pat-portal")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + min(days, 0) * _DAY - begun_days_ago * _DAY)
        .not_valid_after(now + days * _DAY)
    )
    return KeyPair(key, builder.sign(key, hashes.SHA256()))


def assertion(
    issuer: str, subject: str, audience: str, *, key: RSAPrivateKey | None = None, **claims: Any
) -> str:
    """Return what a platform mounts as a file: an assertion signed with RS256, alive for an hour."""
    now = int(time.time())
    whole = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": now,
        "exp": now + 3600,
        "jti": str(uuid.uuid4()),
        **claims,
    }
    return jwt.encode(whole, key or rsa_key(), algorithm="RS256", headers={"kid": "a platform's key"})
