"""What happened to one PAT as its owner reads it: a sentence for each event, with what it recorded."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tokens.models import AuditEvent, EventType, Outcome, Pat
from tokens.presenters._audit_sentences import Sentence, sentence
from tokens.presenters._events import Detail, event_details


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event about a PAT."""

    at: datetime
    sentence: Sentence
    details: list[Detail]


@dataclass(frozen=True, slots=True)
class _Owner:
    tenant_id: UUID
    object_id: UUID


def history(events: list[AuditEvent], *, of: Pat) -> list[HistoryLine]:
    """Return the lines of the history of one PAT in the order of `events`, the newest first.

    What was asked for is told with what became of it, once that is known; ids of relatives are left out.
    """
    asked = {one.operation_id: one for one in events if one.outcome == Outcome.REQUESTED}
    # The first that is known of each: a lost answer may be followed by what was found out.
    outcomes = {one.operation_id: one for one in events if one.outcome != Outcome.REQUESTED}
    lines = []
    for event in events:
        is_first = event.operation_id is not None and outcomes.get(event.operation_id) is event
        request = asked.get(event.operation_id) if is_first else None
        if event.outcome != Outcome.REQUESTED or event.operation_id not in outcomes:
            lines.append(HistoryLine(event.at, _told(event, of), _details(event, request)))
    return lines


def _told(event: AuditEvent, pat: Pat) -> Sentence:
    """Return what happened; a rotation is told to the old one of both as one that replaced it."""
    is_old = event.type == EventType.PAT_ROTATED and event.authorization_id != pat.authorization_id
    return sentence(event, reader=_owner_of(event), is_about_it=True, is_of_old=is_old)


def _details(event: AuditEvent, request: AuditEvent | None) -> list[Detail]:
    """Return what was recorded; of what did not go well, also what was asked for."""
    found = event_details(event, but=_IDS, is_plain=True, is_own=True)
    if request is None or event.outcome == Outcome.SUCCESS:
        return found
    known = {detail.label for detail in found}
    more = [
        one for one in event_details(request, but=_IDS, is_plain=True, is_own=True) if one.label not in known
    ]
    return [*found, *more]


def _owner_of(event: AuditEvent) -> _Owner | None:
    if event.owner_tenant_id is None or event.owner_object_id is None:
        return None
    return _Owner(event.owner_tenant_id, event.owner_object_id)


_IDS = {"authorization_id", "replaces", "successor"}
