"""Moments in words where their reader is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tokens.mail._times import Clock

# One in the morning of the 15th in Berlin, seven in the evening of the 14th in New York.
NIGHT = datetime(2026, 7, 14, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "exact", "day"),
    [
        ("UTC", "Tuesday 14 July 2026 at 23:00 UTC", "14 July 2026"),
        ("Europe/Berlin", "Wednesday 15 July 2026 at 01:00 CEST", "15 July 2026"),
        ("America/New_York", "Tuesday 14 July 2026 at 19:00 EDT", "14 July 2026"),
        ("Asia/Kathmandu", "Wednesday 15 July 2026 at 04:45 UTC+0545", "15 July 2026"),
        ("Pacific/Kiritimati", "Wednesday 15 July 2026 at 13:00 UTC+14", "15 July 2026"),
    ],
)
def test_the_exact_moment_names_its_zone(zone: str, exact: str, day: str) -> None:
    clock = Clock(NIGHT, ZoneInfo(zone))
    assert (clock.exact(NIGHT), clock.day(NIGHT)) == (exact, day)


@pytest.mark.parametrize(
    ("zone", "after", "words"),
    [
        ("UTC", timedelta(minutes=40), "today, in 40 minutes"),
        ("UTC", timedelta(minutes=1), "today, in 1 minute"),
        ("UTC", timedelta(seconds=20), "today"),
        ("UTC", timedelta(hours=-1), "today"),
        ("UTC", timedelta(hours=1), "tomorrow"),
        ("UTC", timedelta(hours=24, minutes=59), "tomorrow"),
        ("UTC", timedelta(hours=25), "in 2 days"),
        ("Europe/Berlin", timedelta(hours=22), "today, in 22 hours"),
        ("Europe/Berlin", timedelta(hours=1, minutes=59), "today, in 1 hour"),
        ("America/New_York", timedelta(hours=5), "tomorrow"),
        ("UTC", timedelta(days=30), "in 30 days"),
    ],
)
def test_days_are_counted_as_the_reader_counts_them(zone: str, after: timedelta, words: str) -> None:
    assert Clock(NIGHT, ZoneInfo(zone)).relative(NIGHT + after) == words


def test_a_change_of_the_clocks_takes_no_day_away() -> None:
    evening = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    clock = Clock(evening, ZoneInfo("Europe/Berlin"))
    assert clock.relative(evening + timedelta(hours=26, minutes=30)) == "tomorrow"
    assert clock.exact(evening + timedelta(hours=26, minutes=30)) == "Sunday 25 October 2026 at 23:30 CET"


def test_the_place_is_named_for_people() -> None:
    assert Clock(NIGHT, ZoneInfo("America/New_York")).place == "America/New York"
