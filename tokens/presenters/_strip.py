"""The strip over the list: the coming weeks day by day, each active PAT standing on the day that it stops."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext

from patportal.lib.notation import written
from tokens import rules
from tokens.list_address import DEFAULT_STATUS, ListQuery
from tokens.list_queries import STRIP_DAYS, ExpiryDay

_MOST_NAMES, _MOST_DOTS = 3, 4


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day; `dots` has an entry for each dot to draw, `more` is how many PATs have none.

    `sentence` says the same for whoever does not see it; a day without PATs has none and no address.
    """

    day: date
    label: str
    is_marked: bool
    is_weekend: bool
    is_current: bool
    tone: str
    count: int
    dots: range
    more: int
    sentence: str
    url: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The days from today on; `within` of `active` PATs stop on them."""

    days: list[StripDay]
    within: int
    active: int


def strip(query: ListQuery, found: Iterable[ExpiryDay], *, later: int, now: datetime) -> Strip:
    """Return the strip for the days on which PATs stop; `later` is how many stop after them."""
    by_day = {one.day: one for one in found}
    today = localdate(now)
    soon = today + rules.EXPIRING_WITHIN
    days = [_day(query, today + timedelta(days=n), by_day, today=today, soon=soon) for n in range(STRIP_DAYS)]
    within = sum(one.count for one in days)
    return Strip(days, within=within, active=within + later)


def _day(query: ListQuery, day: date, by_day: dict[date, ExpiryDay], *, today: date, soon: date) -> StripDay:
    found = by_day.get(day)
    count = found.count if found else 0
    dots = min(count, _MOST_DOTS) if count <= _MOST_DOTS else _MOST_DOTS - 1
    is_current = day == query.stops_on
    changes = {"stops_on": None if is_current else day, "status": DEFAULT_STATUS}
    return StripDay(
        day=day,
        label=date_format(day, "M" if day.day == 1 else "j"),
        is_marked=day == today or day.day == 1,
        is_weekend=day.weekday() > 4,
        is_current=is_current,
        tone="warn" if day <= soon else "good",
        count=count,
        dots=range(dots),
        more=count - dots,
        sentence=_sentence(found) if found else "",
        url=query.url(reverse("pat_list"), **changes) if found else "",
    )


def _sentence(found: ExpiryDay) -> str:
    names = ", ".join(found.names[:_MOST_NAMES])
    others = found.count - len(found.names[:_MOST_NAMES])
    if others:
        told = gettext("%(names)s and %(others)s more")
        names = told % {"names": names, "others": others}
    told = ngettext(
        "%(day)s: %(count)s token stops: %(names)s", "%(day)s: %(count)s tokens stop: %(names)s", found.count
    )
    return told % {"day": written(found.day, "weekday"), "count": found.count, "names": names}
