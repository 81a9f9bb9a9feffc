"""What comes of looking at one person, and why not; no database is needed to decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tokens import rules
from tokens.models import BackupContact, OutgoingMail, Pat
from tokens.reminder_digests import Digests
from tokens.reminder_plan import Plan, Seen, Why, Wishes, has_backup, plan_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UTC_ZONE = ZoneInfo("UTC")
NINE = datetime(2026, 9, 15, 9, tzinfo=UTC)
WISHES = Wishes(UTC_ZONE, welcomed_at=NINE - 50 * DAY)
Kind = OutgoingMail.Kind


def person(**facts: Any) -> User:
    return User(pk=7, **{"created_at": NINE - 100 * DAY, "signed_in_at": NINE} | facts)


def pat(days: float = 7, **facts: Any) -> Pat:
    """Return a PAT that ends so many days and three hours after NINE."""
    valid_to = NINE + timedelta(days=days, hours=3)
    defaults: dict[str, Any] = {
        "valid_to": valid_to,
        "valid_from": valid_to - 90 * DAY,
        "first_seen_at": valid_to - 90 * DAY,
    }
    return Pat(user=person(), **defaults | facts)


def look(*seen: Seen, wishes: Wishes = WISHES, now: datetime = NINE, had: Any = (), **facts: Any) -> Plan:
    defaults: dict[str, Any] = {"first_seen_at": NINE - 90 * DAY, "is_dormant": False}
    user, digests = facts.pop("user", person()), Digests(had=had)
    return plan_of(user, wishes, seen, digests=digests, now=now, **defaults | facts)


CASES: list[tuple[str, Seen, dict[str, Any], Why, datetime | None]] = [
    ("due", Seen(pat(7)), {}, Why.DUE, NINE + 4 * DAY),
    ("last day", Seen(pat(0)), {}, Why.DUE, None),
    ("far", Seen(pat(40)), {}, Why.NOT_YET, NINE + 10 * DAY),
    ("too short", Seen(pat(0, valid_from=NINE)), {}, Why.DUE, None),
    ("made after nine", Seen(pat(0, valid_from=NINE + HOUR)), {"now": NINE + HOUR}, Why.NO_STEP_LEFT, None),
    ("ended", Seen(pat(-1)), {}, Why.ENDED, None),
    ("revoked", Seen(pat(7, revoked_at=NINE)), {}, Why.ENDED, None),
    ("replaced", Seen(pat(7), is_taken_over=True), {}, Why.TAKEN_OVER, NINE + 4 * DAY),
    ("its mute", Seen(pat(7, reminders_muted_until=NINE + HOUR)), {}, Why.PAT_MUTED, NINE + DAY),
    ("all mute", Seen(pat(7)), {"wishes": replace(WISHES, muted_until=NINE + HOUR)}, Why.MUTED, NINE + DAY),
    (
        "left",
        Seen(pat(7)),
        {"wishes": replace(WISHES, muted_until=NINE + DAY, has_left=True)},
        Why.LEFT,
        NINE + DAY,
    ),
    (
        "one click",
        Seen(pat(7)),
        {"wishes": replace(WISHES, unsubscribed_until=NINE + 30 * DAY)},
        Why.UNSUBSCRIBED,
        NINE + 4 * DAY,
    ),
    (
        "one click, last day",
        Seen(pat(0)),
        {"wishes": replace(WISHES, unsubscribed_until=NINE + 30 * DAY)},
        Why.DUE,
        None,
    ),
    ("told", Seen(pat(7), [(pat(7).valid_to, 7)]), {}, Why.ANNOUNCED, NINE + 4 * DAY),
    ("told of nearer", Seen(pat(7), [(pat(7).valid_to, 3)]), {}, Why.ANNOUNCED, NINE + 4 * DAY),
    ("told of farther", Seen(pat(7), [(pat(7).valid_to, 14)]), {}, Why.DUE, NINE + 4 * DAY),
    ("told of another end", Seen(pat(7), [(pat(8).valid_to, 7)]), {}, Why.DUE, NINE + 4 * DAY),
    ("night", Seen(pat(7)), {"now": NINE + 17 * HOUR}, Why.NOT_NINE, NINE + DAY),
    ("night, but it ends", Seen(pat(0.8)), {"now": NINE + 17 * HOUR}, Why.DUE, None),
    ("changed", Seen(pat(5), is_changed=True), {"now": NINE + HOUR}, Why.NOT_NINE, NINE + DAY),
    ("changed, for today", Seen(pat(7), is_changed=True), {"now": NINE + HOUR}, Why.DUE, NINE + 4 * DAY),
    ("downtime", Seen(pat(5)), {"now": NINE + HOUR}, Why.DUE, NINE + 2 * DAY),
    ("second digest", Seen(pat(7)), {"had": {Kind.REMINDER_DIGEST}}, Why.HAD_DIGEST, NINE + DAY),
    ("other digest", Seen(pat(7)), {"had": {Kind.GLOBAL_STOP}}, Why.DUE, NINE + 4 * DAY),
    ("second, or never", Seen(pat(0)), {"had": {Kind.REMINDER_DIGEST}}, Why.DUE, None),
    ("no steps", Seen(pat(7)), {"wishes": replace(WISHES, steps=[])}, Why.NO_STEP_LEFT, None),
]


@pytest.mark.parametrize(("label", "seen", "facts", "why", "look_at"), CASES, ids=[one[0] for one in CASES])
def test_each_case_has_its_reason_and_its_next_look(
    label: str, seen: Seen, facts: dict[str, Any], why: Why, look_at: datetime | None
) -> None:
    (verdict,) = look(seen, **facts).verdicts
    assert (verdict.why, verdict.look_at) == (why, look_at), label
    assert verdict.is_due is (why == Why.DUE)


def test_every_reason_is_covered() -> None:
    first_days = {Why.FIRST_DAY, Why.BACKUP_ONLY}
    assert {one[3] for one in CASES} | first_days == set(Why)


NEW = replace(WISHES, welcomed_at=None)


def test_the_first_digest_waits_for_nine_and_lists_a_month() -> None:
    since = NINE - 3 * HOUR
    pats = [Seen(pat(days)) for days in (2, 20, 29, 40)]
    early = look(*pats, wishes=NEW, first_seen_at=since, now=since)
    assert {(one.why, one.look_at) for one in early.verdicts} == {(Why.FIRST_DAY, NINE)}
    assert not early.is_welcome
    assert not early.is_welcomed
    first = look(*pats, wishes=NEW, first_seen_at=since)
    assert (first.is_welcome, first.is_welcomed) == (True, True)
    assert [one.step_days for one in first.verdicts] == [3, 30, 30, None]
    assert {first.kind_of(one) for one in first.verdicts} == {Kind.WELCOME_DIGEST}


def test_the_last_day_is_told_before_the_first_digest_where_a_link_stopped_the_rest() -> None:
    stopped = replace(NEW, unsubscribed_until=NINE + 30 * DAY)
    plan = look(Seen(pat(0)), Seen(pat(5)), wishes=stopped)
    assert [(one.why, one.look_at) for one in plan.verdicts] == [
        (Why.DUE, None),
        (Why.FIRST_DAY, NINE + 5 * DAY),
    ]
    assert (plan.is_welcome, plan.is_welcomed) == (False, False)
    muted = look(Seen(pat(0)), wishes=replace(stopped, muted_until=NINE + 30 * DAY))
    assert [one.why for one in muted.verdicts] == [Why.MUTED]
    chosen = look(Seen(pat(0)), wishes=replace(stopped, steps=[7]))
    assert [one.why for one in chosen.verdicts] == [Why.FIRST_DAY]


def test_in_the_night_nobody_is_welcomed() -> None:
    plan = look(Seen(pat(7)), wishes=NEW, first_seen_at=NINE - 50 * DAY, now=NINE - HOUR)
    assert [(one.why, one.look_at) for one in plan.verdicts] == [(Why.FIRST_DAY, NINE)]


def test_what_was_announced_before_is_not_welcomed_again() -> None:
    plan = look(Seen(pat(7), [(pat(7).valid_to, 7)]), wishes=NEW)
    assert [one.why for one in plan.verdicts] == [Why.ANNOUNCED]
    assert (plan.is_welcome, plan.is_welcomed) == (False, True)


@pytest.mark.parametrize(("days", "is_welcomed"), [(1, False), (3, True)])
def test_who_knows_all_of_their_pats_needs_no_welcome_after_some_days(
    days: int, *, is_welcomed: bool
) -> None:
    user = person(created_at=NINE - days * DAY)
    plan = look(Seen(pat(7)), wishes=NEW, first_seen_at=None, user=user)
    assert (plan.is_welcome, plan.is_welcomed) == (False, is_welcomed)
    assert [one.why for one in plan.verdicts] == [Why.DUE]


def test_the_backup_owner_of_somebody_absent_is_told_whatever_they_muted() -> None:
    agreed = BackupContact(pk=1, email="ops@example.com", confirmed_at=NINE)
    seen = [Seen(pat(days, backup_contact=agreed)) for days in (7, 14)]
    muted = replace(WISHES, muted_until=NINE + 90 * DAY)
    plan = look(*seen, wishes=muted, is_dormant=True)
    assert [(one.why, one.step_days) for one in plan.verdicts] == [(Why.BACKUP_ONLY, 7), (Why.MUTED, None)]
    assert [one.why for one in look(*seen, wishes=muted).verdicts] == [Why.MUTED, Why.MUTED]
    left = replace_contact(seen[0], left_at=NINE)
    assert [one.why for one in look(left, wishes=muted, is_dormant=True).verdicts] == [Why.MUTED]


def replace_contact(seen: Seen, **facts: Any) -> Seen:
    contact = BackupContact(pk=1, email="ops@example.com", confirmed_at=NINE, **facts)
    return Seen(pat(7, backup_contact=contact))


def test_a_backup_owner_is_told_from_a_week_on() -> None:
    contact = BackupContact(pk=1, email="ops@example.com", confirmed_at=NINE)
    named = pat(7, backup_contact=contact)
    assert [has_backup(named, step) for step in (30, 14, 7, 0, None)] == [False, False, True, True, False]
    assert not has_backup(pat(7), 7)


def test_a_further_digest_of_a_day_has_a_key_of_its_own() -> None:
    key = f"reminder_digest:7:{NINE:%Y-%m-%d}"
    for made, expected in ((0, key), (1, f"{key}:1"), (2, f"{key}:2")):
        plan = replace(look(Seen(pat(0))), digests=Digests({Kind.REMINDER_DIGEST: made, Kind.GLOBAL_STOP: 5}))
        assert [plan.key_of(one) for one in plan.verdicts] == [expected]


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"])
LOOKS = st.lists(st.integers(min_value=1, max_value=3_000), min_size=1, max_size=80)


@given(zone=ZONES.map(ZoneInfo), hours=st.integers(min_value=1, max_value=24 * 364), pauses=LOOKS)
def test_however_often_one_looks_no_day_has_two_digests_and_no_step_two_mails(
    zone: ZoneInfo, hours: int, pauses: list[int]
) -> None:
    wishes = replace(WISHES, zone=zone)
    one = pat(valid_from=NINE, valid_to=NINE + hours * HOUR)
    announced: list[tuple[datetime, int]] = []
    days: list[Any] = []
    now = NINE
    for minutes in pauses:
        plan = look(Seen(one, announced), wishes=wishes, now=now, had=had_on(days, now, zone))
        (verdict,) = plan.verdicts
        if verdict.step_days is not None:
            announced.append((one.valid_to, verdict.step_days))
            days.append(plan.day)
            at = rules.step_at(Seen(one).life, verdict.step_days, zone)
            assert at is not None
            assert at <= now < one.valid_to
        assert verdict.look_at is None or now < verdict.look_at < one.valid_to
        now += timedelta(minutes=minutes)
    assert len(days) == len(set(days))
    steps = [step for _, step in announced]
    assert steps == sorted(set(steps), reverse=True)


def had_on(days: list[Any], now: datetime, zone: ZoneInfo) -> set[OutgoingMail.Kind]:
    return {Kind.REMINDER_DIGEST} if rules.digest_day(now, zone) in days else set()
