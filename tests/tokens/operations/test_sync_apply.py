"""What a reading means: which changes outside the portal it shows, and what it must not be taken for."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.sandbox_records import SandboxPat
from tests.tokens.operations.scene import Record, hasty_client, recover, statuses, sync
from tokens import operations
from tokens.models import Operation, Organization, Pat

NOTHING: dict[str, Any] = {"patTokens": [], "continuationToken": ""}


@pytest.fixture
def start(world: World, reader: Person) -> datetime:
    """The moment of the first reading."""
    return timezone.now()


def _at(start: datetime, **later: float) -> datetime:
    return start + timedelta(**later)


def _as_listed(pat: SandboxPat, **changes: Any) -> dict[str, Any]:
    return {
        "displayName": pat.display_name,
        "validFrom": pat.valid_from.isoformat(),
        "validTo": pat.valid_to.isoformat(),
        "scope": pat.scope,
        "targetAccounts": None,
        "authorizationId": pat.authorization_id,
        "token": None,
        **changes,
    }


def test_one_made_elsewhere_is_noticed(world: World, reader: Person, start: datetime, record: Record) -> None:
    made = world.tenant.add_pat("alice", "alpha", "from the command line", scope="vso.code vso.build")
    sync(world, reader, now=_at(start, minutes=1))
    sync(world, reader, now=_at(start, minutes=2))

    pat = Pat.objects.get()
    assert (pat.name, pat.scopes, pat.issued_at) == (made.display_name, ["vso.build", "vso.code"], None)
    assert record.types == ["pat.found"]
    event = record.events[0]
    assert event.recorded == {
        "scopes": pat.scopes,
        "is_global": False,
        "valid_to": pat.valid_to.isoformat(),
    }
    assert (event.actor_kind, event.actor_label) == ("system", "sync")
    assert event.owner_object_id == reader.user.object_id
    assert (event.pat_name, event.organization) == (pat.name, world.alpha.name)


def test_what_was_changed_elsewhere_is_noticed_with_its_differences(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    made = world.tenant.add_pat("alice", "alpha", "old name", scope="vso.code")
    sync(world, reader, now=_at(start, minutes=1))
    longer = made.valid_to + timedelta(days=30)
    world.tenant.change_pat(made, display_name="new name", scope="vso.code vso.build", valid_to=longer)
    sync(world, reader, now=_at(start, minutes=5))
    sync(world, reader, now=_at(start, minutes=6))

    pat = Pat.objects.get()
    assert (pat.name, pat.scopes, pat.written_at) == (
        "new name",
        ["vso.build", "vso.code"],
        _at(start, minutes=5),
    )
    assert record.types == ["pat.found", "pat.changed_outside"]
    differences = record.of("pat.changed_outside").recorded
    assert set(differences) == {"name", "scopes", "valid_to"}
    assert differences["name"] == ["old name", "new name"]
    assert differences["scopes"] == [["vso.code"], ["vso.build", "vso.code"]]
    old, new = (datetime.fromisoformat(text) for text in differences["valid_to"])
    assert abs(new - old - timedelta(days=30)) < timedelta(seconds=1)


def test_rounding_is_no_change(world: World, reader: Person, start: datetime, record: Record) -> None:
    made = world.tenant.add_pat("alice", "alpha", "one")
    sync(world, reader, now=_at(start, minutes=1))
    world.tenant.change_pat(made, valid_to=made.valid_to + timedelta(milliseconds=900))
    sync(world, reader, now=_at(start, minutes=5))
    assert record.types == ["pat.found"]


def test_one_revoked_elsewhere_is_noticed(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    made = world.tenant.add_pat("alice", "alpha", "one")
    sync(world, reader, now=_at(start, minutes=1))
    world.tenant.change_pat(made, revoked=True)
    now = _at(start, minutes=5)
    sync(world, reader, now=now)
    sync(world, reader, now=_at(start, minutes=6))
    assert statuses(now) == {"one": "revoked"}
    assert Pat.objects.get().revoked_at == now
    assert record.types == ["pat.found", "pat.revoked_outside"]


def test_one_that_was_made_and_revoked_between_two_readings_appears_as_revoked(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    world.tenant.add_pat("alice", "alpha", "one", revoked=True)
    now = _at(start, days=2)
    sync(world, reader, now=now)
    assert statuses(now) == {"one": "revoked"}
    assert record.types == ["pat.found"]


def test_one_that_is_in_no_list_has_vanished_and_may_come_back(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    world.tenant.add_pat("alice", "alpha", "one")
    sync(world, reader, now=_at(start, minutes=1))
    now = _at(start, minutes=10)
    with world.tenant.fault("pats", verb="list", body=NOTHING):
        sync(world, reader, now=now)
        sync(world, reader, now=now + timedelta(minutes=5))
    assert statuses(now) == {"one": "vanished"}
    assert record.of("pat.vanished").outcome == "unknown"

    sync(world, reader, now=_at(start, minutes=20))
    assert statuses(now) == {"one": "active"}
    assert record.types == ["pat.found", "pat.vanished", "pat.reappeared"]


def test_nothing_vanishes_within_two_minutes(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    world.tenant.add_pat("alice", "alpha", "one")
    written = _at(start, minutes=1)
    sync(world, reader, now=written)
    with world.tenant.fault("pats", verb="list", body=NOTHING):
        sync(world, reader, now=written + timedelta(minutes=2))
        assert record.types == ["pat.found"]
        sync(world, reader, now=written + timedelta(minutes=2, seconds=1))
    assert record.types == ["pat.found", "pat.vanished"]


def test_nothing_vanishes_by_a_walk_that_broke_off(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    world.tenant.add_pats("alice", "alpha", "one", count=150)
    sync(world, reader, now=_at(start, minutes=1))
    made = _at(start, minutes=10)
    page = {"patTokens": [_as_listed(one) for one in world.tenant.pats()[:100]], "continuationToken": "x"}
    first = world.tenant.fault("pats", verb="list", times=1, body=page)
    with first, pytest.raises(Exception, match="refused"):
        sync(world, reader, now=made)
    assert "pat.vanished" not in record.types


def test_what_has_expired_is_remembered_when_azure_devops_forgets_it(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    past = start - timedelta(days=3)
    world.tenant.add_pat("alice", "alpha", "one", valid_from=past, valid_to=start - timedelta(days=1))
    sync(world, reader, now=_at(start, days=2))
    with world.tenant.fault("pats", verb="list", body=NOTHING):
        sync(world, reader, now=_at(start, days=4))
    assert statuses(start) == {"one": "expired"}
    assert record.types == ["pat.found"]


def test_pats_of_other_organizations_do_not_vanish_with_this_ones(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    world.tenant.add_pat("alice", "beta", "in beta")
    sync(world, reader, now=_at(start, minutes=1), organization="beta")
    sync(world, reader, now=_at(start, days=2))
    assert statuses(start) == {"in beta": "active"}


def test_a_global_pat_is_one_row_however_many_organizations_list_it(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    world.tenant.add_pat("alice", "alpha", "good everywhere", all_orgs=True)
    for minutes in (1, 5):
        for organization in ("alpha", "beta"):
            sync(world, reader, now=_at(start, minutes=minutes), organization=organization)
    pat = Pat.objects.get()
    assert (pat.is_global, pat.organization) == (True, world.alpha)
    assert record.types == ["pat.found"]


def test_a_global_pat_survives_the_loss_of_the_organization_it_was_found_in(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    world.tenant.add_pat("alice", "beta", "good everywhere", all_orgs=True)
    sync(world, reader, now=_at(start, minutes=1), organization="beta")
    world.tenant.change_organization("beta", members=[])
    with pytest.raises(Exception, match="no_access"):
        sync(world, reader, now=_at(start, days=2), organization="beta")
    sync(world, reader, now=_at(start, days=2))
    assert statuses(start) == {"good everywhere": "active"}
    assert record.types == ["pat.found"]


def _sister(world: World, start: datetime) -> dict[str, Any]:
    """Return a list of alpha's that shows a PAT of beta's."""
    instance_id = world.tenant.organization("beta").instance_id
    fact = SandboxPat(
        authorization_id=str(uuid4()),
        person="",
        organization=None,
        all_orgs=False,
        display_name="of the sister",
        scope="vso.code",
        valid_from=start,
        valid_to=start + timedelta(days=30),
        status="active",
        secret="",
    )
    return {"patTokens": [_as_listed(fact, targetAccounts=[instance_id])], "continuationToken": ""}


def test_a_pat_of_a_sister_organization_is_attributed_to_it(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    with world.tenant.fault("pats", verb="list", body=_sister(world, start)):
        sync(world, reader, now=_at(start, minutes=1))
    assert Pat.objects.get().organization == world.beta
    assert record.of("pat.found").organization == world.beta.name


def test_its_organization_is_put_right_once_its_name_is_known(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    Organization.objects.filter(pk=world.beta.pk).update(instance_id=None)
    world.beta.refresh_from_db()
    listed = _sister(world, start)
    with world.tenant.fault("pats", verb="list", body=listed):
        sync(world, reader, now=_at(start, minutes=1))
        assert Pat.objects.get().organization == world.alpha
        sync(world, reader, now=_at(start, minutes=5), organization="beta")
    assert Pat.objects.get().organization == world.beta
    assert record.types == ["pat.found"]


def test_one_of_an_organization_that_nobody_configured_stays_where_it_was_seen(
    world: World, reader: Person, start: datetime
) -> None:
    listed = _sister(world, start)
    listed["patTokens"][0]["targetAccounts"] = [str(uuid4())]
    with world.tenant.fault("pats", verb="list", body=listed):
        sync(world, reader, now=_at(start, minutes=1))
    assert Pat.objects.get().organization == world.alpha


def test_one_that_belongs_elsewhere_says_so(world: World, reader: Person, start: datetime) -> None:
    listed, elsewhere = _sister(world, start), uuid4()
    listed["patTokens"][0]["targetAccounts"] = [str(elsewhere)]
    sync(world, reader, now=_at(start, seconds=30))
    with world.tenant.fault("pats", verb="list", body=listed):
        sync(world, reader, now=_at(start, minutes=1))
    pat = Pat.objects.select_related("organization").get()
    assert (pat.instance_id, pat.is_owned_elsewhere) == (elsewhere, True)


def test_the_organization_that_a_known_one_names_is_noted_without_an_event(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    world.tenant.add_pat("alice", "alpha", "one")
    sync(world, reader, now=_at(start, minutes=1))
    Pat.objects.update(instance_id=None)
    sync(world, reader, now=_at(start, minutes=5))
    pat = Pat.objects.select_related("organization").get()
    assert str(pat.instance_id) == world.tenant.organization("alpha").instance_id
    assert (pat.is_owned_elsewhere, record.types) == (False, ["pat.found"])


def test_a_list_that_lags_behind_our_own_change_is_not_believed(
    world: World, reader: Person, record: Record
) -> None:
    pat = operations.create_pat(**world.create_arguments(reader)).pat
    world.tenant.change(list_lag_seconds=3600)
    changed = operations.extend_pat(
        key=uuid4().hex,
        actor=reader.actor,
        owner=reader.user,
        pat=pat,
        client=hasty_client(reader),
        now=timezone.now(),
        seen=operations.seen_of(pat),
        valid_to=pat.valid_to + timedelta(days=7),
    ).pat
    assert changed.changed_at is not None
    sync(world, reader, now=changed.changed_at + timedelta(minutes=2))
    assert Pat.objects.get().valid_to == changed.valid_to
    assert "pat.changed_outside" not in record.types


def test_what_a_rotation_may_have_made_is_left_to_settling(
    world: World, reader: Person, start: datetime, record: Record
) -> None:
    operations.create_pat(**world.create_arguments(reader))
    Operation.objects.update(verb="rotate", state="requested", finished_at=None, pat=None)
    Pat.objects.all().delete()
    sync(world, reader, now=timezone.now() + timedelta(minutes=5))
    assert not Pat.objects.exists()


def test_a_list_that_lags_behind_our_own_creation_is_not_believed(
    world: World, reader: Person, record: Record
) -> None:
    world.tenant.change(list_lag_seconds=3600)
    issued = operations.create_pat(**world.create_arguments(reader))
    assert issued.pat.issued_at is not None
    sync(world, reader, now=issued.pat.issued_at + timedelta(seconds=1))
    sync(world, reader, now=issued.pat.issued_at + timedelta(minutes=2))
    assert statuses(timezone.now()) == {"ci-deploy": "active"}
    assert record.types == ["pat.create_requested", "pat.created"]


def test_a_slow_creation_is_given_the_same_time(world: World, reader: Person, record: Record) -> None:
    world.tenant.change(list_lag_seconds=3600)
    world.tenant.fault("pats", verb="create", times=1, latency_seconds=0.5)
    arguments = world.create_arguments(reader)
    operations.create_pat(**arguments)
    sync(world, reader, now=arguments["now"] + timedelta(minutes=2, seconds=0.4))
    assert "pat.vanished" not in record.types


def test_a_list_that_lags_behind_our_own_revocation_is_not_believed(
    world: World, reader: Person, record: Record
) -> None:
    issued = operations.create_pat(**world.create_arguments(reader))
    operations.revoke_pat(
        key=uuid4().hex,
        actor=reader.actor,
        owner=reader.user,
        pat=issued.pat,
        client=hasty_client(reader),
        now=timezone.now(),
    )
    recover(world, rounds=1)
    world.tenant.change(list_lag_seconds=36_000)
    sync(world, reader, now=timezone.now())
    assert statuses(timezone.now()) == {"ci-deploy": "revoked"}
    assert "pat.reappeared" not in record.types


def test_our_own_revocation_is_not_taken_for_one_made_elsewhere(
    world: World, reader: Person, record: Record
) -> None:
    issued = operations.create_pat(**world.create_arguments(reader))
    operation = operations.revoke_pat(
        key=uuid4().hex,
        actor=reader.actor,
        owner=reader.user,
        pat=issued.pat,
        client=hasty_client(reader),
        now=timezone.now(),
    )
    # A sync sees it before settling does, long after.
    sync(world, reader, now=timezone.now() + timedelta(days=2))
    assert "pat.revoked_outside" not in record.types
    recover(world, rounds=1)
    operation.refresh_from_db()
    assert operation.state == Operation.State.DONE
    assert record.types[-1] == "pat.revoked"
