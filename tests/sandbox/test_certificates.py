"""The sandbox's own certificates."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509

from sandbox.certificates import server_context


@pytest.fixture
def files(tmp_path: Path) -> Path:
    server_context(tmp_path)
    return tmp_path


def leaf(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates((folder / "server.pem").read_bytes())[0]


def test_it_names_this_machine_only(files: Path) -> None:
    names = leaf(files).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_it_is_reused(files: Path) -> None:
    before = (files / "server.pem").read_bytes(), (files / "ca.pem").read_bytes()
    assert server_context(files).minimum_version == ssl.TLSVersion.TLSv1_2
    assert before == ((files / "server.pem").read_bytes(), (files / "ca.pem").read_bytes())


def test_it_is_renewed_in_time_by_the_same_authority(files: Path) -> None:
    authority = trustme.CA.from_pem((files / "ca.pem").read_bytes(), (files / "ca-key.pem").read_bytes())
    old = authority.issue_cert("localhost", not_after=datetime.now(UTC) + timedelta(days=3))
    (files / "server.pem").write_bytes(old.private_key_and_cert_chain_pem.bytes())
    before = (files / "ca.pem").read_bytes()
    server_context(files)
    assert leaf(files).not_valid_after_utc - datetime.now(UTC) > timedelta(days=300)
    assert (files / "ca.pem").read_bytes() == before


@pytest.mark.parametrize("lost", ["ca.pem", "ca-key.pem"])
def test_a_lost_authority_is_replaced_with_everything_it_signed(files: Path, lost: str) -> None:
    before = leaf(files)
    (files / lost).unlink()
    server_context(files)
    authority = x509.load_pem_x509_certificate((files / "ca.pem").read_bytes())
    assert leaf(files) != before
    leaf(files).verify_directly_issued_by(authority)
