"""Moments in ticks of 1/300 second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sandbox.azure_devops import dates


@pytest.mark.parametrize(
    ("sent", "returned"),
    [
        ("2026-11-23T17:20:23.319Z", "2026-11-23T17:20:23.32Z"),
        ("2026-11-23T17:20:52.104Z", "2026-11-23T17:20:52.1033333Z"),
        ("2026-11-23T17:20:05Z", "2026-11-23T17:20:05Z"),
        ("2026-11-23T17:20:05.9999999Z", "2026-11-23T17:20:06Z"),
        ("2026-11-23T17:20:05.4566667Z", "2026-11-23T17:20:05.4566667Z"),
        ("2026-11-23T18:20:05+01:00", "2026-11-23T17:20:05Z"),
        ("2026-11-23T17:20:05", "2026-11-23T17:20:05Z"),
        ("2026-11-23", "2026-11-23T00:00:00Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
    ],
)
def test_a_date_is_read_rounded_and_written(sent: str, returned: str) -> None:
    assert dates.written(dates.read(sent)) == returned


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-13-01T00:00:00Z", "23.11.2026", "2026-11-23T25:00:00Z"]
)
def test_it_refuses_what_is_no_date(text: str) -> None:
    with pytest.raises(dates.NotADateError):
        dates.read(text)


def test_a_moment_survives_to_the_nearest_tick() -> None:
    moment = datetime(2026, 11, 23, 18, 20, 5, 456789, tzinfo=timezone(timedelta(hours=1)))
    there_and_back = dates.moment(dates.ticks(moment))
    assert abs(there_and_back - moment) <= timedelta(seconds=1 / 600)


def test_a_year_after_a_leap_day_is_the_first_of_march() -> None:
    assert dates.a_year_after(datetime(2028, 2, 29, 7, tzinfo=UTC)) == datetime(2029, 3, 1, 7, tzinfo=UTC)
