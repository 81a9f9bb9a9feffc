"""Our rules about lifetimes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens import rules

SECONDS = st.integers(min_value=0, max_value=2_000_000_000_000)
MOMENTS = SECONDS.map(lambda count: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=count))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Niue"]).map(ZoneInfo)


@given(moment=MOMENTS)
def test_a_mark_stays_within_its_minute(moment: datetime) -> None:
    marked = rules.with_mark(moment)
    assert marked.replace(second=0, microsecond=0) == moment.replace(second=0, microsecond=0)
    assert marked.microsecond % 1000 == 0


def test_marks_differ() -> None:
    moment = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert len({rules.with_mark(moment) for _ in range(50)}) > 40


def test_a_mark_comes_from_the_source_that_is_given() -> None:
    marked = rules.with_mark(datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC), below=lambda limit: limit - 1)
    assert (marked.minute, marked.second, marked.microsecond) == (34, 59, 999_000)


@given(moment=MOMENTS, days=st.sampled_from(rules.LIFE_PRESETS_DAYS))
def test_a_life_of_days_ends_in_the_same_minute(moment: datetime, days: int) -> None:
    end = rules.valid_to_after_days(days, now=moment)
    assert abs(end - moment - timedelta(days=days)) < timedelta(minutes=1)
    assert end - moment < timedelta(days=366)


@given(day=st.dates(min_value=date(2026, 1, 1), max_value=date(2080, 1, 1)), zone=ZONES)
def test_a_life_until_a_date_ends_with_its_last_minute(day: date, zone: ZoneInfo) -> None:
    end = rules.valid_to_on_date(day, zone=zone).astimezone(zone)
    assert (end.date(), end.hour, end.minute) == (day, 23, 59)


@pytest.mark.parametrize(
    ("milliseconds", "same"),
    [(0, True), (3, True), (10, True), (11, False)],
)
def test_the_same_mark_allows_for_rounding(milliseconds: int, same: bool) -> None:
    moment = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
    other = moment + timedelta(milliseconds=milliseconds)
    assert rules.has_same_mark(moment, other) == rules.has_same_mark(other, moment) == same


@pytest.mark.parametrize(
    ("seconds", "shortened"), [(0, False), (-1, False), (-2, True), (-86_400, True), (86_400, False)]
)
def test_only_an_earlier_end_is_a_shortened_life(seconds: int, shortened: bool) -> None:
    asked = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
    returned = asked + timedelta(seconds=seconds)
    assert rules.was_shortened(asked=asked, returned=returned) == shortened


def test_every_preset_is_within_the_longest_life() -> None:
    assert all(timedelta(days=days) <= rules.MAX_LIFE for days in rules.LIFE_PRESETS_DAYS)
    assert rules.DEFAULT_LIFE_DAYS in rules.LIFE_PRESETS_DAYS


@given(moment=MOMENTS, days=st.sampled_from(rules.EXTENSION_PRESETS_DAYS))
def test_an_extension_adds_its_days_within_what_is_allowed(moment: datetime, days: int) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    expected = min(moment + timedelta(days=days), now + rules.MAX_LIFE)
    assert rules.extended_by(moment, days=days, now=now) == expected


def test_an_extension_of_the_end_of_time_is_what_is_allowed() -> None:
    now, end = datetime(2030, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert rules.extended_by(end, days=90, now=now) == now + rules.MAX_LIFE


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("Git: https://dev.azure.com/fabrikam on BUILD-07", "Git Credential Manager"),
        ("git: https://fabrikam.visualstudio.com/ on PC", "Git Credential Manager"),
        ("Azure DevOps Artifacts Credential Provider", "Artifacts credential provider"),
        ("Service Hooks :: Azure App Service :: Deploy web app", "Service hooks"),
        ("Git: how to", ""),
        ("deploy", ""),
    ],
)
def test_tools_are_known_by_the_names_that_they_give(name: str, maker: str) -> None:
    assert rules.made_by_machine(name) == maker


# --- How often mirrors are read without anybody asking ------------------------------------------------

HOURS = [
    # away for days, near an end, closed, failed -> hours
    (0, False, False, False, 6),
    (13.9, False, False, False, 6),
    (14, False, False, False, 6),
    (14.1, False, False, False, 24),
    (400, False, False, False, 24),
    (0, True, False, False, 1),
    (400, True, False, False, 1),
    (0, False, False, True, 1),
    (400, False, False, True, 1),
    (0, True, False, True, 1),
    (0, False, True, False, 24),
    (0, True, True, False, 24),
    (0, False, True, True, 24),
    (400, True, True, True, 24),
]


@pytest.mark.parametrize(("days", "is_near", "is_closed", "has_failed", "hours"), HOURS)
def test_how_long_a_mirror_is_left_alone(
    days: float, is_near: bool, is_closed: bool, has_failed: bool, hours: float
) -> None:
    found = rules.sync_interval(
        away_for=timedelta(days=days), is_near_an_end=is_near, is_closed=is_closed, has_failed=has_failed
    )
    assert found == timedelta(hours=hours)


@pytest.mark.parametrize(("drawn", "minutes"), [(0, 360), (1000, 324), (2000, 288)])
def test_what_began_together_does_not_stay_together(drawn: int, minutes: float) -> None:
    assert rules.jittered(timedelta(hours=6), below=lambda _: drawn) == timedelta(minutes=minutes)


def test_the_jitter_never_lengthens_and_takes_a_fifth_at_most() -> None:
    hour = timedelta(hours=1)
    spans = {rules.jittered(hour) for _ in range(200)}
    assert len(spans) > 50
    assert timedelta(minutes=48) <= min(spans)
    assert max(spans) <= hour
