"""Settle a change whose answer was lost, by what the PAT is now. The change is never sent again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from patportal.lib.actors import Actor
from tokens import audit, rules
from tokens.azure_devops import errors as wire
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.types import PatMetadata
from tokens.models import Operation, Outcome, Pat
from tokens.operations._change import outcome_data
from tokens.operations._change_kind import KINDS
from tokens.operations._intent import about, move_on
from tokens.operations._mirror import write_changed
from tokens.operations._second_look import second_look_at

# The error code of a change that two looks a minute apart did not find.
NOT_CHANGED = "not_changed"
GONE = "gone"


@dataclass(frozen=True)
class _Found:
    """What was asked of Azure DevOps is known now; without `metadata` it does not know the PAT."""

    metadata: PatMetadata | None
    is_changed: bool


def settle_change(
    operation: Operation, *, client: AzureDevOpsClient, actor: Actor, now: datetime
) -> datetime | None:
    """Look what the PAT is now; returns when to look again, or None when it is settled.

    It was changed if it shows all that was asked, a life that a policy cut short included. "Nothing was
    changed" needs a second look a minute later, because a change may take effect after its answer was lost.
    """
    found = _look(operation, operation.pat, client=client)
    if not found.is_changed and (look_again_at := second_look_at(operation, now=now)):
        return look_again_at
    _conclude(operation, found, actor=actor, now=now)
    return None


def _look(operation: Operation, pat: Pat | None, *, client: AzureDevOpsClient) -> _Found:
    if pat is None:
        return _Found(metadata=None, is_changed=False)
    try:
        metadata = client.get_pat(pat.organization.name, pat.authorization_id)
    except wire.NotFound as exc:
        if not exc.is_pat:
            raise
        return _Found(metadata=None, is_changed=False)
    return _Found(metadata=metadata, is_changed=_shows(operation, metadata))


def _shows(operation: Operation, metadata: PatMetadata) -> bool:
    """Whether a PAT is what `operation` asked for, in all that it asked for."""
    if operation.asked_name and operation.asked_name != metadata.display_name:
        return False
    if operation.scopes and frozenset(operation.scopes) != metadata.scopes:
        return False
    return operation.asked_valid_to is None or _has_moved(operation, operation.asked_valid_to, metadata)


def _has_moved(operation: Operation, asked: datetime, metadata: PatMetadata) -> bool:
    """Whether the expiry is what was asked for, or went part of the way there."""
    before, found = datetime.fromisoformat(operation.before["valid_to"]), metadata.valid_to
    if rules.is_same_date(found, asked):
        return True
    return not rules.is_same_date(found, before) and min(before, asked) < found < max(before, asked)


def _conclude(operation: Operation, found: _Found, *, actor: Actor, now: datetime) -> None:
    state = Operation.State.DONE if found.is_changed else Operation.State.FAILED
    with transaction.atomic(durable=True):
        if not move_on(operation, state, now=now, error_code="" if found.is_changed else NOT_CHANGED):
            return
        pat, data = _write(operation, found.metadata, now=now)
        audit.record(
            KINDS[operation.verb].settled,
            actor=actor,
            outcome=Outcome.SUCCESS if found.is_changed else Outcome.FAILED,
            activity_id=operation.activity_id or (found.metadata.activity_id if found.metadata else ""),
            error_code="" if found.is_changed else NOT_CHANGED,
            data={"resolution": GONE if found.metadata is None else state.value, **data},
            **about(operation, pat),
        )


def _write(
    operation: Operation, metadata: PatMetadata | None, *, now: datetime
) -> tuple[Pat | None, dict[str, Any]]:
    if metadata is None:
        return None, {}
    pat, differences = write_changed(operation, metadata, now=now)
    return pat, outcome_data(operation, metadata, differences)
