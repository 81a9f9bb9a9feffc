"""PATs as mails tell of them: when each ends, what it is for, and what stops then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tokens.mail._addresses import one_line
from tokens.mail._letter import address_of
from tokens.mail._times import Clock
from tokens.models import Pat
from tokens.presenters import scope_labels
from tokens.reminder_queries import Announced
from tokens.scopes import FULL_ACCESS

MOST_ROWS = 25
_MOST_PLACES, _MOST_SCOPES = 5, 4
_SUBJECT_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One PAT in a mail; every field can stand there as it is. `as_of` is a sentence, "" of what is fresh."""

    name: str
    short_name: str
    organization: str
    verb: str
    relative: str
    exact: str
    day: str
    purpose: str
    places: list[str]
    more_places: int
    will_stop: str
    as_of: str
    as_of_day: str
    url: str


def rows_of(found: Sequence[Announced], *, clock: Clock, is_linked: bool = True) -> list[Row]:
    """Return the first of what a mail announces; not `is_linked` for whoever may not open the PATs' pages."""
    shown = list(found[:MOST_ROWS])
    prefetch_related_objects([one.pat for one in shown], "places")
    return [_row(one, clock=clock, is_linked=is_linked) for one in shown]


def _row(one: Announced, *, clock: Clock, is_linked: bool) -> Row:
    pat = one.pat
    places = [one_line(place.text) for place in pat.places.all() if place.moved_at is None]
    return Row(
        name=one_line(str(pat)),
        short_name=one_line(str(pat), length=_SUBJECT_NAME_LENGTH),
        organization=one_line(pat.organization.name),
        verb=_verb(pat, one.stops_at),
        relative=clock.relative(one.stops_at),
        exact=clock.exact(one.stops_at),
        day=clock.day(one.stops_at),
        purpose=one_line(pat.purpose),
        places=places[:_MOST_PLACES],
        more_places=len(places[_MOST_PLACES:]),
        will_stop=_will_stop(pat, has_places=bool(places)),
        as_of=_as_of(one.as_of, clock) if one.as_of else "",
        as_of_day=clock.day(one.as_of) if one.as_of else "",
        url=address_of("pat_detail", pat.pk) if is_linked else "",
    )


def _as_of(known_at: datetime, clock: Clock) -> str:
    """Say how old what is told is, and why nothing newer is known."""
    if settings.BACKGROUND_ACCESS == "off":
        told = _("As of %(moment)s: the portal looks only while its owner uses it, and it may have changed.")
    else:
        told = _("As of %(moment)s: the portal could not look since, and it may have changed.")
    return told % {"moment": clock.exact(known_at)}


def _verb(pat: Pat, stops_at: datetime) -> str:
    """A PAT ends by itself; one for all organizations is stopped before by Microsoft."""
    if pat.is_global and stops_at < pat.valid_to:
        return pgettext("a token, before a moment", "stops")
    return pgettext("a token, before a moment", "ends")


def _will_stop(pat: Pat, *, has_places: bool) -> str:
    access = _("its full access") if FULL_ACCESS in pat.scopes else _access(pat)
    if has_places:
        return access
    return _("%(access)s; nobody has noted where it is used") % {"access": access}


def _access(pat: Pat) -> str:
    labels = [one_line(str(label.label)) for label in scope_labels(pat.scopes)]
    if not labels:
        return _("its access to nothing")
    named, more = ", ".join(labels[:_MOST_SCOPES]), len(labels) - _MOST_SCOPES
    if more <= 0:
        return _("its access to %(scopes)s") % {"scopes": named}
    return _("its access to %(scopes)s and %(count)s more") % {"scopes": named, "count": more}
