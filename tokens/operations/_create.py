"""Create a PAT: intent, one call, outcome. The secret exists in the returned value and nowhere else."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue, rules
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.types import NewPat, Secret
from tokens.errors import OutcomeTaken
from tokens.models import EventType, Operation, Organization, Outcome, Pat
from tokens.operations._intent import Intent, about, begin, move_on
from tokens.operations._mirror import write_found, write_issued
from tokens.operations._remote import Clock, FailureEvents, remote_effect

FAILURE_EVENTS = FailureEvents(
    refused=EventType.PAT_CREATE_REFUSED,
    failed=EventType.PAT_CREATE_FAILED,
    answer_lost=EventType.PAT_CREATE_ANSWER_LOST,
)


@dataclass(frozen=True, slots=True)
class IssuedPat:
    """A PAT that was just made, with its secret; `asked_valid_to` is the expiry that was asked for."""

    pat: Pat
    secret: Secret
    asked_valid_to: datetime

    @property
    def was_shortened(self) -> bool:
        return rules.was_shortened(asked=self.asked_valid_to, returned=self.pat.valid_to)


def create_pat(
    *,
    key: str,
    actor: Actor,
    owner: User,
    organization: Organization,
    client: AzureDevOpsClient,
    now: datetime,
    name: str,
    scopes: frozenset[str],
    valid_to: datetime,
    asked_for: str,
) -> IssuedPat:
    """Create a PAT for `owner` and return it with its secret.

    `key` is the random value of the form, `valid_to` the marked expiry (see `rules.with_mark`),
    `asked_for` the expiry as it was chosen, which unlike the mark is the same when the form comes again.

    Raises AlreadySubmitted, KeyReused, OutcomeUnknown (settling will find out), OutcomeTaken, and the
    errors that mean that nothing was made.
    """
    intent = Intent(
        verb=Operation.Verb.CREATE,
        event_type=EventType.PAT_CREATE_REQUESTED,
        key=key,
        owner=owner,
        organization=organization,
        name=name,
        scopes=scopes,
        asked_valid_to=valid_to,
        content={"name": name, "scopes": sorted(scopes), "expires": asked_for},
    )
    clock = Clock(now)
    operation = begin(intent, actor=actor, now=now, budget_seconds=client.write_budget_seconds)
    with remote_effect(operation, FAILURE_EVENTS, actor=actor, clock=clock):
        new = client.create_pat(organization.name, display_name=name, scopes=scopes, valid_to=valid_to)
    pat = _note_created(operation, new, actor=actor, now=clock.now())
    return IssuedPat(pat=pat, secret=new.secret, asked_valid_to=valid_to)


def _note_created(operation: Operation, new: NewPat, *, actor: Actor, now: datetime) -> Pat:
    """Write the outcome; the loser of the race has the PAT revoked instead of handing out its secret."""
    with transaction.atomic(durable=True):
        is_ours = move_on(operation, Operation.State.DONE, now=now, activity_id=new.activity_id)
        if is_ours:
            pat = write_issued(operation, new.metadata, now=now)
        else:
            pat = write_found(new.metadata, operation=operation, now=now, is_left_over=False)
            enqueue.revoke_orphan(operation_id=operation.id)
        Operation.objects.filter(pk=operation.pk).update(pat=pat)
        _record_created(operation, pat, is_ours=is_ours, actor=actor, activity_id=new.activity_id)
    if not is_ours:
        raise OutcomeTaken(operation.id)
    return pat


def _record_created(operation: Operation, pat: Pat, *, is_ours: bool, actor: Actor, activity_id: str) -> None:
    data = {"scopes": pat.scopes, "valid_to": pat.valid_to.isoformat()}
    if operation.asked_valid_to and rules.was_shortened(
        asked=operation.asked_valid_to, returned=pat.valid_to
    ):
        data["asked_valid_to"] = operation.asked_valid_to.isoformat()
    if not is_ours:
        data["resolution"] = "late_answer"
    audit.record(
        EventType.PAT_CREATED if is_ours else EventType.PAT_CREATE_SETTLED,
        actor=actor,
        outcome=Outcome.SUCCESS if is_ours else Outcome.UNKNOWN,
        activity_id=activity_id,
        data=data,
        **about(operation, pat),
    )
