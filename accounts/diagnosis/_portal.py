"""The portal's own address, the hosts it trusts, and what has to be registered in Entra for it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from patportal.lib.findings import Finding, Level
from patportal.lib.networks import is_loopback


def address() -> list[Finding]:
    """Judge PORTAL_BASE_URL: https, except on this machine."""
    url = settings.PORTAL_BASE_URL
    parts = urlsplit(url)
    if parts.scheme == "https":
        return [Finding(Level.OK, "Address", f"{url} is encrypted.")]
    if is_loopback(parts.hostname or ""):
        return [Finding(Level.NOTE, "Address", f"{url} is not encrypted, and reaches this machine alone.")]
    return [
        Finding(
            Level.PROBLEM,
            "Address",
            f"{url} is not encrypted: sign-ins and new secrets could be read on the way.",
            "Serve the portal with https and change PORTAL_BASE_URL.",
        )
    ]


def trusted_hosts() -> list[Finding]:
    """Judge ALLOW_OTHER_HOSTS: people's access goes wherever the addresses point."""
    title = "Hosts"
    addresses = (settings.ENTRA_AUTHORITY, settings.AZURE_DEVOPS_VSSPS_URL, settings.AZURE_DEVOPS_URL)
    hosts = sorted({urlsplit(url).hostname or "" for url in addresses})
    if not settings.ALLOW_OTHER_HOSTS:
        return [Finding(Level.OK, title, f"Only Microsoft's are used: {', '.join(hosts)}.")]
    if all(is_loopback(host) for host in hosts):
        found = "ALLOW_OTHER_HOSTS is on, for a stand-in on this machine. Fine for a trial."
        return [Finding(Level.NOTE, title, found)]
    return [
        Finding(
            Level.WARNING,
            title,
            f"ALLOW_OTHER_HOSTS is on: people's access goes to {', '.join(hosts)}, whoever runs them.",
            "Remove ALLOW_OTHER_HOSTS unless you mean it.",
        )
    ]


def addresses_to_register() -> list[Finding]:
    """List what the app registration in Entra has to name; nothing here can look into it."""
    addresses = (
        ("Redirect URI", "entra_callback", "Authentication: platform Web"),
        ("Redirect URI after signing out", "signed_out", "Authentication: platform Web"),
        ("Front-channel logout URL", "front_channel_sign_out", "Authentication: a field of its own"),
    )
    return [
        Finding(Level.NOTE, title, f"{settings.PORTAL_BASE_URL}{reverse(name)} (app registration, {place}).")
        for title, name, place in addresses
    ]
