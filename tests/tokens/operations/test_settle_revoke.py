"""Confirming a revocation. That it was sent proves nothing; a list does."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import Record, hasty_client, recover, settle, wait
from tokens import operations, presenters, queries
from tokens.errors import OutcomeUnknown
from tokens.models import NOT_CONFIRMED, Operation, Pat
from tokens.operations._settle_revoke import LOOK_AGAIN_AFTER

State = Operation.State


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT that Alice made."""
    return operations.create_pat(**world.create_arguments(alice)).pat


def _revoke(person: Person, pat: Pat) -> Operation:
    return operations.revoke_pat(
        key=uuid4().hex,
        actor=person.actor,
        owner=person.user,
        pat=pat,
        client=hasty_client(person),
        now=timezone.now(),
    )


def _lose(world: World, person: Person, pat: Pat, *, drop: str) -> Operation:
    """Send a revocation whose answer is lost."""
    with world.tenant.fault("pats", verb="revoke", drop=drop), pytest.raises(OutcomeUnknown):
        _revoke(person, pat)
    return Operation.objects.get(verb="revoke")


def _status(world: World) -> str:
    (only,) = world.tenant.pats()
    return only.status


def test_the_first_look_confirms_it(world: World, alice: Person, pat: Pat, record: Record) -> None:
    operation = _revoke(alice, pat)
    run_jobs()

    operation.refresh_from_db()
    pat.refresh_from_db()
    assert (operation.state, operation.attempts) == (State.DONE, 0)
    assert pat.revoked_at is not None
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent", "pat.revoked"]
    confirmed = record.of("pat.revoked")
    assert (confirmed.actor_kind, confirmed.operation_id) == ("system", operation.id)
    assert confirmed.authorization_id == pat.authorization_id


