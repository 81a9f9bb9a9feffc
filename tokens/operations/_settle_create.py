"""Settle a creation or a rotation whose answer was lost, never touching a PAT that somebody else made."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from patportal.lib.actors import Actor
from tokens import audit, enqueue, rules
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.types import PatFilter, PatMetadata
from tokens.models import CREATE_VERBS, Operation, Organization, Outcome, Pat
from tokens.operations._intent import about, move_on
from tokens.operations._issue import EVENTS
from tokens.operations._mirror import write_found
from tokens.operations._second_look import second_look_at

CLOCK_TOLERANCE = timedelta(seconds=5)
# Far longer than any call takes; what a person makes by hand on another day is none of ours.
MADE_WITHIN = timedelta(days=1)


def settle_create(
    operation: Operation, *, client: AzureDevOpsClient, actor: Actor, now: datetime
) -> datetime | None:
    """Look for the PAT of a lost creation or rotation; returns when to look again, None when it is settled.

    It is ours only if it is the single one in this organization with the same name, scopes and marked
    expiry, made after the intent, that the portal does not know and that no other open creation may have
    made. Then it is revoked, for nobody has its secret. Whatever else could be it is shown to the owner.
    """
    listed = client.list_pats(operation.organization.name, pat_filter=PatFilter.ALL)
    offset = client.clock_offset or timedelta(0)
    candidates = _unknown(operation, _alike(operation, listed, offset=offset))
    rivals = _rivals(operation)
    marked = [one for one in candidates if _has_mark(operation, one)]
    candidates = [one for one in candidates if one in marked or not _is_anothers(one, rivals)]
    if len(marked) == 1 and not _is_anothers(marked[0], rivals):
        _conclude(operation, Operation.State.ORPHANED, marked, actor=actor, now=now)
    elif not marked and (look_again_at := second_look_at(operation, now=now)):
        return look_again_at
    elif candidates:
        _conclude(operation, Operation.State.AMBIGUOUS, candidates, actor=actor, now=now)
    else:
        _conclude(operation, Operation.State.NOTHING_MADE, [], actor=actor, now=now)
    return None


def _alike(operation: Operation, listed: Iterable[PatMetadata], *, offset: timedelta) -> list[PatMetadata]:
    """Return what was made in the time of the intent with its name and scopes, in its organization."""
    earliest = operation.requested_at + offset - CLOCK_TOLERANCE
    latest = operation.requested_at + offset + MADE_WITHIN
    return [
        one
        for one in listed
        if one.display_name == operation.name
        and one.scopes == frozenset(operation.scopes)
        and earliest <= one.valid_from <= latest
        and _is_in(operation.organization, one)
    ]


def _is_in(organization: Organization, metadata: PatMetadata) -> bool:
    """Whether a PAT belongs to `organization`: lists may show global ones and those of a sister."""
    if metadata.target_accounts is None:
        return False
    return organization.instance_id is None or organization.instance_id in metadata.target_accounts


def _rivals(operation: Operation) -> list[Operation]:
    """Return the person's other creations and rotations of the same name that are still open."""
    others = Operation.objects.filter(
        user=operation.user,
        organization=operation.organization,
        verb__in=CREATE_VERBS,
        state=Operation.State.REQUESTED,
        name=operation.name,
    )
    return list(others.exclude(pk=operation.pk))


def _is_anothers(metadata: PatMetadata, rivals: Iterable[Operation]) -> bool:
    return any(_has_mark(rival, metadata) for rival in rivals)


def _has_mark(operation: Operation, metadata: PatMetadata) -> bool:
    return operation.asked_valid_to is not None and rules.has_same_mark(
        metadata.valid_to, operation.asked_valid_to
    )


def _unknown(operation: Operation, candidates: list[PatMetadata]) -> list[PatMetadata]:
    """Leave out what the portal issued, or knew before the intent."""
    known = set(
        Pat.objects.filter(
            Q(issued_at__isnull=False) | Q(first_seen_at__lt=operation.requested_at),
            user=operation.user,
            authorization_id__in=[one.authorization_id for one in candidates],
        ).values_list("authorization_id", flat=True)
    ) | _claimed_by_others(operation)
    return [one for one in candidates if one.authorization_id not in known]


def _claimed_by_others(operation: Operation) -> set[UUID]:
    others = Operation.objects.filter(user=operation.user, verb__in=CREATE_VERBS, pat__isnull=False)
    return set(
        others.filter(name=operation.name)
        .exclude(pk=operation.pk)
        .values_list("pat__authorization_id", flat=True)
    )


def _conclude(
    operation: Operation, state: Operation.State, found: list[PatMetadata], *, actor: Actor, now: datetime
) -> None:
    is_orphan = state == Operation.State.ORPHANED
    with transaction.atomic(durable=True):
        if not move_on(operation, state, now=now):
            return
        pats = [write_found(one, operation=operation, now=now, is_left_over=not is_orphan) for one in found]
        if is_orphan:
            Operation.objects.filter(pk=operation.pk).update(pat=pats[0])
            enqueue.revoke_orphan(operation_id=operation.id)
        audit.record(
            EVENTS[operation.verb].settled,
            actor=actor,
            outcome=Outcome.UNKNOWN if found and not is_orphan else Outcome.FAILED,
            activity_id=operation.activity_id,
            error_code=state.value,
            data={"resolution": state.value, "found": [str(pat.authorization_id) for pat in pats]},
            **about(operation, pats[0] if is_orphan else None),
        )
