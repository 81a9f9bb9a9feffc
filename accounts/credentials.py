"""What the portal proves itself with to Entra: which credentials are set up, and until when each is good.

One, or two while one replaces the other. Nothing here talks to Entra; certificates are read from their files
and read anew when a file changes. Values appear in no error and no repr.
"""

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from accounts.certificates import CertificateUnusable, ClientCertificate, parse_certificate
from accounts.errors import PortalMisconfigured


class CredentialKind(StrEnum):
    """The kinds of credential, in the order in which they are used."""

    MANAGED_IDENTITY = "managed_identity"
    ASSERTION_FILE = "assertion_file"
    CERTIFICATE = "certificate"
    SECRET = "secret"  # noqa: S105  # nosec B105


@dataclass(frozen=True, slots=True)
class CredentialSource:
    """Where one credential comes from: `variable` names the setting, `value` is its content."""

    kind: CredentialKind
    variable: str
    value: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential for operators to look at; `position` counts from 0 in the order of use.

    `expires_at` is None where nobody knows, `problem` a sentence where it cannot be used at all.
    """

    kind: CredentialKind
    position: int
    variable: str
    expires_at: datetime | None = None
    subject: str = ""
    problem: str = ""

    def days_left(self, now: datetime) -> int | None:
        """Return the whole days until it ends, negative afterwards; None where nobody knows."""
        return None if self.expires_at is None else (self.expires_at - now).days


def credential_sources() -> tuple[CredentialSource, ...]:
    """Return what is set up, in the order of use; settings refuse none and more than two."""
    certificate, secret = CredentialKind.CERTIFICATE, CredentialKind.SECRET
    candidates = (
        _source(CredentialKind.MANAGED_IDENTITY, "ENTRA_MANAGED_IDENTITY_CLIENT_ID"),
        _source(CredentialKind.ASSERTION_FILE, "ENTRA_CLIENT_ASSERTION_FILE"),
        _source(certificate, "ENTRA_CLIENT_CERTIFICATE", settings.ENTRA_CLIENT_CERTIFICATE_PASSWORD),
        _source(
            certificate,
            "ENTRA_CLIENT_CERTIFICATE_FALLBACK",
            settings.ENTRA_CLIENT_CERTIFICATE_FALLBACK_PASSWORD,
        ),
        _source(secret, "ENTRA_CLIENT_SECRET", expires_on=settings.ENTRA_CLIENT_SECRET_EXPIRES_ON),
        _source(secret, "ENTRA_CLIENT_SECRET_FALLBACK"),
    )
    return tuple(one for one in candidates if one.value)


def configured_credentials() -> tuple[Credential, ...]:
    """Return what is set up for operators to look at, in the order of use; reads the files."""
    return tuple(_described(source, position) for position, source in enumerate(credential_sources()))


def certificate_of(source: CredentialSource) -> ClientCertificate:
    """Return the certificate that `source` holds or names as a file; raises `PortalMisconfigured`."""
    try:
        if "-----BEGIN " in source.value:
            return parse_certificate(source.value.encode(), password=source.password)
        return _certificate_in(source.value, _state_of(source.value), source.password)
    except CertificateUnusable as exc:
        raise PortalMisconfigured(f"{source.variable} {exc}") from exc
    except (OSError, ValueError) as exc:
        raise _unreadable(source, exc) from exc


def assertion_in(source: CredentialSource) -> str:
    """Return what the mounted file of `source` holds now; raises `PortalMisconfigured`."""
    try:
        text = Path(source.value).read_text("ascii").strip()
    except (OSError, ValueError) as exc:
        raise _unreadable(source, exc) from exc
    if not text:
        raise PortalMisconfigured(f"{source.variable} names an empty file.")
    return text


def _source(
    kind: CredentialKind, variable: str, password: str | None = None, *, expires_on: date | None = None
) -> CredentialSource:
    value = getattr(settings, variable) or ""
    return CredentialSource(kind, variable, value, password, expires_on)


def _described(source: CredentialSource, position: int) -> Credential:
    credential = Credential(source.kind, position, source.variable)
    try:
        match source.kind:
            case CredentialKind.MANAGED_IDENTITY:
                return replace(credential, subject=source.value)
            case CredentialKind.ASSERTION_FILE:
                assertion_in(source)
                return replace(credential, subject=source.value)
            case CredentialKind.CERTIFICATE:
                certificate = certificate_of(source)
                return replace(credential, expires_at=certificate.not_after, subject=certificate.subject)
            case CredentialKind.SECRET:
                return replace(credential, expires_at=_start_of(source.expires_on))
    except PortalMisconfigured as exc:
        return replace(credential, problem=str(exc))


def _start_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


def _state_of(path: str) -> tuple[int, int, int]:
    """Return what changes when a file is written or replaced; follows links, as mounted secrets have them."""
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size, found.st_ino


@lru_cache(maxsize=4)
def _certificate_in(
    path: str,
    state: tuple[int, int, int],  # noqa: ARG001 - a changed file is another call
    password: str | None,
) -> ClientCertificate:
    return parse_certificate(Path(path).read_bytes(), password=password)


def _unreadable(source: CredentialSource, error: OSError | ValueError) -> PortalMisconfigured:
    # The path is not shown: whoever sets the variable to the content itself would find that in the log.
    reason = (error.strerror if isinstance(error, OSError) else "") or "it is not text"
    return PortalMisconfigured(f"{source.variable} names a file that cannot be read: {reason}.")
