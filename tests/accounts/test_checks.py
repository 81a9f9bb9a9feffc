"""Checks of the setup."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts.checks import (
    check_backends,
    check_base_url,
    check_credentials,
    check_home_tenant_is_listed_once,
    check_leftovers,
    check_roles_of_other_tenants,
    check_two_roles,
)
from tests.accounts.client_certificates import made


@pytest.mark.parametrize("url", ["https://portal.example", "http://127.0.0.1:8000", "http://localhost"])
def test_a_private_connection_is_fine(settings: Any, url: str) -> None:
    settings.PORTAL_BASE_URL = url
    assert check_base_url(None) == []


def test_plain_http_elsewhere_is_an_error(settings: Any) -> None:
    settings.PORTAL_BASE_URL = "http://portal.example"
    assert [found.id for found in check_base_url(None)] == ["accounts.E001"]


def test_any_other_way_in_is_an_error(settings: Any) -> None:
    assert check_backends(None) == []
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "django.contrib.auth.backends.ModelBackend",
    ]
    assert [found.id for found in check_backends(None)] == ["accounts.E002"]


def test_one_role_for_everything_is_a_warning(settings: Any) -> None:
    user = settings.DATABASES["default"]["USER"]
    settings.DATABASE_OWNER = {"USER": f"not {user}"}
    assert check_two_roles(None) == []
    settings.DATABASE_OWNER = {"USER": user}
    assert [found.id for found in check_two_roles(None)] == ["accounts.W001"]


HOME = UUID("11111111-2222-4333-8444-555555555555")
OTHER = UUID("22222222-3333-4444-8555-666666666666")


@pytest.mark.parametrize(
    ("is_required", "tenants", "found"),
    [(True, {}, []), (False, {OTHER: "x"}, []), (True, {OTHER: "x"}, ["accounts.W002"])],
)
def test_people_of_other_tenants_have_no_role_to_require(
    settings: Any, is_required: bool, tenants: dict[UUID, str], found: list[str]
) -> None:
    settings.SIGN_IN_REQUIRES_ROLE = is_required
    settings.ENTRA_ADDITIONAL_TENANTS = tenants
    assert [one.id for one in check_roles_of_other_tenants(None)] == found


def test_the_home_tenant_is_not_one_of_the_others(settings: Any) -> None:
    settings.ENTRA_AUTHORITY = f"https://login.microsoftonline.com/{HOME}"
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind"}
    assert check_home_tenant_is_listed_once(None) == []
    settings.ENTRA_ADDITIONAL_TENANTS = {OTHER: "Tailwind", HOME: "Contoso"}
    assert [one.id for one in check_home_tenant_is_listed_once(None)] == ["accounts.W003"]


def credential_warnings() -> list[str]:
    found = check_credentials(None)
    assert {one.id for one in found} <= {"accounts.W004"}
    return [str(one.msg) for one in found]


def test_a_good_credential_is_fine(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "portal.pem"
    file.write_bytes(made().pem())
    settings.ENTRA_CLIENT_CERTIFICATE = str(file)
    assert credential_warnings() == []


def test_one_that_cannot_serve_is_a_warning(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "portal.pem"
    settings.ENTRA_CLIENT_CERTIFICATE = str(file)
    assert credential_warnings() == [
        "ENTRA_CLIENT_CERTIFICATE names a file that cannot be read: No such file or directory."
    ]
    old = made("ended", days=-1, since_days=90)
    file.write_bytes(old.pem())
    ended = f"{old.leaf.not_valid_after_utc:%Y-%m-%d}"
    assert credential_warnings() == [f"ENTRA_CLIENT_CERTIFICATE ended on {ended}."]


def test_a_secret_that_has_ended_or_is_only_an_id_is_a_warning(settings: Any) -> None:
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = date(2026, 1, 31)
    settings.ENTRA_CLIENT_SECRET_FALLBACK = str(OTHER)
    assert credential_warnings() == [
        "ENTRA_CLIENT_SECRET ended on 2026-01-31.",
        "ENTRA_CLIENT_SECRET_FALLBACK looks like the id of a secret; Entra wants its value.",
    ]


def test_what_is_left_over_is_one_warning(settings: Any) -> None:
    assert check_leftovers(None) == []
    settings.ENTRA_CLIENT_SECRET_FALLBACK = settings.ENTRA_CLIENT_SECRET
    (found,) = check_leftovers(None)
    assert (found.id, found.msg) == (
        "accounts.W005",
        "ENTRA_CLIENT_SECRET_FALLBACK is the same as ENTRA_CLIENT_SECRET.",
    )
    settings.ENTRA_CLIENT_SECRET = None
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = date(2030, 1, 31)
    settings.ENTRA_CLIENT_CERTIFICATE_PASSWORD = "sandbox-password"
    (found,) = check_leftovers(None)
    assert found.msg == (
        "ENTRA_CLIENT_CERTIFICATE_PASSWORD is set without ENTRA_CLIENT_CERTIFICATE. "
        "ENTRA_CLIENT_SECRET_EXPIRES_ON is set without ENTRA_CLIENT_SECRET. "
        "ENTRA_CLIENT_SECRET_FALLBACK is set without ENTRA_CLIENT_SECRET."
    )
