"""When an end is announced: lives of an hour to a year, every step, zones, daylight saving, leap days."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens import rules
from tokens.rules import Life

STEPS = rules.REMINDER_STEPS_DAYS
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ZONES = [
    "Etc/GMT+12",
    "Pacific/Niue",
    "America/St_Johns",
    "UTC",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
]
# Life in days, and which steps count: none above half of it.
COUNTING = [
    (1 / 24, [0]),
    (0.5, [0]),
    (1, [0]),
    (2, [1, 0]),
    (5, [1, 0]),
    (6, [3, 1, 0]),
    (13, [3, 1, 0]),
    (14, [7, 3, 1, 0]),
    (27, [7, 3, 1, 0]),
    (28, [14, 7, 3, 1, 0]),
    (59, [14, 7, 3, 1, 0]),
    (60, [30, 14, 7, 3, 1, 0]),
    (90, [30, 14, 7, 3, 1, 0]),
    (365, [30, 14, 7, 3, 1, 0]),
]
# Ends around a change of the clock in either direction, a leap day, a year's end, and any other day.
ENDS = [
    datetime(2027, 3, 28, 12, 0, tzinfo=UTC),
    datetime(2027, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2027, 4, 4, 15, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 12, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 7, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(2028, 3, 1, 0, 0, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
    datetime(2027, 6, 15, 12, 34, 56, 789000, tzinfo=UTC),
]


def due_step(life: Life, steps: Iterable[int], zone: ZoneInfo, *, now: datetime) -> int | None:
    """Return the step that is due, whenever the next one comes."""
    return rules.due_and_next(life, steps, zone, now=now)[0]


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock and the calendar on a wall of `zone` say, counted without the zone's changes."""
    return moment.astimezone(zone).replace(tzinfo=None)


@pytest.mark.parametrize("zone", [ZoneInfo(name) for name in ZONES], ids=str)
@pytest.mark.parametrize("ends_at", ENDS, ids=lambda end: f"{end:%Y-%m-%dT%H:%M}")
@pytest.mark.parametrize(("days", "counting"), COUNTING, ids=lambda one: f"{one}" if one else "")
def test_the_table(days: float, counting: list[int], ends_at: datetime, zone: ZoneInfo) -> None:
    life = Life(ends_at - timedelta(days=days), ends_at)
    moments = {step: rules.step_at(life, step, zone) for step in STEPS}
    last = wall(ends_at, zone)
    for step, at in moments.items():
        if at is None:
            # Above half of the life, or nine o'clock came before the PAT did.
            first_nine = datetime.combine(last.date() - step * DAY, time(9))
            was_not_there = days < 1 and step == 0 and first_nine < last
            was_not_there |= step == 0 and last.time() <= time(9) and days < 1
            assert step not in counting or was_not_there, (step, days)
            continue
        assert step in counting
        local = wall(at, zone)
        assert local.time() == time(9)
        comes_too_late = step == 0 and last.time() <= time(9)
        assert (last.date() - local.date()).days == (1 if comes_too_late else step)
        assert life.valid_from <= at < ends_at


@pytest.mark.parametrize(("days", "counting"), COUNTING, ids=lambda one: f"{one}" if one else "")
def test_minute_by_minute_the_nearest_step_that_has_come_is_due(days: float, counting: list[int]) -> None:
    zone, ends_at = ZoneInfo("Europe/Berlin"), datetime(2027, 3, 28, 12, 0, tzinfo=UTC)
    life = Life(ends_at - timedelta(days=days), ends_at)
    comes = {step: at for step in STEPS if (at := rules.step_at(life, step, zone)) is not None}
    for step, at in comes.items():
        nearer = [one for one in comes if one < step]
        assert due_step(life, STEPS, zone, now=at) == step
        assert due_step(life, STEPS, zone, now=at - MINUTE) != step
        assert rules.next_step_at(life, STEPS, zone, now=at - MINUTE) == at
        following = comes[max(nearer)] if nearer else None
        assert rules.next_step_at(life, STEPS, zone, now=at) == following
        # After downtime over everything nearer, that alone is announced.
        if following is not None:
            assert due_step(life, STEPS, zone, now=following - MINUTE) == step
            assert due_step(life, STEPS, zone, now=following) == max(nearer)
    assert due_step(life, STEPS, zone, now=ends_at) is None
    assert due_step(life, STEPS, zone, now=ends_at - MINUTE) == min(comes, default=None)


