"""PATs that have expired are told of once, by the portal's clock; those that had before are not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from patportal.lib.actors import system_actor
from tests.people import Person, World
from tests.tokens.operations.scene import Record, failing_event, sync
from tokens import operations, rules
from tokens.models import Pat

ACTOR = system_actor("expiry", request_id="a-job")
AFTERWARDS = timedelta(days=31)


def look(**later: float) -> int:
    return operations.record_expiries(actor=ACTOR, now=timezone.now() + timedelta(**later))


@pytest.fixture
def pat(world: World, reader: Person) -> Pat:
    """A PAT for thirty days."""
    return operations.create_pat(**world.create_arguments(reader)).pat


def test_it_is_told_once(world: World, reader: Person, pat: Pat) -> None:
    record = Record()
    assert [look(days=29), look(days=31), look(days=32)] == [0, 1, 0]
    event = record.of("pat.expired")
    assert (event.outcome, event.actor_kind, event.actor_label) == ("success", "system", "expiry")
    assert event.owner_object_id == reader.user.object_id
    assert (event.authorization_id, event.pat_name) == (pat.authorization_id, pat.name)
    assert (event.organization, event.request_id) == (world.alpha.name, "a-job")
    assert event.data == {"valid_to": pat.valid_to.isoformat(), "is_global": False}


def test_what_is_revoked_or_gone_does_not_expire(world: World, reader: Person, pat: Pat) -> None:
    other = operations.create_pat(**world.create_arguments(reader)).pat
    Pat.objects.filter(pk=pat.pk).update(revoked_at=timezone.now())
    Pat.objects.filter(pk=other.pk).update(vanished_at=timezone.now())
    assert look(days=31) == 0


def test_what_had_expired_before_it_was_first_read_is_not_told(world: World, reader: Person) -> None:
    record, now = Record(), timezone.now()
    ended: dict[str, Any] = {"valid_from": now - timedelta(days=9), "valid_to": now - timedelta(days=2)}
    world.tenant.add_pat("alice", "alpha", "long over", **ended)
    sync(world, reader, now=now)
    world.tenant.add_pat("alice", "alpha", "over as well", **ended)
    sync(world, reader, now=now + timedelta(days=2))
    assert Pat.objects.count() == 2
    assert look(days=3) == 0
    assert "pat.expired" not in record.types


def test_what_works_again_may_expire_again(world: World, reader: Person, pat: Pat) -> None:
    record = Record()
    # The portal's clock was ahead, or somebody extends it elsewhere.
    assert look(days=31) == 1
    (made,) = world.tenant.pats()
    world.tenant.change_pat(made, valid_to=pat.valid_to + timedelta(days=30))
    sync(world, reader, now=timezone.now() + timedelta(minutes=10))
    assert Pat.objects.get().expiry_recorded_at is None
    assert [look(days=31), look(days=61), look(days=62)] == [0, 1, 0]
    assert record.types.count("pat.expired") == 2


def test_an_extension_takes_it_back(world: World, reader: Person, pat: Pat) -> None:
    Pat.objects.update(expiry_recorded_at=timezone.now())
    operations.extend_pat(
        key="k" * 20,
        actor=reader.actor,
        owner=reader.user,
        pat=pat,
        client=reader.client,
        now=timezone.now(),
        seen=operations.seen_of(pat),
        valid_to=rules.with_mark(pat.valid_to + timedelta(days=10)),
    )
    assert Pat.objects.get().expiry_recorded_at is None


def test_those_for_all_organizations_end_with_all_of_them(
    world: World, reader: Person, pat: Pat, settings: Any
) -> None:
    Pat.objects.update(is_global=True)
    settings.GLOBAL_PATS_STOP_ON = timezone.localdate() + timedelta(days=7)
    record = Record()
    assert [look(days=6), look(days=8), look(days=31)] == [0, 1, 0]
    assert record.of("pat.expired").data["reason"] == "global_pats_stopped"


def test_many_are_told_in_batches(world: World, reader: Person, pat: Pat) -> None:
    facts = {name: getattr(pat, name) for name in ("user", "organization", "name", "valid_from", "valid_to")}
    seen = {"first_seen_at": pat.first_seen_at, "written_at": pat.written_at}
    Pat.objects.bulk_create([Pat(authorization_id=uuid4(), **facts, **seen) for _ in range(1_200)])
    with_limit = operations.record_expiries(actor=ACTOR, now=timezone.now() + AFTERWARDS, at_most=700)
    assert [with_limit, look(days=31), look(days=31)] == [700, 501, 0]


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_is_left_for_the_next_run(world: World) -> None:
    operations.create_pat(**world.create_arguments(world.alice))

    def look_elsewhere() -> int:
        try:
            return look(days=31)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Pat.objects.select_for_update(no_key=True).get()
            assert threads.submit(look_elsewhere).result(30) == 0
        assert threads.submit(look_elsewhere).result(30) == 1


def test_none_is_marked_without_its_event(world: World, reader: Person, pat: Pat) -> None:
    with failing_event("pat.expired"), pytest.raises(DatabaseError):
        look(days=31)
    assert Pat.objects.get().expiry_recorded_at is None
    assert look(days=31) == 1


def test_what_had_expired_before_the_release_is_marked_by_its_migration(
    world: World, reader: Person, pat: Pat
) -> None:
    other = operations.create_pat(**world.create_arguments(reader)).pat
    Pat.objects.filter(pk=pat.pk).update(valid_to=timezone.now() - timedelta(days=1))
    migration = import_module("tokens.migrations.0006_expiry_recorded")
    with connection.schema_editor() as editor:
        migration.mark_expired(apps, editor)
    assert Pat.objects.get(pk=pat.pk).expiry_recorded_at is not None
    assert Pat.objects.get(pk=other.pk).expiry_recorded_at is None


def test_the_look_for_them_is_answered_by_an_index(pat: Pat) -> None:
    expired = Pat.objects.with_status("expired", now=timezone.now()).filter(expiry_recorded_at__isnull=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "tokens_pat_expiring" in expired.order_by("valid_to").explain()
