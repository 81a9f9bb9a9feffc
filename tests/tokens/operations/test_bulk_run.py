"""One lane at work: each PAT gets its result, whatever Azure DevOps answers and wherever the process dies."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import Grant
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.bulk_scene import (
    codes,
    in_days,
    own_pats,
    results,
    run_lane,
    start,
    tally,
)
from tests.tokens.operations.scene import Interrupted, Killed, Record, die, hasty_client, recover, sweep, wait
from tests.tokens.test_lanes import others
from tokens import enqueue, operations
from tokens.bulk_queries import BEING_REVOKED, INTERRUPTED, Result
from tokens.errors import Busy, EntraUnavailable, RefusedOddly, SignInNeeded, TokensError
from tokens.lanes import LANES
from tokens.models import BulkItem, BulkPause, Operation, Pat
from tokens.operations._bulk_items import CLAIM, MOST_TRIES


def _sent(world: World, verb: str = "revoke") -> int:
    return len(world.tenant.requests("pats", verb=verb))


def _lane_jobs() -> list[Any]:
    lanes = {enqueue.RUN_BULK, enqueue.WAKE_BULK}
    return [(ids["lane"], at) for name, ids, at in waiting_jobs() if name in lanes]


def _pause() -> timedelta:
    """Return how long Alice's bulk changes are still to wait."""
    return BulkPause.objects.get().ends_at - timezone.now()


def test_all_are_revoked_and_confirmed_by_few_lists(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 5)
    bulk = start(alice, pats)
    record = Record()
    run_jobs()
    assert tally(bulk) == {Result.UNCONFIRMED: 5}
    world.tenant.forget_requests()
    run_jobs(until=timezone.now() + timedelta(minutes=1))
    assert tally(bulk) == {Result.DONE: 5}
    assert {one.status for one in world.tenant.pats()} == {"revoked"}
    assert _sent(world, "list") == 1
    assert record.types.count("pat.revoked") == 5
    assert {event.request_id for event in record.events if event.type == "pat.revocation_sent"} == {"a-test"}


def test_all_are_extended(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 3)
    before = {pat.pk: pat.valid_to for pat in pats}
    bulk = start(alice, pats, verb="extend", extend_by_days=7)
    run_jobs()
    assert tally(bulk) == {Result.DONE: 3}
    for pat in Pat.objects.all():
        assert abs(pat.valid_to - before[pat.pk] - timedelta(days=7)) < timedelta(seconds=1)
    assert {one.shortened_to for one in results(bulk)} == {None}
    assert {op.verb for op in Operation.objects.filter(bulk_items__bulk=bulk)} == {"extend"}


def test_one_that_was_changed_elsewhere_is_left_alone(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 2)
    bulk = start(alice, pats, verb="extend", extend_by_days=7)
    world.tenant.change_pat(str(pats[0].authorization_id), valid_to=in_days(60))
    run_jobs()
    assert codes(bulk) == ["pat_changed", ""]
    assert tally(bulk) == {Result.NOT_DONE: 1, Result.DONE: 1}


def test_each_failure_is_reported_by_its_own_code(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 4))
    world.tenant.fault("pats", verb="revoke", times=1, status=403)
    world.tenant.fault("pats", verb="revoke", times=1, pat_error="accessDenied")
    with world.tenant.fault("pats", verb="revoke", times=1, drop="after"):
        run_lane(alice, bulk)
    first, second, third, fourth = results(bulk)
    assert (first.result, second.result) == (Result.FAILED, Result.FAILED)
    assert (second.code, bool(second.activity_id)) == ("accessDenied", True)
    assert first.code in {"forbidden", "conditional_access"}
    assert third.result in {Result.UNKNOWN, Result.UNCONFIRMED}
    assert fourth.result == Result.UNCONFIRMED


def test_one_that_is_revoked_already_says_so(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 3)
    bulk = start(alice, pats)
    Pat.objects.filter(pk=pats[0].pk).update(revoked_at=timezone.now())
    operations.revoke_pat(
        key="alone",
        actor=alice.actor,
        owner=alice.user,
        pat=pats[1],
        client=hasty_client(alice),
        now=timezone.now(),
    )
    run_lane(alice, bulk)
    assert codes(bulk) == ["not_revocable", BEING_REVOKED, ""]
    assert tally(bulk) == {Result.NOT_DONE: 2, Result.UNCONFIRMED: 1}
    assert _sent(world) == 2


