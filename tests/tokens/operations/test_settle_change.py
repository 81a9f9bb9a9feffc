"""Settling a change whose answer was lost: by what the PAT is now, and never by sending it again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

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
    settle,
    sync,
)
from tokens import operations
from tokens.errors import OrganizationNotFound, TokensError
from tokens.models import Operation, Pat
from tokens.operations._change import Asked, change
from tokens.operations._change_kind import END, EXTEND, KINDS, UPDATE, ChangeKind
from tokens.operations._second_look import SECOND_LOOK_AFTER

State = Operation.State
VERBS = list(KINDS)


@pytest.fixture
def pat(world: World, reader: Person) -> Pat:
    """A PAT that Alice made for 30 days."""
    return operations.create_pat(**world.create_arguments(reader)).pat


def _asked(kind: ChangeKind, pat: Pat) -> Asked:
    wishes = {
        UPDATE.verb: Asked(name="renamed", scopes=frozenset({"vso.build", "vso.work"})),
        EXTEND.verb: Asked(valid_to=pat.valid_to + timedelta(days=30)),
        END.verb: Asked(valid_to=timezone.now() + timedelta(days=1)),
    }
    return wishes[kind.verb]


def _die(person: Person, pat: Pat, verb: str, *, asked: Asked | None = None, **moments: Any) -> Operation:
    """Begin a change that the process does not survive."""
    kind, key = KINDS[verb], uuid4().hex
    with pytest.raises(Killed):
        change(
            kind,
            key=key,
            actor=person.actor,
            owner=person.user,
            pat=pat,
            client=Interrupted(hasty_client(person), "update_pat", **moments),  # type: ignore[arg-type]
            now=timezone.now(),
            asked=asked or _asked(kind, pat),
        )
    return Operation.objects.get(key=key)


def _settle(operation: Operation, person: Person, *, looks: int = 1) -> Operation:
    now = operation.deadline_at
    for _ in range(looks):
        operation = settle(operation, person, now=now)
        now += SECOND_LOOK_AFTER
    return operation


def _truth(world: World) -> SandboxPat:
    (only,) = world.tenant.pats()
    return only


def _sent(world: World) -> int:
    return len(world.tenant.requests("pats", verb="update"))


@pytest.mark.parametrize("verb", VERBS)
def test_what_was_changed_is_found(world: World, reader: Person, pat: Pat, record: Record, verb: str) -> None:
    operation = _die(reader, pat, verb, after=die)
    settled = _settle(operation, reader)

    row, truth = Pat.objects.get(), _truth(world)
    assert (settled.state, settled.error_code) == (State.DONE, "")
    assert (row.name, row.valid_to) == (truth.display_name, truth.valid_to)
    assert set(row.scopes) == set(truth.scope.split())
    assert row.changed_at == settled.finished_at
    assert record.types == [f"pat.{verb}_requested", f"pat.{verb}_settled"]
    event = record.events[1]
    assert (event.outcome, event.recorded["resolution"]) == ("success", "done")
    assert set(event.recorded) == {"resolution", *(["name", "scopes"] if verb == "update" else ["valid_to"])}
    assert _sent(world) == 1


@pytest.mark.parametrize("verb", VERBS)
def test_what_was_not_changed_is_believed_after_two_looks(
    world: World, reader: Person, pat: Pat, record: Record, verb: str
) -> None:
    operation = _die(reader, pat, verb, before=die)
    early = _settle(operation, reader)
    assert (early.state, record.types) == (State.REQUESTED, [f"pat.{verb}_requested"])
    at = operation.deadline_at + SECOND_LOOK_AFTER
    settle(operation, reader, now=at - timedelta(milliseconds=1))
    assert Operation.objects.get(pk=operation.pk).is_open
    settled = settle(operation, reader, now=at)

    assert (settled.state, settled.error_code) == (State.FAILED, "not_changed")
    event = record.of(f"pat.{verb}_settled")
    assert (event.outcome, event.error_code, event.recorded["resolution"]) == (
        "failed",
        "not_changed",
        "failed",
    )
    row = Pat.objects.get()
    assert (row.name, row.valid_to, row.scopes) == (pat.name, pat.valid_to, pat.scopes)
    assert _sent(world) == 0


def test_what_takes_effect_between_the_two_looks_is_found(
    world: World, reader: Person, pat: Pat, record: Record
) -> None:
    operation = _die(reader, pat, "update", before=die)
    _settle(operation, reader)
    world.tenant.change_pat(
        _truth(world).authorization_id, display_name="renamed", scope="vso.build vso.work"
    )
    settled = settle(operation, reader, now=operation.deadline_at + SECOND_LOOK_AFTER)
    assert (settled.state, Pat.objects.get().name) == (State.DONE, "renamed")


@pytest.mark.parametrize("truth", [{"display_name": "renamed"}, {"scope": "vso.build vso.work"}], ids=str)
def test_half_of_what_was_asked_is_not_what_was_asked(
    world: World, reader: Person, pat: Pat, record: Record, truth: dict[str, str]
) -> None:
    operation = _die(reader, pat, "update", before=die)
    world.tenant.change_pat(_truth(world).authorization_id, **truth)
    settled = _settle(operation, reader, looks=2)
    assert settled.state == State.FAILED
    # The mirror tells the truth all the same, and the event what differs.
    row = Pat.objects.get()
    assert (row.name, set(row.scopes)) == (_truth(world).display_name, set(_truth(world).scope.split()))
    assert len(record.of("pat.update_settled").recorded) == 2


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ((60, 60), State.DONE),
        ((60, 45), State.DONE),  # shortened by a policy
        ((60, 30), State.FAILED),
        ((60, 90), State.FAILED),  # somebody else
        ((60, 20), State.FAILED),
        ((5, 5), State.DONE),
        ((5, 12), State.DONE),
        ((5, 30), State.FAILED),
        ((5, 60), State.FAILED),
    ],
    ids=str,
)
def test_an_expiry_that_went_part_of_the_way_counts(
    world: World, reader: Person, pat: Pat, days: tuple[int, int], state: Operation.State
) -> None:
    """The days of life that were asked for and that it has when it is looked at; it had 30."""
    asked_days, found_days = days
    verb = "extend" if asked_days > 30 else "end"
    start = pat.valid_to - timedelta(days=30)
    asked = Asked(valid_to=start + timedelta(days=asked_days))
    operation = _die(reader, pat, verb, asked=asked, before=die)
    world.tenant.change_pat(_truth(world).authorization_id, valid_to=start + timedelta(days=found_days))
    assert _settle(operation, reader, looks=2).state == state
    assert Pat.objects.get().valid_to == _truth(world).valid_to


def test_a_shortened_life_is_told_by_the_event(
    world: World, reader: Person, pat: Pat, record: Record
) -> None:
    world.tenant.change(policies={"max_days": 40, "lifespan_mode": "clamp"})
    operation = _die(reader, pat, "extend", after=die)
    assert _settle(operation, reader).state == State.DONE
    data = record.of("pat.extend_settled").recorded
    assert set(data) == {"resolution", "valid_to", "asked_valid_to", "returned"}


# --- When there is nothing to look at ------------------------------------------------------------


def test_a_pat_that_azure_devops_does_not_know_is_gone(
    world: World, reader: Person, pat: Pat, record: Record
) -> None:
    operation = _die(reader, pat, "update", before=die)
    Pat.objects.update(authorization_id=uuid4())
    settled = _settle(operation, reader, looks=2)
    assert (settled.state, settled.error_code) == (State.FAILED, "not_changed")
    assert record.of("pat.update_settled").recorded == {"resolution": "gone"}


def test_an_organization_that_is_not_found_says_nothing_of_the_pat(
    world: World, reader: Person, pat: Pat, record: Record
) -> None:
    operation = _die(reader, pat, "update", after=die)
    world.tenant.rename_organization("alpha", "alpha-renamed")
    with pytest.raises(OrganizationNotFound):
        _settle(operation, reader)
    operation.refresh_from_db()
    assert (operation.is_open, operation.listed_empty_at) == (True, None)


def test_a_failure_leaves_it_open(world: World, reader: Person, pat: Pat, record: Record) -> None:
    operation = _die(reader, pat, "extend", after=die)
    with world.tenant.fault("pats", verb="get", status=401), pytest.raises(TokensError):
        _settle(operation, reader)
    operation.refresh_from_db()
    assert (operation.is_open, record.types) == (True, ["pat.extend_requested"])


def test_a_row_that_is_gone_ends_it(world: World, reader: Person, pat: Pat, record: Record) -> None:
    operation = _die(reader, pat, "update", after=die)
    Operation.objects.update(pat=None)
    assert _settle(operation, reader, looks=2).state == State.FAILED
    assert record.of("pat.update_settled").recorded == {"resolution": "gone"}


def test_it_is_not_looked_at_before_the_deadline(world: World, reader: Person, pat: Pat) -> None:
    operation = _die(reader, pat, "update", after=die)
    world.tenant.forget_requests()
    settle(operation, reader, now=operation.deadline_at - timedelta(seconds=1))
    assert world.tenant.requests("pats") == []


def test_it_is_settled_once(world: World, reader: Person, pat: Pat, record: Record) -> None:
    operation = _die(reader, pat, "update", after=die)

    def other() -> None:
        Operation.objects.filter(pk=operation.pk).update(
            state=State.FAILED, finished_at=timezone.now(), error_code="by another"
        )

    client = Interrupted(hasty_client(reader), "get_pat", after=other)
    settle(operation, reader, now=operation.deadline_at, client=client)
    assert record.types == ["pat.update_requested"]
    assert Pat.objects.get().name == pat.name


# --- Meanwhile -----------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_a_sync_does_not_judge_what_is_being_changed(
    world: World, reader: Person, pat: Pat, record: Record, verb: str
) -> None:
    operation = _die(reader, pat, verb, after=die)
    sync(world, reader, now=timezone.now() + timedelta(days=2))
    row = Pat.objects.get()
    assert (row.name, row.valid_to, row.vanished_at) == (pat.name, pat.valid_to, None)
    assert record.types == [f"pat.{verb}_requested"]
    _settle(operation, reader)
    sync(world, reader, now=timezone.now() + timedelta(days=4))
    assert record.types == [f"pat.{verb}_requested", f"pat.{verb}_settled"]


def test_one_that_is_being_changed_is_not_called_vanished(
    world: World, reader: Person, pat: Pat, record: Record
) -> None:
    _die(reader, pat, "update", after=die)
    Pat.objects.update(authorization_id=uuid4())
    sync(world, reader, now=timezone.now() + timedelta(days=2))
    assert Pat.objects.get(pk=pat.pk).vanished_at is None
