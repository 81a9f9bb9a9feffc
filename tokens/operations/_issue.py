"""Make a PAT, by itself or as the successor of another: intent, one call, outcome.

The secret exists in the returned value and nowhere else. What is written along with a new PAT is its verb's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue, rules
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.types import NewPat, Secret
from tokens.errors import OutcomeTaken
from tokens.models import EventType, Operation, Outcome, Pat
from tokens.operations._intent import Intent, about, begin, move_on
from tokens.operations._mirror import write_found, write_issued
from tokens.operations._remote import Clock, FailureEvents, remote_effect

# Writes what belongs to the new PAT, inside the transaction of the outcome.
Accompany = Callable[[Operation, Pat, datetime], None]


@dataclass(frozen=True, slots=True)
class IssueEvents:
    """The event types of one verb that makes a PAT."""

    requested: EventType
    made: EventType
    settled: EventType
    failures: FailureEvents


EVENTS: dict[str, IssueEvents] = {
    Operation.Verb.CREATE: IssueEvents(
        requested=EventType.PAT_CREATE_REQUESTED,
        made=EventType.PAT_CREATED,
        settled=EventType.PAT_CREATE_SETTLED,
        failures=FailureEvents(
            refused=EventType.PAT_CREATE_REFUSED,
            failed=EventType.PAT_CREATE_FAILED,
            answer_lost=EventType.PAT_CREATE_ANSWER_LOST,
        ),
    ),
    Operation.Verb.ROTATE: IssueEvents(
        requested=EventType.PAT_ROTATE_REQUESTED,
        made=EventType.PAT_ROTATED,
        settled=EventType.PAT_ROTATE_SETTLED,
        failures=FailureEvents(
            refused=EventType.PAT_ROTATE_REFUSED,
            failed=EventType.PAT_ROTATE_FAILED,
            answer_lost=EventType.PAT_ROTATE_ANSWER_LOST,
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class IssuedPat:
    """A PAT that was just made, with its secret; `asked_valid_to` is the expiry that was asked for."""

    pat: Pat
    secret: Secret
    asked_valid_to: datetime

    @property
    def was_shortened(self) -> bool:
        return rules.was_shortened(asked=self.asked_valid_to, returned=self.pat.valid_to)


def issue(
    intent: Intent,
    *,
    valid_to: datetime,
    client: AzureDevOpsClient,
    actor: Actor,
    now: datetime,
    accompany: Accompany,
) -> IssuedPat:
    """Make the PAT of `intent`, ending at the marked `valid_to`, and return it with its secret.

    Raises what `begin` and the remote call raise, and OutcomeTaken where settling was quicker.
    """
    clock, events = Clock(now), EVENTS[intent.verb]
    operation = begin(intent, actor=actor, now=now, budget_seconds=client.write_budget_seconds)
    with remote_effect(operation, events.failures, actor=actor, clock=clock):
        new = client.create_pat(
            intent.organization.name, display_name=intent.name, scopes=intent.scopes, valid_to=valid_to
        )
    pat = _note_made(operation, new, accompany, actor=actor, now=clock.now())
    return IssuedPat(pat=pat, secret=new.secret, asked_valid_to=valid_to)


def _note_made(
    operation: Operation, new: NewPat, accompany: Accompany, *, actor: Actor, now: datetime
) -> Pat:
    """Write the outcome; the loser of the race has the PAT revoked instead of handing out its secret."""
    with transaction.atomic(durable=True):
        # The person first, as everywhere: whoever holds them and waits for these rows would never let go.
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=operation.user_id)
        is_ours = move_on(operation, Operation.State.DONE, now=now, activity_id=new.activity_id)
        if is_ours:
            pat = write_issued(operation, new.metadata, now=now)
            accompany(operation, pat, now)
        else:
            pat = write_found(new.metadata, operation=operation, now=now, is_left_over=False)
            enqueue.revoke_orphan(operation_id=operation.id)
        Operation.objects.filter(pk=operation.pk).update(pat=pat)
        _record_made(operation, pat, is_ours=is_ours, actor=actor, activity_id=new.activity_id)
    if not is_ours:
        raise OutcomeTaken(operation.id)
    return pat


def _record_made(operation: Operation, pat: Pat, *, is_ours: bool, actor: Actor, activity_id: str) -> None:
    data: dict[str, Any] = {"scopes": pat.scopes, "valid_to": pat.valid_to.isoformat()}
    if operation.replaces:
        data["replaces"] = str(operation.replaces.authorization_id)
    if pat.backup_contact:
        data["backup_email"] = pat.backup_contact.address
    if operation.asked_valid_to and rules.was_shortened(
        asked=operation.asked_valid_to, returned=pat.valid_to
    ):
        data["asked_valid_to"] = operation.asked_valid_to.isoformat()
    if not is_ours:
        data["resolution"] = "late_answer"
    events = EVENTS[operation.verb]
    audit.record(
        events.made if is_ours else events.settled,
        actor=actor,
        outcome=Outcome.SUCCESS if is_ours else Outcome.UNKNOWN,
        activity_id=activity_id,
        data=data,
        **about(operation, pat),
    )
