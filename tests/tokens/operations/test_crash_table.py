"""The crash table: every operation, every step at which it can die, and what is true after settling.

Whatever happens, each PAT of Azure DevOps is in the mirror with its true status, an operation has one end
and each of its events once, and a twin that somebody made elsewhere in the same second survives.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations import crash_changes, crash_rotations
from tests.tokens.operations.crash import (
    NAME,
    Case,
    Row,
    check_accounts,
    check_bulk,
    check_changes,
    check_mirror,
    check_record,
    crash,
)
from tests.tokens.operations.scene import SETTLER, SYNCER, Record, hasty_client, sync, wait
from tokens import operations
from tokens.errors import OutcomeUnknown, TokensError
from tokens.models import Operation, Pat

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


OWN_CASES = {
    "create": Case(_nothing, _create),
    "revoke": Case(_issue, _revoke),
    "settle a create": Case(_lose_create, _settle),
    "revoke an orphan": Case(_orphan, _revoke_orphan),
    "settle a revoke": Case(_lose_revoke, _settle),
    "sync": Case(_change_elsewhere, _sync, is_repeated=True),
    "confirm a receipt": Case(_issue, _confirm_receipt, is_repeated=True),
    "keep": Case(_leave_over, _keep, is_repeated=True),
}
CASES = {**OWN_CASES, **crash_changes.CASES, **crash_rotations.CASES}

# --- The table -----------------------------------------------------------------------------------


DONE = ("done", "done")
MADE = ("orphaned", "done")
REVOKING = ("pat.revoke_requested", "pat.revocation_sent", "pat.revoked")
SEEN = (REVOKING[0], REVOKING[2])
SETTLED = ("pat.create_settled", *REVOKING)
CHANGED = ("active", "active", "revoked")
NOTICED = ("pat.changed_outside", "pat.revoked_outside", "pat.found")
CREATE_LOST = ("pat.create_requested", "pat.create_answer_lost")
REVOKE_LOST = ("pat.revoke_requested", "pat.revoke_answer_lost")

OWN_ROWS = [
    Row("create", "event fails", "pat.create_requested", (), (), ()),
    # Only the twin is there, which might be it: shown to the person to decide.
    Row("create", "before", "create_pat", ("ambiguous",), (), ("pat.create_requested", SETTLED[0])),
    Row("create", "after", "create_pat", MADE, ("revoked",), ("pat.create_requested", *SETTLED)),
    Row(
        "create",
        "event fails",
        "pat.created",
        ("orphaned", "done"),
        ("revoked",),
        ("pat.create_requested", *SETTLED),
    ),
    Row("create", "answer lost before", "create", ("ambiguous",), (), (*CREATE_LOST, SETTLED[0])),
    Row("create", "answer lost after", "create", MADE, ("revoked",), (*CREATE_LOST, *SETTLED)),
    Row("create", "loss untold", "create", MADE, ("revoked",), ("pat.create_requested", *SETTLED)),
    Row("create", "never", "", ("done",), ("active",), ("pat.create_requested", "pat.created")),
    Row("revoke", "event fails", "pat.revoke_requested", ("done",), ("active",), ()),
    Row("revoke", "before", "revoke_pat", DONE, ("revoked",), REVOKING),
    Row("revoke", "after", "revoke_pat", DONE, ("revoked",), SEEN),
    Row(
        "revoke",
        "event fails",
        "pat.revocation_sent",
        ("done", "done"),
        ("revoked",),
        (REVOKING[0], REVOKING[2]),
    ),
    Row("revoke", "answer lost before", "revoke", DONE, ("revoked",), (*REVOKE_LOST, *REVOKING[1:])),
    Row("revoke", "answer lost after", "revoke", DONE, ("revoked",), (*REVOKE_LOST, REVOKING[2])),
    Row("revoke", "loss untold", "revoke", DONE, ("revoked",), SEEN),
    Row("revoke", "never", "", DONE, ("revoked",), REVOKING),
    Row("settle a create", "before", "list_pats", MADE, ("revoked",), SETTLED),
    Row("settle a create", "after", "list_pats", MADE, ("revoked",), SETTLED),
    Row("settle a create", "answer lost after", "list", MADE, ("revoked",), SETTLED),
    Row("settle a create", "event fails", "pat.create_settled", MADE, ("revoked",), SETTLED),
    Row("settle a create", "never", "", MADE, ("revoked",), SETTLED),
    Row("revoke an orphan", "event fails", "pat.revoke_requested", MADE, ("revoked",), REVOKING),
    Row("revoke an orphan", "before", "revoke_pat", MADE, ("revoked",), REVOKING),
    Row("revoke an orphan", "after", "revoke_pat", MADE, ("revoked",), (REVOKING[0], REVOKING[2])),
    Row("revoke an orphan", "event fails", "pat.revocation_sent", MADE, ("revoked",), SEEN),
    Row(
        "revoke an orphan",
        "answer lost before",
        "revoke",
        MADE,
        ("revoked",),
        (*REVOKE_LOST, *REVOKING[1:]),
    ),
    Row("revoke an orphan", "answer lost after", "revoke", MADE, ("revoked",), (*REVOKE_LOST, REVOKING[2])),
    Row("revoke an orphan", "never", "", MADE, ("revoked",), REVOKING),
    Row("settle a revoke", "before", "list_pats", DONE, ("revoked",), REVOKING[1:]),
    Row("settle a revoke", "after", "list_pats", DONE, ("revoked",), REVOKING[1:]),
    Row("settle a revoke", "before", "revoke_pat", DONE, ("revoked",), REVOKING[1:]),
    Row("settle a revoke", "after", "revoke_pat", DONE, ("revoked",), REVOKING[2:]),
    Row("settle a revoke", "answer lost after", "list", DONE, ("revoked",), REVOKING[1:]),
    Row("settle a revoke", "answer lost before", "revoke", DONE, ("revoked",), REVOKING[1:]),
    Row("settle a revoke", "answer lost after", "revoke", DONE, ("revoked",), REVOKING[2:]),
    Row("settle a revoke", "event fails", "pat.revocation_sent", DONE, ("revoked",), REVOKING[2:]),
    Row("settle a revoke", "never", "", DONE, ("revoked",), REVOKING[1:]),
    Row("sync", "before", "list_pats", (), CHANGED, NOTICED),
    Row("sync", "after", "list_pats", (), CHANGED, NOTICED),
    Row("sync", "answer lost after", "list", (), CHANGED, NOTICED),
    Row("sync", "event fails", "pat.found", (), CHANGED, NOTICED),
    Row("sync", "never", "", (), CHANGED, NOTICED),
    Row("confirm a receipt", "event fails", "pat.received", ("done",), ("active",), ("pat.received",)),
    Row("confirm a receipt", "never", "", ("done",), ("active",), ("pat.received",)),
    Row("keep", "event fails", "pat.kept", ("done",), ("active",), ("pat.kept",)),
    Row("keep", "never", "", ("done",), ("active",), ("pat.kept",)),
]


TABLE = [*OWN_ROWS, *crash_changes.TABLE, *crash_rotations.TABLE]


def _try_again(case: Case, world: World, person: Person) -> None:
    """Do once more what somebody does anyway; that there is nothing left to do is an answer too."""
    if case.is_repeated:
        with suppress(TokensError):
            case.act(world, person, hasty_client(person))


@pytest.mark.parametrize("row", TABLE, ids=[row.label for row in TABLE])
def test_what_is_true_after_a_crash(world: World, alice: Person, row: Row) -> None:
    case = CASES[row.case]
    case.prepare(world, alice)
    record = Record()
    crash(row, case, world, alice)
    end = timezone.now() + timedelta(days=60)
    twin = world.tenant.add_pat("alice", "alpha", NAME, scope="vso.code", valid_to=end).authorization_id

    _try_again(case, world, alice)
    case.rest(world)
    sync(world, alice, now=timezone.now())

    truth = {one.authorization_id: one for one in world.tenant.pats()}
    made_elsewhere = set(truth) if case is CASES["sync"] else {twin}
    assert truth[twin].status == "active"
    check_mirror(truth)
    check_accounts(truth, made_elsewhere=made_elsewhere)
    check_changes(truth)
    check_record()
    check_bulk()
    assert sorted(one.status for key, one in truth.items() if key != twin) == sorted(row.statuses)
    rows = Operation.objects.order_by("requested_at")
    assert tuple(one.state for one in rows) == row.states
    about_others = {one.id for one in record.events if str(one.authorization_id) == twin}
    assert sorted(one.type for one in record.events if one.id not in about_others) == sorted(row.events)
