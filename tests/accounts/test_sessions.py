"""Rows of signed-in browsers: begun, seen, ended once, cleared away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import signals
from accounts.errors import SignInOvertaken
from accounts.models import SignIn, User
from accounts.sessions import (
    EndReason,
    Limits,
    begin_sign_in,
    clear_old_sign_ins,
    end_all_sessions,
    end_overdue_sessions,
    end_own_session,
    end_reason_of,
    end_session,
    end_sessions_of_sid,
    is_signed_out_everywhere,
    limits_for,
    live_sign_ins,
    note_seen,
)
from patportal.lib.actors import ActorKind, Origin, system_actor
from tests.accounts.browsers import Heard

pytestmark = pytest.mark.django_db
HERE = Origin("r", "192.0.2.7", "a browser")
ACTOR = system_actor("a test")


def person(**facts: Any) -> User:
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), **facts)


def begin(user: User, *, sid: str = "", days_ago: float = 0, **wish: Any) -> SignIn:
    now = timezone.now() - timedelta(days=days_ago)
    return begin_sign_in(user, sid=sid, origin=HERE, now=now, **wish)


@pytest.fixture
def alice() -> User:
    return person(display_name="Alice Archer")


@pytest.fixture
def bob() -> User:
    return person(display_name="Bob Baker")


def test_limits_are_the_settings_and_shorter_with_a_role(settings: Any) -> None:
    settings.SESSION_MAX_SECONDS, settings.SESSION_IDLE_SECONDS = 28_800, 3_600
    assert limits_for(person()) == Limits(28_800, 3_600)
    assert limits_for(person(is_staff=True)) == Limits(14_400, 1_800)
    settings.SESSION_MAX_SECONDS, settings.SESSION_IDLE_SECONDS = 600, 60
    assert limits_for(person(is_staff=True)) == Limits(600, 60)


def test_a_session_goes_on_until_its_row_is_ended(alice: User, django_assert_num_queries: Any) -> None:
    row = begin(alice)
    with django_assert_num_queries(1):
        assert end_reason_of(row.pk, alice) is None
    end_own_session(row.pk, reason=EndReason.IDLE, now=timezone.now())
    assert end_reason_of(row.pk, alice) == EndReason.IDLE


def test_a_session_without_a_row_of_ones_own_is_over(alice: User, bob: User) -> None:
    row = begin(bob)
    assert end_reason_of(None, alice) == EndReason.OUTDATED
    for sign_in_id in (0, row.pk, row.pk + 1):
        assert end_reason_of(sign_in_id, alice) == EndReason.ENDED_ELSEWHERE
    SignIn.objects.update(ended_at=timezone.now(), ended_reason="a reason of another version")
    assert end_reason_of(row.pk, bob) == EndReason.ENDED_ELSEWHERE


def test_being_seen_is_noted_while_it_lasts(alice: User) -> None:
    row, later = begin(alice), timezone.now() + timedelta(minutes=5)
    note_seen(row.pk, now=later)
    row.refresh_from_db()
    assert row.last_seen_at == later
    end_own_session(row.pk, reason=EndReason.SIGNED_OUT, now=later)
    note_seen(row.pk, now=later + timedelta(minutes=5))
    row.refresh_from_db()
    assert row.last_seen_at == later


def test_those_that_are_over_are_not_live(alice: User, bob: User, settings: Any) -> None:
    settings.SESSION_MAX_SECONDS, settings.SESSION_IDLE_SECONDS = 28_800, 3_600
    now = timezone.now()
    begin(bob)
    ended, idle, old, older, newer = (begin(alice) for _ in range(5))
    end_own_session(ended.pk, reason=EndReason.SIGNED_OUT, now=now)
    SignIn.objects.filter(pk=idle.pk).update(last_seen_at=now - timedelta(hours=1))
    SignIn.objects.filter(pk=old.pk).update(started_at=now - timedelta(hours=8))
    SignIn.objects.filter(pk=older.pk).update(last_seen_at=now - timedelta(minutes=40))
    assert list(live_sign_ins(alice, now=now)) == [newer, older]
    alice.is_staff = True
    assert list(live_sign_ins(alice, now=now)) == [newer]


def test_ending_one_is_told_once_and_reaches_ones_own_alone(alice: User, bob: User, heard: Heard) -> None:
    row, other = begin(alice), begin(alice)
    ending: dict[str, Any] = {"reason": EndReason.ENDED_ELSEWHERE, "actor": ACTOR, "now": timezone.now()}
    assert end_session(bob, row.pk, **ending) == 0
    assert [end_session(alice, row.pk, **ending) for _ in range(2)] == [1, 0]
    ((name, event),) = heard.events
    assert name == "sessions_ended"
    assert (event["user"], event["actor"], event["count"]) == (alice, ACTOR, 1)
    assert event["reason"] == "session_ended_elsewhere"
    assert list(SignIn.objects.filter(ended_at=None)) == [other]


def test_a_session_that_is_over_cannot_be_replaced(alice: User) -> None:
    first = begin(alice)
    second = begin(alice, replaced_id=first.pk)
    for replaced_id in (first.pk, second.pk + 1):
        with pytest.raises(SignInOvertaken):
            begin(alice, replaced_id=replaced_id)
    assert SignIn.objects.filter(ended_at=None).get() == second


def test_signing_out_everywhere_is_remembered(alice: User, bob: User) -> None:
    begin(alice)
    begin(bob)
    now = timezone.now()
    end_all_sessions(alice, actor=ACTOR, now=now)
    assert is_signed_out_everywhere(alice, since=now)
    assert not is_signed_out_everywhere(alice, since=now + timedelta(microseconds=1))
    assert not is_signed_out_everywhere(bob, since=now)


def test_ending_all_reaches_what_was_written_meanwhile(alice: User) -> None:
    def come_in_between(sender: type, **_: Any) -> None:
        begin(alice)

    begin(alice)
    signals.sessions_ended.connect(come_in_between)
    try:
        assert end_all_sessions(alice, actor=ACTOR, now=timezone.now()) == 2
    finally:
        signals.sessions_ended.disconnect(come_in_between)
    assert not SignIn.objects.filter(ended_at=None).exists()


def test_ending_all_is_told_in_one(alice: User, bob: User, heard: Heard) -> None:
    rows = [begin(alice) for _ in range(3)]
    theirs = begin(bob)
    end_own_session(rows[0].pk, reason=EndReason.IDLE, now=timezone.now())
    assert end_all_sessions(alice, actor=ACTOR, now=timezone.now()) == 2
    assert end_all_sessions(alice, actor=ACTOR, now=timezone.now()) == 0
    ((_, event),) = heard.events
    assert (event["count"], event["reason"]) == (2, "signed_out_everywhere")
    assert end_reason_of(rows[0].pk, alice) == EndReason.IDLE
    assert list(SignIn.objects.filter(ended_at=None)) == [theirs]


def test_entras_session_ends_those_that_began_with_it(alice: User, bob: User, heard: Heard) -> None:
    first, second, other = begin(alice, sid="s-1"), begin(alice, sid="s-1"), begin(alice, sid="s-2")
    theirs, unknown = begin(bob, sid="s-1"), begin(bob)
    now = timezone.now()
    assert [end_sessions_of_sid(sid, origin=HERE, now=now) for sid in ("s-1", "s-1", "", "x")] == [3, 0, 0, 0]
    assert {one.pk for one in SignIn.objects.filter(ended_at=None)} == {other.pk, unknown.pk}
    assert {end_reason_of(one.pk, one.user) for one in (first, second, theirs)} == {EndReason.AT_MICROSOFT}
    told = {event["user"].pk: event for event in heard.named("sessions_ended")}
    assert {pk: event["count"] for pk, event in told.items()} == {alice.pk: 2, bob.pk: 1}
    assert {event["actor"].kind for event in told.values()} == {ActorKind.SYSTEM}
    assert {event["actor"].origin for event in told.values()} == {HERE}


@pytest.mark.parametrize("sid", ["\ud800", "\x00", "a" * 100_000])
def test_an_odd_id_of_a_session_is_no_ones(alice: User, sid: str) -> None:
    begin(alice, sid="s-1")
    assert end_sessions_of_sid(sid, origin=HERE, now=timezone.now()) == 0


def test_a_receiver_that_fails_ends_nothing(alice: User) -> None:
    row = begin(alice)

    def fail(sender: type, **details: Any) -> None:
        raise ZeroDivisionError

    signals.sessions_ended.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            end_all_sessions(alice, actor=ACTOR, now=timezone.now())
    finally:
        signals.sessions_ended.disconnect(fail)
    assert end_reason_of(row.pk, alice) is None


def test_old_rows_are_cleared_away_and_others_stay(alice: User) -> None:
    now = timezone.now()
    ended_long_ago, ended_lately, never_ended = (begin(alice, days_ago=days) for days in (1.1, 0.5, 1.4))
    end_own_session(ended_long_ago.pk, reason=EndReason.IDLE, now=now - timedelta(days=1, seconds=1))
    end_own_session(ended_lately.pk, reason=EndReason.IDLE, now=now - timedelta(hours=12))
    assert clear_old_sign_ins(now=now) == 1
    assert {one.pk for one in SignIn.objects.all()} == {ended_lately.pk, never_ended.pk}


def rest(row: SignIn, *, now: datetime, **ago: datetime) -> None:
    """Make a session one that began and was seen last at these moments, by default now."""
    moments = {"started_at": now, "last_seen_at": now, **ago}
    SignIn.objects.filter(pk=row.pk).update(**moments)


def test_what_ran_out_is_ended_and_told_once(alice: User, bob: User, settings: Any, heard: Heard) -> None:
    settings.SESSION_MAX_SECONDS, settings.SESSION_IDLE_SECONDS = 28_800, 3_600
    now = timezone.now()
    idle, idle_too, old, live, ended = (begin(alice) for _ in range(5))
    another = begin(bob)
    for row in (idle, idle_too, another):
        rest(row, now=now, last_seen_at=now - timedelta(minutes=61))
    rest(old, now=now, started_at=now - timedelta(hours=8, minutes=1))
    rest(live, now=now, last_seen_at=now - timedelta(minutes=59), started_at=now - timedelta(hours=7))
    end_own_session(ended.pk, reason=EndReason.SIGNED_OUT, now=now)
    assert end_overdue_sessions(actor=ACTOR, now=now) == 4
    told = [(one["user"], one["reason"], one["count"]) for one in heard.named("sessions_ended")]
    assert told == [
        (alice, "session_too_old", 1),
        (alice, "session_idle", 2),
        (bob, "session_idle", 1),
    ]
    assert end_overdue_sessions(actor=ACTOR, now=now) == 0
    assert len(heard.events) == 3
    assert end_reason_of(idle.pk, alice) == EndReason.IDLE
    assert end_reason_of(live.pk, alice) is None


def test_a_browser_that_is_there_has_the_first_word(alice: User, settings: Any) -> None:
    settings.SESSION_MAX_SECONDS, settings.SESSION_IDLE_SECONDS = 28_800, 3_600
    now, row = timezone.now(), begin(alice)
    rest(row, now=now, last_seen_at=now - timedelta(minutes=60, seconds=30))
    assert end_overdue_sessions(actor=ACTOR, now=now) == 0


def test_whoever_has_a_role_runs_out_sooner(alice: User, settings: Any) -> None:
    settings.SESSION_MAX_SECONDS, settings.SESSION_IDLE_SECONDS = 28_800, 3_600
    now, carol = timezone.now(), person(is_staff=True)
    for user in (alice, carol):
        rest(begin(user), now=now, last_seen_at=now - timedelta(minutes=40))
    assert end_overdue_sessions(actor=ACTOR, now=now) == 1
    assert SignIn.objects.get(ended_at=None).user == alice


def test_few_people_at_a_time_are_looked_at(alice: User, bob: User) -> None:
    for user in (alice, bob):
        begin(user, days_ago=2)
    found = [end_overdue_sessions(actor=ACTOR, now=timezone.now(), at_most=1) for _ in range(3)]
    assert found == [1, 1, 0]
