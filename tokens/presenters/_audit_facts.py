"""What was recorded, as values for the sentences about events, as far as it is there and not erased.

Each function takes the recorded facts and returns the values of its placeholders, none where one is missing.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.timezone import is_naive, localtime
from django.utils.translation import gettext, ngettext_lazy, pgettext

from patportal.lib.notation import counted, written
from patportal.lib.texts import Text, in_number
from tokens.models import BulkChange, OutgoingMail
from tokens.presenters._events import in_words, label_of
from tokens.presenters._isolation import CLOSE, isolated

Facts = Mapping[str, Any]
Values = dict[str, str]
Reader = Callable[[Facts], Values]

_MAILS = dict(OutgoingMail.Kind.choices)
_VERBS = dict(BulkChange.Verb.choices)
_PATS = ngettext_lazy("%(amount)s PAT", "%(amount)s PATs", "count")
_TOKENS = ngettext_lazy("%(amount)s token", "%(amount)s tokens", "count")
_PATS_LEFT_ALONE = ngettext_lazy("%(amount)s PAT left alone", "%(amount)s PATs left alone", "count")
_TOKENS_LEFT_ALONE = ngettext_lazy("%(amount)s token left alone", "%(amount)s tokens left alone", "count")
_SESSIONS = ngettext_lazy("%(amount)s session", "%(amount)s sessions", "count")
_DAYS = ngettext_lazy("%(amount)s day", "%(amount)s days", "count")
_EVENTS = ngettext_lazy("%(amount)s event", "%(amount)s events", "count")
_FAULTS_FOUND = ngettext_lazy("%(amount)s fault found", "%(amount)s faults found", "count")
_JOBS = ngettext_lazy("%(amount)s job", "%(amount)s jobs", "count")
_CLEARED = {
    "pats": _PATS,
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


def all_of(*readers: Reader) -> Reader:
    """Return a reader of what several read together, which needs what each of them does."""

    def read(facts: Facts) -> Values:
        found = [reader(facts) for reader in readers]
        return {name: value for values in found for name, value in values.items()} if all(found) else {}

    return read


# --- {moment}, {before} and {after} ----------------------------------------------------------------
def valid_to(facts: Facts) -> Values:
    return _known(moment=_moment(facts.get("valid_to")))


def ends_at(facts: Facts) -> Values:
    return _known(moment=_moment(facts.get("ends_at")))


def until(facts: Facts) -> Values:
    return _known(moment=_moment(facts.get("until")))


def muted_until(facts: Facts) -> Values:
    change = facts.get("muted_until")
    return _known(moment=_moment(change[1]) if isinstance(change, list) and len(change) == 2 else "")


def new_expiry(facts: Facts) -> Values:
    change = facts.get("valid_to")
    if not isinstance(change, list) or len(change) != 2:
        return {}
    return _known(before=_moment(change[0]), after=_moment(change[1]))


# --- {said}: what was recorded in words -------------------------------------------------------------
def reason(facts: Facts) -> Values:
    return _said("reason", facts)


def finding(facts: Facts) -> Values:
    return {name: said.replace(f".{CLOSE}", CLOSE) for name, said in _said("finding", facts).items()}


def detail(facts: Facts) -> Values:
    return _said("detail", facts)


def purpose(facts: Facts) -> Values:
    return next((said for key in ("purpose", "kind", "reason") if (said := _said(key, facts))), {})


def resolution(facts: Facts) -> Values:
    return _said("resolution", facts)


def columns(facts: Facts) -> Values:
    """Return what was changed; a change is recorded as what was and what is."""
    names = [label_of(key).lower() for key, value in facts.items() if isinstance(value, list)]
    return _known(said=_listed(sorted(names)))


def roles(facts: Facts) -> Values:
    known = {"gained": gettext("gained %(roles)s"), "lost": gettext("lost %(roles)s")}
    parts = [told % {"roles": in_words(key, facts[key])} for key, told in known.items() if facts.get(key)]
    return _known(said="; ".join(parts))


def found(facts: Facts) -> Values:
    known = {
        "active": gettext("%(count)s active"),
        "revoked": gettext("%(count)s revoked"),
        "expired": gettext("%(count)s expired"),
    }
    return _known(said=_listed(told % {"count": facts[key]} for key, told in known.items() if facts.get(key)))


def mail(facts: Facts) -> Values:
    kind = facts.get("kind")
    return _known(said=str(_MAILS.get(str(kind), str(kind))).lower() if kind else "")


def command(facts: Facts) -> Values:
    name = facts.get("command") or facts.get("kind")
    return _known(said=isolated(str(name)) if name else "")


def cleared(facts: Facts) -> Values:
    return _known(
        said=_listed(
            in_number(noun, facts[kind])
            for kind, noun in _CLEARED.items()
            if isinstance(facts.get(kind), int)
        )
    )


# --- {used_in}: a place of use ------------------------------------------------------------------------
def place_moved(facts: Facts) -> Values:
    return {} if facts.get("is_moved") is False else _place(facts)


def place_left(facts: Facts) -> Values:
    return _place(facts) if facts.get("is_moved") is False else {}


# --- Counts ---------------------------------------------------------------------------------------------
def sessions(facts: Facts) -> Values:
    return _counted("sessions", _SESSIONS, facts)


def refusals(facts: Facts) -> Values:
    count = facts.get("refusals")
    return _known(count=counted(count) if isinstance(count, int) else "")


def network(facts: Facts) -> Values:
    address = facts.get("network")
    return _known(address=isolated(str(address)) if address else "")


def bulk(facts: Facts) -> Values:
    return _bulk(facts, _PATS)


def own_bulk(facts: Facts) -> Values:
    return _bulk(facts, _TOKENS)


def bulk_left(facts: Facts) -> Values:
    return _counted("pats", _PATS_LEFT_ALONE, facts)


def own_bulk_left(facts: Facts) -> Values:
    return _counted("pats", _TOKENS_LEFT_ALONE, facts)


def days(facts: Facts) -> Values:
    """Return how long before the end somebody is reminded; on its last day that is no time."""
    return _counted("step_days", _DAYS, facts) if facts.get("step_days") else {}


def last_day(facts: Facts) -> Values:
    """Tell by a value whether it was reminded of on its last day; sentences have no place for it."""
    step_days = facts.get("step_days")
    return {"step_days": counted(0)} if isinstance(step_days, int) and not step_days else {}


def backup(facts: Facts) -> Values:
    """Tell by a value whether the backup owner was written to; sentences have no place for it."""
    kind = facts.get("kind")
    return {"kind": str(kind)} if kind == OutgoingMail.Kind.BACKUP_REMINDER else {}


def extent(facts: Facts) -> Values:
    """Return how much of the audit log it was about, and which part."""
    count, first, last = (facts.get(key) for key in ("events", "from_position", "to_position"))
    parts = []
    if isinstance(count, int):
        parts.append(in_number(_EVENTS, count))
    if isinstance(first, int) and isinstance(last, int):
        told = gettext("positions %(first)s to %(last)s")
        parts.append(told % {"first": counted(first), "last": counted(last)})
    return _known(extent=_listed(parts))


def faults(facts: Facts) -> Values:
    count = facts.get("faults")
    if not isinstance(count, int):
        return {}
    return {"faults": in_number(_FAULTS_FOUND, count) if count else gettext("nothing amiss")}


def erased(facts: Facts) -> Values:
    return _counted("erased", _EVENTS, facts)


def jobs(facts: Facts) -> Values:
    return _counted("jobs", _JOBS, facts)


def _known(**values: str) -> Values:
    return values if all(values.values()) else {}


def _said(key: str, facts: Facts) -> Values:
    return _known(said=isolated(in_words(key, facts[key])) if facts.get(key) else "")


def _counted(key: str, noun: Text, facts: Facts) -> Values:
    count = facts.get(key)
    return {key: in_number(noun, count)} if isinstance(count, int) else {}


def _bulk(facts: Facts, noun: Text) -> Values:
    verb = facts.get("verb")
    values = _counted("pats", noun, facts)
    return values and {"verb": str(_VERBS.get(str(verb), str(verb))).lower(), **values}


def _place(facts: Facts) -> Values:
    text = facts.get("place")
    return _known(used_in=isolated(str(text)) if text else "")


def _listed(parts: Iterable[str]) -> str:
    return pgettext("between the members of a list", ", ").join(parts)


def _moment(text: object) -> str:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    return "" if is_naive(at) else written(localtime(at), "zoned")
