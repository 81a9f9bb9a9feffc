"""The first and the last step of every operation with a remote effect: intent and outcome.

The intent is durable before Azure DevOps is called; the outcome is one conditional update, so of
several writers exactly one concludes an operation.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue
from tokens.errors import AlreadySubmitted, KeyReused
from tokens.models import KEY_CONSTRAINT, EventType, Operation, Organization, Outcome, Pat

# On top of the client's own budget: time to write the outcome on a slow day.
DEADLINE_MARGIN = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What is about to be done; `content` is what makes two submissions of one form the same."""

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


def begin(intent: Intent, *, actor: Actor, now: datetime, budget_seconds: float) -> Operation:
    """Write the intent with its event and the job that settles it after the deadline.

    Raises AlreadySubmitted where the same key came with the same content, KeyReused with other content.
    """
    digest = _digest(intent)
    deadline_at = now + timedelta(seconds=budget_seconds) + DEADLINE_MARGIN
    try:
        with transaction.atomic(durable=True):
            operation = Operation.objects.create(
                verb=intent.verb,
                key=intent.key,
                content_digest=digest,
                user=intent.owner,
                organization=intent.organization,
                pat=intent.pat,
                name=intent.name,
                scopes=sorted(intent.scopes),
                asked_valid_to=intent.asked_valid_to,
                requested_at=now,
                deadline_at=deadline_at,
                request_id=actor.origin.request_id,
            )
            audit.record(
                intent.event_type,
                actor=actor,
                outcome=Outcome.REQUESTED,
                data=intent.content,
                **about(operation),
            )
            enqueue.settle_operation(operation_id=operation.id, at=deadline_at)
    except IntegrityError as exc:
        if getattr(getattr(exc.__cause__, "diag", None), "constraint_name", "") != KEY_CONSTRAINT:
            raise
        raise _repeated(intent, digest) from exc
    return operation


def _digest(intent: Intent) -> str:
    content = json.dumps([intent.verb, intent.organization.pk, intent.content], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _repeated(intent: Intent, digest: str) -> AlreadySubmitted | KeyReused:
    earlier = Operation.objects.get(user=intent.owner, key=intent.key)
    return AlreadySubmitted(earlier.id) if earlier.content_digest == digest else KeyReused()


def about(operation: Operation, pat: Pat | None = None) -> dict[str, Any]:
    """Return what every event of an operation says of it, as arguments for `audit.record`."""
    return {
        "owner": operation.user,
        "pat": pat or operation.pat,
        "pat_name": operation.name,
        "organization": operation.organization.name,
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
