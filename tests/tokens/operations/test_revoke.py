"""Revoking a PAT, the owner's own and one that a lost creation left behind."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import Grant
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import SETTLER, Record, failing_event, hasty_client, recover, wait
from tokens import enqueue, operations
from tokens.errors import AlreadySubmitted, Forbidden, NotRevocable, OutcomeUnknown, OwnedElsewhere
from tokens.models import Operation, Pat
from tokens.operations._revoke import revoke_unattended

State = Operation.State


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT that Alice made."""
    return operations.create_pat(**world.create_arguments(alice)).pat


def _arguments(person: Person, pat: Pat, **changes: Any) -> dict[str, Any]:
    return {
        "key": uuid4().hex,
        "actor": person.actor,
        "owner": person.user,
        "pat": pat,
        "client": hasty_client(person),
        "now": timezone.now(),
        **changes,
    }


def _status(world: World) -> list[str]:
    return [one.status for one in world.tenant.pats()]


def test_it_sends_the_revocation_and_says_no_more(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    operation = operations.revoke_pat(**_arguments(alice, pat))

    operation.refresh_from_db()
    pat.refresh_from_db()
    assert _status(world) == ["revoked"]
    assert (operation.state, operation.pat, operation.is_open) == (State.SENT, pat, True)
    assert pat.revocation_sent_at is not None
    assert not pat.is_revoked
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent"]
    sent = record.of("pat.revocation_sent")
    assert sent.activity_id == operation.activity_id != ""
    assert (sent.pat_name, sent.organization) == ("ci-deploy", world.alpha.name)
    requested = record.of("pat.revoke_requested")
    assert requested.recorded == {"authorization_id": str(pat.authorization_id)}


def test_it_is_dated_after_the_call(world: World, alice: Person, pat: Pat) -> None:
    world.tenant.fault("pats", verb="revoke", times=1, latency_seconds=0.5)
    arguments = _arguments(alice, pat)
    operations.revoke_pat(**arguments)
    pat.refresh_from_db()
    assert pat.revocation_sent_at is not None
    assert pat.revocation_sent_at - arguments["now"] >= timedelta(seconds=0.5)


@pytest.mark.parametrize("column", ["revoked_at", "vanished_at"])
def test_one_that_has_ended_is_refused(
    world: World, alice: Person, pat: Pat, record: Record, column: str
) -> None:
    setattr(pat, column, timezone.now())
    pat.save()
    with pytest.raises(NotRevocable):
        operations.revoke_pat(**_arguments(alice, pat))

    assert record.types == ["pat.revoke_refused"]
    event = record.events[0]
    assert (event.outcome, event.error_code) == ("refused", "not_revocable")
    assert event.authorization_id == pat.authorization_id
    assert _status(world) == ["active"]
    assert not Operation.objects.filter(verb="revoke").exists()


def test_one_of_an_organization_that_is_not_set_up_here_is_left_alone(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    pat.instance_id, pat.organization.instance_id = uuid4(), uuid4()
    with pytest.raises(OwnedElsewhere):
        operations.revoke_pat(**_arguments(alice, pat))
    assert [(one.type, one.error_code) for one in record.events] == [
        ("pat.revoke_refused", "owned_elsewhere")
    ]
    assert (_status(world), world.tenant.requests("pats", verb="revoke")) == (["active"], [])


def test_the_confirmation_can_be_put_off(world: World, alice: Person, pat: Pat) -> None:
    operation = operations.revoke_pat(**_arguments(alice, pat, confirm_after=timedelta(seconds=30)))
    due = [at for _, found, at in waiting_jobs() if found == {"operation_id": str(operation.id)}]
    sent_at = Pat.objects.get().revocation_sent_at
    assert sent_at is not None
    assert sent_at + timedelta(seconds=30) in due
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == State.SENT
    wait(world, seconds=31)
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == State.DONE


def test_a_change_that_is_under_way_does_not_hold_it_up(world: World, alice: Person, pat: Pat) -> None:
    with world.tenant.fault("pats", verb="update", times=1, drop="before"), pytest.raises(OutcomeUnknown):
        operations.update_pat(
            **_arguments(alice, pat, seen=operations.seen_of(pat)),
            name="another",
            scopes=frozenset(["vso.work"]),
        )
    operations.revoke_pat(**_arguments(alice, pat))
    recover(world)
    assert _status(world) == ["revoked"]
    assert {one.verb: one.state for one in Operation.objects.exclude(verb="create")} == {
        "update": State.FAILED,
        "revoke": State.DONE,
    }


def test_one_that_has_expired_can_still_be_revoked(world: World, alice: Person, pat: Pat) -> None:
    world.tenant.change_pat(str(pat.authorization_id), valid_to=timezone.now() - timedelta(hours=1))
    operations.revoke_pat(**_arguments(alice, pat))
    recover(world, rounds=1)
    pat.refresh_from_db()
    assert pat.is_revoked


def test_the_same_form_twice_sends_once(world: World, alice: Person, pat: Pat, record: Record) -> None:
    arguments = _arguments(alice, pat)
    operation = operations.revoke_pat(**arguments)
    with pytest.raises(AlreadySubmitted) as caught:
        operations.revoke_pat(**arguments)
    assert caught.value.operation_id == operation.id
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent"]
    assert len(world.tenant.requests("pats", verb="revoke")) == 1


def test_a_form_in_another_tab_does_no_harm(world: World, alice: Person, pat: Pat, record: Record) -> None:
    operations.revoke_pat(**_arguments(alice, pat))
    second = operations.revoke_pat(**_arguments(alice, pat))
    run_jobs()
    seen_at = Pat.objects.get().revoked_at
    second.refresh_from_db()
    assert second.state == State.DONE
    assert seen_at is not None
    assert seen_at <= timezone.now()
    assert len({one.operation_id for one in record.events if one.type == "pat.revoked"}) == 2
    with pytest.raises(NotRevocable):
        operations.revoke_pat(**_arguments(alice, Pat.objects.get()))


def test_what_was_seen_first_stays_the_time_of_its_end(world: World, alice: Person, pat: Pat) -> None:
    operations.revoke_pat(**_arguments(alice, pat))
    second = operations.revoke_pat(**_arguments(alice, pat))
    seen_at = timezone.now() - timedelta(minutes=1)
    Pat.objects.update(revoked_at=seen_at)
    client = hasty_client(alice)
    operations.settle_operation(operation_id=str(second.pk), client=client, actor=SETTLER, now=timezone.now())
    assert Pat.objects.get().revoked_at == seen_at


def test_an_outcome_that_cannot_be_written_is_settled(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    with failing_event("pat.revocation_sent"), pytest.raises(DatabaseError):
        operations.revoke_pat(**_arguments(alice, pat))
    pat.refresh_from_db()
    assert pat.revocation_sent_at is None
    recover(world, rounds=1)
    pat.refresh_from_db()
    assert pat.is_revoked
    assert record.types == ["pat.revoke_requested", "pat.revoked"]


# --- What a lost creation left behind ------------------------------------------------------------


@pytest.fixture
def creation(world: World, alice: Person) -> Operation:
    """A creation whose answer was lost and whose PAT was found; its revocation waits in the queue."""
    arguments = world.create_arguments(alice)
    with world.tenant.fault("pats", verb="create", times=1, drop="after"), pytest.raises(OutcomeUnknown):
        operations.create_pat(**arguments)
    found = Operation.objects.get(key=arguments["key"])
    operations.settle_operation(
        operation_id=str(found.pk), client=hasty_client(alice), actor=SETTLER, now=found.deadline_at
    )
    # As if the deadline had passed in truth, and the job had not run yet.
    wait(world, seconds=(found.deadline_at - found.requested_at).total_seconds())
    found.refresh_from_db()
    return found


def _revoke_orphan(person: Person, creation: Operation) -> None:
    operations.revoke_orphan(
        operation_id=str(creation.pk), client=hasty_client(person), actor=SETTLER, now=timezone.now()
    )


def _attempts(creation: Operation) -> int:
    return Operation.objects.filter(verb="revoke", pat=creation.pat).count()


def test_an_orphan_is_revoked_once(world: World, alice: Person, creation: Operation, record: Record) -> None:
    _revoke_orphan(alice, creation)
    _revoke_orphan(alice, creation)
    assert _attempts(creation) == 1
    run_jobs()
    _revoke_orphan(alice, creation)
    assert _attempts(creation) == 1
    assert _status(world) == ["revoked"]
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent", "pat.revoked"]
    assert {one.owner_object_id for one in record.events} == {alice.user.object_id}
    assert {one.actor_label for one in record.events} == {"settling"}


def test_an_operation_without_a_pat_leaves_nothing_to_revoke(world: World, alice: Person) -> None:
    operations.create_pat(**world.create_arguments(alice))
    creation = Operation.objects.get()
    Operation.objects.update(pat=None)
    _revoke_orphan(alice, creation)
    assert _status(world) == ["active"]


def test_two_workers_with_the_same_orphan_make_one_attempt(
    world: World, alice: Person, creation: Operation
) -> None:
    assert creation.pat is not None
    key = f"orphan:{creation.id}:0"
    operations.revoke_pat(**_arguments(alice, creation.pat, key=key))
    Operation.objects.filter(key=key).update(pat=None)
    _revoke_orphan(alice, creation)
    assert len(world.tenant.requests("pats", verb="revoke")) == 1


def test_what_another_worker_confirmed_meanwhile_is_not_revoked_again(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    operations.revoke_pat(**_arguments(alice, pat))
    run_jobs()
    assert not pat.is_revoked, "as it was read before the confirmation"
    arguments = _arguments(alice, pat, prefix="end", actor=SETTLER)
    del arguments["key"]
    revoke_unattended(**arguments)
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent", "pat.revoked"]
    assert len(world.tenant.requests("pats", verb="revoke")) == 1


def test_a_failed_attempt_is_made_again_by_the_sweep(
    world: World, alice: Person, creation: Operation, record: Record
) -> None:
    with world.tenant.fault("pats", verb="revoke", status=403):
        run_jobs()
    assert _status(world) == ["active"]
    recover(world, rounds=2)
    assert _status(world) == ["revoked"]
    assert record.types == [
        "pat.revoke_requested",
        "pat.revoke_failed",
        "pat.revoke_requested",
        "pat.revocation_sent",
        "pat.revoked",
    ]


def _due(world: World, at: datetime) -> list[Operation]:
    return operations.orphans_to_revoke(now=at)


def test_the_first_attempt_is_due_at_once(world: World, alice: Person, creation: Operation) -> None:
    assert _due(world, timezone.now()) == [creation]


def test_attempts_that_fail_become_rarer(world: World, alice: Person, creation: Operation) -> None:
    """The audit log cannot be emptied: a rule that forbids it for weeks must not fill it."""
    assert creation.finished_at is not None
    now = creation.finished_at
    waits = []
    with world.tenant.fault("pats", verb="revoke", status=403):
        for _ in range(40):
            while not _due(world, now):
                now += max(timedelta(minutes=5), (now - creation.finished_at) / 20)
            waits.append(now)
            with pytest.raises(Forbidden):
                operations.revoke_orphan(
                    operation_id=str(creation.pk), client=hasty_client(alice), actor=SETTLER, now=now
                )
            if now - creation.finished_at > timedelta(days=7):
                break
    assert waits[1] - waits[0] <= timedelta(minutes=10)
    assert waits[-1] - waits[-2] <= timedelta(days=1, hours=10)
    assert len(waits) < 20


def test_an_attempt_that_is_under_way_is_given_its_time(
    world: World, alice: Person, creation: Operation
) -> None:
    _revoke_orphan(alice, creation)
    assert _due(world, timezone.now() + timedelta(days=2)) == []


@pytest.mark.parametrize(
    "ended",
    [{"revoked_at": timezone.now()}, {"vanished_at": timezone.now()}, {"valid_to": timezone.now()}],
    ids=lambda ended: next(iter(ended)),
)
def test_what_has_ended_is_not_tried(
    world: World, alice: Person, creation: Operation, ended: dict[str, Any]
) -> None:
    Pat.objects.filter(operations=creation).update(**ended)
    assert _due(world, timezone.now()) == []


def test_nobody_is_acted_for_whose_grant_is_gone(world: World, alice: Person, creation: Operation) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    assert _due(world, timezone.now()) == []
    recover(world)
    assert _status(world) == ["active"]
    world.sign_in("alice")
    recover(world)
    assert _status(world) == ["revoked"]


def test_an_issued_pat_is_never_taken_for_an_orphan(world: World, alice: Person) -> None:
    operations.create_pat(**world.create_arguments(alice))
    # Not even if its operation said so.
    Operation.objects.update(state=State.ORPHANED)
    assert _due(world, timezone.now() + timedelta(days=1)) == []


def test_settling_leaves_the_revocation_to_a_job(world: World, alice: Person, creation: Operation) -> None:
    waiting = [(name, found) for name, found, _ in waiting_jobs()]
    assert (enqueue.REVOKE_ORPHAN, {"operation_id": str(creation.id)}) in waiting
