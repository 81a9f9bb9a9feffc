"""Creating a PAT."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Interrupted, Record, failing_event, recover, settle, statuses, sync
from tokens import operations
from tokens.errors import BackupRefused, KeyReused, OutcomeTaken, Refused
from tokens.models import Operation, Pat
from tokens.operations import Notes

State = Operation.State


def test_it_creates_a_pat_and_returns_its_secret(world: World, alice: Person, record: Record) -> None:
    arguments = world.create_arguments(alice)
    issued = operations.create_pat(**arguments)

    (truth,) = world.tenant.pats(person="alice")
    assert truth.secret == issued.secret.reveal()
    assert not issued.was_shortened
    pat = Pat.objects.get()
    assert (str(pat.authorization_id), pat.name) == (truth.authorization_id, "ci-deploy")
    assert (pat.organization, pat.scopes, pat.is_global) == (world.alpha, ["vso.code"], False)
    assert abs(pat.valid_to - arguments["valid_to"]) < timedelta(milliseconds=10)
    assert pat.issued_at is not None
    assert pat.received_at is None
    operation = Operation.objects.get()
    assert (operation.state, operation.pat, operation.is_open) == (State.DONE, pat, False)
    assert record.types == ["pat.create_requested", "pat.created"]


def test_its_event_tells_everything_but_the_secret(world: World, alice: Person, record: Record) -> None:
    issued = operations.create_pat(**world.create_arguments(alice))

    event, operation = record.of("pat.created"), Operation.objects.get()
    assert (event.outcome, event.actor_label, event.organization) == (
        "success",
        "Alice Archer",
        world.alpha.name,
    )
    assert (event.owner_object_id, event.authorization_id) == (
        alice.user.object_id,
        issued.pat.authorization_id,
    )
    assert (event.pat_name, event.operation_id) == ("ci-deploy", operation.id)
    assert (event.request_id, event.address, event.user_agent) == ("a-test", "127.0.0.1", "a test")
    assert event.activity_id == operation.activity_id != ""
    assert event.recorded == {"scopes": ["vso.code"], "valid_to": issued.pat.valid_to.isoformat()}
    asked = record.of("pat.create_requested").recorded
    assert asked == {"name": "ci-deploy", "scopes": ["vso.code"], "expires": "30 days"}


def test_a_life_shortened_by_policy_is_told(world: World, alice: Person, record: Record) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    issued = operations.create_pat(**world.create_arguments(alice))

    assert issued.was_shortened
    assert issued.pat.valid_to < timezone.now() + timedelta(days=8)
    assert record.of("pat.created").recorded["asked_valid_to"] == issued.asked_valid_to.isoformat()


def test_a_refusal_by_policy_is_recorded_with_its_code(world: World, alice: Person, record: Record) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "error"})
    with pytest.raises(Refused) as caught:
        operations.create_pat(**world.create_arguments(alice))

    assert caught.value.service_code == "patLifespanPolicyViolation"
    operation = Operation.objects.get()
    assert (operation.state, operation.error_code) == (State.REFUSED, "patLifespanPolicyViolation")
    event = record.of("pat.create_refused")
    assert (event.outcome, event.error_code) == ("refused", "patLifespanPolicyViolation")
    assert event.activity_id == caught.value.activity_id != ""
    assert record.types == ["pat.create_requested", "pat.create_refused"]
    assert not Pat.objects.exists()


def test_its_outcome_is_dated_after_the_call(world: World, alice: Person) -> None:
    # A slow call must not make the row look older than lists can be trusted to be.
    world.tenant.fault("pats", verb="create", times=1, latency_seconds=0.5)
    arguments = world.create_arguments(alice)
    pat = operations.create_pat(**arguments).pat
    for moment in (pat.issued_at, pat.written_at, Operation.objects.get().finished_at):
        assert moment is not None
        assert moment - arguments["now"] >= timedelta(seconds=0.5)


def test_whoever_comes_after_settling_shows_no_secret(world: World, alice: Person, record: Record) -> None:
    """Settling sees the PAT while its answer is on the way: the answer comes too late."""

    def settle_it() -> None:
        operation = Operation.objects.get()
        assert settle(operation, alice, now=operation.deadline_at).state == State.ORPHANED

    arguments = world.create_arguments(alice)
    client = Interrupted(arguments["client"], "create_pat", after=settle_it)
    with pytest.raises(OutcomeTaken) as caught:
        operations.create_pat(**arguments | {"client": client})
    recover(world)

    operation = Operation.objects.get(verb="create")
    assert caught.value.operation_id == operation.id
    assert (operation.state, operation.pat) == (State.ORPHANED, Pat.objects.get())
    assert [one.status for one in world.tenant.pats()] == ["revoked"]
    assert statuses(timezone.now()) == {"ci-deploy": "revoked"}
    assert record.types.count("pat.revoked") == 1
    assert Operation.objects.filter(verb="revoke").count() == 1


def test_an_answer_after_two_empty_lists_is_revoked_too(world: World, alice: Person, record: Record) -> None:
    """The process slept so long before the call that settling believes that nothing was made."""

    def settle_it() -> None:
        operation = Operation.objects.get()
        for minutes in (0, 1):
            settle(operation, alice, now=operation.deadline_at + timedelta(minutes=minutes))

    arguments = world.create_arguments(alice)
    client = Interrupted(arguments["client"], "create_pat", before=settle_it)
    with pytest.raises(OutcomeTaken):
        operations.create_pat(**arguments | {"client": client})
    assert Operation.objects.get().state == State.NOTHING_MADE
    recover(world)

    assert [one.status for one in world.tenant.pats()] == ["revoked"]
    assert statuses(timezone.now()) == {"ci-deploy": "revoked"}
    settled = [one.recorded["resolution"] for one in record.events if one.type == "pat.create_settled"]
    assert settled == ["nothing_made", "late_answer"]


def test_settling_that_comes_after_the_outcome_changes_nothing(
    world: World, alice: Person, record: Record
) -> None:
    issued = operations.create_pat(**world.create_arguments(alice))
    recover(world)

    assert Operation.objects.get().state == State.DONE
    assert [one.status for one in world.tenant.pats()] == ["active"]
    assert record.types == ["pat.create_requested", "pat.created"]
    assert Pat.objects.get() == issued.pat


def test_an_outcome_that_cannot_be_written_hands_out_no_secret(
    world: World, alice: Person, record: Record
) -> None:
    with failing_event("pat.created"), pytest.raises(DatabaseError):
        operations.create_pat(**world.create_arguments(alice))
    assert not Pat.objects.exists()
    recover(world)

    assert Operation.objects.get(verb="create").state == State.ORPHANED
    assert [one.status for one in world.tenant.pats()] == ["revoked"]
    assert "pat.created" not in record.types


def test_a_sync_before_the_outcome_leaves_the_pat_to_the_outcome(
    world: World, reader: Person, record: Record
) -> None:
    arguments = world.create_arguments(reader)
    now = timezone.now() + timedelta(minutes=5)
    client = Interrupted(arguments["client"], "create_pat", after=lambda: sync(world, reader, now=now))
    issued = operations.create_pat(**arguments | {"client": client})

    assert Pat.objects.get() == issued.pat
    assert record.types == ["pat.create_requested", "pat.created"]


def test_what_its_owner_notes_is_stored_with_it(world: World, alice: Person, record: Record) -> None:
    notes = Notes(purpose="deploys the shop", places=("pipeline 7", "https://wiki.example.test"))
    arguments = world.create_arguments(alice, notes=notes)
    pat = operations.create_pat(**arguments).pat
    assert operations.notes_of(pat=Pat.objects.get(pk=pat.pk)) == notes
    assert record.of("pat.create_requested").recorded["purpose"] == "deploys the shop"
    with pytest.raises(KeyReused):
        operations.create_pat(**arguments | {"notes": Notes()})


def test_a_backup_owner_that_cannot_be_asked_is_refused_before_anything_is_sent(
    world: World, alice: Person, record: Record
) -> None:
    notes = Notes(backup_email=alice.user.user_principal_name.lower())
    with pytest.raises(BackupRefused):
        operations.create_pat(**world.create_arguments(alice, notes=notes))
    assert record.types == []
    assert world.tenant.requests("pats", verb="create") == []


def test_an_unwritten_outcome_leaves_no_notes(world: World, alice: Person, record: Record) -> None:
    notes = Notes(purpose="deploys the shop", places=("pipeline 7",))
    with failing_event("pat.created"), pytest.raises(DatabaseError):
        operations.create_pat(**world.create_arguments(alice, notes=notes))
    recover(world)
    pat = Pat.objects.get()
    assert (pat.is_revoked, pat.purpose, pat.places.count()) == (True, "", 0)
