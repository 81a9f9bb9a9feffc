"""The first and the last step of every operation with a remote effect: intent and outcome.

The intent is durable before Azure DevOps is called; the outcome is one conditional update, so of
several writers exactly one concludes an operation.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue
from tokens.errors import AlreadySubmitted, ChangeUnderWay, KeyReused, TokensError
from tokens.models import (
    CHANGE_CONSTRAINT,
    CHANGE_VERBS,
    KEY_CONSTRAINT,
    ROTATION_CONSTRAINT,
    EventType,
    Operation,
    Organization,
    Outcome,
    Pat,
)

# On top of the client's own budget: time to write the outcome on a slow day.
DEADLINE_MARGIN = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What is about to be done; `content` is what makes two submissions of one form the same.

    `check` is called when the intent stands in its transaction, where nobody else can begin the same any
    more; what it raises undoes the intent.
    """

    verb: Operation.Verb
    event_type: EventType
    key: str
    owner: User
    organization: Organization
    name: str
    content: dict[str, Any]
    pat: Pat | None = None
    scopes: frozenset[str] = frozenset()
    asked_valid_to: datetime | None = None
    asked_name: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    replaces: Pat | None = None
    overlap_seconds: int | None = None
    check: Callable[[], None] | None = None


def begin(intent: Intent, *, actor: Actor, now: datetime, budget_seconds: float) -> Operation:
    """Write the intent with its event and the job that settles it after the deadline.

    Raises AlreadySubmitted where the same key came with the same content, KeyReused with other content,
    ChangeUnderWay where another change or rotation of the same PAT is open, and what its check raises.
    """
    deadline_at = now + timedelta(seconds=budget_seconds) + DEADLINE_MARGIN
    try:
        with transaction.atomic(durable=True):
            operation = _row(intent)
            operation.requested_at, operation.deadline_at = now, deadline_at
            operation.request_id = actor.origin.request_id
            operation.save(force_insert=True)
            if intent.check is not None:
                intent.check()
            audit.record(
                intent.event_type,
                actor=actor,
                outcome=Outcome.REQUESTED,
                data=intent.content,
                **about(operation),
            )
            enqueue.settle_operation(operation_id=operation.id, at=deadline_at)
    except IntegrityError as exc:
        error = _meaning_of(exc, intent)
        if error is None:
            raise
        raise error from exc
    return operation


def _row(intent: Intent) -> Operation:
    return Operation(
        verb=intent.verb,
        key=intent.key,
        content_digest=_digest(intent),
        user=intent.owner,
        organization=intent.organization,
        pat=intent.pat,
        name=intent.name,
        scopes=sorted(intent.scopes),
        asked_valid_to=intent.asked_valid_to,
        asked_name=intent.asked_name,
        before=intent.before,
        replaces=intent.replaces,
        overlap_seconds=intent.overlap_seconds,
    )


def _digest(intent: Intent) -> str:
    content = json.dumps([intent.verb, intent.organization.pk, intent.content], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def refuse_repeated(intent: Intent) -> None:
    """Raise AlreadySubmitted or KeyReused where the key was used before.

    For what looks at the PAT before the intent: whoever sends a form again is told of what it did, and not
    that the PAT has changed since.
    """
    earlier = Operation.objects.filter(user=intent.owner, key=intent.key).first()
    if earlier is not None:
        raise _repeated(intent, earlier)


def _repeated(intent: Intent, earlier: Operation) -> AlreadySubmitted | KeyReused:
    return AlreadySubmitted(earlier.id) if earlier.content_digest == _digest(intent) else KeyReused()


def _meaning_of(error: IntegrityError, intent: Intent) -> TokensError | None:
    """Return what a violated constraint means; None where it is none of those that are expected."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if constraint not in {KEY_CONSTRAINT, CHANGE_CONSTRAINT, ROTATION_CONSTRAINT}:
        return None
    # The same form sent twice at once may meet either constraint first.
    refuse_repeated(intent)
    rival = (_rotations(intent) if constraint == ROTATION_CONSTRAINT else open_changes(intent.pat)).first()
    return ChangeUnderWay(rival.id if rival else None)


def open_changes(pat: Pat | None) -> QuerySet[Operation]:
    """Return the change of `pat` whose outcome is not known yet; there is one at most."""
    return Operation.objects.filter(pat=pat, verb__in=CHANGE_VERBS, state=Operation.State.REQUESTED)


def _rotations(intent: Intent) -> QuerySet[Operation]:
    return Operation.objects.filter(
        replaces=intent.replaces,
        organization=intent.organization,
        verb=Operation.Verb.ROTATE,
        state=Operation.State.REQUESTED,
    )


def about(operation: Operation, pat: Pat | None = None) -> dict[str, Any]:
    """Return what every event of an operation says of it, as arguments for `audit.record`.

    As long as a rotation has made no PAT, its events are about the one that it takes over from.
    """
    return {
        "owner": operation.user,
        "pat": pat or operation.pat,
        "pat_name": operation.name,
        "organization": operation.organization.name,
        "authorization_id": operation.replaces.authorization_id if operation.replaces else None,
        "operation_id": operation.id,
    }


def move_on(operation: Operation, state: Operation.State, *, now: datetime, **fields: Any) -> bool:
    """Move an open operation to `state`; returns whether this caller was the one who did.

    Only `sent` leaves it open. Call it inside the transaction that writes the consequences.
    """
    open_states = [Operation.State.REQUESTED]
    if state != Operation.State.SENT:
        fields["finished_at"] = now
        open_states.append(Operation.State.SENT)
    return Operation.objects.filter(pk=operation.pk, state__in=open_states).update(state=state, **fields) == 1
