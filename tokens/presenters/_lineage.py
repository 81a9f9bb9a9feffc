"""What a PAT took over from, and what took over from it."""

from dataclasses import dataclass
from datetime import datetime

from tokens.models import Pat
from tokens.presenters._addresses import address


@dataclass(frozen=True, slots=True)
class LineageLink:
    """One relative of a PAT: `sentence`, its name with a link, and `tail` with the moment it speaks of."""

    sentence: str
    pat_name: str
    url: str
    tail: str
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
        return _link("Takes over from", old, "which works until", old.stops_at)
    return _link("Replaces", old, "which ended", _ended_at(old))


def _successor(new: Pat, pat: Pat, *, now: datetime) -> LineageLink:
    place = f" in {new.organization.name}" if pat.is_global else ""
    if not new.is_active(now=now) and new.received_at is None:
        return _link(f"Was to be replaced{place} by", new, "which ended", _ended_at(new))
    if new.received_at is None:
        return _link(f"Is to be replaced{place} by", new, "made", new.valid_from)
    return _link(f"Replaced{place} by", new, "made", new.valid_from)


def _link(sentence: str, pat: Pat, tail: str, at: datetime) -> LineageLink:
    return LineageLink(sentence, pat.name, address("pat_detail", pat.id), tail, at)


def _ended_at(pat: Pat) -> datetime:
    return pat.revoked_at or pat.vanished_at or pat.stops_at
