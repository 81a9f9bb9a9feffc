"""What an audit event recorded beside its columns, in words: readable lines instead of keys and codes.

Events outlive the code that wrote them: what is not known here is shown as it was recorded, never dropped.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import dateformat
from django.utils.timezone import is_naive, localtime

from accounts.claims import Role
from accounts.grant_life import DeletionReason
from accounts.messages import MESSAGES
from accounts.sessions import EndReason
from patportal.lib.notation import written
from tokens import scopes
from tokens.models import AuditEvent, CalendarFeed, EventType, Operation
from tokens.presenters._differences import Difference

Words = dict[str, Callable[[str], str]]

_NONE = "none"
_ENDED_BECAUSE = {
    EndReason.SIGNED_OUT: "the person signed out",
    EndReason.SIGNED_IN_AGAIN: "the person signed in again in the same browser",
    EndReason.ENDED_ELSEWHERE: "the person ended it from another browser",
    EndReason.EVERYWHERE: "the person signed out everywhere",
    EndReason.AT_MICROSOFT: "the person signed out at Microsoft",
    EndReason.IDLE: "nobody used it for too long",
    EndReason.TOO_OLD: "it had lasted as long as a session may",
    EndReason.ROLE_LOST: "the person lost a role of the portal",
    EndReason.TENANT_REMOVED: "the person's directory is no longer admitted",
    EndReason.ACCOUNT_DISABLED: "the person's account has been disabled",
    EndReason.ACCOUNT_GONE: "the person's account is no longer there",
    EndReason.GRANT_REVOKED: "Microsoft Entra has ended the person's sign-in",
    EndReason.OUTDATED: "it was begun before the portal was upgraded",
}
_REASONS = {
    **{reason.value: words for reason, words in _ENDED_BECAUSE.items()},
    DeletionReason.TOO_OLD.value: "the person had not signed in for too long",
    DeletionReason.DISCONNECTED.value: "the person disconnected",
    DeletionReason.BY_HAND.value: "an operator deleted it, or the person's row",
    "organization_replaced": "another organization has the name now",
    "grant_deleted": "what lets the portal act for the person was deleted",
    "not_signed_in": "the person had not signed in for 30 days",
}
_RESOLUTIONS = {
    **dict(Operation.State.choices),
    "late_answer": "the answer came after the portal had settled it",
}
_LABELS = {
    "active": "Active PATs",
    "asked_name": "Name asked for",
    "asked_valid_to": "Expiry asked for",
    "authorization_id": "Authorization id",
    "backup_email": "Backup owner",
    "before": "Older than",
    "bulk_changes": "Changes of many deleted",
    "bulk_id": "Id of the change of many",
    "checkpoints": "Checkpoints compared",
    "detail": "What it tells",
    "ends_at": "It ends",
    "erased": "Erased events",
    "events": "Events",
    "expired": "Expired PATs",
    "expires": "Expiry chosen",
    "faults": "Faults found",
    "found": "PATs found",
    "from_position": "From position",
    "gained": "Roles gained",
    "full_valid_to": "Expiry before it was brought forward",
    "is_everything": "Everything of the person",
    "is_global": "For all organizations",
    "is_moved": "Uses the successor",
    "jobs": "Jobs",
    "lost": "Roles lost",
    "minute": "In the minute from",
    "mails": "Mails deleted",
    "operations": "Operations deleted",
    "muted_until": "Reminders muted until",
    "overlap_seconds": "Seconds for which both work",
    "pats": "PATs",
    "people": "People of whom no PAT is left",
    "place": "Place of use",
    "places": "Places of use",
    "purpose": "Purpose",
    "refusals": "Sign-ins refused",
    "reminders": "Reminders deleted",
    "replaces": "Takes over from",
    "resolution": "What became of it",
    "returned": "Expiry that came back",
    "review_date": "To be reviewed by",
    "revoked": "Revoked PATs",
    "sessions": "Sessions ended",
    "step_days": "Days before the end",
    "successor": "Successor",
    "tasks": "Kinds of jobs",
    "steps": "Reminder days",
    "time_zone": "Time zone",
    "to_position": "To position",
    "unsubscribed_until": "Reminders stopped by the link of a mail until",
    "valid_from": "Valid from",
    "valid_to": "Valid to",
}
_CHANGES = {
    EventType.PAT_CHANGED_OUTSIDE,
    EventType.PAT_DESCRIBED,
    EventType.PAT_MUTED,
    EventType.PAT_UNMUTED,
    EventType.SETTINGS_CHANGED,
    *(
        EventType(f"pat.{what}")
        for what in (
            "updated",
            "update_settled",
            "extended",
            "extend_settled",
            "end_set",
            "end_settled",
        )
    ),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of what an event recorded; both are plain text, to be escaped by whoever shows them."""

    label: str
    value: str


