"""How sentences about events end: with what was recorded, as far as it is there and not erased.

Each function takes the recorded facts and returns what follows the sentence's words, "" for nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.timezone import is_naive, localtime
from django.utils.translation import gettext, ngettext_lazy

from patportal.lib.notation import counted, written
from patportal.lib.texts import Text, in_number
from tokens.models import BulkChange, OutgoingMail
from tokens.presenters._events import in_words, label_of
from tokens.presenters._isolation import CLOSE, isolated

Facts = Mapping[str, Any]

_MAILS = dict(OutgoingMail.Kind.choices)
_VERBS = dict(BulkChange.Verb.choices)
_PATS = ngettext_lazy("%(amount)s PAT", "%(amount)s PATs", "count")
_TOKENS = ngettext_lazy("%(amount)s token", "%(amount)s tokens", "count")
_TOKENS_LEFT_ALONE = ngettext_lazy("; %(amount)s token left alone", "; %(amount)s tokens left alone", "count")
_LEFT_ALONE = ngettext_lazy("; %(amount)s PAT left alone", "; %(amount)s PATs left alone", "count")
_SESSIONS = ngettext_lazy("%(amount)s session", "%(amount)s sessions", "count")
_DAYS_BEFORE = ngettext_lazy(", %(amount)s day before it", ", %(amount)s days before it", "count")
_EVENTS = ngettext_lazy("%(amount)s event", "%(amount)s events", "count")
_OF_EVENTS = ngettext_lazy(" of %(amount)s event", " of %(amount)s events", "count")
_FAULTS_FOUND = ngettext_lazy("%(amount)s fault found", "%(amount)s faults found", "count")
_JOBS = ngettext_lazy("%(amount)s job", "%(amount)s jobs", "count")


def nothing(facts: Facts) -> str:  # noqa: ARG001 - one shape for all
    return ""


def expiry(facts: Facts) -> str:
    moment = _moment(facts.get("valid_to"))
    return gettext("; it expires %(moment)s") % {"moment": moment} if moment else ""


def expired_at(facts: Facts) -> str:
    moment = _moment(facts.get("valid_to"))
    return f" {moment}" if moment else ""


def new_expiry(facts: Facts) -> str:
    change = facts.get("valid_to")
    if not isinstance(change, list) or len(change) != 2:
        return ""
    before, after = (_moment(one) for one in change)
    if not before or not after:
        return ""
    return gettext("; it expires %(after)s instead of %(before)s") % {"after": after, "before": before}


def end_of_old(facts: Facts) -> str:
    moment = _moment(facts.get("ends_at"))
    return gettext("; the old one ends %(moment)s") % {"moment": moment} if moment else ""


def until(facts: Facts) -> str:
    moment = _moment(facts.get("until"))
    return gettext(" until %(moment)s") % {"moment": moment} if moment else ""


def columns(facts: Facts) -> str:
    """Say what was changed; a change is recorded as what was and what is."""
    names = [label_of(key).lower() for key, value in facts.items() if isinstance(value, list)]
    return f": {', '.join(sorted(names))}" if names else ""


def place(facts: Facts) -> str:
    text, is_moved = facts.get("place"), facts.get("is_moved")
    if not text:
        return ""
    if is_moved is False:
        told = gettext(": “%(place)s” still uses it")
    else:
        told = gettext(": “%(place)s” uses its successor now")
    return told % {"place": isolated(str(text))}


def reason(facts: Facts) -> str:
    return _said("reason", facts)


def finding(facts: Facts) -> str:
    return _said("finding", facts).replace(f".{CLOSE}", CLOSE)


def muted(facts: Facts) -> str:
    change = facts.get("muted_until")
    moment = _moment(change[1]) if isinstance(change, list) and len(change) == 2 else ""
    return gettext(" until %(moment)s") % {"moment": moment} if moment else ""


def detail(facts: Facts) -> str:
    return _said("detail", facts)


def purpose(facts: Facts) -> str:
    return next((said for key in ("purpose", "kind", "reason") if (said := _said(key, facts))), "")


def resolution(facts: Facts) -> str:
    return _said("resolution", facts)


def sessions(facts: Facts) -> str:
    count = facts.get("sessions")
    return (f" ({in_number(_SESSIONS, count)})" if isinstance(count, int) else "") + reason(facts)


def refusals(facts: Facts) -> str:
    count, network = facts.get("refusals"), facts.get("network")
    if not isinstance(count, int):
        return ""
    if not network:
        return gettext(": %(count)s from an address that is not known") % {"count": counted(count)}
    return gettext(": %(count)s from %(address)s") % {
        "count": counted(count),
        "address": isolated(str(network)),
    }


def roles(facts: Facts) -> str:
    known = {"gained": gettext("gained %(roles)s"), "lost": gettext("lost %(roles)s")}
    parts = [told % {"roles": in_words(key, facts[key])} for key, told in known.items() if facts.get(key)]
    return f": {'; '.join(parts)}" if parts else ""


def found(facts: Facts) -> str:
    known = {
        "active": gettext("%(count)s active"),
        "revoked": gettext("%(count)s revoked"),
        "expired": gettext("%(count)s expired"),
    }
    parts = [told % {"count": facts[key]} for key, told in known.items() if facts.get(key)]
    return f": {', '.join(parts)}" if parts else ""


def bulk(facts: Facts) -> str:
    return _many(facts, _PATS)


def own_bulk(facts: Facts) -> str:
    return _many(facts, _TOKENS)


def _many(facts: Facts, noun: Text) -> str:
    count, verb = facts.get("pats"), facts.get("verb")
    if not isinstance(count, int):
        return ""
    told = gettext(": %(verb)s %(pats)s")
    return told % {"verb": _VERBS.get(str(verb), str(verb)).lower(), "pats": in_number(noun, count)}


def bulk_left(facts: Facts) -> str:
    return _left(facts, _LEFT_ALONE)


def own_bulk_left(facts: Facts) -> str:
    return _left(facts, _TOKENS_LEFT_ALONE)


def _left(facts: Facts, noun: Text) -> str:
    count = facts.get("pats")
    return in_number(noun, count) if isinstance(count, int) else ""


def mail(facts: Facts) -> str:
    kind = facts.get("kind")
    return f": {_MAILS.get(str(kind), str(kind)).lower()}" if kind else ""


def reminder(facts: Facts) -> str:
    """Say how long before the end somebody was told, and who else than the owner."""
    days = facts.get("step_days")
    is_backup = facts.get("kind") == OutgoingMail.Kind.BACKUP_REMINDER
    whom = gettext(" to the backup owner") if is_backup else ""
    if not isinstance(days, int):
        return whom
    when = in_number(_DAYS_BEFORE, days) if days else gettext(", for its last day")
    return f"{whom}{when}"


def audited(facts: Facts) -> str:
    count, first, last = (facts.get(key) for key in ("events", "from_position", "to_position"))
    parts = []
    if isinstance(count, int):
        parts.append(in_number(_EVENTS, count))
    if isinstance(first, int) and isinstance(last, int):
        told = gettext("positions %(first)s to %(last)s")
        parts.append(told % {"first": counted(first), "last": counted(last)})
    return f": {', '.join(parts)}" if parts else ""


def verified(facts: Facts) -> str:
    faults = facts.get("faults")
    if not isinstance(faults, int):
        return audited(facts)
    result = in_number(_FAULTS_FOUND, faults) if faults else gettext("nothing amiss")
    return f"{audited(facts)}; {result}"


def erased(facts: Facts) -> str:
    count = facts.get("erased")
    return in_number(_OF_EVENTS, count) if isinstance(count, int) else ""


def command(facts: Facts) -> str:
    name = facts.get("command") or facts.get("kind")
    return f": {isolated(str(name))}" if name else ""


def _said(key: str, facts: Facts) -> str:
    return f": {isolated(in_words(key, facts[key]))}" if facts.get(key) else ""


_CLEARED = {
    "pats": ngettext_lazy("%(amount)s PAT", "%(amount)s PATs", "count"),
    "people": ngettext_lazy(
        "%(amount)s person without any left", "%(amount)s people without any left", "count"
    ),
    "operations": ngettext_lazy("%(amount)s operation", "%(amount)s operations", "count"),
    "bulk_changes": ngettext_lazy("%(amount)s change of many", "%(amount)s changes of many", "count"),
    "reminders": ngettext_lazy("%(amount)s reminder", "%(amount)s reminders", "count"),
    "mails": ngettext_lazy("%(amount)s mail", "%(amount)s mails", "count"),
    "ended_calendars": ngettext_lazy(
        "%(amount)s ended calendar address", "%(amount)s ended calendar addresses", "count"
    ),
}


def cleared(facts: Facts) -> str:
    said = [
        in_number(noun, facts[kind]) for kind, noun in _CLEARED.items() if isinstance(facts.get(kind), int)
    ]
    return f": {', '.join(said)}" if said else ""


def retried(facts: Facts) -> str:
    count = facts.get("jobs")
    return f" ({in_number(_JOBS, count)})" if isinstance(count, int) else ""


def _moment(text: object) -> str:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    return "" if is_naive(at) else written(localtime(at), "zoned")
