"""The sandbox's own certificate authority and server certificate, kept in its folder and renewed in time.

Only programs that are given `ca.pem` trust it; nothing is installed into the machine.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.exceptions import InvalidSignature

_NAMES = ("127.0.0.1", "localhost")
_LIFE = timedelta(days=800)
_RENEW_BEFORE = timedelta(days=30)


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the TLS context of the server, making or renewing certificates in the folder as needed."""
    authority = _authority(folder)
    server_file = folder / "server.pem"
    if not _is_fresh(server_file, issuer_file=folder / "ca.pem"):
        leaf = authority.issue_cert(*_NAMES, not_after=datetime.now(UTC) + _LIFE)
        chain = b"".join(part.bytes() for part in leaf.cert_chain_pems)
        write_private(server_file, leaf.private_key_pem.bytes() + chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(server_file)
    return context


def _authority(folder: Path) -> trustme.CA:
    certificate_file, key_file = folder / "ca.pem", folder / "ca-key.pem"
    if _is_fresh(certificate_file) and key_file.exists():
        return trustme.CA.from_pem(certificate_file.read_bytes(), key_file.read_bytes())
    authority = trustme.CA(
        organization_name="PAT Portal sandbox", organization_unit_name="Not trusted by anyone"
    )
    write_private(key_file, authority.private_key_pem.bytes())
    write_private(certificate_file, authority.cert_pem.bytes())
    return authority


def _is_fresh(certificate_file: Path, issuer_file: Path | None = None) -> bool:
    if not certificate_file.exists():
        return False
    certificate = _certificate(certificate_file)
    if issuer_file is not None and not _is_issued_by(certificate, _certificate(issuer_file)):
        return False
    return certificate.not_valid_after_utc - datetime.now(UTC) > _RENEW_BEFORE


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, InvalidSignature):
        return False
    return True


def _certificate(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(file.read_bytes())[0]


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, replacing an older one in one step."""
    draft = file.with_name(f".{file.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
