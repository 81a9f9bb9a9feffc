"""Revoke a PAT: intent, one call, outcome "sent". That it is revoked is recorded once a list shows it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, Value
from django.db.models.functions import Least

from accounts.models import Grant, User
from patportal.lib.actors import Actor
from tokens import audit, enqueue
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.errors import AlreadySubmitted, NotRevocable
from tokens.models import EventType, Operation, Outcome, Pat
from tokens.operations._intent import Intent, about, begin, move_on
from tokens.operations._remote import Clock, FailureEvents, remote_effect

SWEEP_AT_MOST = 500
RETRY_AT_EARLIEST = timedelta(minutes=5)
RETRY_AT_LATEST = timedelta(days=1)
FAILURE_EVENTS = FailureEvents(
    refused=EventType.PAT_REVOKE_REFUSED,
    failed=EventType.PAT_REVOKE_FAILED,
    answer_lost=EventType.PAT_REVOKE_ANSWER_LOST,
)


def revoke_pat(
    *, key: str, actor: Actor, owner: User, pat: Pat, client: AzureDevOpsClient, now: datetime
) -> Operation:
    """Send the revocation of `pat` to Azure DevOps and return the operation, which a job then confirms.

    Raises NotRevocable, AlreadySubmitted, KeyReused, OutcomeUnknown (settling will find out), and the
    errors that mean that nothing was sent.
    """
    if pat.is_revoked:
        _refuse(pat, actor=actor, owner=owner)
    intent = Intent(
        verb=Operation.Verb.REVOKE,
        event_type=EventType.PAT_REVOKE_REQUESTED,
        key=key,
        owner=owner,
        organization=pat.organization,
        name=pat.name,
        pat=pat,
        content={"authorization_id": str(pat.authorization_id)},
    )
    clock = Clock(now)
    operation = begin(intent, actor=actor, now=now, budget_seconds=client.write_budget_seconds)
    with remote_effect(operation, FAILURE_EVENTS, actor=actor, clock=clock):
        activity_id = client.revoke_pat(pat.organization.name, pat.authorization_id)
    note_sent(operation, actor=actor, now=clock.now(), activity_id=activity_id)
    return operation


def revoke_orphan(*, operation_id: str, client: AzureDevOpsClient, actor: Actor, now: datetime) -> None:
    """Revoke the PAT that a lost creation left behind, whose secret nobody has.

    Safe to call again: a PAT that is revoked, or whose revocation is under way, is left alone.
    """
    creation = Operation.objects.select_related("user", "pat__organization").get(pk=operation_id)
    if creation.pat is None or creation.pat.is_revoked or creation.pat.issued_at is not None:
        return  # gone, or handed out by another creation after all
    earlier = list(Operation.objects.filter(pat=creation.pat, verb=Operation.Verb.REVOKE))
    if any(operation.is_open for operation in earlier):
        return
    try:
        revoke_pat(
            key=f"orphan:{creation.id}:{len(earlier)}",
            actor=actor,
            owner=creation.user,
            pat=creation.pat,
            client=client,
            now=now,
        )
    except AlreadySubmitted:
        return  # another worker began the same attempt


def orphans_to_revoke(*, now: datetime) -> list[Operation]:
    """Return lost creations of people whose grant is alive, whose PAT works although nobody has its secret.

    After an attempt that failed the next waits as long as all before it took, from minutes to a day: the
    audit log cannot be emptied.
    """
    tries = Q(pat__operations__verb=Operation.Verb.REVOKE)
    tried_at = Max("pat__operations__requested_at", filter=tries)
    waits = Least(F("tried_for"), Value(RETRY_AT_LATEST, output_field=DurationField()))
    lost = Operation.objects.filter(
        verb=Operation.Verb.CREATE,
        state__in=[Operation.State.ORPHANED, Operation.State.NOTHING_MADE, Operation.State.AMBIGUOUS],
        user__grant__state=Grant.State.ACTIVE,
        pat__in=Pat.objects.active(now=now).filter(issued_at__isnull=True, is_left_over=False),
    ).annotate(
        tried_at=tried_at,
        tried_for=ExpressionWrapper(tried_at - F("finished_at"), DurationField()),
        rested_for=ExpressionWrapper(Value(now) - tried_at, DurationField()),
        under_way=Count("pat__operations", filter=tries & Q(pat__operations__finished_at__isnull=True)),
    )
    is_due = Q(tried_at__isnull=True) | Q(rested_for__gte=RETRY_AT_EARLIEST, rested_for__gt=waits)
    return list(lost.filter(is_due, under_way=0)[:SWEEP_AT_MOST])


def note_sent(operation: Operation, *, actor: Actor, now: datetime, activity_id: str) -> None:
    """Write that Azure DevOps took the revocation and have it confirmed at once."""
    with transaction.atomic(durable=True):
        if not move_on(operation, Operation.State.SENT, now=now, activity_id=activity_id):
            return
        Pat.objects.filter(operations=operation).update(
            revocation_sent_at=now, written_at=now, is_left_over=False
        )
        enqueue.settle_operation(operation_id=operation.id, at=now)
        audit.record(EventType.PAT_REVOCATION_SENT, actor=actor, activity_id=activity_id, **about(operation))


def _refuse(pat: Pat, *, actor: Actor, owner: User) -> None:
    error = NotRevocable()
    with transaction.atomic(durable=True):
        audit.record(
            EventType.PAT_REVOKE_REFUSED,
            actor=actor,
            outcome=Outcome.REFUSED,
            owner=owner,
            pat=pat,
            error_code=error.code,
        )
    raise error
