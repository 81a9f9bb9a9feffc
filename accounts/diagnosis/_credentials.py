"""How long the portal's credentials are good for: judged for operators, and watched every day."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter

from accounts import alarms
from accounts.alarms import AlarmCode
from accounts.credentials import Credential, CredentialKind, configured_credentials
from patportal.lib.findings import Finding, Level

NOTICE_DAYS, PROBLEM_DAYS = 30, 7

_KIND_IN_WORDS = {
    CredentialKind.MANAGED_IDENTITY: "Managed identity",
    CredentialKind.ASSERTION_FILE: "Assertion file",
    CredentialKind.CERTIFICATE: "Certificate",
    CredentialKind.SECRET: "Client secret",
}
# The platform renews these by itself: what is read today says nothing of tomorrow.
_RENEWED_BY_OTHERS = {CredentialKind.MANAGED_IDENTITY, CredentialKind.ASSERTION_FILE}
_RENEW = "Make a new one and roll over to it: docs/operations.md, Rolling over a credential."


def name_of(credential: Credential) -> str:
    """Return what operators call a credential: its kind and its variable."""
    return f"{_KIND_IN_WORDS[credential.kind]} ({credential.variable})"


def days_finding(credential: Credential, *, now: datetime) -> Finding:
    """Judge how long `credential` is good for at `now`, if it can be used at all."""
    title, days = name_of(credential), credential.days_left(now)
    if credential.problem:
        step = f"Correct {credential.variable}: docs/configuration.md says what belongs there."
        return Finding(Level.PROBLEM, title, credential.problem, step)
    if credential.kind in _RENEWED_BY_OTHERS:
        return Finding(Level.OK, title, "Nobody has to watch it: the platform renews it.")
    if days is None or credential.expires_at is None:
        return _without_end(title, credential)
    end = f"{credential.expires_at:%d %B %Y}"
    if credential.expires_at <= now:
        return Finding(Level.PROBLEM, title, f"It ended on {end}.", _RENEW)
    found = f"It ends on {end}, {_in_days(days)}."
    if days > NOTICE_DAYS:
        return Finding(Level.OK, title, found)
    return Finding(Level.PROBLEM if days <= PROBLEM_DAYS else Level.WARNING, title, found, _RENEW)


def _without_end(title: str, credential: Credential) -> Finding:
    found = "The portal does not know when it ends: Entra does not say."
    if credential.variable == "ENTRA_CLIENT_SECRET":
        step = (
            "Look at the app registration, Certificates & secrets, column Expires, and set "
            "ENTRA_CLIENT_SECRET_EXPIRES_ON to that date, as in 2027-01-31. Then the portal warns in time."
        )
        return Finding(Level.WARNING, title, found, step)
    return Finding(Level.NOTE, title, found, "Remove it from the configuration when the roll-over is done.")


def _in_days(days: int) -> str:
    return "in less than a day" if days < 1 else f"in {days} day{'' if days == 1 else 's'}"


def watch_credentials(*, now: datetime) -> None:
    """Raise the alarm CREDENTIAL_EXPIRES where nothing that Entra knows the portal by lasts another 30 days.

    It ends the alarm where something does. During a roll-over the former credential may thus end without a
    word. Must not be called inside a transaction.
    """
    ending = ending_soon(configured_credentials(), now=now)
    if ending is None:
        alarms.end_alarm(AlarmCode.CREDENTIAL_EXPIRES, now=now)
        return
    detail = f"{ending.variable}: {ending.expires_at:%Y-%m-%d}"
    alarms.raise_alarm(AlarmCode.CREDENTIAL_EXPIRES, now=now, detail=detail)


def ending_soon(credentials: Sequence[Credential], *, now: datetime) -> Credential | None:
    """Return the credential that lasts longest, if even it ends soon; else None."""
    if any(one.kind in _RENEWED_BY_OTHERS or _lasts(one, now) for one in credentials):
        return None
    ends = [(one.expires_at, one) for one in credentials if one.expires_at is not None]
    return max(ends, key=itemgetter(0))[1] if ends else None


def _lasts(credential: Credential, now: datetime) -> bool:
    days = credential.days_left(now)
    return days is not None and days > NOTICE_DAYS