# --- Waiting -------------------------------------------------------------------------------------


def test_where_azure_devops_asks_to_slow_down_all_lanes_wait(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 4))
    world.tenant.throttle(verb="revoke", retry_after=600, times=1)
    run_jobs()
    assert timedelta(seconds=590) < _pause() <= timedelta(seconds=600)
    assert tally(bulk) == {Result.WAITING: 4}
    assert _sent(world) == 1
    assert sorted(_lane_jobs()) == [(lane, BulkPause.objects.get().ends_at) for lane in range(4)]
    sweep()
    assert len(_lane_jobs()) == 4
    wait(world, seconds=601)
    run_jobs()
    assert tally(bulk) == {Result.UNCONFIRMED: 4}
    assert Operation.objects.filter(verb="revoke", state="failed", error_code="throttled").count() == 1


def test_nobody_waits_for_longer_than_an_hour_at_once(world: World, alice: Person) -> None:
    start(alice, own_pats(world, alice, 1))
    world.tenant.throttle(verb="revoke", retry_after=100_000, times=1)
    run_jobs()
    assert _pause() <= timedelta(hours=1)


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_pause_that_was_waited_out_is_no_failed_try(world: World, alice: Person, seconds: int) -> None:
    bulk = start(alice, own_pats(world, alice, 2))
    with world.tenant.throttle(verb="revoke", retry_after=seconds, times=None):
        for _ in range(MOST_TRIES + 2):
            run_jobs()
            assert tally(bulk) == {Result.WAITING: 2}
            assert _pause() > timedelta(seconds=1)
            wait(world, seconds=max(seconds, 3) + 1)
    run_jobs()
    assert tally(bulk) == {Result.UNCONFIRMED: 2}


def test_what_lasts_for_more_than_a_day_ends_with_what_was_answered(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 1))
    world.tenant.throttle(verb="revoke", retry_after=60, times=None)
    wait(world, days=1)
    for _ in range(MOST_TRIES + 2):
        run_jobs()
        wait(world, seconds=61)
    assert codes(bulk) == ["throttled"]
    assert tally(bulk) == {Result.FAILED: 1}


def test_a_pause_holds_for_what_was_asked_for_before_it(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 3)
    first, second = start(alice, pats[:1]), start(alice, pats[1:])
    world.tenant.throttle(verb="revoke", retry_after=600, times=1)
    run_jobs()
    assert (tally(first), tally(second)) == ({Result.WAITING: 1}, {Result.WAITING: 2})
    assert _sent(world) == 1
    wait(world, seconds=601)
    run_jobs()
    assert (tally(first), tally(second)) == ({Result.UNCONFIRMED: 1}, {Result.UNCONFIRMED: 2})


def test_what_sleeps_holds_up_nothing_that_is_asked_for_later(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 2)
    stopped = start(alice, pats[:1])
    world.tenant.throttle(verb="revoke", retry_after=3600, times=1)
    run_jobs()
    operations.stop_bulk(bulk=stopped, actor=alice.actor, owner=alice.user, now=timezone.now())
    later = start(alice, pats[1:], is_everything=True)
    with connection.cursor() as cursor:
        # What the queue itself would give to a worker now.
        cursor.execute("SELECT args->>'bulk_id' FROM procrastinate_fetch_job_v2(NULL, NULL)")
        assert cursor.fetchall() == [(str(later.id),)]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'todo' WHERE status = 'doing'")
    BulkPause.objects.all().delete()
    run_jobs()
    assert tally(later) == {Result.UNCONFIRMED: 1}


class _Refusing:
    """The real client; its calls raise what it was given, so many times."""

    def __init__(self, person: Person, error: TokensError, times: int = 1) -> None:
        self._client, self._error, self._left = hasty_client(person), error, times

    def __getattr__(self, name: str) -> Any:
        if name == "revoke_pat" and self._left:
            self._left -= 1
            return self._refuse
        return getattr(self._client, name)

    def _refuse(self, *_: Any) -> str:
        raise self._error