@pytest.mark.parametrize(
    ("zone", "ends_at", "moments"),
    [
        # The clock goes forward between the steps: both are at nine, 23 hours apart.
        ("Europe/Berlin", "2027-03-28T18:00+00:00", {1: "2027-03-27T08:00", 0: "2027-03-28T07:00"}),
        ("America/New_York", "2027-03-14T22:00+00:00", {1: "2027-03-13T14:00", 0: "2027-03-14T13:00"}),
        # Backward: 25 hours.
        ("Europe/Berlin", "2026-10-25T18:00+00:00", {1: "2026-10-24T07:00", 0: "2026-10-25T08:00"}),
        ("Australia/Lord_Howe", "2027-04-04T10:00+00:00", {1: "2027-04-02T22:00", 0: "2027-04-03T22:30"}),
        # The ends of the world, where it is another day.
        ("Etc/GMT+12", "2027-06-15T11:00+00:00", {1: "2027-06-13T21:00", 0: "2027-06-14T21:00"}),
        ("Pacific/Kiritimati", "2027-06-15T11:00+00:00", {1: "2027-06-14T19:00", 0: "2027-06-14T19:00"}),
        # From the leap day on, and over it.
        ("UTC", "2028-02-29T12:00+00:00", {30: "2028-01-30T09:00", 1: "2028-02-28T09:00"}),
        ("UTC", "2028-03-01T12:00+00:00", {1: "2028-02-29T09:00", 7: "2028-02-23T09:00"}),
        # Midnight and nine itself are before nine: the last day's mail comes on the day before.
        ("UTC", "2027-06-15T00:00+00:00", {1: "2027-06-14T09:00", 0: "2027-06-14T09:00"}),
        ("UTC", "2027-06-15T09:00+00:00", {1: "2027-06-14T09:00", 0: "2027-06-14T09:00"}),
        ("UTC", "2027-06-15T09:01+00:00", {1: "2027-06-14T09:00", 0: "2027-06-15T09:00"}),
    ],
)
def test_known_moments(zone: str, ends_at: str, moments: dict[int, str]) -> None:
    end = datetime.fromisoformat(ends_at)
    life = Life(end - 364 * DAY, end)
    found = {step: rules.step_at(life, step, ZoneInfo(zone)) for step in moments}
    assert {step: f"{at:%Y-%m-%dT%H:%M}" for step, at in found.items() if at} == moments


def test_where_two_steps_come_at_once_the_nearer_one_is_due() -> None:
    end = datetime(2027, 6, 15, tzinfo=UTC)
    at = datetime(2027, 6, 14, 9, tzinfo=UTC)
    assert due_step(Life(end - 90 * DAY, end), STEPS, ZoneInfo("UTC"), now=at) == 0


def test_what_somebody_chose_is_what_counts() -> None:
    end = datetime(2027, 6, 15, 12, tzinfo=UTC)
    life, zone = Life(end - 90 * DAY, end), ZoneInfo("UTC")
    assert due_step(life, [7], zone, now=end - MINUTE) == 7
    assert due_step(life, [7], zone, now=end - 8 * DAY) is None
    assert rules.next_step_at(life, [7], zone, now=end - 8 * DAY) == datetime(2027, 6, 8, 9, tzinfo=UTC)
    assert due_step(life, [], zone, now=end - MINUTE) is None
    assert rules.next_step_at(life, [], zone, now=end - 8 * DAY) is None


def test_seconds_that_the_mark_takes_do_not_halve_a_life() -> None:
    end = datetime(2027, 6, 15, 12, tzinfo=UTC)
    zone = ZoneInfo("UTC")
    assert rules.step_at(Life(end - 60 * DAY + timedelta(seconds=50), end), 30, zone) is not None
    assert rules.step_at(Life(end - 60 * DAY + timedelta(minutes=6), end), 30, zone) is None


