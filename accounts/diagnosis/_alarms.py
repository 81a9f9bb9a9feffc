"""The alarms that last, as findings."""

from django.db import Error
from django.utils import timezone

from accounts.aadsts import entry_for
from accounts.alarms import AlarmCode, open_alarms, text_of
from accounts.diagnosis._database import unreadable
from accounts.models import Alarm
from patportal.lib.findings import Finding, Level, age_in_words


def alarms() -> list[Finding]:
    """Tell of every alarm that lasts."""
    title = "Alarms"
    try:
        found = [_finding(alarm) for alarm in open_alarms()]
    except Error as exc:
        return [unreadable(title, exc)]
    return found or [Finding(Level.OK, title, "No open alarms.")]


def step_against(alarm: Alarm) -> str:
    """Return what an operator has to do; the table of AADSTS numbers says it best."""
    entry = entry_for(alarm.aadsts)
    return (entry.operator_step if entry else "") or str(text_of(alarm).next_step)


def _finding(alarm: Alarm) -> Finding:
    code, _, tenant_id = alarm.code.partition(":")
    age = age_in_words((timezone.now() - alarm.first_at).total_seconds())
    facts = (
        f"tenant {tenant_id}" if tenant_id else "",
        f"AADSTS{alarm.aadsts}" if alarm.aadsts else "",
        alarm.detail,
        f"correlation id {alarm.correlation_id}" if alarm.correlation_id else "",
        f"open for {age}, seen at least {alarm.count} time{'' if alarm.count == 1 else 's'}",
    )
    level = Level.PROBLEM if code == AlarmCode.PORTAL_MISCONFIGURED else Level.WARNING
    found = "; ".join(fact for fact in facts if fact)
    return Finding(level, str(text_of(alarm).title), f"{found[0].upper()}{found[1:]}.", step_against(alarm))