def test_it_is_not_called_revoked_before_a_list_shows_it(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    world.tenant.change(list_lag_seconds=3600)
    operation = _revoke(alice, pat)
    run_jobs()
    operation.refresh_from_db()
    pat.refresh_from_db()
    assert (operation.state, pat.is_revoked) == (State.SENT, False)
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent"]

    world.tenant.change(list_lag_seconds=0)
    wait(world, seconds=3)
    run_jobs()
    operation.refresh_from_db()
    assert operation.state == State.DONE
    assert record.types[-1] == "pat.revoked"


def test_it_looks_less_and_less_often_and_then_says_so(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    # Azure DevOps answers 204 and does nothing, as it may for an id that it does not know.
    with world.tenant.fault("pats", verb="revoke", times=1, status=204):
        operation = _revoke(alice, pat)
    now = timezone.now()
    settle(operation, alice, now=now)
    for number, pause in enumerate(LOOK_AGAIN_AFTER, start=1):
        now += pause
        early = settle(operation, alice, now=now - timedelta(milliseconds=1))
        assert (early.is_open, early.attempts) == (True, number)
        operation = settle(operation, alice, now=now)

    assert (operation.state, operation.error_code) == (State.FAILED, NOT_CONFIRMED)
    pat.refresh_from_db()
    assert (pat.is_revoked, pat.revocation_sent_at) == (False, None)
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent", "pat.revoke_failed"]
    event = record.of("pat.revoke_failed")
    assert (event.outcome, event.error_code) == ("failed", NOT_CONFIRMED)
    # The owner is told, and may send it again.
    assert queries.notices(alice.user) == [operation]
    assert presenters.pat_row(pat, now=now).can_revoke
    _revoke(alice, pat)
    run_jobs()
    assert _status(world) == "revoked"
    assert record.types[-1] == "pat.revoked"


def test_a_pat_that_azure_devops_never_knew_is_not_called_revoked(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    Pat.objects.filter(pk=pat.pk).update(authorization_id=uuid4())
    pat.refresh_from_db()
    _revoke(alice, pat)
    recover(world, rounds=12)
    pat.refresh_from_db()
    assert not pat.is_revoked
    assert record.types[-1] == "pat.revoke_failed"
    assert _status(world) == "active"


@pytest.mark.parametrize("manner", ["enum", "404", "204"])
def test_every_answer_to_an_unknown_id_proves_as_little(
    world: World, alice: Person, pat: Pat, manner: str
) -> None:
    world.tenant.change(unknown_revoke=manner)
    Pat.objects.filter(pk=pat.pk).update(authorization_id=uuid4())
    pat.refresh_from_db()
    assert _revoke(alice, pat).pk == Operation.objects.get(state=State.SENT).pk


def test_a_lost_answer_is_found_out(world: World, alice: Person, pat: Pat, record: Record) -> None:
    operation = _lose(world, alice, pat, drop="after")
    assert _status(world) == "revoked"
    recover(world, rounds=1)
    operation.refresh_from_db()
    assert operation.state == State.DONE
    assert record.types == ["pat.revoke_requested", "pat.revoke_answer_lost", "pat.revoked"]
    assert len(world.tenant.requests("pats", verb="revoke")) == 3


def test_what_was_lost_before_its_effect_is_sent_again(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    operation = _lose(world, alice, pat, drop="before")
    assert _status(world) == "active"
    recover(world, rounds=2)

    operation.refresh_from_db()
    assert (operation.state, _status(world)) == (State.DONE, "revoked")
    assert record.types == [
        "pat.revoke_requested",
        "pat.revoke_answer_lost",
        "pat.revocation_sent",
        "pat.revoked",
    ]
    assert record.of("pat.revocation_sent").actor_kind == "system"


def test_it_is_not_sent_again_before_the_deadline(world: World, alice: Person, pat: Pat) -> None:
    operation = _lose(world, alice, pat, drop="before")
    settle(operation, alice, now=operation.deadline_at - timedelta(seconds=1))
    assert _status(world) == "active"
    settle(operation, alice, now=operation.deadline_at)
    assert _status(world) == "revoked"


def test_it_is_sent_again_until_it_arrives(world: World, alice: Person, pat: Pat, record: Record) -> None:
    operation = _lose(world, alice, pat, drop="before")
    with world.tenant.fault("pats", verb="revoke", status=403):
        recover(world, rounds=2)
    operation.refresh_from_db()
    assert operation.is_open
    recover(world)
    operation.refresh_from_db()
    assert (operation.state, _status(world)) == (State.DONE, "revoked")
    assert record.types.count("pat.revoked") == 1


def test_azure_devops_being_down_never_counts_as_unconfirmed(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    operation = _revoke(alice, pat)
    with world.tenant.fault("pats", verb="list", status=403):
        recover(world, rounds=9)
    operation.refresh_from_db()
    assert (operation.state, operation.attempts) == (State.SENT, 0)
    recover(world, rounds=3)
    operation.refresh_from_db()
    assert operation.state == State.DONE


def test_a_row_that_is_gone_ends_as_unconfirmed(
    world: World, alice: Person, pat: Pat, record: Record
) -> None:
    operation = _revoke(alice, pat)
    pat.delete()
    run_jobs()
    operation.refresh_from_db()
    assert (operation.state, operation.error_code) == (State.FAILED, NOT_CONFIRMED)
    assert record.of("pat.revoke_failed").pat_name == "ci-deploy"


# --- Many at once --------------------------------------------------------------------------------


def _pats(world: World, person: Person, count: int, **changes: Any) -> list[Pat]:
    return [
        operations.create_pat(**world.create_arguments(person, name=f"number {number}", **changes)).pat
        for number in range(count)
    ]


def test_one_list_confirms_all_that_were_sent(world: World, alice: Person, record: Record) -> None:
    sent = [_revoke(alice, one) for one in _pats(world, alice, 5)]
    world.tenant.forget_requests()
    settle(sent[2], alice, now=timezone.now())

    assert len(world.tenant.requests("pats", verb="list")) == 1
    assert {one.state for one in Operation.objects.filter(verb="revoke")} == {State.DONE}
    assert all(one.is_revoked for one in Pat.objects.all())
    confirmed = [one for one in record.events if one.type == "pat.revoked"]
    assert {one.operation_id for one in confirmed} == {one.id for one in sent}
    assert len(confirmed) == 5
    assert {one.pat_name for one in confirmed} == {f"number {number}" for number in range(5)}
    # Their own jobs find nothing left to do.
    run_jobs()
    assert len(world.tenant.requests("pats", verb="list")) == 1


def test_it_confirms_even_where_its_own_is_not_listed_yet(world: World, alice: Person) -> None:
    first, second = _pats(world, alice, 2)
    with world.tenant.fault("pats", verb="revoke", times=1, status=204):
        waiting = _revoke(alice, first)
    shown = _revoke(alice, second)
    assert settle(waiting, alice, now=timezone.now()).state == State.SENT
    shown.refresh_from_db()
    assert shown.state == State.DONE


def test_what_the_list_does_not_show_waits(world: World, alice: Person) -> None:
    first, second = _pats(world, alice, 2)
    shown = _revoke(alice, first)
    with world.tenant.fault("pats", verb="revoke", times=1, status=204):
        waiting = _revoke(alice, second)
    settle(shown, alice, now=timezone.now())
    waiting.refresh_from_db()
    assert waiting.state == State.SENT


def test_it_confirms_nothing_of_another_organization_or_person(world: World, alice: Person) -> None:
    (here,) = _pats(world, alice, 1)
    (there,) = _pats(world, alice, 1, organization=world.beta)
    (bobs,) = _pats(world, world.bob, 1)
    operation = _revoke(alice, here)
    others = [_revoke(alice, there), _revoke(world.bob, bobs)]
    settle(operation, alice, now=timezone.now())
    assert {Operation.objects.get(pk=one.pk).state for one in others} == {State.SENT}


def test_one_whose_answer_was_lost_is_left_to_its_own_deadline(world: World, alice: Person) -> None:
    first, second = _pats(world, alice, 2)
    lost = _lose(world, alice, first, drop="after")
    settle(_revoke(alice, second), alice, now=timezone.now())
    lost.refresh_from_db()
    assert lost.state == State.REQUESTED


def test_it_is_confirmed_by_a_job_of_its_own(world: World, alice: Person, pat: Pat) -> None:
    operation = _revoke(alice, pat)
    arguments = {"operation_id": str(operation.id)}
    due = [at for _, found, at in waiting_jobs() if found == arguments and at is not None]
    assert min(due) < timezone.now()
