"""What every type of event is called in a sentence, and its icon. A new type needs its words here.

`{who}` acts and stands first. `{pat}` and `{owner}` are what it is about and whom it concerns. On the page of
the PAT itself `{pat:creation}` reads "its creation", everywhere else "the creation of “ci”".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tokens.models import EventType
from tokens.presenters import _audit_tails as tails

Tail = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Telling:
    """How a type of event is told; `tail` adds what it recorded, `by_portal` is for when nobody acted."""

    icon: str
    words: str
    tail: Tail = tails.nothing
    by_portal: str = ""


def _attempt(icon: str, to_do: str, nothing: str) -> dict[str, Telling]:
    """Return how a remote change is asked for, refused, fails and is lost; `nothing` is what then holds."""
    return {
        "requested": Telling(icon, f"{{who}} asked Azure DevOps to {to_do}"),
        "refused": Telling(icon, f"{{who}} tried to {to_do}; that was refused and {nothing}"),
        "failed": Telling(icon, f"{{who}} tried to {to_do}; that failed and {nothing}"),
        "answer_lost": Telling(icon, f"{{who}} tried to {to_do}; the answer of Azure DevOps was lost"),
    }


def _named(verb: str, told: Mapping[str, Telling]) -> dict[EventType, Telling]:
    return {EventType(f"pat.{verb}_{step}"): telling for step, telling in told.items()}


def _settled(icon: str, what: str) -> Telling:
    return Telling(icon, f"The portal found out what became of {what}", tails.resolution)


_SIGNING_IN = {
    EventType.SIGNED_IN: Telling("arrow-right-end-on-rectangle", "{who} signed in"),
    EventType.SIGN_IN_REFUSED: Telling(
        "no-symbol", "{who} tried to sign in and was refused", tails.reason, "The portal refused a sign-in"
    ),
    EventType.SIGN_INS_REFUSED: Telling(
        "no-symbol", "The portal refused further sign-ins within one minute", tails.refusals
    ),
    EventType.SIGNED_OUT: Telling("arrow-left-start-on-rectangle", "{who} signed out"),
    EventType.SESSION_ENDED: Telling("computer-desktop", "{who} ended {owner:sessions}", tails.sessions),
    EventType.ROLES_CHANGED: Telling("user-group", "{owner:portal roles} changed", tails.roles),
    EventType.GRANT_USED: Telling("key", "The portal worked for {owner} in the background", tails.purpose),
    EventType.GRANT_LOST: Telling("key", "The portal can no longer act for {owner}"),
    EventType.GRANT_DELETED: Telling(
        "key", "{who} deleted what lets the portal act for {owner}", tails.reason
    ),
}
_CREATION = {
    **_named("create", _attempt("plus-circle", "create {pat}", "nothing was made")),
    EventType.PAT_CREATED: Telling("plus-circle", "{who} created {pat}", tails.expiry),
    EventType.PAT_CREATE_SETTLED: _settled("plus-circle", "{pat:creation}"),
    EventType.PAT_RECEIVED: Telling("check-circle", "{who} confirmed that {pat:secret} is stored"),
}
_REVOCATION = {
    **_named("revoke", _attempt("trash", "revoke {pat}", "nothing was changed")),
    EventType.PAT_REVOKE_FAILED: Telling(
        "trash", "{who} tried to revoke {pat}; that failed, or Azure DevOps does not show it"
    ),
    EventType.PAT_REVOCATION_SENT: Telling("trash", "{who} sent {pat:revocation} to Azure DevOps"),
    EventType.PAT_REVOKED: Telling("trash", "Azure DevOps lists {pat} as revoked"),
}
_CHANGE = {
    **_named("update", _attempt("pencil-square", "change {pat}", "nothing was changed")),
    EventType.PAT_UPDATED: Telling("pencil-square", "{who} changed {pat}", tails.columns),
    EventType.PAT_UPDATE_SETTLED: _settled("pencil-square", "a change of {pat}"),
    **_named("extend", _attempt("calendar", "change {pat:expiry}", "nothing was changed")),
    EventType.PAT_EXTENDED: Telling("calendar", "{who} changed {pat:expiry}", tails.new_expiry),
    EventType.PAT_EXTEND_SETTLED: _settled("calendar", "a change of {pat:expiry}"),
    EventType.PAT_DESCRIBED: Telling("pencil-square", "{who} changed the notes about {pat}", tails.columns),
    EventType.PAT_PLACE_MOVED: Telling("map-pin", "{who} ticked a place in which {pat} is used", tails.place),
    EventType.PAT_KEPT: Telling("check-circle", "{who} decided to keep {pat}"),
}
# Told on the page of the one that was replaced.
REPLACED = Telling("arrow-path", "{who} created a token that takes over from {pat}")
_ROTATION = {
    **_named("rotate", _attempt("arrow-path", "rotate {pat}", "nothing was made")),
    EventType.PAT_ROTATED: Telling(
        "arrow-path", "{who} created {pat} as the successor of another one", tails.expiry
    ),
    EventType.PAT_ROTATE_SETTLED: _settled("arrow-path", "{pat:rotation}"),
    EventType.PAT_END_SCHEDULED: Telling("arrow-path", "{who} rotated {pat}", tails.end_of_old),
    EventType.PAT_END_CANCELLED: Telling("arrow-path", "{who} kept {pat}: the portal no longer ends it"),
    **_named("end", _attempt("clock", "bring {pat:expiry} forward", "the portal ends it at its time")),
    EventType.PAT_END_SET: Telling("clock", "{who} brought {pat:expiry} forward", tails.new_expiry),
    EventType.PAT_END_SETTLED: _settled("clock", "an earlier expiry of {pat}"),
}
_OUTSIDE = {
    EventType.PAT_FOUND: Telling("eye", "The portal found {pat}; it was created elsewhere", tails.expiry),
    EventType.PAT_CHANGED_OUTSIDE: Telling(
        "eye", "The portal found that {pat} had been changed elsewhere", tails.columns
    ),
    EventType.PAT_REVOKED_OUTSIDE: Telling("eye", "The portal found that {pat} had been revoked elsewhere"),
    EventType.PAT_EXPIRED: Telling("clock", "{pat} expired", tails.expired_at),
    EventType.PAT_VANISHED: Telling("eye-slash", "Azure DevOps no longer lists {pat}", tails.reason),
    EventType.PAT_REAPPEARED: Telling("eye", "Azure DevOps lists {pat} again"),
    EventType.PATS_FIRST_READ: Telling(
        "eye", "The portal read {owner:PATs} in {place} for the first time", tails.found
    ),
}
_AROUND = {
    EventType.BULK_REQUESTED: Telling("queue-list", "{who} asked to change many PATs at once", tails.bulk),
    EventType.BULK_STOPPED: Telling("stop-circle", "{who} stopped a change of many PATs", tails.bulk_left),
    EventType.BACKUP_ASKED: Telling("envelope", "{who} named a backup owner for {pat}"),
    EventType.BACKUP_CONFIRMED: Telling("user-plus", "{who} agreed to be backup owner of {pat}"),
    EventType.BACKUP_PERSON_FOUND: Telling(
        "user-plus", "The portal found the person behind the address of the backup owner of {pat}"
    ),
    EventType.BACKUP_LEFT: Telling("user-minus", "{who} stepped down as backup owner of {pat}"),
    EventType.REMINDERS_STOPPED: Telling(
        "bell-slash", "{who} stopped the reminders of {owner} by the link of a mail", tails.until
    ),
    EventType.REMINDERS_RESUMED: Telling(
        "bell", "{who} wanted the reminders of {owner} again by the link of a mail"
    ),
    EventType.SETTINGS_CHANGED: Telling("cog-6-tooth", "{who} changed {owner:settings}", tails.columns),
    EventType.DATA_DOWNLOADED: Telling("arrow-down-tray", "{who} downloaded what is stored about {owner}"),
    EventType.PAT_MUTED: Telling("bell-slash", "{who} muted the reminders about {pat}", tails.muted),
    EventType.PAT_UNMUTED: Telling("bell", "{who} wanted reminders about {pat} again"),
    EventType.MAIL_TEST_ASKED: Telling("envelope", "{who} asked for a test mail"),
    EventType.CALENDAR_CREATED: Telling("calendar-days", "{who} made {owner:calendar address}", tails.detail),
    EventType.CALENDAR_ENDED: Telling("calendar-days", "{who} ended {owner:calendar address}", tails.reason),
    EventType.MAIL_SENT: Telling("envelope", "The portal sent a mail for {owner}", tails.mail),
    EventType.MAIL_FAILED: Telling("envelope", "The portal gave up a mail for {owner}", tails.mail),
    EventType.REMINDER_SENT: Telling("bell", "The portal sent a reminder of {pat:expiry}", tails.reminder),
    EventType.REMINDER_FAILED: Telling(
        "bell-slash", "The portal gave up a reminder of {pat:expiry}", tails.reminder
    ),
    EventType.AUDIT_EXPORTED: Telling(
        "arrow-down-tray", "{who} exported events of the audit log", tails.audited
    ),
    EventType.AUDIT_VERIFIED: Telling("shield-check", "{who} verified the audit log", tails.verified),
    EventType.AUDIT_ERASED: Telling("backspace", "{who} erased personal fields", tails.erased),
    EventType.AUDIT_SIGNING_REFUSED: Telling(
        "shield-exclamation", "{who} asked to sign a checkpoint; that was refused", tails.finding
    ),
    EventType.UPKEEP_CLEARED: Telling("trash", "The portal deleted what was past its time", tails.cleared),
    EventType.JOBS_RETRIED: Telling("arrow-path", "{who} had failed jobs run again", tails.retried),
    EventType.COMMAND_RAN: Telling("command-line", "{who} ran a management command", tails.command),
}

TELLINGS: dict[str, Telling] = {
    event_type.value: telling
    for told in (_SIGNING_IN, _CREATION, _REVOCATION, _CHANGE, _ROTATION, _OUTSIDE, _AROUND)
    for event_type, telling in told.items()
}
