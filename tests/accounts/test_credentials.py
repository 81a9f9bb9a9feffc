"""What is set up for the portal to prove itself with."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from accounts.credentials import (
    CredentialKind,
    CredentialSource,
    assertion_in,
    certificate_of,
    configured_credentials,
    credential_sources,
)
from accounts.errors import PortalMisconfigured
from tests.accounts.client_certificates import PASSWORD, made

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDENTITY = "77777777-2222-4333-8444-555555555555"
NAMES = (
    "ENTRA_MANAGED_IDENTITY_CLIENT_ID",
    "ENTRA_CLIENT_ASSERTION_FILE",
    "ENTRA_CLIENT_CERTIFICATE",
    "ENTRA_CLIENT_CERTIFICATE_FALLBACK",
    "ENTRA_CLIENT_SECRET",
    "ENTRA_CLIENT_SECRET_FALLBACK",
)


@pytest.fixture(autouse=True)
def _nothing_set(settings: Any) -> None:
    for name in NAMES:
        setattr(settings, name, None)


def from_file(path: Path, password: str | None = None) -> CredentialSource:
    return CredentialSource(CredentialKind.CERTIFICATE, "ENTRA_CLIENT_CERTIFICATE", str(path), password)


def refusal(path: Path | str, password: str | None = None) -> str:
    with pytest.raises(PortalMisconfigured) as caught:
        certificate_of(from_file(Path(path), password))
    return str(caught.value)


# --- which -----------------------------------------------------------------------------------------


def test_they_come_in_the_order_of_use(settings: Any) -> None:
    for name in NAMES:
        setattr(settings, name, f"value of {name}")
    assert [one.variable for one in credential_sources()] == list(NAMES)
    for first, second in pairwise(NAMES):
        for name in NAMES:
            setattr(settings, name, "x" if name in {first, second} else None)
        assert [one.variable for one in credential_sources()] == [first, second]


def test_each_is_described_for_operators(settings: Any, tmp_path: Path) -> None:
    file, assertion = tmp_path / "portal.pfx", tmp_path / "assertion"
    file.write_bytes(made().pfx())
    assertion.write_text("an.assertion.of.somebody\n")
    settings.ENTRA_CLIENT_CERTIFICATE = str(file)
    settings.ENTRA_CLIENT_CERTIFICATE_PASSWORD = PASSWORD
    settings.ENTRA_CLIENT_SECRET = "sandbox-client-secret"
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = date(2026, 12, 24)
    first, second = configured_credentials()
    assert (first.kind, first.position, first.subject) == (CredentialKind.CERTIFICATE, 0, "CN=portal")
    assert first.expires_at == made().leaf.not_valid_after_utc
    assert (second.kind, second.position, second.problem) == (CredentialKind.SECRET, 1, "")
    assert second.days_left(NOW) == 30
    settings.ENTRA_CLIENT_CERTIFICATE = settings.ENTRA_CLIENT_SECRET = None
    settings.ENTRA_MANAGED_IDENTITY_CLIENT_ID = IDENTITY
    settings.ENTRA_CLIENT_ASSERTION_FILE = str(assertion)
    first, second = configured_credentials()
    assert (first.kind, first.subject, first.days_left(NOW)) == ("managed_identity", IDENTITY, None)
    assert (second.kind, second.subject, second.expires_at) == ("assertion_file", str(assertion), None)


def test_days_left_are_whole_ones_and_go_below_none(settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET = "sandbox-client-secret"
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = date(2026, 11, 24)
    credential = configured_credentials()[0]
    assert [credential.days_left(NOW + timedelta(days=days)) for days in (-1, 0, 1)] == [1, 0, -1]
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = None
    assert configured_credentials()[0].days_left(NOW) is None


def test_one_that_cannot_be_read_is_described_with_the_reason(settings: Any, tmp_path: Path) -> None:
    settings.ENTRA_CLIENT_CERTIFICATE = str(tmp_path / "missing.pem")
    settings.ENTRA_CLIENT_ASSERTION_FILE = str(tmp_path / "missing")
    problems = [one.problem for one in configured_credentials()]
    assert problems == [
        f"{name} names a file that cannot be read: No such file or directory."
        for name in ("ENTRA_CLIENT_ASSERTION_FILE", "ENTRA_CLIENT_CERTIFICATE")
    ]


def test_no_value_shows(settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET = "sandbox-client-secret"
    settings.ENTRA_CLIENT_CERTIFICATE = made().pem(PASSWORD).decode()
    settings.ENTRA_CLIENT_CERTIFICATE_PASSWORD = PASSWORD
    shown = repr(credential_sources()) + repr(configured_credentials())
    for value in ("sandbox-client-secret", "PRIVATE KEY", PASSWORD):
        assert value not in shown


# --- certificates ----------------------------------------------------------------------------------


def test_the_text_itself_works_as_well() -> None:
    source = CredentialSource(
        CredentialKind.CERTIFICATE, "ENTRA_CLIENT_CERTIFICATE", made().pem(PASSWORD).decode(), PASSWORD
    )
    assert certificate_of(source).subject == "CN=portal"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "portal.pem"
    file.write_bytes(made().pem())
    before = certificate_of(from_file(file))
    assert certificate_of(from_file(file)) is before
    file.write_bytes(made("renewed").pem())
    assert certificate_of(from_file(file)).subject == "CN=renewed"


def test_a_mounted_link_that_points_elsewhere_is_read_again(tmp_path: Path) -> None:
    """Orchestrators swap the link that mounted files are reached by."""
    moment = (1_700_000_000, 1_700_000_000)
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(made(name).pem())
        os.utime(tmp_path / name, moment)
    link, swap = tmp_path / "portal.pem", tmp_path / "swap"
    link.symlink_to("first")
    assert certificate_of(from_file(link)).subject == "CN=first"
    swap.symlink_to("second")
    swap.rename(link)
    assert certificate_of(from_file(link)).subject == "CN=second"


def test_a_file_that_cannot_be_used_is_named_by_its_variable(tmp_path: Path) -> None:
    assert refusal(tmp_path / "x") == (
        "ENTRA_CLIENT_CERTIFICATE names a file that cannot be read: No such file or directory."
    )
    assert refusal(tmp_path) == "ENTRA_CLIENT_CERTIFICATE names a file that cannot be read: Is a directory."
    file = tmp_path / "portal.pfx"
    file.write_bytes(made().pfx())
    assert refusal(file, "hunter2") == (
        "ENTRA_CLIENT_CERTIFICATE is damaged, or has another password than the one that is set."
    )
    file.write_bytes(made().leaf_pem)
    assert refusal(file) == "ENTRA_CLIENT_CERTIFICATE holds no private key."


@pytest.mark.parametrize("value", ["sandbox-client-secret", "x" * 5000, "a\0b"])
def test_what_is_no_path_is_not_repeated(value: str) -> None:
    assert value not in refusal(value)


# --- the assertion file ----------------------------------------------------------------------------


def mounted(path: Path) -> CredentialSource:
    return CredentialSource(CredentialKind.ASSERTION_FILE, "ENTRA_CLIENT_ASSERTION_FILE", str(path))


def test_the_assertion_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    for text in ("first", "second"):
        file.write_text(f"{text}\n")
        assert assertion_in(mounted(file)) == text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b" \n", "names an empty file."), (b"\xff\xfe", "names a file that cannot be read: it is not text.")],
)
def test_a_file_without_an_assertion_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "assertion"
    file.write_bytes(content)
    with pytest.raises(PortalMisconfigured) as caught:
        assertion_in(mounted(file))
    assert str(caught.value) == f"ENTRA_CLIENT_ASSERTION_FILE {sentence}"
