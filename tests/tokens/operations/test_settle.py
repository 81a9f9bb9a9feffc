"""Who settles an operation, and when: after the deadline, one at a time, again after a failure."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Grant
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import (
    SETTLER,
    Interrupted,
    Killed,
    Record,
    die,
    hasty_client,
    recover,
    settle,
    sweep,
    wait,
)
from tokens import enqueue, operations
from tokens.errors import NoAccess
from tokens.models import AuditEvent, Operation
from tokens.operations._settle import CLAIM, MOST_ATTEMPTS, SETTLERS

State = Operation.State


def _die_in(world: World, person: Person, **moments: Callable[[], object]) -> Operation:
    """Begin a creation that the process does not survive."""
    arguments = world.create_arguments(person)
    client = Interrupted(arguments["client"], "create_pat", **moments)
    with pytest.raises(Killed):
        operations.create_pat(**arguments | {"client": client})
    return Operation.objects.get(key=arguments["key"])


def _lists(world: World) -> int:
    return len(world.tenant.requests("pats", verb="list"))


def test_before_the_deadline_it_does_nothing(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, after=die)
    settled = settle(operation, alice, now=operation.deadline_at - timedelta(milliseconds=1))
    assert (settled.state, settled.attempts, settled.claimed_until) == (State.REQUESTED, 0, None)
    assert _lists(world) == 0


def test_its_job_waits_for_the_deadline(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, after=die)
    assert run_jobs() == []
    assert run_jobs(until=operation.deadline_at - timedelta(seconds=1)) == []
    wait(world, minutes=7)
    assert run_jobs()[:1] == [enqueue.SETTLE_OPERATION]
    operation.refresh_from_db()
    assert operation.state == State.ORPHANED


def test_a_claim_keeps_others_away_for_a_while(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, after=die)
    now = operation.deadline_at
    client = Interrupted(hasty_client(alice), "list_pats", before=die)
    with pytest.raises(Killed):
        settle(operation, alice, now=now, client=client)
    settled = settle(operation, alice, now=now + CLAIM - timedelta(seconds=1))
    assert (settled.state, settled.claimed_until) == (State.REQUESTED, now + CLAIM)
    assert settle(operation, alice, now=now + CLAIM).state == State.ORPHANED


def test_whoever_meets_another_settler_leaves_it_to_them(world: World, alice: Person, record: Record) -> None:
    operation = _die_in(world, alice, after=die)
    seen: list[State] = []

    def other() -> None:
        seen.append(State(settle(operation, alice, now=operation.deadline_at).state))

    client = Interrupted(hasty_client(alice), "list_pats", before=other)
    settled = settle(operation, alice, now=operation.deadline_at, client=client)
    assert (seen, settled.state) == ([State.REQUESTED], State.ORPHANED)
    assert record.types.count("pat.create_settled") == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_settlers_at_the_same_moment_one_settles(world: World) -> None:
    alice = world.alice
    operation = _die_in(world, alice, after=die)
    world.tenant.forget_requests()
    start = Barrier(2)

    def work(_: int) -> None:
        try:
            client = hasty_client(alice)
            start.wait(10)
            operations.settle_operation(
                operation_id=str(operation.pk), client=client, actor=SETTLER, now=operation.deadline_at
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))

    operation.refresh_from_db()
    assert operation.state == State.ORPHANED
    assert AuditEvent.objects.filter(type="pat.create_settled").count() == 1
    assert _lists(world) == 1


@pytest.mark.django_db(transaction=True)
def test_a_locked_operation_is_passed_over_and_not_waited_for(world: World) -> None:
    alice = world.alice
    operation = _die_in(world, alice, after=die)

    def work() -> State:
        try:
            return State(settle(operation, alice, now=operation.deadline_at).state)
        finally:
            connections.close_all()

    with transaction.atomic(), ThreadPoolExecutor(1) as threads:
        Operation.objects.select_for_update().get(pk=operation.pk)
        assert threads.submit(work).result(timeout=10) == State.REQUESTED


def test_a_settled_operation_is_left_alone(world: World, alice: Person, record: Record) -> None:
    operation = _die_in(world, alice, after=die)
    first = settle(operation, alice, now=operation.deadline_at)
    again = settle(operation, alice, now=operation.deadline_at + timedelta(days=1))
    assert (again.finished_at, again.claimed_until) == (first.finished_at, first.claimed_until)
    assert record.types.count("pat.create_settled") == 1


def test_a_failure_has_its_meaning_and_leaves_it_open(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, after=die)
    with world.tenant.fault("pats", verb="list", status=401), pytest.raises(NoAccess):
        settle(operation, alice, now=operation.deadline_at)
    operation.refresh_from_db()
    assert (operation.is_open, operation.error_code) == (True, "")


def test_the_sweep_finds_what_lost_its_job(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, after=die)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    sweep()
    assert waiting_jobs() == []
    wait(world, minutes=10)
    sweep()
    sweep()
    assert [name for name, _, _ in waiting_jobs()] == [enqueue.SETTLE_OPERATION]
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == State.ORPHANED


def test_the_sweep_leaves_time_to_who_has_just_begun(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, after=die)
    now = operation.deadline_at
    assert operations.overdue_operations(now=now + timedelta(seconds=59)) == []
    assert operations.overdue_operations(now=now + timedelta(seconds=60)) == [operation]


def test_many_people_who_must_sign_in_again_hold_up_nobody(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, before=die)
    Grant.objects.filter(user=alice.user).update(state=Grant.State.SIGN_IN_NEEDED)
    late = operation.deadline_at + timedelta(days=1)
    assert operations.overdue_operations(now=late) == []
    Grant.objects.filter(user=alice.user).update(state=Grant.State.ACTIVE)
    assert operations.overdue_operations(now=late) == [operation]


def test_a_dead_grant_leaves_it_open_until_the_next_sign_in(
    world: World, alice: Person, record: Record
) -> None:
    operation = _die_in(world, alice, after=die)
    Grant.objects.filter(user=alice.user).update(state=Grant.State.SIGN_IN_NEEDED)
    recover(world)
    operation.refresh_from_db()
    assert operation.is_open
    assert record.types == ["pat.create_requested"]

    world.sign_in("alice")
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.ORPHANED
    assert [one.status for one in world.tenant.pats()] == ["revoked"]
    assert record.types.count("pat.create_settled") == 1


def test_every_verb_has_its_settler() -> None:
    assert set(SETTLERS) == set(Operation.Verb)


def test_its_end_does_not_depend_on_how_often_it_was_tried(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, after=die)
    Operation.objects.filter(pk=operation.pk).update(attempts=MOST_ATTEMPTS)
    settled = settle(operation, alice, now=operation.deadline_at)
    assert (settled.state, settled.attempts) == (State.ORPHANED, MOST_ATTEMPTS)


def test_a_further_look_has_a_job_at_its_time(world: World, alice: Person) -> None:
    operation = _die_in(world, alice, before=die)
    settle(operation, alice, now=operation.deadline_at)
    due: list[datetime | None] = [at for _, _, at in waiting_jobs()]
    assert due == [operation.deadline_at, operation.deadline_at + timedelta(minutes=1)]
    assert timezone.now() < operation.deadline_at
