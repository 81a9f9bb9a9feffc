"""What an audit event recorded beside its columns, in words: readable lines instead of keys and codes.

Events outlive the code that wrote them: what is not known here is shown as it was recorded, never dropped.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import dateformat
from django.utils.timezone import is_naive, localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accounts.claims import Role
from accounts.grant_life import DeletionReason
from accounts.messages import MESSAGES
from accounts.sessions import EndReason
from patportal.lib.notation import written
from tokens import scopes
from tokens.models import AuditEvent, CalendarFeed, EventType, Operation
from tokens.presenters._differences import Difference

Words = dict[str, Callable[[str], str]]

_NONE = pgettext_lazy("nothing recorded", "none")
_ENDED_BECAUSE = {
    EndReason.SIGNED_OUT: _("the person signed out"),
    EndReason.SIGNED_IN_AGAIN: _("the person signed in again in the same browser"),
    EndReason.ENDED_ELSEWHERE: _("the person ended it from another browser"),
    EndReason.EVERYWHERE: _("the person signed out everywhere"),
    EndReason.AT_MICROSOFT: _("the person signed out at Microsoft"),
    EndReason.IDLE: _("nobody used it for too long"),
    EndReason.TOO_OLD: _("it had lasted as long as a session may"),
    EndReason.ROLE_LOST: _("the person lost a role of the portal"),
    EndReason.TENANT_REMOVED: _("the person's directory is no longer admitted"),
    EndReason.ACCOUNT_DISABLED: _("the person's account has been disabled"),
    EndReason.ACCOUNT_GONE: _("the person's account is no longer there"),
    EndReason.GRANT_REVOKED: _("Microsoft Entra has ended the person's sign-in"),
    EndReason.OUTDATED: _("it was begun before the portal was upgraded"),
}
_REASONS = {
    **{reason.value: words for reason, words in _ENDED_BECAUSE.items()},
    DeletionReason.TOO_OLD.value: _("the person had not signed in for too long"),
    DeletionReason.DISCONNECTED.value: _("the person disconnected"),
    DeletionReason.BY_HAND.value: _("an operator deleted it, or the person's row"),
    "organization_replaced": _("another organization has the name now"),
    "grant_deleted": _("what lets the portal act for the person was deleted"),
    "not_signed_in": _("the person had not signed in for 30 days"),
}
_RESOLUTIONS = {
    **dict(Operation.State.choices),
    "late_answer": _("the answer came after the portal had settled it"),
}
_LABELS = {
    "active": _("Active PATs"),
    "asked_name": _("Name asked for"),
    "asked_valid_to": _("Expiry asked for"),
    "authorization_id": _("Authorization id"),
    "backup_email": _("Backup owner"),
    "before": _("Older than"),
    "bulk_changes": _("Changes of many deleted"),
    "bulk_id": _("Id of the change of many"),
    "checkpoints": _("Checkpoints compared"),
    "detail": _("What it tells"),
    "ended_calendars": _("Ended calendar addresses deleted"),
    "ends_at": _("It ends"),
    "erased": _("Erased events"),
    "events": _("Events"),
    "expired": _("Expired PATs"),
    "expires": _("Expiry chosen"),
    "faults": _("Faults found"),
    "found": _("PATs found"),
    "from_position": _("From position"),
    "gained": _("Roles gained"),
    "full_valid_to": _("Expiry before it was brought forward"),
    "is_everything": _("Everything of the person"),
    "is_global": _("For all organizations"),
    "is_moved": _("Uses the successor"),
    "jobs": _("Jobs"),
    "lost": _("Roles lost"),
    "minute": _("In the minute from"),
    "mails": _("Mails deleted"),
    "operations": _("Operations deleted"),
    "muted_until": _("Reminders muted until"),
    "overlap_seconds": _("Seconds for which both work"),
    "pats": _("PATs"),
    "people": _("People of whom no PAT is left"),
    "place": _("Place of use"),
    "places": _("Places of use"),
    "purpose": _("Purpose"),
    "refusals": _("Sign-ins refused"),
    "reminders": _("Reminders deleted"),
    "replaces": _("Takes over from"),
    "resolution": _("What became of it"),
    "returned": _("Expiry that came back"),
    "review_date": _("To be reviewed by"),
    "revoked": _("Revoked PATs"),
    "sessions": _("Sessions ended"),
    "step_days": _("Days before the end"),
    "successor": _("Successor"),
    "tasks": _("Kinds of jobs"),
    "steps": _("Reminder days"),
    "time_zone": _("Time zone"),
    "to_position": _("To position"),
    "unsubscribed_until": _("Reminders stopped by the link of a mail until"),
    "valid_from": _("Valid from"),
    "valid_to": _("Valid to"),
}
# To people themselves a PAT is a token.
_OWN_LABELS = {
    "active": _("Active tokens"),
    "expired": _("Expired tokens"),
    "found": _("Tokens found"),
    "pats": _("Tokens"),
    "revoked": _("Revoked tokens"),
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


def event_details(
    event: AuditEvent, *, but: Collection[str] = (), is_plain: bool = False, is_own: bool = False
) -> list[Detail]:
    """Return what an event recorded beside its columns, by the alphabet of the labels.

    `but` are keys to leave out, for readers to whom they mean nothing; `is_plain` leaves codes and seconds
    out of the values for the same readers; `is_own` calls things as the pages of people themselves do.
    """
    has_changes, words = event.type in _CHANGES, _PLAIN if is_plain else _WORDS
    found = [
        Detail(
            label_of(key, is_own=is_own),
            _change(key, value, words) if has_changes else in_words(key, value, words),
        )
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


def label_of(key: str, *, is_own: bool = False) -> str:
    """Return what a recorded key is called; to people themselves (`is_own`) some have another name."""
    if is_own and key in _OWN_LABELS:
        return str(_OWN_LABELS[key])
    words = key.replace("_", " ").strip()
    if known := _LABELS.get(key):
        return str(known)
    return f"{words[:1].upper()}{words[1:]}" or str(_NONE)


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
        return "; ".join(found) or str(_NONE)
    if isinstance(value, list):
        return ", ".join(in_words(key, one, words) for one in value) or str(_NONE)
    if isinstance(value, bool):
        return pgettext("a fact", "yes") if value else pgettext("a fact", "no")
    if value is None or value == "":
        return str(_NONE)
    return words.get(key, str)(str(value))


def _reason(code: str) -> str:
    if code in _REASONS or code not in MESSAGES:
        return str(_REASONS.get(code, code))
    # What the person read is worth knowing, and the code is what the log and the documentation call it.
    return f"“{MESSAGES[code].title}” ({code})"


def _role(name: str) -> str:
    known = [str(role.label) for role in Role if role.value == name]
    return known[0] if known else name


def _scope(code: str) -> str:
    label = str(scopes.label_of(code))
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
    "detail": lambda code: str(dict(CalendarFeed.Detail.choices).get(code, code)),
    "ends_at": _moment,
    "full_valid_to": _moment,
    "gained": _role,
    "lost": _role,
    "muted_until": _moment,
    "minute": _moment,
    "reason": _reason,
    "resolution": lambda code: str(_RESOLUTIONS.get(code, code)),
    "returned": _moment,
    "scopes": _scope,
    "unsubscribed_until": _moment,
    "valid_from": _moment,
    "valid_to": _moment,
}
_PLAIN: Words = {
    **{key: _plain_moment if words is _moment else words for key, words in _WORDS.items()},
    "scopes": lambda code: str(scopes.label_of(code)),
}
