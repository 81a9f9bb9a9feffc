"""What pages read of the audit log: a person's own events. Reads only."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from tokens.models import AuditEvent, EventType, Operation, Pat

HISTORY_LENGTH = 10


def _types_of(*areas: str) -> list[str]:
    return [one.value for one in EventType if one.value.partition(".")[0] in areas]


# What a person looks for in their activity; everything is more than these together.
KINDS = {"tokens": _types_of("pat", "pats", "bulk", "backup"), "signing-in": _types_of("auth")}


def pat_history(pat: Pat) -> list[AuditEvent]:
    """Return what was recorded last about the person's own PAT, the newest first."""
    return list(events_of(pat).order_by("-at", "-id")[:HISTORY_LENGTH])


def events_of(pat: Pat) -> QuerySet[AuditEvent]:
    """Return everything that was recorded about the person's own PAT, to be read page by page."""
    # A rotation is recorded about the PAT that it makes, yet it belongs to the story of the old one as well.
    # Ids that are known are looked for in an index; those of a subquery beside an OR are not.
    rotations = list(Operation.objects.filter(replaces=pat).values_list("pk", flat=True))
    return AuditEvent.objects.filter(
        Q(authorization_id=pat.authorization_id) | Q(operation_id__in=rotations),
        owner_tenant_id=pat.user.tenant_id,
        owner_object_id=pat.user.object_id,
    )


def events_about(user: User, *, kind: str = "") -> QuerySet[AuditEvent]:
    """Return what was recorded about the person, to be read page by page; all of it, or one of `KINDS`."""
    events = AuditEvent.objects.filter(owner_object_id=user.object_id, owner_tenant_id=user.tenant_id)
    return events.filter(type__in=KINDS[kind]) if kind in KINDS else events


def pat_ids(user: User, events: Iterable[AuditEvent]) -> dict[UUID, UUID]:
    """Return the person's own PATs that `events` are about: their ids by authorization id."""
    named = {event.authorization_id for event in events if event.authorization_id}
    own = Pat.objects.filter(user=user, authorization_id__in=named)
    return dict(own.values_list("authorization_id", "id"))
