"""What a PAT took over from, and what took over from it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text
from tokens.models import Pat
from tokens.presenters._addresses import address


@dataclass(frozen=True, slots=True)
class LineageLink:
    """One relative of a PAT, to fill into `sentence`, or into `dated`, which also tells the moment `at`.

    `organization` is empty where neither tells it.
    """

    sentence: Text
    dated: Text
    name: str
    organization: str
    url: str
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
        return _link(_TAKES_OVER, old, old.stops_at)
    return _link(_REPLACES, old, _ended_at(old))


def _successor(new: Pat, pat: Pat, *, now: datetime) -> LineageLink:
    # Where it was in no organization alone, the one that it is kept in now is told; only then is that read.
    known, place = (_REPLACED_IN_PLACE, new.organization.name) if pat.is_global else (_REPLACED, "")
    if not new.is_active(now=now) and new.received_at is None:
        return _link(known["never_used"], new, _ended_at(new), place)
    return _link(known["to_come" if new.received_at is None else "done"], new, new.valid_from, place)


# Each alone, and with the moment that it speaks of.
_TAKES_OVER = (
    _('Takes over from <a href="{url}"><bdi>{name}</bdi></a>'),
    _('Takes over from <a href="{url}"><bdi>{name}</bdi></a>, which works until {moment}'),
)
_REPLACES = (
    _('Replaces <a href="{url}"><bdi>{name}</bdi></a>'),
    _('Replaces <a href="{url}"><bdi>{name}</bdi></a>, which ended {moment}'),
)
_REPLACED = {
    "never_used": (
        _('Was to be replaced by <a href="{url}"><bdi>{name}</bdi></a>'),
        _('Was to be replaced by <a href="{url}"><bdi>{name}</bdi></a>, which ended {moment}'),
    ),
    "to_come": (
        _('Is to be replaced by <a href="{url}"><bdi>{name}</bdi></a>'),
        _('Is to be replaced by <a href="{url}"><bdi>{name}</bdi></a>, made {moment}'),
    ),
    "done": (
        _('Replaced by <a href="{url}"><bdi>{name}</bdi></a>'),
        _('Replaced by <a href="{url}"><bdi>{name}</bdi></a>, made {moment}'),
    ),
}
_REPLACED_IN_PLACE = {
    "never_used": (
        _('Was to be replaced in {organization} by <a href="{url}"><bdi>{name}</bdi></a>'),
        _(
            'Was to be replaced in {organization} by <a href="{url}"><bdi>{name}</bdi></a>, which ended '
            "{moment}"
        ),
    ),
    "to_come": (
        _('Is to be replaced in {organization} by <a href="{url}"><bdi>{name}</bdi></a>'),
        _('Is to be replaced in {organization} by <a href="{url}"><bdi>{name}</bdi></a>, made {moment}'),
    ),
    "done": (
        _('Replaced in {organization} by <a href="{url}"><bdi>{name}</bdi></a>'),
        _('Replaced in {organization} by <a href="{url}"><bdi>{name}</bdi></a>, made {moment}'),
    ),
}


def _link(told: tuple[Text, Text], pat: Pat, at: datetime, organization: str = "") -> LineageLink:
    short, long = told
    return LineageLink(short, long, str(pat), organization, address("pat_detail", pat.id), at)


def _ended_at(pat: Pat) -> datetime:
    return pat.revoked_at or pat.vanished_at or pat.stops_at
