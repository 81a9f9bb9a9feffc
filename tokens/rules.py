"""Our rules about lifetimes and amounts as pure functions: no clock, no database, no settings."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Azure DevOps refuses more than a year at creation; a day less leaves room for clocks and time zones.
MAX_LIFE = timedelta(days=364)
LIFE_PRESETS_DAYS = (7, 30, 60, 90)
DEFAULT_LIFE_DAYS = 30
EXPIRING_WITHIN = timedelta(days=14)
# How long one secret should be in use at most, by Microsoft's page on using PATs.
OLD_AFTER = timedelta(days=90)
# How long the old PAT goes on to work once the secret of its successor is stored.
OVERLAPS = {
    "none": timedelta(0),
    "hour": timedelta(hours=1),
    "day": timedelta(hours=24),
    "week": timedelta(days=7),
}
DEFAULT_OVERLAP = "day"
EXTENSION_PRESETS_DAYS = (7, 30, 90)
# How many may be selected to be changed at once; whoever revokes everything means all of them.
MOST_CHOSEN = 500
# How many days before its end a PAT is announced, and to whom else where its owner was not seen for so long.
REMINDER_STEPS_DAYS = (30, 14, 7, 3, 1, 0)
LAST_DAY = 0
DORMANT_AFTER = timedelta(days=14)
# The mirror is read every six hours, that of dormant people daily: what is older by far was not read in time.
STALE_AFTER, DORMANT_STALE_AFTER = timedelta(hours=12), timedelta(hours=36)
# How the names of PATs begin that tools make for a person, in small letters, and which tool makes them. From
# Microsoft's page on using PATs (azure-devops-docs) and the sources of its Artifacts credential provider.
MACHINE_NAMES = {
    "git: http": "Git Credential Manager",
    "azure devops artifacts credential provider": "Artifacts credential provider",
    "service hooks :: ": "Service hooks",
    "microsoft teams integration": "Microsoft Teams",
    "webapploadtestcdinttoken": "Load tests",
}
# Azure DevOps rounds dates to 1/300 s. Telling people of a change needs no more than a second's precision;
# recognising a lost creation does, because another one of the same name may end in the same second.
DATE_TOLERANCE = timedelta(seconds=1)
MARK_TOLERANCE = timedelta(milliseconds=10)

# How often a mirror is read without anybody asking for it.
SYNC_EVERY = timedelta(hours=6)
SYNC_EVERY_NEAR_AN_END = timedelta(hours=1)
SYNC_EVERY_WHILE_AWAY = timedelta(days=1)
SYNC_EVERY_WHERE_CLOSED = timedelta(days=1)
SYNC_AGAIN_AFTER_FAILURE = timedelta(hours=1)
NEAR_AN_END = timedelta(days=3)
AWAY_AFTER = timedelta(days=14)

RandomBelow = Callable[[int], int]


def with_mark(moment: datetime, *, below: RandomBelow = secrets.randbelow) -> datetime:
    """Return `moment` with random seconds and milliseconds: a mark by which a lost creation is recognised."""
    return moment.replace(second=below(60), microsecond=below(1000) * 1000)


def valid_to_after_days(days: int, *, now: datetime) -> datetime:
    """Return the marked end of a life of `days` whole days from `now`."""
    return with_mark(now + timedelta(days=days))


def valid_to_on_date(day: date, *, zone: ZoneInfo) -> datetime:
    """Return the marked end of a life that ends with the last minute of `day` in `zone`."""
    return with_mark(datetime.combine(day, time(23, 59), tzinfo=zone))


def extended_by(valid_to: datetime, *, days: int, now: datetime) -> datetime:
    """Return the expiry `days` after `valid_to`, as far as Azure DevOps lets PATs live."""
    more = timedelta(days=days)
    return min(valid_to, now + MAX_LIFE - more) + more


def made_by_machine(name: str) -> str:
    """Return which tool makes PATs of such a name, "" where a person chose it."""
    small = name.lower()
    return next((maker for start, maker in MACHINE_NAMES.items() if small.startswith(start)), "")


def sync_interval(
    *, away_for: timedelta, is_near_an_end: bool, is_closed: bool = False, has_failed: bool = False
) -> timedelta:
    """Return how long a mirror is left alone after it was read, or could not be.

    `is_near_an_end`: something of the person ends within NEAR_AN_END; that counts for whoever is away, too,
    because then others are told. `is_closed`: they may not read the organization, or there is none.
    """
    if is_closed:
        return SYNC_EVERY_WHERE_CLOSED
    if is_near_an_end:
        return SYNC_EVERY_NEAR_AN_END
    interval = SYNC_EVERY_WHILE_AWAY if away_for > AWAY_AFTER else SYNC_EVERY
    return min(interval, SYNC_AGAIN_AFTER_FAILURE) if has_failed else interval


def jittered(span: timedelta, *, below: RandomBelow = secrets.randbelow) -> timedelta:
    """Return up to a fifth less than `span`, so that what began together does not stay together."""
    return span * (1 - below(2001) / 10_000)


def has_same_mark(one: datetime, other: datetime) -> bool:
    """Tell whether two expiry dates carry the same mark, but for the rounding of Azure DevOps."""
    return abs(one - other) <= MARK_TOLERANCE


def is_same_date(one: datetime, other: datetime) -> bool:
    """Tell whether two dates are so close that nobody needs to hear of the difference."""
    return abs(one - other) <= DATE_TOLERANCE


def was_shortened(*, asked: datetime, returned: datetime) -> bool:
    """Tell whether a policy cut the life that was asked for."""
    return asked - returned > DATE_TOLERANCE


def is_old(valid_from: datetime, *, now: datetime) -> bool:
    """Tell whether one secret has been in use for longer than is advised; extending makes it no younger."""
    return now - valid_from > OLD_AFTER


def is_stale(known_at: datetime, *, is_dormant: bool, now: datetime) -> bool:
    """Tell whether what was known at `known_at` may no longer be told as a fact."""
    return now - known_at > (DORMANT_STALE_AFTER if is_dormant else STALE_AFTER)


# --- When the end of a PAT is announced ------------------------------------------------------------

NINE = time(9)
# A life of 60 days is some seconds shorter, by its mark and by how long the creation took.
_MARK_ROOM = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Life:
    """What of a PAT decides when it is announced.

    `counts_from` is when its end was put off: what would have been announced before is no news any more.
    """

    valid_from: datetime
    ends_at: datetime
    counts_from: datetime | None = None


def step_at(life: Life, step_days: int, zone: ZoneInfo) -> datetime | None:
    """Return when a step is due: at nine in `zone`, so many days before the day of the end; None for never.

    What ends before nine is announced for its last day at nine of the day before. A step above half of the
    life does not count, nor one that would have come before the PAT was there or its end was put off.
    """
    return _step_before(life, step_days, zone, last_day=life.ends_at.astimezone(zone).date())


def _step_before(life: Life, step_days: int, zone: ZoneInfo, *, last_day: date) -> datetime | None:
    at = _nine_on(last_day - timedelta(days=step_days), zone)
    if at >= life.ends_at:
        at = _nine_on(last_day - timedelta(days=1), zone)
    is_late_enough = timedelta(days=step_days) * 2 <= life.ends_at - life.valid_from + _MARK_ROOM
    begins_at = max(life.valid_from, life.counts_from or life.valid_from)
    return at if is_late_enough and at >= begins_at else None


def next_step_at(life: Life, steps_days: Iterable[int], zone: ZoneInfo, *, now: datetime) -> datetime | None:
    """Return when the next step comes after `now`; None if there is none left."""
    return due_and_next(life, steps_days, zone, now=now)[1]


def due_and_next(
    life: Life, steps_days: Iterable[int], zone: ZoneInfo, *, now: datetime
) -> tuple[int | None, datetime | None]:
    """Return the nearest of the steps that have come, and when the next one comes.

    None for the first before any has come and after the end, and for the second where none is left.
    """
    last_day = life.ends_at.astimezone(zone).date()
    due: int | None = None
    next_at: datetime | None = None
    for days in steps_days:
        at = _step_before(life, days, zone, last_day=last_day)
        if at is None:
            continue
        if at > now:
            next_at = at if next_at is None else min(at, next_at)
        elif due is None or days < due:
            due = days
    return (due if now < life.ends_at else None), next_at


def digest_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the day whose digest is sent at `moment`: it lasts from nine to nine in `zone`."""
    local = moment.astimezone(zone)
    return local.date() if local.time() >= NINE else local.date() - timedelta(days=1)


def nine_after(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the first nine o'clock in `zone` after `moment`."""
    return _nine_on(digest_day(moment, zone) + timedelta(days=1), zone)


def is_night(moment: datetime, zone: ZoneInfo) -> bool:
    """Tell whether it is after midnight and before nine in `zone`: what can wait for the morning does."""
    return moment.astimezone(zone).time() < NINE


# Many share few days and zones; to find out what a clock on a wall says in UTC is the dearest of all this.
@lru_cache(maxsize=4096)
def _nine_on(day: date, zone: ZoneInfo) -> datetime:
    # In UTC: two moments of one zone would be compared by what the clock on the wall says.
    return datetime.combine(day, NINE, tzinfo=zone).astimezone(UTC)
