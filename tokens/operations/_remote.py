"""The call in the middle of an operation: whatever goes wrong in it is recorded and given its meaning."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from patportal.lib.actors import Actor
from tokens import audit
from tokens.azure_devops import errors as wire
from tokens.errors import OutcomeUnknown, Refused, TokensError
from tokens.models import EventType, Operation, Outcome
from tokens.operations._intent import about, move_on
from tokens.operations._translate import error_code, meaning_of


@dataclass(frozen=True)
class FailureEvents:
    """The event types that tell how the call of one verb went wrong."""

    refused: EventType
    failed: EventType
    answer_lost: EventType


class Clock:
    """The moment that was passed in, going on: a call may take minutes, and its outcome is dated after it."""

    def __init__(self, now: datetime) -> None:
        self._began_at = now
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._began_at + timedelta(seconds=time.monotonic() - self._began)


@contextmanager
def remote_effect(
    operation: Operation, events: FailureEvents, *, actor: Actor, clock: Clock
) -> Iterator[None]:
    """Run the call of `operation`; no transaction may be open.

    Raises OutcomeUnknown, leaving the operation open for settling, or the error that ended it.
    """
    try:
        yield
    except wire.OutcomeUnknown as exc:
        _note_lost_answer(operation, events, actor=actor, now=clock.now(), activity_id=exc.activity_id)
        raise OutcomeUnknown(operation.id, activity_id=exc.activity_id) from exc
    except wire.AzureDevOpsError as exc:
        error = meaning_of(exc, is_known=operation.organization.instance_id is not None)
        note_failure(operation, error, events, actor=actor, now=clock.now())
        raise error from exc
    except TokensError as exc:
        note_failure(operation, exc, events, actor=actor, now=clock.now())
        raise


def note_failure(
    operation: Operation, error: TokensError, events: FailureEvents, *, actor: Actor, now: datetime
) -> None:
    """Conclude `operation` as refused or failed, with its event."""
    is_refusal = isinstance(error, Refused)
    state = Operation.State.REFUSED if is_refusal else Operation.State.FAILED
    code = error_code(error)
    with transaction.atomic(durable=True):
        if move_on(
            operation, state, now=now, error_code=audit.clean(code, limit=64), activity_id=error.activity_id
        ):
            audit.record(
                events.refused if is_refusal else events.failed,
                actor=actor,
                outcome=Outcome.REFUSED if is_refusal else Outcome.FAILED,
                activity_id=error.activity_id,
                error_code=code,
                **about(operation),
            )


def _note_lost_answer(
    operation: Operation, events: FailureEvents, *, actor: Actor, now: datetime, activity_id: str
) -> None:
    waiting = Operation.objects.filter(pk=operation.pk, state=Operation.State.REQUESTED)
    with transaction.atomic(durable=True):
        if waiting.update(answer_lost_at=now, activity_id=activity_id):
            audit.record(
                events.answer_lost,
                actor=actor,
                outcome=Outcome.UNKNOWN,
                activity_id=activity_id,
                error_code=OutcomeUnknown.code,
                **about(operation),
            )
