"""The crash table: every operation, every step at which it can die, and what is true after settling.

Whatever happens, each PAT of Azure DevOps is in the mirror with its true status, an operation has one end
and each of its events once, and a twin that somebody made elsewhere in the same second survives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import (
    SETTLER,
    SYNCER,
    Interrupted,
    Killed,
    Record,
    die,
    failing_event,
    hasty_client,
    recover,
    sync,
    wait,
)
from tokens import operations
from tokens.errors import OutcomeUnknown
from tokens.models import Operation, Pat

NAME = "ci-deploy"


# --- The operations ------------------------------------------------------------------------------


def _create(world: World, person: Person, client: Any) -> None:
    operations.create_pat(**world.create_arguments(person, client=client, name=NAME))


def _revoke(world: World, person: Person, client: Any) -> None:
    operations.revoke_pat(
        key=uuid4().hex,
        actor=person.actor,
        owner=person.user,
        pat=Pat.objects.get(name=NAME),
        client=client,
        now=timezone.now(),
    )


def _settle(world: World, person: Person, client: Any) -> None:
    operation = Operation.objects.get(finished_at=None)
    operations.settle_operation(
        operation_id=str(operation.pk), client=client, actor=SETTLER, now=timezone.now()
    )


def _revoke_orphan(world: World, person: Person, client: Any) -> None:
    creation = Operation.objects.get(verb="create")
    operations.revoke_orphan(operation_id=str(creation.pk), client=client, actor=SETTLER, now=timezone.now())


def _sync(world: World, person: Person, client: Any) -> None:
    operations.sync_pats(
        user=person.user, organization=world.alpha, client=client, actor=SYNCER, now=timezone.now()
    )


def _confirm_receipt(world: World, person: Person, client: Any) -> None:
    pat = Pat.objects.get()
    operations.confirm_receipt(actor=person.actor, owner=person.user, pat=pat, now=timezone.now())


def _keep(world: World, person: Person, client: Any) -> None:
    operations.keep_pat(actor=person.actor, owner=person.user, pat=Pat.objects.get(), now=timezone.now())


# --- What goes before them -----------------------------------------------------------------------


def _nothing(world: World, person: Person) -> None:
    sync(world, person, now=timezone.now())


def _issue(world: World, person: Person) -> None:
    _nothing(world, person)
    _create(world, person, hasty_client(person))


def _lose_create(world: World, person: Person) -> None:
    _nothing(world, person)
    with world.tenant.fault("pats", verb="create", times=1, drop="after"), pytest.raises(OutcomeUnknown):
        _create(world, person, hasty_client(person))
    wait(world, minutes=7)


def _lose_revoke(world: World, person: Person) -> None:
    _issue(world, person)
    with world.tenant.fault("pats", verb="revoke", drop="before"), pytest.raises(OutcomeUnknown):
        _revoke(world, person, hasty_client(person))
    wait(world, minutes=7)


def _orphan(world: World, person: Person) -> None:
    _lose_create(world, person)
    _settle(world, person, hasty_client(person))


def _change_elsewhere(world: World, person: Person) -> None:
    made = [world.tenant.add_pat("alice", "alpha", name) for name in ("renamed", "revoked")]
    sync(world, person, now=timezone.now())
    world.tenant.change_pat(made[0], display_name=NAME)
    world.tenant.change_pat(made[1], revoked=True)
    world.tenant.add_pat("alice", "alpha", "new")
    wait(world, days=2)


def _leave_over(world: World, person: Person) -> None:
    _issue(world, person)
    Pat.objects.update(is_left_over=True)


@dataclass(frozen=True)
class Case:
    """One operation: what goes before it, and its call."""

    prepare: Callable[[World, Person], None]
    act: Callable[[World, Person, Any], None]


CASES = {
    "create": Case(_nothing, _create),
    "revoke": Case(_issue, _revoke),
    "settle a create": Case(_lose_create, _settle),
    "revoke an orphan": Case(_orphan, _revoke_orphan),
    "settle a revoke": Case(_lose_revoke, _settle),
    "sync": Case(_change_elsewhere, _sync),
    "confirm a receipt": Case(_issue, _confirm_receipt),
    "keep": Case(_leave_over, _keep),
}

# --- The table -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """Where an operation dies; then the ends of all operations, the status of the PAT, the events."""

    case: str
    step: str
    point: str
    states: tuple[str, ...]
    status: str
    events: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.case}: {self.step} {self.point}".strip()


MADE = ("orphaned", "done")
REVOKING = ("pat.revoke_requested", "pat.revocation_sent", "pat.revoked")
SEEN = (REVOKING[0], REVOKING[2])
SETTLED = ("pat.create_settled", *REVOKING)
NOTICED = ("pat.changed_outside", "pat.revoked_outside", "pat.found")

TABLE = [
    Row("create", "event fails", "pat.create_requested", (), "none", ()),
    # Only the twin is there, which might be it: shown to the person to decide.
    Row("create", "before", "create_pat", ("ambiguous",), "none", ("pat.create_requested", SETTLED[0])),
    Row("create", "after", "create_pat", MADE, "revoked", ("pat.create_requested", *SETTLED)),
    Row(
        "create",
        "event fails",
        "pat.created",
        ("orphaned", "done"),
        "revoked",
        ("pat.create_requested", *SETTLED),
    ),
    Row("create", "never", "", ("done",), "active", ("pat.create_requested", "pat.created")),
    Row("revoke", "event fails", "pat.revoke_requested", ("done",), "active", ()),
    Row("revoke", "before", "revoke_pat", ("done", "done"), "revoked", REVOKING),
    Row("revoke", "after", "revoke_pat", ("done", "done"), "revoked", SEEN),
    Row(
        "revoke",
        "event fails",
        "pat.revocation_sent",
        ("done", "done"),
        "revoked",
        (REVOKING[0], REVOKING[2]),
    ),
    Row("revoke", "never", "", ("done", "done"), "revoked", REVOKING),
    Row("settle a create", "before", "list_pats", MADE, "revoked", SETTLED),
    Row("settle a create", "after", "list_pats", MADE, "revoked", SETTLED),
    Row("settle a create", "event fails", "pat.create_settled", MADE, "revoked", SETTLED),
    Row("settle a create", "never", "", MADE, "revoked", SETTLED),
    Row("revoke an orphan", "event fails", "pat.revoke_requested", MADE, "revoked", REVOKING),
    Row("revoke an orphan", "before", "revoke_pat", MADE, "revoked", REVOKING),
    Row("revoke an orphan", "after", "revoke_pat", MADE, "revoked", (REVOKING[0], REVOKING[2])),
    Row("revoke an orphan", "never", "", MADE, "revoked", REVOKING),
    Row("settle a revoke", "before", "list_pats", ("done", "done"), "revoked", REVOKING[1:]),
    Row("settle a revoke", "after", "list_pats", ("done", "done"), "revoked", REVOKING[1:]),
    Row("settle a revoke", "before", "revoke_pat", ("done", "done"), "revoked", REVOKING[1:]),
    Row("settle a revoke", "after", "revoke_pat", ("done", "done"), "revoked", REVOKING[2:]),
    Row("settle a revoke", "event fails", "pat.revocation_sent", ("done", "done"), "revoked", REVOKING[2:]),
    Row("settle a revoke", "never", "", ("done", "done"), "revoked", REVOKING[1:]),
    Row("sync", "before", "list_pats", (), "active", NOTICED),
    Row("sync", "after", "list_pats", (), "active", NOTICED),
    Row("sync", "event fails", "pat.found", (), "active", NOTICED),
    Row("sync", "never", "", (), "active", NOTICED),
    Row("confirm a receipt", "event fails", "pat.received", ("done",), "active", ("pat.received",)),
    Row("confirm a receipt", "never", "", ("done",), "active", ("pat.received",)),
    Row("keep", "event fails", "pat.kept", ("done",), "active", ("pat.kept",)),
    Row("keep", "never", "", ("done",), "active", ("pat.kept",)),
]


def _crash(row: Row, world: World, person: Person) -> None:
    act, client = CASES[row.case].act, hasty_client(person)
    match row.step:
        case "event fails":
            with failing_event(row.point), pytest.raises(DatabaseError):
                act(world, person, client)
        case "before":
            with pytest.raises(Killed):
                act(world, person, Interrupted(client, row.point, before=die))
        case "after":
            with pytest.raises(Killed):
                act(world, person, Interrupted(client, row.point, after=die))
        case "never":
            act(world, person, client)


def _try_again(row: Row, world: World, person: Person) -> None:
    """Do what somebody does again anyway: the page asks for a sync, a person presses the button again."""
    if row.case in {"sync", "confirm a receipt", "keep"}:
        CASES[row.case].act(world, person, hasty_client(person))


@pytest.mark.parametrize("row", TABLE, ids=[row.label for row in TABLE])
def test_what_is_true_after_a_crash(world: World, alice: Person, row: Row) -> None:
    CASES[row.case].prepare(world, alice)
    record = Record()
    _crash(row, world, alice)
    end = timezone.now() + timedelta(days=60)
    twin = world.tenant.add_pat("alice", "alpha", NAME, scope="vso.code", valid_to=end)

    _try_again(row, world, alice)
    recover(world)
    sync(world, alice, now=timezone.now())

    truth = {one.authorization_id: one.status for one in world.tenant.pats()}
    assert truth[twin.authorization_id] == "active"
    mirror = {str(pat.authorization_id): pat for pat in Pat.objects.all()}
    found = {key: "revoked" if pat.is_revoked else "active" for key, pat in mirror.items()}
    assert found == truth
    ours = [status for key, status in truth.items() if key != twin.authorization_id]
    assert row.status in (ours or ["none"])

    rows = Operation.objects.order_by("requested_at")
    assert tuple(one.state for one in rows) == row.states
    of_the_twin = {
        event.id for event in record.events if str(event.authorization_id) == twin.authorization_id
    }
    events = tuple(event.type for event in record.events if event.id not in of_the_twin)
    assert sorted(events) == sorted(row.events)
    ends = [one.operation_id for one in record.events if one.type in {"pat.created", "pat.create_settled"}]
    assert len(ends) == len(set(ends))
