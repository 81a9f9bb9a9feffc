"""Client certificates as files hold them: PEM or PFX in, one RSA key with its certificate out. Pure.

Knows no settings and no clock; an error says what is wrong with the content and quotes nothing of it.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

_KEY_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
_CERTIFICATE_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# The first byte of every PFX: an ASN.1 sequence.
_SEQUENCE = b"\x30"
_UNREADABLE = "is damaged: its PEM text cannot be read."


class CertificateUnusable(Exception):
    """A sentence without its subject, such as "holds no private key."; for operators."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A private key with its certificate and chain, as PEM texts; the leaf comes first."""

    private_key_pem: str = field(repr=False)
    certificates_pem: str = field(repr=False)
    subject: str
    not_before: datetime
    not_after: datetime


def parse_certificate(data: bytes, *, password: str | None) -> ClientCertificate:
    """Return the key and certificate in PEM text or in a PFX, which may be in base64.

    Raises `CertificateUnusable`.
    """
    key, certificates = _of_pem(data, password) if b"-----BEGIN " in data else _of_pfx(data, password)
    if not isinstance(key, RSAPrivateKey):
        raise CertificateUnusable("holds a key that is not RSA; Entra takes no other here.")
    leaf = next((one for one in certificates if one.public_key() == key.public_key()), None)
    if leaf is None:
        raise CertificateUnusable("holds a private key and a certificate that do not belong together.")
    chain = [leaf, *(one for one in certificates if one != leaf)]
    return ClientCertificate(
        private_key_pem=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        certificates_pem="".join(one.public_bytes(Encoding.PEM).decode() for one in chain),
        subject=leaf.subject.rfc4514_string(),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
    )


def _of_pem(data: bytes, password: str | None) -> tuple[object, list[x509.Certificate]]:
    block = _KEY_BLOCK.search(data)
    if block is None:
        raise CertificateUnusable("holds no private key.")
    is_locked = b"ENCRYPTED" in block[0]
    if is_locked and not password:
        raise CertificateUnusable("is protected by a password, and none is set.")
    try:
        # A password for a key that has none is an error to the library; to an operator it is a leftover.
        key = load_pem_private_key(block[0], password.encode() if is_locked and password else None)
    except (ValueError, UnsupportedAlgorithm) as exc:
        reason = "has another password than the one that is set." if is_locked else _UNREADABLE
        raise CertificateUnusable(reason) from exc
    return key, _certificates(_CERTIFICATE_BLOCK.findall(data))


def _certificates(blocks: list[bytes]) -> list[x509.Certificate]:
    if not blocks:
        raise CertificateUnusable("holds a private key but no certificate.")
    try:
        return [x509.load_pem_x509_certificate(block) for block in blocks]
    except ValueError as exc:
        raise CertificateUnusable(_UNREADABLE) from exc


def _of_pfx(data: bytes, password: str | None) -> tuple[object, list[x509.Certificate]]:
    try:
        content = pkcs12.load_pkcs12(_decoded(data), password.encode() if password else None)
    except (ValueError, UnsupportedAlgorithm) as exc:
        reason = (
            "is damaged, or has another password than the one that is set."
            if password
            else "is damaged, or protected by a password, and none is set."
        )
        raise CertificateUnusable(reason) from exc
    if content.key is None:
        raise CertificateUnusable("holds no private key.")
    held = [one for one in (content.cert, *content.additional_certs) if one is not None]
    if not held:
        raise CertificateUnusable("holds a private key but no certificate.")
    return content.key, [one.certificate for one in held]


def _decoded(data: bytes) -> bytes:
    """Return the PFX itself: key vaults hand it out in base64."""
    if data.startswith(_SEQUENCE):
        return data
    try:
        decoded = base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error:
        decoded = b""
    if not decoded.startswith(_SEQUENCE):
        raise CertificateUnusable("holds neither PEM text nor a PFX file.")
    return decoded