def test_a_busy_moment_is_waited_out_and_not_counted_as_a_result(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 2))
    run_lane(alice, bulk, client=_Refusing(alice, Busy()))
    assert tally(bulk) == {Result.WAITING: 2}
    assert BulkItem.objects.get(bulk=bulk, position=0).tries == 1
    assert not BulkPause.objects.exists()
    run_jobs(until=timezone.now() + timedelta(seconds=5))
    assert tally(bulk) == {Result.UNCONFIRMED: 2}


@pytest.mark.parametrize("error", [SignInNeeded(), RefusedOddly()], ids=lambda error: error.code)
def test_what_stands_in_the_way_of_all_ends_the_rest(world: World, alice: Person, error: TokensError) -> None:
    bulk = start(alice, own_pats(world, alice, 3))
    run_lane(alice, bulk, client=_Refusing(alice, error))
    assert codes(bulk) == [error.code] * 3
    assert tally(bulk) == {Result.FAILED: 1, Result.NOT_DONE: 2}
    again = operations.repeat_bulk(
        bulk=bulk, key="again", actor=alice.actor, owner=alice.user, now=timezone.now()
    )
    run_lane(alice, again)
    assert tally(again) == {Result.UNCONFIRMED: 3}


def test_an_entra_that_cannot_be_reached_for_a_moment_is_waited_out(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 2))
    run_lane(alice, bulk, client=_Refusing(alice, EntraUnavailable()))
    assert tally(bulk) == {Result.WAITING: 2}
    run_jobs(until=timezone.now() + timedelta(seconds=5))
    assert tally(bulk) == {Result.UNCONFIRMED: 2}


def _without_an_access_token(world: World) -> None:
    world.tenant.change(access_token_seconds=1)
    world.sign_in("alice")


def test_without_an_access_token_it_waits_until_entra_is_back(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 2))
    _without_an_access_token(world)
    with world.tenant.fault("token_endpoint", drop="before"):
        run_jobs(until=timezone.now() + timedelta(minutes=2))
        assert tally(bulk) == {Result.WAITING: 2}
        assert not Operation.objects.filter(verb="revoke").exists()
    run_jobs(until=timezone.now() + timedelta(minutes=10))
    assert tally(bulk) == {Result.DONE: 2}


def test_it_does_not_wait_for_entra_for_ever(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 2))
    _without_an_access_token(world)
    with world.tenant.fault("token_endpoint", drop="before"):
        run_jobs(until=timezone.now() + timedelta(minutes=15))
    assert codes(bulk) == ["entra_unavailable"] * 2
    assert _lane_jobs() == []


def test_an_extension_without_its_dates_revokes_nothing(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 1), verb="extend", extend_by_days=7)
    bulk.items.update(seen_valid_to=None, asked_valid_to=None)
    with pytest.raises(ValueError, match="extension"):
        run_lane(alice, bulk)
    assert _sent(world) == 0


def test_without_a_grant_nothing_is_tried(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 3))
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    record = Record()
    run_jobs()
    assert codes(bulk) == ["sign_in_needed"] * 3
    assert tally(bulk) == {Result.NOT_DONE: 3}
    event = record.of("bulk.stopped")
    assert (event.outcome, event.error_code, event.actor_kind) == ("failed", "sign_in_needed", "system")
    assert event.data == {"bulk_id": str(bulk.id), "verb": "revoke", "pats": 3}
    assert not Operation.objects.filter(verb="revoke").exists()
    sweep()
    assert _lane_jobs() == []


def test_a_lane_makes_way_after_a_while(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 3))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    with world.tenant.fault("pats", verb="revoke", latency_seconds=0.3):
        run_lane(alice, bulk, lane=3, lasts=timedelta(seconds=0.1))
    assert tally(bulk) == {Result.UNCONFIRMED: 1, Result.WAITING: 2}
    assert _lane_jobs() == [(3, None)]
    run_jobs()
    assert tally(bulk) == {Result.UNCONFIRMED: 3}


# --- Dying ---------------------------------------------------------------------------------------


