"""Find out what became of operations whose answer never came, and confirm revocations.

An operation is claimed for a while by one worker (SKIP LOCKED, then a time stamp, so that no lock is
held during remote calls). Whoever does not finish leaves it for the sweep.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.grant_life import usable
from patportal.lib.actors import Actor
from tokens import enqueue
from tokens.azure_devops import errors as wire
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.errors import Busy
from tokens.models import Operation
from tokens.operations._settle_change import settle_change
from tokens.operations._settle_create import settle_create
from tokens.operations._settle_revoke import settle_revoke
from tokens.operations._translate import meaning_of

# Longer than the calls of one look may take (two lists and a revocation); then another worker may try.
CLAIM = timedelta(minutes=15)
SWEEP_AT_MOST = 500
# More looks than anybody needs to know of; the column is small.
MOST_ATTEMPTS = 1_000

Settler = Callable[..., datetime | None]
SETTLERS: dict[str, Settler] = {
    Operation.Verb.CREATE: settle_create,
    Operation.Verb.ROTATE: settle_create,
    Operation.Verb.UPDATE: settle_change,
    Operation.Verb.EXTEND: settle_change,
    Operation.Verb.END: settle_change,
    Operation.Verb.REVOKE: settle_revoke,
}


def settle_operation(*, operation_id: str, client: AzureDevOpsClient, actor: Actor, now: datetime) -> None:
    """Settle one open operation whose deadline has passed, or confirm one that was sent.

    Does nothing where somebody else is at it or it is not time yet. Where a further look is needed,
    the job for it is enqueued. Raises the meaning of whatever the remote calls raise; after Busy the next
    job may try at once.
    """
    operation = _claim(operation_id, now=now)
    if operation is None:
        return
    try:
        look_again_at = SETTLERS[operation.verb](operation, client=client, actor=actor, now=now)
    except wire.AzureDevOpsError as exc:
        raise meaning_of(exc) from exc
    except Busy:
        Operation.objects.filter(pk=operation.pk).update(claimed_until=now)
        raise
    if look_again_at is not None:
        with transaction.atomic(durable=True):
            # Only a look that got an answer counts; an outage must not use up the patience.
            looks = min(operation.attempts + 1, MOST_ATTEMPTS)
            Operation.objects.filter(pk=operation.pk).update(claimed_until=look_again_at, attempts=looks)
            enqueue.settle_operation(operation_id=operation.id, at=look_again_at)


def _claimable(now: datetime) -> Q:
    is_time = Q(state=Operation.State.SENT) | Q(state=Operation.State.REQUESTED, deadline_at__lte=now)
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return is_time & is_free


def _claim(operation_id: str, *, now: datetime) -> Operation | None:
    with transaction.atomic(durable=True):
        operation = (
            Operation.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(_claimable(now), pk=operation_id)
            .first()
        )
        if operation is None:
            return None
        operation.claimed_until = now + CLAIM
        operation.save(update_fields=["claimed_until"])
    related = ("user", "organization", "pat__organization", "replaces")
    return Operation.objects.select_related(*related).get(pk=operation.pk)


def overdue_operations(*, now: datetime, grace: timedelta = timedelta(minutes=1)) -> list[Operation]:
    """Return open operations that nobody looked at although their time came `grace` ago, oldest first.

    Those of people who have to sign in again wait until they did.
    """
    late = _claimable(now - grace) & usable(now=now, prefix="user__grant__")
    return list(Operation.objects.filter(late).order_by("requested_at")[:SWEEP_AT_MOST])
