"""The first and the last step of every operation: a durable intent, and an end that one writer writes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from tests.job_runner import waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import Interrupted, Killed, Record, die, failing_event
from tokens import enqueue, operations
from tokens.errors import AlreadySubmitted, KeyReused, TokensError
from tokens.models import AuditEvent, Operation
from tokens.operations._intent import move_on

State = Operation.State


def test_the_intent_is_written_before_the_call(world: World, alice: Person, record: Record) -> None:
    seen: list[Any] = []

    def look() -> None:
        assert not connection.in_atomic_block or connection.savepoint_ids == []
        seen.append((Operation.objects.get(), record.types, waiting_jobs()))

    arguments = world.create_arguments(alice)
    client = Interrupted(arguments["client"], "create_pat", before=look)
    operations.create_pat(**arguments | {"client": client})

    ((operation, types, jobs),) = seen
    assert operation.state == State.REQUESTED
    assert operation.asked_valid_to == arguments["valid_to"]
    assert types == ["pat.create_requested"]
    assert jobs == [(enqueue.SETTLE_OPERATION, {"operation_id": str(operation.id)}, operation.deadline_at)]


def test_the_deadline_leaves_the_client_its_whole_budget(world: World, alice: Person) -> None:
    arguments = world.create_arguments(alice)
    operations.create_pat(**arguments)
    budget = timedelta(seconds=arguments["client"].write_budget_seconds)
    assert Operation.objects.get().deadline_at > arguments["now"] + budget


def test_no_call_is_made_without_a_written_intent(world: World, alice: Person, record: Record) -> None:
    with failing_event("pat.create_requested"), pytest.raises(Exception, match="no space left"):
        operations.create_pat(**world.create_arguments(alice))

    assert world.tenant.pats() == []
    assert not Operation.objects.exists()
    assert waiting_jobs() == []
    assert record.types == []


def test_the_same_form_acts_once(world: World, alice: Person, record: Record) -> None:
    arguments = world.create_arguments(alice)
    operations.create_pat(**arguments)
    # The mark is drawn anew for each submission; the content is the same.
    again = arguments | {"valid_to": arguments["valid_to"] + timedelta(seconds=7), "now": timezone.now()}
    with pytest.raises(AlreadySubmitted) as caught:
        operations.create_pat(**again)

    assert caught.value.operation_id == Operation.objects.get().id
    assert len(world.tenant.pats()) == 1
    assert record.types == ["pat.create_requested", "pat.created"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "another name"},
        {"scopes": frozenset({"vso.code", "vso.build"})},
        {"asked_for": "7 days"},
        {"organization": "beta"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_same_key_with_other_content_does_nothing(
    world: World, alice: Person, record: Record, change: dict[str, Any]
) -> None:
    if "organization" in change:
        change = {"organization": world.beta}
    arguments = world.create_arguments(alice)
    operations.create_pat(**arguments)
    with pytest.raises(KeyReused):
        operations.create_pat(**arguments | change)

    assert len(world.tenant.pats()) == 1
    assert record.types == ["pat.create_requested", "pat.created"]


def test_a_key_counts_for_its_verb(world: World, alice: Person) -> None:
    arguments = world.create_arguments(alice)
    pat = operations.create_pat(**arguments).pat
    revocation = {"key": arguments["key"], "actor": alice.actor, "owner": alice.user, "pat": pat}
    with pytest.raises(KeyReused):
        operations.revoke_pat(**revocation, client=alice.client, now=timezone.now())
    assert [one.status for one in world.tenant.pats()] == ["active"]


def test_another_persons_key_is_unknown(world: World, alice: Person) -> None:
    arguments = world.create_arguments(alice)
    operations.create_pat(**arguments)
    operations.create_pat(**world.create_arguments(world.bob, key=arguments["key"]))

    assert {one.person for one in world.tenant.pats()} == {"alice@example.test", "bob@example.test"}
    assert Operation.objects.filter(key=arguments["key"], state=State.DONE).count() == 2


def test_a_killed_first_attempt_still_uses_up_its_key(world: World, alice: Person) -> None:
    arguments = world.create_arguments(alice)
    client = Interrupted(arguments["client"], "create_pat", before=die)
    with pytest.raises(Killed):
        operations.create_pat(**arguments | {"client": client})
    with pytest.raises(AlreadySubmitted):
        operations.create_pat(**arguments)
    assert world.tenant.pats() == []


def test_another_broken_rule_of_the_database_is_not_taken_for_a_repetition(
    world: World, alice: Person
) -> None:
    arguments = world.create_arguments(alice) | {"name": None}
    with pytest.raises(IntegrityError, match="null value"):
        operations.create_pat(**arguments)
    assert world.tenant.pats() == []


@pytest.mark.django_db(transaction=True)
def test_two_submissions_at_the_same_moment_make_one_pat(world: World) -> None:
    arguments = world.create_arguments(world.alice)
    start = Barrier(2)

    def submit(_: int) -> str:
        try:
            start.wait(10)
            return operations.create_pat(**arguments).pat.name
        except TokensError as exc:
            return exc.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(submit, range(2)))

    assert sorted(outcomes) == ["already_submitted", "ci-deploy"]
    assert len(world.tenant.pats()) == 1
    assert Operation.objects.get().state == State.DONE
    assert AuditEvent.objects.filter(type="pat.created").count() == 1


def _operation(world: World, alice: Person) -> Operation:
    arguments = world.create_arguments(alice)
    client = Interrupted(arguments["client"], "create_pat", before=die)
    with pytest.raises(Killed):
        operations.create_pat(**arguments | {"client": client})
    return Operation.objects.get(key=arguments["key"])


def test_an_end_is_written_once(world: World, alice: Person) -> None:
    operation, now = _operation(world, alice), timezone.now()
    assert move_on(operation, State.DONE, now=now, error_code="")
    for state in State:
        assert not move_on(operation, state, now=now + timedelta(hours=1), error_code="changed")
    operation.refresh_from_db()
    assert (operation.state, operation.finished_at, operation.error_code) == (State.DONE, now, "")


def test_what_was_sent_is_open_and_not_sent_again(world: World, alice: Person) -> None:
    operation, now = _operation(world, alice), timezone.now()
    Operation.objects.filter(pk=operation.pk).update(verb="revoke")
    assert move_on(operation, State.SENT, now=now)
    assert not move_on(operation, State.SENT, now=now)
    operation.refresh_from_db()
    assert operation.is_open
    assert move_on(operation, State.DONE, now=now)


@pytest.mark.django_db(transaction=True)
def test_of_many_writers_one_concludes(world: World) -> None:
    operation, now = _operation(world, world.alice), timezone.now()
    ends = [State.DONE, State.ORPHANED, State.NOTHING_MADE, State.AMBIGUOUS]
    start = Barrier(len(ends))

    def conclude(state: Operation.State) -> bool:
        try:
            start.wait(10)
            with transaction.atomic():
                return move_on(operation, state, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(ends)) as threads:
        assert sorted(threads.map(conclude, ends)) == [False, False, False, True]
