"""Confirm a revocation by a list that shows it, and send it once more where its answer was lost."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from patportal.lib.actors import Actor
from tokens import audit
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.types import PatFilter
from tokens.models import NOT_CONFIRMED, EventType, Operation, Outcome, Pat
from tokens.operations._intent import about, move_on
from tokens.operations._remote import Clock
from tokens.operations._revoke import note_sent

# Lists lag by seconds; after the last look the owner is told that it cannot be confirmed.
LOOK_AGAIN_AFTER = (
    timedelta(seconds=3),
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)


def settle_revoke(
    operation: Operation, *, client: AzureDevOpsClient, actor: Actor, now: datetime
) -> datetime | None:
    """Look whether the PAT is listed as revoked; returns when to look again, or None when it is settled.

    The one list confirms all other revocations of that person in that organization that it shows as well.
    """
    clock, pat = Clock(now), operation.pat
    if pat is None:
        _conclude_unconfirmed(operation, actor=actor, now=now)
        return None
    revoked = _listed(pat, PatFilter.REVOKED, client=client)
    _conclude_others(operation, revoked, actor=actor, now=now)
    if pat.authorization_id in revoked:
        _conclude_revoked(operation, pat, actor=actor, now=now)
        return None
    if operation.state == Operation.State.REQUESTED and pat.authorization_id in _listed(
        pat, PatFilter.ACTIVE, client=client
    ):
        # A revocation may be repeated harmlessly; sending it marks it as sent and enqueues the next look.
        activity_id = client.revoke_pat(pat.organization.name, pat.authorization_id)
        note_sent(operation, actor=actor, now=clock.now(), activity_id=activity_id)
        return now + LOOK_AGAIN_AFTER[0]
    if operation.attempts >= len(LOOK_AGAIN_AFTER):
        _conclude_unconfirmed(operation, actor=actor, now=now)
        return None
    return now + LOOK_AGAIN_AFTER[operation.attempts]


def _listed(pat: Pat, pat_filter: PatFilter, *, client: AzureDevOpsClient) -> set[UUID]:
    listed = client.list_pats(pat.organization.name, pat_filter=pat_filter)
    return {one.authorization_id for one in listed}


def _conclude_others(operation: Operation, revoked: set[UUID], *, actor: Actor, now: datetime) -> None:
    """Conclude what else was sent and is shown, so that many at once need no list for each."""
    others = Operation.objects.filter(
        user=operation.user,
        organization=operation.organization,
        verb=Operation.Verb.REVOKE,
        state=Operation.State.SENT,
        pat__authorization_id__in=revoked,
    ).exclude(pk=operation.pk)
    for other in others.select_related("user", "organization", "pat__organization"):
        if other.pat is not None:
            _conclude_revoked(other, other.pat, actor=actor, now=now)


def _conclude_revoked(operation: Operation, pat: Pat, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic(durable=True):
        if move_on(operation, Operation.State.DONE, now=now):
            # Two tabs may have sent it twice: what was seen first stays.
            seen_at = Coalesce("revoked_at", Value(now))
            Pat.objects.filter(pk=pat.pk).update(revoked_at=seen_at, written_at=now, is_left_over=False)
            activity_id = operation.activity_id
            audit.record(EventType.PAT_REVOKED, actor=actor, activity_id=activity_id, **about(operation))


def _conclude_unconfirmed(operation: Operation, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic(durable=True):
        if move_on(operation, Operation.State.FAILED, now=now, error_code=NOT_CONFIRMED):
            Pat.objects.filter(operations=operation).update(revocation_sent_at=None, written_at=now)
            audit.record(
                EventType.PAT_REVOKE_FAILED,
                actor=actor,
                outcome=Outcome.FAILED,
                activity_id=operation.activity_id,
                error_code=NOT_CONFIRMED,
                **about(operation),
            )