def event_details(event: AuditEvent, *, but: Collection[str] = (), is_plain: bool = False) -> list[Detail]:
    """Return what an event recorded beside its columns, by the alphabet of the labels.

    `but` are keys to leave out, for readers to whom they mean nothing; `is_plain` leaves codes and seconds
    out of the values for the same readers.
    """
    has_changes, words = event.type in _CHANGES, _PLAIN if is_plain else _WORDS
    found = [
        Detail(label_of(key), _change(key, value, words) if has_changes else in_words(key, value, words))
        for key, value in event.recorded.items()
        if key not in but
    ]
    return sorted(found, key=lambda detail: detail.label.casefold())


def event_changes(event: AuditEvent) -> list[Difference]:
    """Return what an event says was changed, by the alphabet of the labels; of other types nothing."""
    found = [
        Difference(label_of(key), *(in_words(key, one) for one in event.recorded[key]))
        for key in changed_keys(event)
    ]
    return sorted(found, key=lambda one: one.label.casefold())


def changed_keys(event: AuditEvent) -> set[str]:
    """Return the recorded keys that hold what was and what is."""
    if event.type not in _CHANGES:
        return set()
    return {key for key, value in event.recorded.items() if _is_change(value)}


def _is_change(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def label_of(key: str) -> str:
    """Return what a recorded key is called."""
    words = key.replace("_", " ").strip()
    return _LABELS.get(key) or f"{words[:1].upper()}{words[1:]}" or _NONE


def _change(key: str, value: Any, words: Words) -> str:
    """Return what something was and what it became; a change is recorded as these two."""
    if not _is_change(value):
        return in_words(key, value, words)
    before, after = (in_words(key, one, words) for one in value)
    return f"{before} → {after}"


def in_words(key: str, value: Any, words: Words | None = None) -> str:
    """Return a recorded value as people read it; `words` say how those that are not plain are read."""
    words = _WORDS if words is None else words
    if isinstance(value, Mapping):
        found = (f"{label_of(name)}: {in_words(name, one, words)}" for name, one in value.items())
        return "; ".join(found) or _NONE
    if isinstance(value, list):
        return ", ".join(in_words(key, one, words) for one in value) or _NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return _NONE
    return words.get(key, str)(str(value))


def _reason(code: str) -> str:
    if code in _REASONS or code not in MESSAGES:
        return _REASONS.get(code, code)
    # What the person read is worth knowing, and the code is what the log and the documentation call it.
    return f"“{MESSAGES[code].title}” ({code})"


def _role(name: str) -> str:
    known = [role.group_name for role in Role if role.value == name]
    return known[0] if known else name


def _scope(code: str) -> str:
    label = scopes.label_of(code)
    return code if label == code else f"{label} [{code}]"


def _moment(text: str) -> str:
    """Return a moment as auditors sort and search it, which no language changes."""
    at = _read_moment(text)
    return dateformat.format(at, "Y-m-d H:i:s T") if at else text


def _plain_moment(text: str) -> str:
    at = _read_moment(text)
    return written(at, "zoned") if at else text


def _read_moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if is_naive(at) else localtime(at)


_WORDS: Words = {
    "asked_valid_to": _moment,
    "before": _moment,
    "detail": lambda code: dict(CalendarFeed.Detail.choices).get(code, code),
    "ends_at": _moment,
    "full_valid_to": _moment,
    "gained": _role,
    "lost": _role,
    "muted_until": _moment,
    "minute": _moment,
    "reason": _reason,
    "resolution": lambda code: _RESOLUTIONS.get(code, code),
    "returned": _moment,
    "scopes": _scope,
    "unsubscribed_until": _moment,
    "valid_from": _moment,
    "valid_to": _moment,
}
_PLAIN: Words = {
    **{key: _plain_moment if words is _moment else words for key, words in _WORDS.items()},
    "scopes": scopes.label_of,
}
