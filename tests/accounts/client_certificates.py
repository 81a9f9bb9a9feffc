"""Client certificates of our own making, in every form in which operators hold them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from tests.accounts.signing import private_key

PASSWORD = "the password of the file"


@dataclass(frozen=True)
class Made:
    """A private key with its certificate, and the certificate of whoever issued it."""

    key: Any
    leaf: x509.Certificate
    issuer: x509.Certificate

    @property
    def public_key(self) -> Any:
        return self.leaf.public_key()

    @property
    def leaf_pem(self) -> bytes:
        return self.leaf.public_bytes(Encoding.PEM)

    @property
    def chain_pem(self) -> bytes:
        return self.leaf_pem + self.issuer.public_bytes(Encoding.PEM)

    def key_pem(self, password: str | None = None) -> bytes:
        locking = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        content: bytes = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locking)
        return content

    def pem(self, password: str | None = None) -> bytes:
        """Return the key and the chain in one text, as Microsoft's tools write it."""
        return self.key_pem(password) + self.chain_pem

    def pfx(self, password: str | None = PASSWORD) -> bytes:
        locking = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return pkcs12.serialize_key_and_certificates(b"portal", self.key, self.leaf, [self.issuer], locking)


@cache
def made(name: str = "portal", *, days: int = 90, since_days: int = 1, is_elliptic: bool = False) -> Made:
    """Make a certificate that counts from `since_days` ago to in `days` days; the same call, the same one."""
    root_key = private_key("the issuer")
    root = _signed("An issuer", root_key.public_key(), root_key, days=3650, since_days=3650)
    key: Any = ec.generate_private_key(ec.SECP256R1()) if is_elliptic else private_key(f"client {name}")
    leaf = _signed(name, key.public_key(), root_key, days=days, since_days=since_days)
    return Made(key, leaf, root)


def _signed(
    name: str, public_key: Any, issuer_key: RSAPrivateKey, *, days: int, since_days: int
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN={name}"))
        .issuer_name(x509.Name.from_rfc4514_string("CN=An issuer"))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=since_days))
        .not_valid_after(now + timedelta(days=days))
        .sign(issuer_key, SHA256())
    )
