"""The strip: each day that something stops, in dots and in a sentence."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tokens.list_address import ListQuery
from tokens.list_queries import STRIP_DAYS, ExpiryDay
from tokens.presenters import StripDay, strip

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
FOURTH = date(2026, 12, 4)


def _of(count: int, **query: Any) -> StripDay:
    names = [f"pat {number}" for number in range(count)]
    found = [ExpiryDay(FOURTH, count, names)]
    drawn = strip(ListQuery(**query), found, later=5, now=NOW)
    return next(day for day in drawn.days if day.day == FOURTH)


def test_it_begins_today_and_says_how_many_stop() -> None:
    drawn = strip(ListQuery(), [ExpiryDay(FOURTH, 2, ["a", "b"])], later=5, now=NOW)
    assert (drawn.days[0].day, len(drawn.days)) == (NOW.date(), STRIP_DAYS)
    assert (drawn.within, drawn.active) == (2, 7)
    assert [day.label for day in drawn.days[:5]] == ["27", "28", "29", "30", "Dec"]
    assert [day.is_weekend for day in drawn.days[:4]] == [False, True, True, False]


@pytest.mark.parametrize(("count", "dots", "more"), [(1, 1, 0), (4, 4, 0), (5, 3, 2), (1_000, 3, 997)])
def test_many_on_one_day_are_counted(count: int, dots: int, more: int) -> None:
    day = _of(count)
    assert (len(day.dots), day.more, day.count) == (dots, more, count)


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (1, "Friday 4 December: 1 token stops: pat 0"),
        (3, "Friday 4 December: 3 tokens stop: pat 0, pat 1, pat 2"),
        (5, "Friday 4 December: 5 tokens stop: pat 0, pat 1, pat 2 and 2 more"),
    ],
)
def test_a_day_says_who_stops(count: int, sentence: str) -> None:
    assert _of(count).sentence == sentence


def test_a_day_leads_to_its_pats_and_back_again() -> None:
    assert _of(1, status="expired", search="pat").url == "/?q=pat&on=2026-12-04"
    chosen = _of(1, search="pat", stops_on=FOURTH)
    assert (chosen.is_current, chosen.url) == (True, "/?q=pat")
