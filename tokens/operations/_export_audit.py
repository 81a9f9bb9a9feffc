"""Export the audit log: a range of its chain that proves itself, or a table of chosen events for reading.

The export is recorded before the first line goes out; nothing of it is held in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation

from accounts.models import User
from patportal.lib.actors import Actor, ActorKind
from tokens import audit
from tokens.audit_proof import notes
from tokens.audit_proof.export import json_lines, links_between, table_lines
from tokens.audit_proof.findings import ExportRefused
from tokens.models import NO_HASH, AuditEvent, AuditLink, EventType, Outcome
from tokens.presenters import pat_name_of, sentence, who_acted, who_is_concerned

log = structlog.get_logger(__name__)

_CHUNK = 2_000
# Of an export that goes on where another one ended: its own event alone is no reason for the next one.
_RESUMED = "resumed"
# A run every minute must not fill a log that cannot be emptied.
_REFUSALS_PAUSE = timedelta(hours=1)
_HEAD = (
    "time (UTC)", "event", "outcome", "what happened", "who", "for whom", "PAT", "authorization id",
    "organization", "error code", "request id", "Microsoft's id", "operation id", "address", "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditExport:
    """An export that is about to be read: the positions, the hash of the last one, and the lines of text."""

    first: int
    last: int
    last_hash: bytes
    lines: Iterator[str]


def export_audit(
    *,
    actor: Actor,
    owner: User | None,
    after: int,
    until: int | None,
    now: datetime,
    is_resumed: bool = False,
    known: bytes | None = None,
) -> AuditExport | None:
    """Record the export of the positions behind `after`, up to `until` if given, and return it as JSON Lines.

    `owner` is the person who gets it. Returns None, and records nothing, where there is nothing to export;
    with `is_resumed` the events of earlier such exports alone are nothing. `known` is the hash at `after` as
    it was exported before. Raises ExportRefused, which is recorded, where the log no longer has it.
    """
    if known is not None and (sentence := _break(after, known)):
        raise _refused(sentence, actor=actor, now=now)
    links = AuditLink.objects.order_by("-position")
    end = (links if until is None else links.filter(position__lte=until)).first()
    first = max(after, 0) + 1
    if end is None or end.position < first or (is_resumed and not _has_news(first, end.position)):
        return None
    before = AuditLink.objects.filter(position=first - 1).values_list("hash", flat=True).first()
    facts = {"format": "jsonl", "from_position": first, "to_position": end.position, "is_complete": True}
    _record(actor, owner, {**facts, **({"kind": _RESUMED} if is_resumed else {})})
    lines = json_lines(
        links_between(first=first, last=end.position),
        origin=notes.origin_of(settings.PORTAL_BASE_URL),
        first=first,
        last=end.position,
        previous=bytes(before) if before else NO_HASH,
        now=now,
    )
    return AuditExport(first, end.position, bytes(end.hash), lines)


def _has_news(first: int, last: int) -> bool:
    """Tell whether some event between two positions is more than the record of a resumed export."""
    told = AuditEvent.objects.filter(
        pk=OuterRef("event_id"),
        type=EventType.AUDIT_EXPORTED,
        actor_kind=ActorKind.OPERATOR,
        outcome=Outcome.SUCCESS,
        data__kind=_RESUMED,
    )
    return AuditLink.objects.filter(~Exists(told), position__range=(first, last)).exists()


def _break(after: int, known: bytes) -> str:
    """Return why the log cannot be the one that had the hash `known` at position `after`, "" where it can."""
    found = AuditLink.objects.filter(position=after).values_list("hash", flat=True).first()
    if found is None:
        return f"Position {after} was exported before and is not in the log any more: events were removed."
    if bytes(found) != known:
        return (
            f"At position {after} stands another hash than the one that was exported: the log was made anew."
        )
    return ""


def _refused(sentence: str, *, actor: Actor, now: datetime) -> ExportRefused:
    log.error("export refused", reason=sentence)
    earlier = AuditEvent.objects.filter(
        type=EventType.AUDIT_EXPORTED, outcome=Outcome.REFUSED, at__gt=now - _REFUSALS_PAUSE
    )
    if not earlier.exists():
        facts = {"format": "jsonl", "finding": sentence}
        _record(actor, None, facts, outcome=Outcome.REFUSED, error_code="export_refused")
    return ExportRefused(sentence)


def export_audit_table(
    *, actor: Actor, owner: User | None, events: QuerySet[AuditEvent], chosen: Mapping[str, str]
) -> Iterator[str]:
    """Record the export of `events`, and return them as lines of CSV, the newest first.

    `chosen` is what they were filtered by; names in it are kept where they can be erased.
    """
    _record(actor, owner, {"format": "csv", "is_complete": not chosen, "filters": dict(chosen)})
    rows = (_row(event) for event in events.order_by("-at", "-id").iterator(chunk_size=_CHUNK))
    return table_lines(_HEAD, rows, end=lambda count: f"End of the export: {count} events")


def _record(
    actor: Actor,
    owner: User | None,
    facts: Mapping[str, object],
    *,
    outcome: Outcome = Outcome.SUCCESS,
    error_code: str = "",
) -> None:
    with transaction.atomic():
        audit.record(
            EventType.AUDIT_EXPORTED,
            actor=actor,
            owner=owner,
            outcome=outcome,
            error_code=error_code,
            data=facts,
        )


def _row(event: AuditEvent) -> list[str]:
    # A table is compared with others: it speaks the portal's language, whoever asks for it.
    with translation.override(settings.LANGUAGE_CODE):
        told = [str(sentence(event)), who_acted(event), who_is_concerned(event), pat_name_of(event)]
    return [
        event.at.strftime("%Y-%m-%d %H:%M:%S"),
        event.type,
        event.outcome,
        *told,
        str(event.authorization_id or ""),
        event.organization,
        event.error_code,
        event.request_id,
        event.activity_id,
        str(event.operation_id or ""),
        event.address,
        str(event.id),
    ]
