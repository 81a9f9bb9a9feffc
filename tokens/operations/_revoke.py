"""Revoke a PAT: intent, one call, outcome "sent". That it is revoked is recorded once a list shows it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.grant_life import usable
from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.errors import AlreadySubmitted, NotRevocable, OwnedElsewhere
from tokens.models import CREATE_VERBS, EventType, Operation, Pat
from tokens.operations._attempts import due_again
from tokens.operations._intent import Intent, about, begin, move_on
from tokens.operations._refusal import refuse
from tokens.operations._remote import Clock, FailureEvents, remote_effect

SWEEP_AT_MOST = 500
FAILURE_EVENTS = FailureEvents(
    refused=EventType.PAT_REVOKE_REFUSED,
    failed=EventType.PAT_REVOKE_FAILED,
    answer_lost=EventType.PAT_REVOKE_ANSWER_LOST,
)


def revoke_pat(
    *,
    key: str,
    actor: Actor,
    owner: User,
    pat: Pat,
    client: AzureDevOpsClient,
    now: datetime,
    confirm_after: timedelta = timedelta(0),
    check: Callable[[], None] | None = None,
) -> Operation:
    """Send the revocation of `pat` to Azure DevOps and return the operation, which a job then confirms.

    The job waits for `confirm_after`: of many revocations one list may then confirm all. `check` is that of
    the intent.

    Raises NotRevocable, OwnedElsewhere, AlreadySubmitted, KeyReused, OutcomeUnknown (settling will find out),
    and the errors that mean that nothing was sent.
    """
    refused = FAILURE_EVENTS.refused
    if pat.is_revoked:
        refuse(NotRevocable(), refused, actor=actor, owner=owner, pat=pat)
    if pat.is_owned_elsewhere:
        refuse(OwnedElsewhere(), refused, actor=actor, owner=owner, pat=pat)
    intent = Intent(
        verb=Operation.Verb.REVOKE,
        event_type=EventType.PAT_REVOKE_REQUESTED,
        key=key,
        owner=owner,
        organization=pat.organization,
        name=pat.name,
        pat=pat,
        content={"authorization_id": str(pat.authorization_id)},
        check=check,
    )
    clock = Clock(now)
    operation = begin(intent, actor=actor, now=now, budget_seconds=client.write_budget_seconds)
    with remote_effect(operation, FAILURE_EVENTS, actor=actor, clock=clock):
        activity_id = client.revoke_pat(pat.organization.name, pat.authorization_id)
    note_sent(operation, actor=actor, now=clock.now(), activity_id=activity_id, confirm_after=confirm_after)
    return operation


def revoke_orphan(*, operation_id: str, client: AzureDevOpsClient, actor: Actor, now: datetime) -> None:
    """Revoke the PAT that a lost creation left behind, whose secret nobody has.

    Safe to call again: a PAT that is revoked, or whose revocation is under way, is left alone.
    """
    creation = Operation.objects.select_related("user", "pat__organization").get(pk=operation_id)
    if creation.pat is None or creation.pat.is_revoked or creation.pat.issued_at is not None:
        return  # gone, or handed out by another creation after all
    revoke_unattended(
        prefix=f"orphan:{creation.id}",
        actor=actor,
        owner=creation.user,
        pat=creation.pat,
        client=client,
        now=now,
    )


def revoke_unattended(
    *,
    prefix: str,
    actor: Actor,
    owner: User,
    pat: Pat,
    client: AzureDevOpsClient,
    now: datetime,
    check: Callable[[], None] | None = None,
) -> None:
    """Revoke `pat` in a job, unless that is done or under way; of workers at it one makes the attempt.

    `prefix` says why, in the keys of the attempts. Raises as `revoke_pat` does, but for AlreadySubmitted.
    """
    earlier = list(Operation.objects.filter(pat=pat, verb=Operation.Verb.REVOKE))
    if any(operation.is_open for operation in earlier):
        return
    # Read after them: what another worker confirmed since `pat` was read needs no second revocation.
    pat.refresh_from_db(fields=["revoked_at", "vanished_at"])
    if pat.is_revoked:
        return
    key = f"{prefix}:{len(earlier)}"
    try:
        revoke_pat(key=key, actor=actor, owner=owner, pat=pat, client=client, now=now, check=check)
    except AlreadySubmitted:
        return  # another worker began the same attempt


def orphans_to_revoke(*, now: datetime) -> list[Operation]:
    """Return lost creations of people whose grant is alive, whose PAT works although nobody has its secret.

    What was tried in vain waits longer each time, see `due_again`.
    """
    lost = Operation.objects.filter(
        usable(now=now, prefix="user__grant__"),
        verb__in=CREATE_VERBS,
        state__in=[Operation.State.ORPHANED, Operation.State.NOTHING_MADE, Operation.State.AMBIGUOUS],
        pat__in=Pat.objects.active(now=now).filter(issued_at__isnull=True, is_left_over=False),
    )
    again = due_again(lost, operations="pat__operations", verb=Operation.Verb.REVOKE, now=now)
    return list(again[:SWEEP_AT_MOST])


def note_sent(
    operation: Operation,
    *,
    actor: Actor,
    now: datetime,
    activity_id: str,
    confirm_after: timedelta = timedelta(0),
) -> None:
    """Write that Azure DevOps took the revocation and have it confirmed after `confirm_after`."""
    with transaction.atomic(durable=True):
        if not move_on(operation, Operation.State.SENT, now=now, activity_id=activity_id):
            return
        Pat.objects.filter(operations=operation).update(
            revocation_sent_at=now, written_at=now, is_left_over=False
        )
        enqueue.settle_operation(operation_id=operation.id, at=now + confirm_after)
        audit.record(EventType.PAT_REVOCATION_SENT, actor=actor, activity_id=activity_id, **about(operation))
