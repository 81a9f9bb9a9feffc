"""What happened to one PAT as its owner reads it: a sentence for each event, with what it recorded."""

from dataclasses import dataclass
from datetime import datetime

from patportal.lib.actors import ActorKind
from tokens.models import AuditEvent, EventType, Outcome, Pat
from tokens.presenters._events import Detail, event_details


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event about a PAT."""

    at: datetime
    sentence: str
    details: list[Detail]


def history(events: list[AuditEvent], *, of: Pat) -> list[HistoryLine]:
    """Return the lines of the history of one PAT in the order of `events`, the newest first.

    What was asked for is told with what became of it, once that is known; ids of relatives are left out.
    """
    requests = {one.operation_id: one for one in events if one.outcome == Outcome.REQUESTED}
    # The first that is known of each: a lost answer may be followed by what was found out.
    outcomes = {one.operation_id: one for one in events if one.outcome != Outcome.REQUESTED}
    lines = []
    for event in events:
        is_first = event.operation_id is not None and outcomes.get(event.operation_id) is event
        request = requests.get(event.operation_id) if is_first else None
        if event.outcome != Outcome.REQUESTED or event.operation_id not in outcomes:
            lines.append(HistoryLine(event.at, sentence_of(event, of=of), _details(event, request)))
    return lines


def _details(event: AuditEvent, request: AuditEvent | None) -> list[Detail]:
    """Return what was recorded; of what did not go well, also what was asked for."""
    found = event_details(event, but=_IDS, is_plain=True)
    if request is None or event.outcome == Outcome.SUCCESS:
        return found
    known = {detail.label for detail in found}
    more = [one for one in event_details(request, but=_IDS, is_plain=True) if one.label not in known]
    return [*found, *more]


def sentence_of(event: AuditEvent, *, of: Pat | None = None) -> str:
    """Return what happened, told to the owner of the PAT; `of` is the one whose history it belongs to."""
    if event.type == EventType.PAT_ROTATED and of and of.authorization_id != event.authorization_id:
        return f"{_who(event)} created a token that takes over from it."
    if event.type in _DEEDS:
        return f"{_who(event)} {_DEEDS[EventType(event.type)]}."
    if event.type in _FINDINGS:
        return _FINDINGS[EventType(event.type)]
    label = event.get_type_display()
    return f"{label[:1].upper()}{label[1:]}."


_IDS = {"authorization_id", "replaces", "successor"}


def _who(event: AuditEvent) -> str:
    if event.actor_kind == ActorKind.SYSTEM:
        return "The portal"
    if event.actor_object_id is not None and event.actor_object_id == event.owner_object_id:
        return "You"
    return event.actor_label or "Somebody"


_DEEDS = {
    EventType.PAT_CREATE_REQUESTED: "asked Azure DevOps to create it",
    EventType.PAT_CREATED: "created it",
    EventType.PAT_RECEIVED: "confirmed that its secret is stored",
    EventType.PAT_REVOKE_REQUESTED: "asked to revoke it",
    EventType.PAT_REVOCATION_SENT: "sent its revocation to Azure DevOps",
    EventType.PAT_UPDATE_REQUESTED: "asked Azure DevOps to change its name or scopes",
    EventType.PAT_UPDATED: "changed its name or scopes",
    EventType.PAT_EXTEND_REQUESTED: "asked Azure DevOps to extend it",
    EventType.PAT_EXTENDED: "changed its expiry",
    EventType.PAT_ROTATE_REQUESTED: "asked Azure DevOps for a token that takes over from it",
    EventType.PAT_ROTATED: "created it by rotating another token",
    EventType.PAT_END_SCHEDULED: "set the end of the time in which it and its successor both work",
    EventType.PAT_END_CANCELLED: "kept it: the portal no longer ends it",
    EventType.PAT_END_REQUESTED: "asked Azure DevOps to bring its expiry forward",
    EventType.PAT_END_SET: "brought its expiry forward",
    EventType.PAT_DESCRIBED: "changed the notes about it",
    EventType.PAT_PLACE_MOVED: "ticked a place of use",
    EventType.PAT_KEPT: "decided to keep it",
}
_FINDINGS = {
    EventType.PAT_CREATE_REFUSED: "Its creation was refused.",
    EventType.PAT_CREATE_FAILED: "Its creation failed; nothing was made.",
    EventType.PAT_CREATE_ANSWER_LOST: "The answer to its creation was lost.",
    EventType.PAT_CREATE_SETTLED: "The portal found out what became of its creation.",
    EventType.PAT_REVOKED: "Azure DevOps lists it as revoked.",
    EventType.PAT_REVOKE_REFUSED: "Its revocation was refused; nothing was changed.",
    EventType.PAT_REVOKE_FAILED: "Its revocation failed, or Azure DevOps does not show it.",
    EventType.PAT_REVOKE_ANSWER_LOST: "The answer to its revocation was lost.",
    EventType.PAT_UPDATE_REFUSED: "A change of its name or scopes was refused; nothing was changed.",
    EventType.PAT_UPDATE_FAILED: "A change of its name or scopes failed; nothing was changed.",
    EventType.PAT_UPDATE_ANSWER_LOST: "The answer to a change of its name or scopes was lost.",
    EventType.PAT_UPDATE_SETTLED: "The portal found out what became of a change of its name or scopes.",
    EventType.PAT_EXTEND_REFUSED: "An extension was refused; nothing was changed.",
    EventType.PAT_EXTEND_FAILED: "An extension failed; nothing was changed.",
    EventType.PAT_EXTEND_ANSWER_LOST: "The answer to an extension was lost.",
    EventType.PAT_EXTEND_SETTLED: "The portal found out what became of an extension.",
    EventType.PAT_ROTATE_REFUSED: "Its rotation was refused; nothing was made.",
    EventType.PAT_ROTATE_FAILED: "Its rotation failed; nothing was made.",
    EventType.PAT_ROTATE_ANSWER_LOST: "The answer to its rotation was lost.",
    EventType.PAT_ROTATE_SETTLED: "The portal found out what became of its rotation.",
    EventType.PAT_END_REFUSED: "Azure DevOps refused to bring its expiry forward; the portal ends it then.",
    EventType.PAT_END_FAILED: "Bringing its expiry forward failed; the portal ends it then.",
    EventType.PAT_END_ANSWER_LOST: "The answer to bringing its expiry forward was lost.",
    EventType.PAT_END_SETTLED: "The portal found out what became of bringing its expiry forward.",
    EventType.PAT_FOUND: "The portal found it; it was created elsewhere.",
    EventType.PAT_CHANGED_OUTSIDE: "The portal found that it had been changed elsewhere.",
    EventType.PAT_REVOKED_OUTSIDE: "The portal found that it had been revoked elsewhere.",
    EventType.PAT_VANISHED: "Azure DevOps no longer lists it.",
    EventType.PAT_REAPPEARED: "Azure DevOps lists it again.",
}
