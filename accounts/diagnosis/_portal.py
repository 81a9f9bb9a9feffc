"""The portal's own address, the hosts it trusts, and what has to be registered in Entra for it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error
from django.urls import reverse

from accounts.diagnosis._database import unreadable
from accounts.grant_store import may_renew
from accounts.models import Grant
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


def background_access() -> list[Finding]:
    """Tell what the portal does for people who are away, and for how long after their last sign-in."""
    title, days = "Access in the background", f"{settings.GRANT_MAX_DAYS} days after the last sign-in"
    if may_renew():
        return [Finding(Level.OK, title, f"On; a person's access is deleted {days}.")]
    found = f"Off: nothing is read or ended for people who are away; their access is deleted {days}."
    return [Finding(Level.NOTE, title, found), *_kept_before()]


def _kept_before() -> list[Finding]:
    """Tell of refresh tokens that were stored before background access was switched off."""
    title = "Refresh tokens"
    try:
        count = Grant.objects.filter(is_renewable=True).count()
    except Error as exc:
        return [unreadable(title, exc)]
    if not count:
        return [Finding(Level.OK, title, "None is stored.")]
    found = f"{count} of earlier sign-ins are still stored; they are not used."
    step = "The worker takes them out within the hour. If this stays, see that it runs, and read its log."
    return [Finding(Level.WARNING, title, found, step)]


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
