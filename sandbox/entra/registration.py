"""The application's registration: which addresses a browser may be sent back to."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.state import Tenant

_LOOPBACK_NAMES = {"127.0.0.1", "localhost", "::1"}


def is_loopback(address: str) -> bool:
    """Tell whether an address is an http(s) one of this machine."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and parts.hostname in _LOOPBACK_NAMES and not parts.username
    except ValueError:
        return False


def is_registered(tenant: Tenant, redirect_uri: str) -> bool:
    """Tell whether codes may be sent to an address."""
    if tenant.settings.redirect_uris:
        return redirect_uri in tenant.settings.redirect_uris
    return is_loopback(redirect_uri) and urlsplit(redirect_uri).path == "/getAToken"
