"""Confirming that the secret of an issued PAT was received, and what begins with it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from tests.job_runner import waiting_jobs
from tests.people import Person, World
from tests.tokens.operations import rotation
from tests.tokens.operations.rotation import receive, rotate_arguments
from tests.tokens.operations.scene import Record, failing_event, sync
from tokens import enqueue, operations, rules
from tokens.models import Operation, Pat
from tokens.models.pat import RECEIPT_PATIENCE


def test_it_is_recorded_once(world: World, alice: Person) -> None:
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    record, now = Record(), timezone.now()
    for later in (timedelta(0), timedelta(minutes=1)):
        operations.confirm_receipt(actor=alice.actor, owner=alice.user, pat=pat, now=now + later)
    pat.refresh_from_db()
    assert pat.received_at == now
    assert record.types == ["pat.received"]
    assert record.events[0].authorization_id == pat.authorization_id


def test_one_that_the_portal_did_not_issue_has_no_secret_to_receive(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "made elsewhere")
    sync(world, alice, now=timezone.now())
    pat, record = Pat.objects.get(), Record()
    operations.confirm_receipt(actor=alice.actor, owner=alice.user, pat=pat, now=timezone.now())
    pat.refresh_from_db()
    assert pat.received_at is None
    assert record.types == []


def test_unconfirmed_for_ten_minutes_it_was_perhaps_never_seen(world: World, alice: Person) -> None:
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    assert pat.issued_at is not None
    late = pat.issued_at + RECEIPT_PATIENCE
    assert not pat.is_unreceived(now=late)
    assert pat.is_unreceived(now=late + timedelta(seconds=1))
    operations.confirm_receipt(actor=alice.actor, owner=alice.user, pat=pat, now=late)
    pat.refresh_from_db()
    assert not pat.is_unreceived(now=late + timedelta(days=1))
    # Whoever does not confirm keeps the PAT all the same.
    assert [one.status for one in world.tenant.pats()] == ["active"]


# --- The overlap of a rotation -----------------------------------------------------------------------


def _rotate(person: Person, old: Pat, overlap: timedelta | None) -> Pat:
    return operations.rotate_pat(**rotate_arguments(person, old, overlap=overlap)).pat


@pytest.mark.parametrize("overlap", ["hour", "day", "week"])
def test_the_overlap_begins_with_the_receipt(world: World, alice: Person, overlap: str) -> None:
    old, span = rotation.issue(world, alice), rules.OVERLAPS[overlap]
    new = _rotate(alice, old, span)
    old.refresh_from_db()
    assert old.ends_at is None
    record, now = Record(), timezone.now() + timedelta(minutes=3)
    receive(alice, new, now=now)

    old.refresh_from_db()
    ends_at = now + span
    assert old.ends_at == ends_at
    assert record.types == ["pat.end_scheduled", "pat.received"]
    event = record.of("pat.end_scheduled")
    assert (event.authorization_id, event.owner_object_id) == (old.authorization_id, alice.user.object_id)
    assert event.operation_id == Operation.objects.get(verb="rotate").id
    assert event.recorded == {"ends_at": ends_at.isoformat(), "successor": str(new.authorization_id)}
    jobs = [job for job in waiting_jobs() if job[0] in {enqueue.END_PAT, enqueue.FINISH_END}]
    ids = {"pat_id": str(old.id)}
    assert jobs == [(enqueue.END_PAT, ids, None), (enqueue.FINISH_END, ids, old.ends_at)]


def test_a_second_receipt_changes_nothing(world: World, alice: Person) -> None:
    old = rotation.issue(world, alice)
    new = _rotate(alice, old, timedelta(hours=1))
    receive(alice, new)
    old.refresh_from_db()
    ends_at, record, waiting = old.ends_at, Record(), waiting_jobs()
    receive(alice, new, now=timezone.now() + timedelta(minutes=5))
    old.refresh_from_db()
    assert (old.ends_at, record.types, waiting_jobs()) == (ends_at, [], waiting)


def test_without_an_overlap_the_old_one_ends_now(world: World, alice: Person) -> None:
    old, now = rotation.issue(world, alice), timezone.now()
    new = _rotate(alice, old, rules.OVERLAPS["none"])
    receive(alice, new, now=now)
    old.refresh_from_db()
    assert old.ends_at == now
    names = [name for name, _, _ in waiting_jobs()]
    assert (names.count(enqueue.END_PAT), names.count(enqueue.FINISH_END)) == (0, 1)


def test_an_old_one_never_ends_later_than_it_would_have(world: World, alice: Person) -> None:
    end = rules.with_mark(timezone.now() + timedelta(days=2))
    old = rotation.issue(world, alice, valid_to=end)
    receive(alice, _rotate(alice, old, rules.OVERLAPS["week"]))
    old.refresh_from_db()
    assert old.ends_at == old.valid_to


@pytest.mark.parametrize("column", ["revoked_at", "valid_to"])
def test_an_old_one_that_has_ended_meanwhile_is_left_alone(world: World, alice: Person, column: str) -> None:
    old = rotation.issue(world, alice)
    new = _rotate(alice, old, timedelta(hours=1))
    Pat.objects.filter(pk=old.pk).update(**{column: timezone.now()})
    record = Record()
    receive(alice, new)
    old.refresh_from_db()
    assert (old.ends_at, record.types) == (None, ["pat.received"])


def test_one_that_is_to_be_ended_by_hand_is_left_alone(world: World, alice: Person) -> None:
    old = rotation.issue(world, alice)
    new, record = _rotate(alice, old, None), Record()
    receive(alice, new)
    old.refresh_from_db()
    assert (old.ends_at, record.types) == (None, ["pat.received"])


def test_receipt_and_end_are_written_together_or_not_at_all(world: World, alice: Person) -> None:
    old = rotation.issue(world, alice)
    new = _rotate(alice, old, timedelta(hours=1))
    waiting = waiting_jobs()
    with failing_event("pat.received"), pytest.raises(DatabaseError):
        receive(alice, new)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.ends_at, new.received_at, waiting_jobs()) == (None, None, waiting)
