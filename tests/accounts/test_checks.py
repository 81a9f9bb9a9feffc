"""Checks of the setup."""

from typing import Any

import pytest

from accounts.checks import check_backends, check_base_url, check_two_roles


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
