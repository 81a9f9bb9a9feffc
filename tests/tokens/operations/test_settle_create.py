"""Settling a creation whose answer was lost. A PAT that somebody made elsewhere survives, always."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.sandbox_records import SandboxPat
from tests.tokens.operations.scene import (
    Interrupted,
    Killed,
    Record,
    die,
    hasty_client,
    recover,
    settle,
    statuses,
    sync,
    wait,
)
from tokens import operations, rules
from tokens.errors import OutcomeUnknown
from tokens.models import Operation, Pat

State = Operation.State
A_MINUTE = timedelta(minutes=1)


def _lose(world: World, person: Person, *, drop: str = "after", **changes: Any) -> Operation:
    """Create a PAT whose answer is lost, before or after the effect."""
    arguments = world.create_arguments(person, **changes)
    with world.tenant.fault("pats", verb="create", times=1, drop=drop), pytest.raises(OutcomeUnknown):
        operations.create_pat(**arguments)
    return Operation.objects.get(key=arguments["key"])


def _twin(world: World, operation: Operation, **changes: Any) -> SandboxPat:
    """Make a PAT elsewhere that looks like the one that is looked for, but for the mark."""
    facts: dict[str, Any] = {
        "scope": " ".join(operation.scopes),
        "valid_to": operation.asked_valid_to + timedelta(seconds=30),  # type: ignore[operator]
    }
    return world.tenant.add_pat("alice", "alpha", operation.name, **facts | changes)


def _truth(world: World, *except_for: SandboxPat) -> list[str]:
    """Return the status of every PAT in Azure DevOps, those left out that must be active."""
    others = {one.authorization_id for one in except_for}
    found = world.tenant.pats()
    assert {one.status for one in found if one.authorization_id in others} <= {"active"}
    return [one.status for one in found if one.authorization_id not in others]


def _resolutions(record: Record) -> list[str]:
    return [one.recorded["resolution"] for one in record.events if one.type == "pat.create_settled"]


def test_the_only_one_with_the_mark_is_revoked(world: World, alice: Person, record: Record) -> None:
    operation = _lose(world, alice)
    operation = settle(operation, alice, now=operation.deadline_at)

    assert operation.state == State.ORPHANED
    assert operation.pat is not None
    assert operation.pat.issued_at is None
    recover(world)
    assert _truth(world) == ["revoked"]
    assert statuses(timezone.now()) == {"ci-deploy": "revoked"}
    assert record.types == [
        "pat.create_requested",
        "pat.create_answer_lost",
        "pat.create_settled",
        "pat.revoke_requested",
        "pat.revocation_sent",
        "pat.revoked",
    ]
    settled = record.of("pat.create_settled")
    assert (settled.outcome, settled.actor_kind, settled.actor_label) == ("failed", "system", "settling")
    assert settled.owner_object_id == alice.user.object_id
    assert settled.recorded == {"resolution": "orphaned", "found": [world.tenant.pats()[0].authorization_id]}
    assert settled.authorization_id == operation.pat.authorization_id


def test_that_nothing_was_made_takes_two_lists_a_minute_apart(
    world: World, alice: Person, record: Record
) -> None:
    operation = _lose(world, alice, drop="before")
    first = operation.deadline_at
    assert settle(operation, alice, now=first).state == State.REQUESTED
    # The claim holds until the second look is due; nobody looks before.
    assert settle(operation, alice, now=first + timedelta(seconds=59)).state == State.REQUESTED
    assert len(world.tenant.requests("pats", verb="list")) == 1
    assert settle(operation, alice, now=first + A_MINUTE).state == State.NOTHING_MADE
    assert len(world.tenant.requests("pats", verb="list")) == 2

    assert record.types == ["pat.create_requested", "pat.create_answer_lost", "pat.create_settled"]
    assert record.of("pat.create_settled").recorded == {"resolution": "nothing_made", "found": []}
    assert not Pat.objects.exists()


def test_the_jobs_alone_find_out_that_nothing_was_made(world: World, alice: Person, record: Record) -> None:
    operation = _lose(world, alice, drop="before")
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.NOTHING_MADE
    assert _resolutions(record) == ["nothing_made"]


def test_a_list_that_lags_hides_nothing(world: World, alice: Person, record: Record) -> None:
    world.tenant.change(list_lag_seconds=3600)
    operation = _lose(world, alice)
    assert settle(operation, alice, now=operation.deadline_at).state == State.REQUESTED
    world.tenant.change(list_lag_seconds=0)
    assert settle(operation, alice, now=operation.deadline_at + A_MINUTE).state == State.ORPHANED
    recover(world)
    assert _truth(world) == ["revoked"]
    assert _resolutions(record) == ["orphaned"]


def test_a_twin_in_a_list_that_lags_does_not_hide_ours(world: World, alice: Person, record: Record) -> None:
    world.tenant.change(list_lag_seconds=3600)
    operation = _lose(world, alice)
    twin = _twin(world, operation)
    assert settle(operation, alice, now=operation.deadline_at).state == State.REQUESTED
    world.tenant.change(list_lag_seconds=0)
    assert settle(operation, alice, now=operation.deadline_at + A_MINUTE).state == State.ORPHANED
    recover(world)
    assert _truth(world, twin) == ["revoked"]


def test_one_that_a_policy_shortened_is_for_the_person_to_judge(
    world: World, alice: Person, record: Record
) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    operation = _lose(world, alice)
    for minutes in (0, 1):
        operation = settle(operation, alice, now=operation.deadline_at + timedelta(minutes=minutes))
    recover(world)

    assert operation.state == State.AMBIGUOUS
    assert _truth(world) == ["active"]
    pat = Pat.objects.get()
    assert pat.is_left_over
    settled = record.of("pat.create_settled")
    assert settled.outcome == "unknown"
    assert settled.recorded == {"resolution": "ambiguous", "found": [str(pat.authorization_id)]}


def test_what_is_left_over_can_be_kept(world: World, alice: Person, record: Record) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    _lose(world, alice)
    recover(world)
    operations.keep_pat(actor=alice.actor, owner=alice.user, pat=Pat.objects.get(), now=timezone.now())
    recover(world)
    assert not Pat.objects.get().is_left_over
    assert _truth(world) == ["active"]
    assert record.types[-2:] == ["pat.create_settled", "pat.kept"]


def test_what_is_left_over_can_be_revoked(world: World, alice: Person, record: Record) -> None:
    world.tenant.change(policies={"max_days": 7, "lifespan_mode": "clamp"})
    _lose(world, alice)
    recover(world)
    operations.revoke_pat(
        key="a key of a form",
        actor=alice.actor,
        owner=alice.user,
        pat=Pat.objects.get(),
        client=alice.client,
        now=timezone.now(),
    )
    recover(world)
    pat = Pat.objects.get()
    assert (pat.is_revoked, pat.is_left_over) == (True, False)
    assert _truth(world) == ["revoked"]
    assert record.types[-1] == "pat.revoked"


def test_a_twin_of_the_same_second_with_another_expiry_survives(
    world: World, alice: Person, record: Record
) -> None:
    operation = _lose(world, alice)
    twin = _twin(world, operation)
    assert settle(operation, alice, now=operation.deadline_at).state == State.ORPHANED
    recover(world)
    assert _truth(world, twin) == ["revoked"]
    assert _resolutions(record) == ["orphaned"]


def test_a_twin_survives_where_nothing_was_made(world: World, alice: Person) -> None:
    operation = _lose(world, alice, drop="before")
    twin = _twin(world, operation)
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.AMBIGUOUS
    assert _truth(world, twin) == []
    assert Pat.objects.get().is_left_over


@pytest.mark.parametrize("milliseconds", [-6, 0, 6])
def test_two_with_the_same_mark_both_survive(
    world: World, alice: Person, record: Record, milliseconds: int
) -> None:
    operation = _lose(world, alice)
    assert operation.asked_valid_to is not None
    end = operation.asked_valid_to + timedelta(milliseconds=milliseconds)
    twin = _twin(world, operation, valid_to=end)
    assert settle(operation, alice, now=operation.deadline_at).state == State.AMBIGUOUS
    recover(world)
    assert _truth(world, twin) == ["active"]
    assert Pat.objects.filter(is_left_over=True).count() == 2
    assert _resolutions(record) == ["ambiguous"]


@pytest.mark.parametrize("milliseconds", [-900, 20, 900])
def test_a_twin_that_ends_in_the_same_second_survives(
    world: World, alice: Person, record: Record, milliseconds: int
) -> None:
    operation = _lose(world, alice)
    assert operation.asked_valid_to is not None
    twin = _twin(world, operation, valid_to=operation.asked_valid_to + timedelta(milliseconds=milliseconds))
    recover(world)
    assert _truth(world, twin) == ["revoked"]
    assert _resolutions(record) == ["orphaned"]


@pytest.mark.parametrize(
    "change", [{"scope": "vso.code vso.build"}, {"name": "CI-Deploy"}], ids=["scopes", "name"]
)
def test_one_that_looks_different_is_no_candidate(
    world: World, alice: Person, change: dict[str, Any]
) -> None:
    operation = _lose(world, alice, drop="before")
    name = change.pop("name", operation.name)
    facts = {"scope": "vso.code", "valid_to": operation.asked_valid_to} | change
    other = world.tenant.add_pats("alice", "alpha", name, **facts)[0]
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.NOTHING_MADE
    assert _truth(world, other) == []


def test_one_made_before_the_intent_is_no_candidate(world: World, alice: Person) -> None:
    now = timezone.now()
    end = rules.with_mark(now + timedelta(days=30))
    begun = now - timedelta(seconds=10)
    other = world.tenant.add_pat("alice", "alpha", "ci-deploy", valid_from=begun, valid_to=end)
    operation = _lose(world, alice, drop="before", now=now, valid_to=end)
    for minutes in (0, 1):
        operation = settle(operation, alice, now=operation.deadline_at + timedelta(minutes=minutes))
    assert operation.state == State.NOTHING_MADE
    assert _truth(world, other) == []


def test_the_clock_of_azure_devops_is_the_one_that_counts(world: World, alice: Person) -> None:
    world.tenant.change(clock_offset_seconds=-600)
    operation = _lose(world, alice)
    assert settle(operation, alice, now=operation.deadline_at).state == State.ORPHANED


def test_one_that_the_mirror_knew_before_is_no_candidate(world: World, reader: Person) -> None:
    now = timezone.now()
    end = rules.with_mark(now + timedelta(days=30))
    known = world.tenant.add_pat("alice", "alpha", "ci-deploy", valid_to=end)
    sync(world, reader, now=now - timedelta(seconds=1))
    operation = _lose(world, reader, drop="before", now=now, valid_to=end)
    for minutes in (0, 1):
        operation = settle(operation, reader, now=operation.deadline_at + timedelta(minutes=minutes))
    assert operation.state == State.NOTHING_MADE
    assert _truth(world, known) == []


def test_one_that_another_form_was_answered_with_survives(world: World, alice: Person) -> None:
    """Two tabs, the same name and scopes, even the same mark; one answer came and one was lost."""
    arguments = world.create_arguments(alice)
    issued = operations.create_pat(**arguments)
    operation = _lose(world, alice, drop="before", valid_to=arguments["valid_to"])
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.NOTHING_MADE
    assert Pat.objects.get() == issued.pat
    assert _truth(world) == ["active"]


def test_two_lost_creations_of_one_name_are_told_apart(world: World, alice: Person, record: Record) -> None:
    operations_lost = [_lose(world, alice), _lose(world, alice)]
    recover(world)
    for operation in operations_lost:
        operation.refresh_from_db()
        assert operation.state == State.ORPHANED
    assert len({operation.pat_id for operation in operations_lost}) == 2
    assert _truth(world) == ["revoked", "revoked"]
    assert _resolutions(record) == ["orphaned", "orphaned"]


def test_one_that_another_open_creation_may_have_made_is_left_to_that_one(
    world: World, alice: Person, record: Record
) -> None:
    first, second = _lose(world, alice, drop="before"), _lose(world, alice)
    recover(world)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.NOTHING_MADE, State.ORPHANED)
    assert _truth(world) == ["revoked"]
    assert not Pat.objects.filter(is_left_over=True).exists()


def test_one_with_the_mark_of_two_open_creations_is_not_revoked_for_the_first(
    world: World, alice: Person
) -> None:
    first = _lose(world, alice, drop="before")
    _lose(world, alice, valid_to=first.asked_valid_to)
    assert settle(first, alice, now=first.deadline_at).state == State.AMBIGUOUS
    assert _truth(world) == ["active"]


def test_one_made_days_later_is_no_candidate(world: World, alice: Person) -> None:
    """Somebody whose grant was dead makes another one elsewhere, with the same name, and signs in again."""
    operation = _lose(world, alice, drop="before")
    wait(world, days=2)
    other = _twin(world, operation)
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.NOTHING_MADE
    assert _truth(world, other) == []


def test_one_for_all_organizations_is_never_ours(world: World, alice: Person) -> None:
    operation = _lose(world, alice, drop="before")
    other = _twin(world, operation, valid_to=operation.asked_valid_to, all_orgs=True)
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.NOTHING_MADE
    assert _truth(world, other) == []


def test_a_sync_in_between_does_not_take_it_for_one_made_outside(
    world: World, reader: Person, record: Record
) -> None:
    operation = _lose(world, reader)
    sync(world, reader, now=timezone.now() + timedelta(minutes=3))
    assert not Pat.objects.exists()
    recover(world)
    sync(world, reader, now=timezone.now() + timedelta(minutes=3))

    operation.refresh_from_db()
    assert operation.state == State.ORPHANED
    assert "pat.found" not in record.types
    assert statuses(timezone.now()) == {"ci-deploy": "revoked"}


def test_a_sync_takes_a_twin_for_one_made_outside_once_that_is_clear(
    world: World, reader: Person, record: Record
) -> None:
    operation = _lose(world, reader)
    twin = _twin(world, operation)
    sync(world, reader, now=timezone.now() + timedelta(minutes=3))
    assert "pat.found" not in record.types
    recover(world)
    sync(world, reader, now=timezone.now() + timedelta(minutes=3))
    assert str(record.of("pat.found").authorization_id) == twin.authorization_id
    assert _truth(world, twin) == ["revoked"]


def test_one_that_was_revoked_elsewhere_meanwhile_ends_as_revoked(
    world: World, alice: Person, record: Record
) -> None:
    operation = _lose(world, alice)
    world.tenant.change_pat(world.tenant.pats()[0], revoked=True)
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.ORPHANED
    assert statuses(timezone.now()) == {"ci-deploy": "revoked"}
    assert record.types.count("pat.revoked") == 1


def test_it_looks_again_after_azure_devops_failed(world: World, alice: Person, record: Record) -> None:
    operation = _lose(world, alice)
    with world.tenant.fault("pats", verb="list", status=403):
        recover(world, rounds=1)
    operation.refresh_from_db()
    assert operation.is_open
    recover(world)
    operation.refresh_from_db()
    assert operation.state == State.ORPHANED
    assert _resolutions(record) == ["orphaned"]


def test_dying_while_looking_costs_nothing_but_time(world: World, alice: Person, record: Record) -> None:
    operation = _lose(world, alice)
    client = Interrupted(hasty_client(alice), "list_pats", after=die)
    with pytest.raises(Killed):
        settle(operation, alice, now=operation.deadline_at, client=client)
    recover(world)
    assert _truth(world) == ["revoked"]
    assert _resolutions(record) == ["orphaned"]