@pytest.mark.parametrize("more_days", [1, 7, 30, 90])
def test_an_extension_arms_the_steps_that_are_still_to_come(more_days: int) -> None:
    zone, end = ZoneInfo("Europe/Berlin"), datetime(2027, 3, 30, 12, tzinfo=UTC)
    extended_at = end - 2 * DAY
    before = Life(end - 90 * DAY, end)
    after = Life(end - 90 * DAY, end + more_days * DAY, counts_from=extended_at)
    assert due_step(before, STEPS, zone, now=extended_at) == 3
    assert due_step(after, STEPS, zone, now=extended_at) is None
    following = rules.next_step_at(after, STEPS, zone, now=extended_at)
    assert following is not None
    assert following > extended_at
    assert due_step(after, STEPS, zone, now=following) == max(step for step in STEPS if step < 2 + more_days)


MOMENTS = st.integers(min_value=0, max_value=6 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE
)
LIVES = st.timedeltas(min_value=timedelta(hours=1), max_value=365 * DAY)
ANY_ZONE = st.sampled_from(ZONES).map(ZoneInfo)
CHOSEN = st.lists(st.sampled_from(STEPS), unique=True)
PAUSES = st.lists(st.timedeltas(min_value=MINUTE, max_value=20 * DAY), min_size=1, max_size=60)


@given(begins_at=MOMENTS, lives=LIVES, zone=ANY_ZONE, steps=CHOSEN, pauses=PAUSES)
def test_whenever_somebody_looks_each_step_comes_once_and_in_its_time(
    begins_at: datetime, lives: timedelta, zone: ZoneInfo, steps: list[int], pauses: list[timedelta]
) -> None:
    life = Life(begins_at, begins_at + lives)
    announced: list[tuple[datetime, int]] = []
    now = begins_at
    for pause in pauses:
        step = due_step(life, steps, zone, now=now)
        if step is not None and step not in [one for _, one in announced]:
            announced.append((now, step))
        following = rules.next_step_at(life, steps, zone, now=now)
        assert following is None or now < following < life.ends_at
        now += pause
    for at, step in announced:
        comes_at = rules.step_at(life, step, zone)
        assert comes_at is not None
        assert comes_at <= at < life.ends_at
        assert step in steps
        assert step * DAY * 2 <= lives + timedelta(minutes=5)
    # Nearer and nearer.
    assert all(one > other for (_, one), (_, other) in pairwise(announced))


@given(begins_at=MOMENTS, lives=LIVES, zone=ANY_ZONE, steps=CHOSEN)
def test_looking_when_one_was_told_to_misses_no_step(
    begins_at: datetime, lives: timedelta, zone: ZoneInfo, steps: list[int]
) -> None:
    life = Life(begins_at, begins_at + lives)
    expected = {at for step in steps if (at := rules.step_at(life, step, zone)) is not None}
    found = set()
    now = begins_at - timedelta(microseconds=1)
    while (following := rules.next_step_at(life, steps, zone, now=now)) is not None:
        now = following
        assert due_step(life, steps, zone, now=now) in steps
        found.add(now)
    assert found == expected


@pytest.mark.parametrize("name", ZONES)
def test_the_day_of_a_digest_lasts_from_nine_to_nine(name: str) -> None:
    zone = ZoneInfo(name)
    nine = datetime(2027, 6, 15, 9, tzinfo=zone).astimezone(UTC)
    assert rules.digest_day(nine, zone) == date(2027, 6, 15)
    assert rules.digest_day(nine - MINUTE, zone) == date(2027, 6, 14)
    assert rules.digest_day(nine + DAY - MINUTE, zone) == date(2027, 6, 15)
    assert rules.nine_after(nine - MINUTE, zone) == nine
    assert rules.nine_after(nine, zone) == nine + DAY
    assert [rules.is_night(nine + timedelta(hours=hours), zone) for hours in (-1, 0, 14, 16)] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("hours", "dormant", "stale"),
    [(12, False, False), (13, False, True), (36, True, False), (37, True, True)],
)
def test_what_was_not_read_in_time_is_stale(hours: int, *, dormant: bool, stale: bool) -> None:
    now = datetime(2027, 6, 15, tzinfo=UTC)
    assert rules.is_stale(now - timedelta(hours=hours), is_dormant=dormant, now=now) is stale
