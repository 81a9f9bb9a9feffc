"""How sentences about events end: with what was recorded, as far as it is there and not erased.

Each function takes the recorded facts and returns what follows the sentence's words, "" for nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.timezone import is_naive, localtime

from patportal.lib.notation import written
from tokens.models import BulkChange, OutgoingMail
from tokens.presenters._events import in_words, label_of
from tokens.presenters._isolation import CLOSE, isolated

Facts = Mapping[str, Any]

_MAILS = dict(OutgoingMail.Kind.choices)
_VERBS = dict(BulkChange.Verb.choices)


def nothing(facts: Facts) -> str:  # noqa: ARG001 - one shape for all
    return ""


def expiry(facts: Facts) -> str:
    moment = _moment(facts.get("valid_to"))
    return f"; it expires {moment}" if moment else ""


def expired_at(facts: Facts) -> str:
    moment = _moment(facts.get("valid_to"))
    return f" {moment}" if moment else ""


def new_expiry(facts: Facts) -> str:
    change = facts.get("valid_to")
    if not isinstance(change, list) or len(change) != 2:
        return ""
    before, after = (_moment(one) for one in change)
    return f"; it expires {after} instead of {before}" if before and after else ""


def end_of_old(facts: Facts) -> str:
    moment = _moment(facts.get("ends_at"))
    return f"; the old one ends {moment}" if moment else ""


def until(facts: Facts) -> str:
    moment = _moment(facts.get("until"))
    return f" until {moment}" if moment else ""


def columns(facts: Facts) -> str:
    """Say what was changed; a change is recorded as what was and what is."""
    names = [label_of(key).lower() for key, value in facts.items() if isinstance(value, list)]
    return f": {', '.join(sorted(names))}" if names else ""


def place(facts: Facts) -> str:
    text, is_moved = facts.get("place"), facts.get("is_moved")
    state = "still uses it" if is_moved is False else "uses its successor now"
    return f": “{isolated(str(text))}” {state}" if text else ""


def reason(facts: Facts) -> str:
    return _said("reason", facts)


def finding(facts: Facts) -> str:
    return _said("finding", facts).replace(f".{CLOSE}", CLOSE)


def muted(facts: Facts) -> str:
    change = facts.get("muted_until")
    moment = _moment(change[1]) if isinstance(change, list) and len(change) == 2 else ""
    return f" until {moment}" if moment else ""


def detail(facts: Facts) -> str:
    return _said("detail", facts)


def purpose(facts: Facts) -> str:
    return next((said for key in ("purpose", "kind", "reason") if (said := _said(key, facts))), "")


def resolution(facts: Facts) -> str:
    return _said("resolution", facts)


def sessions(facts: Facts) -> str:
    count = facts.get("sessions")
    return (f" ({_counted(count, 'session')})" if isinstance(count, int) else "") + reason(facts)


def refusals(facts: Facts) -> str:
    count, network = facts.get("refusals"), facts.get("network")
    if not isinstance(count, int):
        return ""
    return f": {count:,} from {isolated(str(network)) if network else 'an address that is not known'}"


def roles(facts: Facts) -> str:
    parts = [
        f"{word} {in_words(key, facts[key])}"
        for key, word in (("gained", "gained"), ("lost", "lost"))
        if facts.get(key)
    ]
    return f": {'; '.join(parts)}" if parts else ""


def found(facts: Facts) -> str:
    parts = [f"{facts[key]} {key}" for key in ("active", "revoked", "expired") if facts.get(key)]
    return f": {', '.join(parts)}" if parts else ""


def bulk(facts: Facts) -> str:
    count, verb = facts.get("pats"), facts.get("verb")
    if not isinstance(count, int):
        return ""
    return f": {_VERBS.get(str(verb), str(verb)).lower()} {_counted(count, 'PAT')}"


def bulk_left(facts: Facts) -> str:
    count = facts.get("pats")
    return f"; {_counted(count, 'PAT')} left alone" if isinstance(count, int) else ""


def mail(facts: Facts) -> str:
    kind = facts.get("kind")
    return f": {_MAILS.get(str(kind), str(kind)).lower()}" if kind else ""


def reminder(facts: Facts) -> str:
    """Say how long before the end somebody was told, and who else than the owner."""
    days = facts.get("step_days")
    is_backup = facts.get("kind") == OutgoingMail.Kind.BACKUP_REMINDER
    whom = " to the backup owner" if is_backup else ""
    if not isinstance(days, int):
        return whom
    return f"{whom}, {_counted(days, 'day')} before it" if days else f"{whom}, for its last day"


def audited(facts: Facts) -> str:
    count, first, last = (facts.get(key) for key in ("events", "from_position", "to_position"))
    parts = []
    if isinstance(count, int):
        parts.append(_counted(count, "event"))
    if isinstance(first, int) and isinstance(last, int):
        parts.append(f"positions {first:,} to {last:,}")
    return f": {', '.join(parts)}" if parts else ""


def verified(facts: Facts) -> str:
    faults = facts.get("faults")
    if not isinstance(faults, int):
        return audited(facts)
    result = f"{_counted(faults, 'fault')} found" if faults else "nothing amiss"
    return f"{audited(facts)}; {result}"


def erased(facts: Facts) -> str:
    count = facts.get("erased")
    return f" of {_counted(count, 'event')}" if isinstance(count, int) else ""


def command(facts: Facts) -> str:
    name = facts.get("command") or facts.get("kind")
    return f": {isolated(str(name))}" if name else ""


def _said(key: str, facts: Facts) -> str:
    return f": {isolated(in_words(key, facts[key]))}" if facts.get(key) else ""


_CLEARED = {
    "pats": "PAT",
    "people": "person without any left",
    "operations": "operation",
    "bulk_changes": "change of many",
    "reminders": "reminder",
    "mails": "mail",
}
_PLURALS = {"people": "people without any left", "bulk_changes": "changes of many"}


def cleared(facts: Facts) -> str:
    counts = [(kind, facts[kind]) for kind in _CLEARED if isinstance(facts.get(kind), int)]
    said = [
        f"{count:,} {_PLURALS[kind]}" if count != 1 and kind in _PLURALS else _counted(count, _CLEARED[kind])
        for kind, count in counts
    ]
    return f": {', '.join(said)}" if said else ""


def retried(facts: Facts) -> str:
    count = facts.get("jobs")
    return f" ({_counted(count, 'job')})" if isinstance(count, int) else ""


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def _moment(text: object) -> str:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    return "" if is_naive(at) else written(localtime(at), "zoned")
