"""Django system checks of how sign-in is set up: what the environment reader cannot see."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils import timezone

from accounts.credentials import configured_credentials
from accounts.discovery import tenant_in
from patportal.lib.networks import is_loopback

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


@checks.register(checks.Tags.security)
def check_roles_of_other_tenants(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **_: Any,
) -> list[checks.CheckMessage]:
    """A list of tenants whose people can never get in is a mistake."""
    if not (settings.SIGN_IN_REQUIRES_ROLE and settings.ENTRA_ADDITIONAL_TENANTS):
        return []
    return [
        checks.Warning(
            "SIGN_IN_REQUIRES_ROLE and ENTRA_ADDITIONAL_TENANTS are both set.",
            hint="App roles count from the home tenant alone, so nobody of the other tenants will be let in.",
            id="accounts.W002",
        )
    ]


@checks.register(checks.Tags.security)
def check_home_tenant_is_listed_once(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **_: Any,
) -> list[checks.CheckMessage]:
    """The home tenant needs no place on the list of the others."""
    if tenant_in(settings.ENTRA_AUTHORITY) not in settings.ENTRA_ADDITIONAL_TENANTS:
        return []
    return [
        checks.Warning(
            "ENTRA_ADDITIONAL_TENANTS names the tenant of ENTRA_AUTHORITY.",
            hint="Its people are let in anyway, with their roles; take it off the list.",
            id="accounts.W003",
        )
    ]


@checks.register(checks.Tags.security)
def check_credentials(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:  # noqa: ARG001
    """What the portal proves itself with to Entra can be read and has not ended.

    Warnings, not errors: a second credential may serve, and what looks into such matters has to start.
    """
    return [
        checks.Warning(
            sentence,
            hint="docs/configuration.md says how to renew it; `manage.py doctor` asks Entra about it.",
            id="accounts.W004",
        )
        for sentence in _credential_problems()
    ]


def _credential_problems() -> Iterator[str]:
    now = timezone.now()
    for credential in configured_credentials():
        if credential.problem:
            yield credential.problem
        elif credential.expires_at is not None and credential.expires_at <= now:
            yield f"{credential.variable} ended on {credential.expires_at:%Y-%m-%d}."
    for variable in ("ENTRA_CLIENT_SECRET", "ENTRA_CLIENT_SECRET_FALLBACK"):
        if _is_guid(getattr(settings, variable) or ""):
            yield f"{variable} looks like the id of a secret; Entra wants its value."


@checks.register(checks.Tags.security)
def check_leftovers(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[checks.CheckMessage]:  # noqa: ARG001
    """What was set for a credential that is not there (any more) serves nobody."""
    found = list(_leftovers())
    if not found:
        return []
    return [
        checks.Warning(
            " ".join(found),
            hint="Remove what is left over, or set what belongs to it: docs/configuration.md, Credentials.",
            id="accounts.W005",
        )
    ]


def _leftovers() -> Iterator[str]:
    certificate, secret = "ENTRA_CLIENT_CERTIFICATE", "ENTRA_CLIENT_SECRET"
    fallbacks = [f"{first}_FALLBACK" for first in (certificate, secret)]
    needs = {
        f"{certificate}_PASSWORD": certificate,
        f"{fallbacks[0]}_PASSWORD": fallbacks[0],
        f"{secret}_EXPIRES_ON": secret,
        **{fallback: fallback.removesuffix("_FALLBACK") for fallback in fallbacks},
    }
    for variable, needed in needs.items():
        if getattr(settings, variable) and not getattr(settings, needed):
            yield f"{variable} is set without {needed}."
    for fallback in fallbacks:
        first = fallback.removesuffix("_FALLBACK")
        if getattr(settings, fallback) and getattr(settings, fallback) == getattr(settings, first):
            yield f"{fallback} is the same as {first}."


def _is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
