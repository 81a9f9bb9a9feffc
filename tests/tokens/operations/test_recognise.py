"""Names and organizations: one that was renamed keeps its PATs, one that was deleted loses them."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Record, hasty_client, statuses, sync
from tokens import errors, operations
from tokens.models import Operation, Organization, OrganizationAccess, Pat
from tokens.operations._recognise import recognise_organization

TOMORROW = timedelta(days=1, hours=1)


def alpha(world: World) -> Organization:
    return Organization.objects.get(pk=world.alpha.pk)


def another_instance() -> dict[str, Any]:
    return {"body": {"instanceId": str(uuid4())}}


def renamed(world: World, settings: Any, *, keeps_old: bool = False) -> Organization:
    """Rename alpha in Azure DevOps and enter its new name in the settings; return its row."""
    old, others = world.alpha.name, [world.beta.name]
    new = world.tenant.rename_organization("alpha", f"new-{old}").name
    settings.AZURE_DEVOPS_ORGANIZATIONS = [new, *others, *([old] if keeps_old else [])]
    return Organization.objects.configured([new])[0]


def read(person: Person, organization: Organization, *, now: datetime) -> None:
    operations.sync_pats(
        user=person.user,
        organization=organization,
        client=hasty_client(person),
        actor=person.actor,
        now=now,
    )


def test_a_renamed_organization_takes_everybodys_pats_and_operations_along(
    world: World, alice: Person, record: Record, settings: Any
) -> None:
    now, bob = timezone.now(), world.bob
    world.tenant.add_pat("alice", "alpha", "hers")
    world.tenant.add_pat("alice", "alpha", "revoked", revoked=True)
    world.tenant.add_pat("bob", "alpha", "his")
    for person in (alice, bob):
        sync(world, person, now=now)
    operations.create_pat(**world.create_arguments(alice))
    before, former = statuses(now), alpha(world)
    new = renamed(world, settings)

    with pytest.raises(errors.OrganizationGone):
        read(alice, former, now=now + timedelta(hours=1))
    read(alice, new, now=now + timedelta(hours=2))

    assert {pat.organization for pat in Pat.objects.all()} == {new}
    assert {one.organization for one in Operation.objects.all()} == {new}
    assert statuses(now) == before
    assert (alpha(world).instance_id, new.instance_id) == (None, former.instance_id)
    read(bob, new, now=now + timedelta(hours=3))
    assert statuses(now) == before
    assert not {"pat.vanished", "pat.found"} & set(record.types)


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_whoever_concludes_an_operation_and_holds_up_none(
    world: World, alice: Person, settings: Any
) -> None:
    now = timezone.now()
    world.tenant.add_pat("alice", "alpha", "hers")
    sync(world, alice, now=now)
    pat = Pat.objects.get()
    operation = Operation.objects.create(
        verb=Operation.Verb.REVOKE,
        key="a-key",
        user=alice.user,
        organization=pat.organization,
        pat=pat,
        requested_at=now,
        deadline_at=now,
    )
    new, client = renamed(world, settings), hasty_client(alice)

    def follow() -> None:
        try:
            recognise_organization(new, client=client, actor=alice.actor, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            # As every outcome is written: first the operation, then the PAT.
            Operation.objects.filter(pk=operation.pk).update(state=Operation.State.SENT)
            following = threads.submit(follow)
            _wait_until_somebody_waits_for_us()
            Pat.objects.select_for_update(nowait=True).get(pk=pat.pk)
            Pat.objects.filter(pk=pat.pk).update(revocation_sent_at=now)
        following.result(20)
    assert (Operation.objects.get().organization, Pat.objects.get().organization) == (new, new)
    assert Pat.objects.get().revocation_sent_at == now


def _wait_until_somebody_waits_for_us() -> None:
    deadline = time.monotonic() + 10
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    pytest.fail("nobody waits for us")


def test_while_both_names_are_configured_pats_stand_where_they_can_be_read(
    world: World, alice: Person, settings: Any
) -> None:
    world.tenant.add_pat("alice", "alpha", "hers")
    now = timezone.now()
    sync(world, alice, now=now)
    new = renamed(world, settings, keeps_old=True)
    read(alice, new, now=now + timedelta(hours=1))
    assert alpha(world).instance_id is not None
    assert [pat.organization for pat in Pat.objects.all()] == [new]
    assert statuses(now) == {"hers": "active"}


def test_a_name_that_was_taken_by_another_organization_loses_the_pats_of_the_first(
    world: World, alice: Person, record: Record
) -> None:
    now, reader = timezone.now(), alice
    world.tenant.add_pat("alice", "alpha", "hers")
    world.tenant.add_pat("bob", "alpha", "his")
    world.tenant.add_pat("alice", "alpha", "everywhere", all_orgs=True)
    world.tenant.add_pat("alice", "alpha", "revoked", revoked=True)
    sync(world, reader, now=now)
    sync(world, world.bob, now=now)
    assert Pat.objects.count() == 4
    everywhere = Pat.objects.get(is_global=True)
    later, instance = now + TOMORROW, another_instance()
    with world.tenant.fault("connection_data", **instance):
        recognise_organization(alpha(world), client=hasty_client(reader), actor=reader.actor, now=later)

    assert alpha(world).instance_id == UUID(instance["body"]["instanceId"])
    assert statuses(later) == {
        "hers": "vanished",
        "his": "vanished",
        "everywhere": "active",
        "revoked": "revoked",
    }
    assert Pat.objects.get(pk=everywhere.pk).vanished_at is None
    gone = [event for event in record.events if event.type == "pat.vanished"]
    assert [event.recorded for event in gone] == [{"reason": "organization_replaced"}] * 2
    owners = {event.owner_object_id for event in gone}
    assert owners == {reader.user.object_id, world.bob.user.object_id}


def test_it_is_noticed_with_the_daily_reading(world: World, reader: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "hers")
    now = timezone.now()
    sync(world, reader, now=now)
    first, nothing = alpha(world).instance_id, {"patTokens": [], "continuationToken": ""}
    with world.tenant.fault("connection_data", **another_instance()):
        sync(world, reader, now=now + timedelta(hours=1))
        assert alpha(world).instance_id == first
        with world.tenant.fault("pats", verb="list", body=nothing):
            sync(world, reader, now=now + TOMORROW)
    assert alpha(world).instance_id != first
    assert statuses(now) == {"hers": "vanished"}
    access = OrganizationAccess.objects.get(user=reader.user, organization=world.alpha)
    assert (access.state, access.error_code) == (OrganizationAccess.State.READ, "")


def test_the_same_organization_changes_nothing(world: World, reader: Person, record: Record) -> None:
    world.tenant.add_pat("alice", "alpha", "hers")
    now = timezone.now()
    sync(world, reader, now=now)
    before = statuses(now)
    recognise_organization(alpha(world), client=hasty_client(reader), actor=reader.actor, now=now + TOMORROW)
    assert statuses(now) == before
    assert record.types == ["pat.found"]


def test_of_two_that_notice_at_once_one_acts(world: World, reader: Person, record: Record) -> None:
    world.tenant.add_pat("alice", "alpha", "hers")
    now = timezone.now()
    sync(world, reader, now=now)
    seen_before = [alpha(world), alpha(world)]
    with world.tenant.fault("connection_data", **another_instance()):
        for organization in seen_before:
            recognise_organization(
                organization, client=hasty_client(reader), actor=reader.actor, now=now + TOMORROW
            )
    assert record.types.count("pat.vanished") == 1
    assert {one.instance_id for one in seen_before} == {alpha(world).instance_id}
