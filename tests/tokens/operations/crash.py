"""What the crash table is made of: cases, the places where they die, and what is true whatever happens."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError

from tests.people import Person, World
from tests.sandbox_application import Fault
from tests.sandbox_records import SandboxPat
from tests.tokens.operations.scene import Interrupted, Killed, die, failing_event, hasty_client, recover
from tokens import rules
from tokens.errors import TokensError
from tokens.models import AuditEvent, BulkItem, Operation, Pat

NAME = "ci-deploy"

Prepare = Callable[[World, Person], None]
Act = Callable[[World, Person, Any], None]
# How an operation may end in the record, once each; a late answer, which settling forestalled, comes on top.
ENDS = {
    "create": ("pat.created", "pat.create_refused", "pat.create_failed", "pat.create_settled"),
    "rotate": ("pat.rotated", "pat.rotate_refused", "pat.rotate_failed", "pat.rotate_settled"),
    "update": ("pat.updated", "pat.update_refused", "pat.update_failed", "pat.update_settled"),
    "extend": ("pat.extended", "pat.extend_refused", "pat.extend_failed", "pat.extend_settled"),
    "end": ("pat.end_set", "pat.end_refused", "pat.end_failed", "pat.end_settled"),
    "revoke": ("pat.revoked", "pat.revoke_refused", "pat.revoke_failed"),
}


def _come_to_rest(world: World) -> None:
    recover(world)


@dataclass(frozen=True)
class Case:
    """One operation: what goes before it, its call, how long the rest takes.

    `is_repeated` says that somebody does it again anyway: a page asks once more, a person presses again.
    """

    prepare: Prepare
    act: Act
    is_repeated: bool = False
    rest: Callable[[World], None] = _come_to_rest


@dataclass(frozen=True)
class Row:
    """Where an operation dies; then the ends of all operations, the statuses of the PATs, the events.

    `step` and `point` say before or after which call it dies, whose event cannot be written, or to which kind
    of call the answer is lost while it lives on; "loss untold" is both of the latter.
    """

    case: str
    step: str
    point: str
    states: tuple[str, ...]
    statuses: tuple[str, ...]
    events: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.case}: {self.step} {self.point}".strip()


def crash(row: Row, case: Case, world: World, person: Person) -> None:
    """Have the operation die where the row says."""
    client = hasty_client(person)
    match row.step:
        case "event fails":
            with failing_event(row.point), pytest.raises(DatabaseError):
                case.act(world, person, client)
        case "before":
            with pytest.raises(Killed):
                case.act(world, person, Interrupted(client, row.point, before=die))
        case "after":
            with pytest.raises(Killed):
                case.act(world, person, Interrupted(client, row.point, after=die))
        case "answer lost before" | "answer lost after":
            with _answers_lost(row, world), suppress(TokensError):
                case.act(world, person, client)
        case "loss untold":
            with (
                _answers_lost(row, world),
                failing_event(f"pat.{row.case}_answer_lost"),
                pytest.raises(DatabaseError),
            ):
                case.act(world, person, client)
        case "never":
            case.act(world, person, client)


def _answers_lost(row: Row, world: World) -> Fault:
    """Lose the answers to one kind of call, which has had its effect unless the row says otherwise."""
    moment = "before" if row.step == "answer lost before" else "after"
    return world.tenant.fault("pats", verb=row.point, drop=moment)


def check_mirror(truth: dict[str, SandboxPat]) -> None:
    """Check that the mirror holds what Azure DevOps holds: no PAT more, none less, none otherwise."""
    mirror = {str(pat.authorization_id): pat for pat in Pat.objects.all()}
    assert mirror.keys() == truth.keys()
    for key, true in truth.items():
        pat = mirror[key]
        assert (pat.name, set(pat.scopes)) == (true.display_name, set(true.scope.split()))
        assert rules.is_same_date(pat.valid_to, true.valid_to), pat.name
        assert pat.is_global == true.all_orgs
        assert pat.is_revoked == (true.status == "revoked"), pat.name


def check_accounts(truth: dict[str, SandboxPat], *, made_elsewhere: set[str]) -> None:
    """Check that no PAT works whose secret nobody has and of which nobody is told."""
    for key, true in truth.items():
        if true.status == "active" and key not in made_elsewhere:
            pat = Pat.objects.get(authorization_id=key)
            assert pat.issued_at is not None or pat.is_left_over, pat.name


def check_record() -> None:
    """Check that every operation has ended, and that its end stands in the record once."""
    told = Counter(AuditEvent.objects.values_list("operation_id", "type"))
    for operation in Operation.objects.all():
        assert not operation.is_open, (operation.verb, operation.state)
        ends = {kind: told[operation.pk, kind] for kind in ENDS[operation.verb]}
        assert sum(ends.values()) == 1, (operation.verb, operation.state, ends)


def check_bulk() -> None:
    """Check that every PAT of many has its result."""
    results = {BulkItem.State.SENT, BulkItem.State.NOT_DONE}
    assert set(BulkItem.objects.values_list("state", flat=True)) <= results


def check_changes(truth: dict[str, SandboxPat]) -> None:
    """Check that the only change of a PAT is done where Azure DevOps shows it, and there alone."""
    changes = Operation.objects.filter(verb__in=["update", "extend"])
    often = Counter(changes.values_list("pat_id", flat=True))
    for operation in changes.select_related("pat"):
        if operation.pat is not None and often[operation.pat.pk] == 1:
            true = truth[str(operation.pat.authorization_id)]
            assert _shows(operation, true) == (operation.state == Operation.State.DONE), operation.verb


def _shows(operation: Operation, true: SandboxPat) -> bool:
    asked_end: datetime | None = operation.asked_valid_to
    return (
        operation.asked_name in {"", true.display_name}
        and set(operation.scopes or true.scope.split()) == set(true.scope.split())
        and (asked_end is None or rules.is_same_date(asked_end, true.valid_to))
    )
