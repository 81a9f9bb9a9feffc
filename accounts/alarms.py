"""Alarms: what concerns everybody and only an operator can mend, one row for each kind.

Written by whoever asked Entra something, after their own transaction and in one of its own, so that an alarm
neither undoes nor outlives their work. An alarm that cannot be written is given up: no sign-in and no refresh
fails because of one. Only what Entra itself answered raises one; what a stranger's address says, never does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.credentials import configured_credentials
from accounts.errors import AccountsError, GrantBusy, PortalMisconfigured
from accounts.granted_scopes import ScopeDifference
from accounts.lock_waits import limited_wait
from accounts.models import Alarm
from accounts.tenants import known_home_tenant_id
from patportal.lib.texts import Text

log = structlog.get_logger(__name__)

# However often something fails, its row is written once in this time.
_WRITTEN_EVERY = timedelta(minutes=1)
_LOGGED_EVERY = timedelta(hours=1)
_LOCK_SECONDS = 2


class AlarmCode(StrEnum):
    """The kinds of alarm."""

    PORTAL_MISCONFIGURED = "portal_misconfigured"
    CREDENTIAL_FALLBACK = "credential_fallback"
    CREDENTIAL_EXPIRES = "credential_expires"
    SCOPES_DIFFER = "scopes_differ"


# How long nobody must have seen these before a success ends them.
_FORGOTTEN_AFTER = {
    # People may have consented to different scopes: one with the right ones proves nothing about the others.
    AlarmCode.SCOPES_DIFFER.value: timedelta(days=1),
    # Each process goes on with the second credential for an hour before it tries the first again, so that one
    # that the first serves proves nothing about the others.
    AlarmCode.CREDENTIAL_FALLBACK.value: timedelta(hours=2),
}


@dataclass(frozen=True, slots=True)
class AlarmText:
    """What an operator reads: what is the matter, and what to do."""

    title: Text
    next_step: Text


TEXTS: dict[AlarmCode, AlarmText] = {
    AlarmCode.PORTAL_MISCONFIGURED: AlarmText(
        _("Microsoft Entra refuses the portal itself"),
        _(
            "Nobody can sign in, and nothing is done in the background. Look the AADSTS number up on the "
            "help page and mend the app registration or the portal's settings; people need not sign in again."
        ),
    ),
    AlarmCode.CREDENTIAL_FALLBACK: AlarmText(
        _("Entra refuses the portal's first credential; the second one serves"),
        _("Replace the first credential before the second one ends as well."),
    ),
    AlarmCode.CREDENTIAL_EXPIRES: AlarmText(
        _("The credential that the portal signs in with ends soon"),
        _("Make a new one in the app registration and set it beside the old one, which serves meanwhile."),
    ),
    AlarmCode.SCOPES_DIFFER: AlarmText(
        _("Entra grants the portal other permissions than it needs"),
        _(
            "Compare the API permissions of the app registration, and what was consented to, with the "
            "documented ones. What is too much can be used by whoever gets hold of an access token."
        ),
    ),
}


def open_alarms() -> list[Alarm]:
    """Return the alarms that last, the newest first; tenants that are no longer admitted have none."""
    lasting = Alarm.objects.filter(ended_at=None).order_by("-first_at")
    admitted = {"", *map(str, settings.ENTRA_ADDITIONAL_TENANTS)}
    return [alarm for alarm in lasting if alarm.code.partition(":")[2] in admitted]


def text_of(alarm: Alarm) -> AlarmText:
    """Return what an operator reads about an alarm."""
    known: dict[str, AlarmText] = {code.value: text for code, text in TEXTS.items()}
    return known.get(alarm.code.partition(":")[0], AlarmText(alarm.code, ""))


def note_answer(
    error: AccountsError | None,
    *,
    now: datetime,
    tenant_id: UUID | None,
    scopes: ScopeDifference | None = None,
    credential_position: int = 0,
) -> None:
    """Raise or end alarms by what Entra answered to the portal: a refresh, or a code that it redeemed.

    `error` is None for a success; `scopes` is the difference that came with one, `credential_position` counts
    the credentials in the order of use. `tenant_id` None is the home tenant. Costs one query where nothing is
    the matter. Must not be called inside a transaction.
    """
    misconfigured = _code_in(AlarmCode.PORTAL_MISCONFIGURED, tenant_id)
    if isinstance(error, PortalMisconfigured):
        detail = str(error)
        raise_alarm(
            misconfigured, now=now, detail=detail, aadsts=error.aadsts, correlation_id=error.correlation_id
        )
    if error is not None:
        return
    over: list[str] = [misconfigured]
    if credential_position > 0:
        raise_alarm(AlarmCode.CREDENTIAL_FALLBACK, now=now, detail=_credential_label(credential_position))
    else:
        over.append(AlarmCode.CREDENTIAL_FALLBACK)
    scopes_differ = _code_in(AlarmCode.SCOPES_DIFFER, tenant_id)
    if scopes is not None and not scopes.is_none:
        raise_alarm(scopes_differ, now=now, detail=_scopes_label(scopes))
    elif scopes is not None:
        over.append(scopes_differ)
    _end(over, now=now)


def raise_alarm(
    code: str, *, now: datetime, detail: str = "", aadsts: int = 0, correlation_id: str = ""
) -> None:
    """Open an alarm or renew it; writes at most once a minute, logs an error when it opens and every hour.

    Must not be called inside a transaction.
    """
    facts: dict[str, str | int] = {
        "detail": detail[:256],
        "aadsts": aadsts,
        "correlation_id": correlation_id[:36],
    }
    try:
        known = Alarm.objects.filter(code=code).first()
        if known is None or now - known.last_at >= _WRITTEN_EVERY:
            with limited_wait(_LOCK_SECONDS, durable=True):
                is_told = _write(known, code, facts, now=now)
            if is_told:
                log.error("alarm", code=str(code), **facts)
    except (DatabaseTrouble, GrantBusy) as exc:
        log.error("alarm_not_written", code=str(code), reason=type(exc).__name__, **facts)


def end_alarm(code: str, *, now: datetime) -> None:
    """End an alarm, if it lasts: what it was about works again. Must not be called inside a transaction."""
    _end([code], now=now)


def _write(known: Alarm | None, code: str, facts: dict[str, str | int], *, now: datetime) -> bool:
    """Open or renew an alarm, and tell whether the log should hear of it. One of many writers wins."""
    if known is None:
        _, is_ours = Alarm.objects.get_or_create(
            code=code, defaults={**facts, "first_at": now, "last_at": now}
        )
        return is_ours
    as_read = Alarm.objects.filter(pk=known.pk, last_at=known.last_at, ended_at=known.ended_at)
    if known.ended_at is not None:
        return bool(as_read.update(**facts, first_at=now, last_at=now, count=1, ended_at=None))
    is_ours = bool(as_read.update(**facts, last_at=now, count=F("count") + 1))
    hours_before, hours_now = ((at - known.first_at) // _LOGGED_EVERY for at in (known.last_at, now))
    return is_ours and hours_now > hours_before


def _end(codes: Iterable[str], *, now: datetime) -> None:
    try:
        for alarm in Alarm.objects.filter(code__in=[str(code) for code in codes], ended_at=None):
            kind = alarm.code.partition(":")[0]
            if now - alarm.last_at < _FORGOTTEN_AFTER.get(kind, timedelta()):
                continue
            with limited_wait(_LOCK_SECONDS, durable=True):
                is_ours = Alarm.objects.filter(pk=alarm.pk, ended_at=None).update(ended_at=now)
            if is_ours:
                log.warning("alarm_over", code=alarm.code, since=alarm.first_at.isoformat())
    except (DatabaseTrouble, GrantBusy) as exc:
        log.error("alarm_not_ended", reason=type(exc).__name__)


def _code_in(code: AlarmCode, tenant_id: UUID | None) -> str:
    """Return the code for one tenant: another one than home has refusals and consents of its own."""
    is_other = tenant_id in settings.ENTRA_ADDITIONAL_TENANTS and tenant_id != known_home_tenant_id()
    return f"{code.value}:{tenant_id}" if is_other else code.value


def _credential_label(position: int) -> str:
    credentials = configured_credentials()
    return credentials[position].variable if position < len(credentials) else ""


def _scopes_label(difference: ScopeDifference) -> str:
    parts = {"excess": difference.excess, "missing": difference.missing}
    return "; ".join(f"{name}: {', '.join(names)}" for name, names in parts.items() if names)
