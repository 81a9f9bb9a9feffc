"""What a PAT took over from, and what took over from it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import pgettext_lazy

from patportal.lib.texts import Text
from tokens.models import Pat
from tokens.presenters._addresses import address


@dataclass(frozen=True, slots=True)
class LineageLink:
    """One relative of a PAT: `sentence`, its name with a link, and `tail` with the moment it speaks of."""

    sentence: Text
    pat_name: str
    url: str
    tail: Text
    at: datetime


def lineage(pat: Pat, *, now: datetime) -> list[LineageLink]:
    """Return the PAT that it replaces, then those that replace it, the oldest first."""
    found = [_predecessor(pat.replaces, now=now)] if pat.replaces and _is_of_owner(pat.replaces, pat) else []
    return found + [_successor(one, pat, now=now) for one in _successors(pat)]


def active_successors(pat: Pat, *, now: datetime) -> list[Pat]:
    """Return the PATs that took over from it, or are about to, and work."""
    return [one for one in _successors(pat) if one.is_active(now=now)]


def working_successors(pat: Pat, *, now: datetime) -> list[Pat]:
    """Return those of them that nobody has revoked, so that what uses them goes on."""
    return [one for one in active_successors(pat, now=now) if one.revocation_sent_at is None]


def _successors(pat: Pat) -> list[Pat]:
    return [one for one in pat.successors.all() if _is_of_owner(one, pat)]


def _is_of_owner(other: Pat, pat: Pat) -> bool:
    return other.user_id == pat.user_id


def _predecessor(old: Pat, *, now: datetime) -> LineageLink:
    if old.is_active(now=now):
        before, after = _TAKES_OVER
        return _link(before, old, after, old.stops_at)
    before, after = _REPLACES
    return _link(before, old, after, _ended_at(old))


def _successor(new: Pat, pat: Pat, *, now: datetime) -> LineageLink:
    known = _REPLACED_IN_PLACE if pat.is_global else _REPLACED
    place = {"organization": new.organization.name}
    if not new.is_active(now=now) and new.received_at is None:
        before, after = known["never_used"]
        return _link(before % place, new, after, _ended_at(new))
    before, after = known["to_come" if new.received_at is None else "done"]
    return _link(before % place, new, after, new.valid_from)


# What stands before the name of the other token, and what stands between that and a moment.
_TAKES_OVER = (
    pgettext_lazy("before the name of a token", "Takes over from"),
    pgettext_lazy("after the name of a token, before a moment", "which works until"),
)
_WHICH_ENDED = pgettext_lazy("after the name of a token, before a moment", "which ended")
_MADE = pgettext_lazy("after the name of a token, before a moment", "made")
_REPLACES = pgettext_lazy("before the name of a token", "Replaces"), _WHICH_ENDED
_REPLACED = {
    "never_used": (pgettext_lazy("before the name of a token", "Was to be replaced by"), _WHICH_ENDED),
    "to_come": (pgettext_lazy("before the name of a token", "Is to be replaced by"), _MADE),
    "done": (pgettext_lazy("before the name of a token", "Replaced by"), _MADE),
}
_REPLACED_IN_PLACE = {
    "never_used": (
        pgettext_lazy("before the name of a token", "Was to be replaced in %(organization)s by"),
        _WHICH_ENDED,
    ),
    "to_come": (
        pgettext_lazy("before the name of a token", "Is to be replaced in %(organization)s by"),
        _MADE,
    ),
    "done": (pgettext_lazy("before the name of a token", "Replaced in %(organization)s by"), _MADE),
}


def _link(sentence: Text, pat: Pat, tail: Text, at: datetime) -> LineageLink:
    return LineageLink(sentence, pat.name, address("pat_detail", pat.id), tail, at)


def _ended_at(pat: Pat) -> datetime:
    return pat.revoked_at or pat.vanished_at or pat.stops_at
