"""Export the audit log: a range of its chain that proves itself, or a table of chosen events for reading.

The export is recorded before the first line goes out; nothing of it is held in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.audit_proof import notes
from tokens.audit_proof.export import json_lines, table_lines
from tokens.audit_proof.links import stored_links
from tokens.models import NO_HASH, AuditEvent, AuditLink, EventType
from tokens.presenters import pat_name_of, sentence, who_acted, who_is_concerned

_CHUNK = 2_000
_HEAD = (
    "time (UTC)", "event", "outcome", "what happened", "who", "for whom", "PAT", "authorization id",
    "organization", "error code", "request id", "Microsoft's id", "operation id", "address", "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditExport:
    """An export that is about to be read: the positions, and the lines of text."""

    first: int
    last: int
    lines: Iterator[str]


def export_audit(
    *, actor: Actor, owner: User | None, after: int, until: int | None, now: datetime
) -> AuditExport | None:
    """Record the export of the positions behind `after`, up to `until` if given, and return it as JSON Lines.

    `owner` is the person who gets it. Returns None, and records nothing, where there is nothing to export.
    """
    newest = AuditLink.objects.order_by("-position").values_list("position", flat=True).first() or 0
    first, last = max(after, 0) + 1, newest if until is None else min(until, newest)
    if last < first:
        return None
    before = AuditLink.objects.filter(position=first - 1).values_list("hash", flat=True).first()
    facts = {"format": "jsonl", "from_position": first, "to_position": last, "is_complete": True}
    _record(actor, owner, facts)
    lines = json_lines(
        stored_links(first=first),
        origin=notes.origin_of(settings.PORTAL_BASE_URL),
        first=first,
        last=last,
        previous=bytes(before) if before else NO_HASH,
        now=now,
    )
    return AuditExport(first, last, lines)


def export_audit_table(
    *, actor: Actor, owner: User | None, events: QuerySet[AuditEvent], chosen: Mapping[str, str]
) -> Iterator[str]:
    """Record the export of `events`, and return them as lines of CSV, the newest first.

    `chosen` is what they were filtered by; names in it are kept where they can be erased.
    """
    _record(actor, owner, {"format": "csv", "is_complete": not chosen, "filters": dict(chosen)})
    rows = (_row(event) for event in events.order_by("-at", "-id").iterator(chunk_size=_CHUNK))
    return table_lines(_HEAD, rows, end=lambda count: f"End of the export: {count} events")


def _record(actor: Actor, owner: User | None, facts: Mapping[str, object]) -> None:
    with transaction.atomic():
        audit.record(EventType.AUDIT_EXPORTED, actor=actor, owner=owner, data=facts)


def _row(event: AuditEvent) -> list[str]:
    return [
        event.at.strftime("%Y-%m-%d %H:%M:%S"),
        event.type,
        event.outcome,
        str(sentence(event)),
        who_acted(event),
        who_is_concerned(event),
        pat_name_of(event),
        str(event.authorization_id or ""),
        event.organization,
        event.error_code,
        event.request_id,
        event.activity_id,
        str(event.operation_id or ""),
        event.address,
        str(event.id),
    ]
