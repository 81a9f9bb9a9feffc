"""Django system checks of how sign-in is set up: what the environment reader cannot see."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from accounts.discovery import is_loopback

_BACKENDS = ["accounts.backends.EntraBackend"]


@checks.register(checks.Tags.security)
def check_base_url(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:  # noqa: ARG001
    """Cookies and codes travel over https, except on this machine."""
    parts = urlsplit(settings.PORTAL_BASE_URL)
    if parts.scheme == "https" or is_loopback(parts.hostname or ""):
        return []
    return [checks.Error("PORTAL_BASE_URL must be https outside this machine.", id="accounts.E001")]


@checks.register(checks.Tags.security)
def check_backends(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:  # noqa: ARG001
    """Nobody gets in but through Entra."""
    if list(settings.AUTHENTICATION_BACKENDS) == _BACKENDS:
        return []
    return [
        checks.Error(
            f"AUTHENTICATION_BACKENDS must be exactly {_BACKENDS}: no passwords.", id="accounts.E002"
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def check_two_roles(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:  # noqa: ARG001
    """Web and worker do not run as the owner of the tables."""
    if settings.DATABASES["default"].get("USER") != settings.DATABASE_OWNER.get("USER"):
        return []
    return [
        checks.Warning(
            "DATABASE_URL and DATABASE_OWNER_URL name the same database role.",
            hint="Its owner can switch off what protects the audit log; give the portal a role of its own.",
            id="accounts.W001",
        )
    ]