def _die(world: World, alice: Person, call: str, **moments: Callable[[], object]) -> Any:
    bulk = start(alice, own_pats(world, alice, 3))
    with pytest.raises(Killed):
        run_lane(alice, bulk, client=Interrupted(hasty_client(alice), call, **moments))
    return bulk


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_lane_leaves_nothing_undone_and_does_nothing_twice(
    world: World, alice: Person, moment: str
) -> None:
    bulk = _die(world, alice, "revoke_pat", **{moment: die})
    assert tally(bulk) == {Result.RUNNING: 1, Result.WAITING: 2}
    run_jobs()
    assert tally(bulk) == {Result.RUNNING: 1, Result.UNCONFIRMED: 2}
    recover(world)
    assert tally(bulk) == {Result.DONE: 3}
    assert Operation.objects.filter(verb="revoke").count() == 3
    assert {one.status for one in world.tenant.pats()} == {"revoked"}


def test_one_that_died_before_its_intent_is_begun_again(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 1)
    bulk = start(alice, pats, verb="extend", extend_by_days=7)
    with pytest.raises(Killed):
        run_lane(alice, bulk, client=Interrupted(hasty_client(alice), "get_pat", before=die))
    assert not Operation.objects.filter(verb="extend").exists()
    recover(world)
    assert tally(bulk) == {Result.DONE: 1}
    assert BulkItem.objects.get(bulk=bulk).tries == 1
    assert _sent(world, "update") == 1


def test_one_that_kills_every_lane_is_given_up(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 1)
    bulk = start(alice, pats, verb="extend", extend_by_days=7)
    for round_number in range(MOST_TRIES):
        later = timezone.now() + (CLAIM + timedelta(seconds=1)) * round_number
        with pytest.raises(Killed):
            run_lane(alice, bulk, client=Interrupted(hasty_client(alice), "get_pat", before=die), now=later)
    run_lane(alice, bulk, now=timezone.now() + CLAIM * (MOST_TRIES + 1))
    assert codes(bulk) == [INTERRUPTED]


def test_a_throttled_answer_that_nobody_read_is_tried_again(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 1))
    run_lane(alice, bulk, client=_Refusing(alice, Busy()))
    # As if the lane had died between the operation's end and its own note of it.
    BulkItem.objects.update(state="running", tries=0, claimed_until=timezone.now())
    run_lane(alice, bulk)
    assert tally(bulk) == {Result.WAITING: 1}
    run_lane(alice, bulk)
    assert tally(bulk) == {Result.UNCONFIRMED: 1}


def test_the_sweep_finds_lanes_that_got_lost(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 3))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    for _ in range(2):
        sweep()
    assert sorted(lane for lane, _ in _lane_jobs()) == [0, 1, 2, 3]
    run_jobs()
    assert tally(bulk) == {Result.UNCONFIRMED: 3}
    sweep()
    assert _lane_jobs() == []


def test_the_sweep_leaves_alone_what_somebody_is_at(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 3))
    BulkItem.objects.filter(bulk=bulk, position=0).update(
        state="running", claimed_until=timezone.now() + CLAIM
    )
    before = _lane_jobs()
    sweep()
    assert _lane_jobs() == before


# --- Several lanes at once -----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_four_lanes_at_once_do_everything_once(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 12))
    world.tenant.forget_calls()
    world.tenant.fault("pats", verb="revoke", latency_seconds=0.1)
    body: Any = app.tasks[enqueue.RUN_BULK].func

    def run(lane: int) -> None:
        try:
            body(bulk_id=str(bulk.id), lane=lane)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, range(4)))
    assert tally(bulk) == {Result.UNCONFIRMED: 12}
    assert _sent(world) == Operation.objects.filter(verb="revoke").count() == 12
    assert 2 <= world.tenant.most_calls_at_once("alice") <= LANES


@pytest.mark.django_db(transaction=True)
def test_a_lane_that_finds_no_place_for_its_call_makes_way(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 1))
    with others(LANES, user_id=alice.user.pk):
        run_jobs()
        assert tally(bulk) == {Result.WAITING: 1}
        ((lane, at),) = _lane_jobs()
    assert lane == 0
    assert timedelta(0) < at - timezone.now() <= timedelta(seconds=3)
    run_jobs(until=at)
    assert tally(bulk) == {Result.UNCONFIRMED: 1}
