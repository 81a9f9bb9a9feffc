"""What every type of event is called in a sentence, and its icon. A new type needs its words here.

`{who}` acts and stands first. `{pat}` and `{owner}` are what it is about and whom it concerns. On the page of
the PAT itself `{pat:creation}` reads "its creation", everywhere else "the creation of “ci”".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from patportal.lib.texts import Text
from tokens.models import EventType
from tokens.presenters import _audit_tails as tails

Tail = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Telling:
    """How a type of event is told; `tail` adds what it recorded, `by_portal` is for when nobody acted.

    To people themselves a PAT is a token: where the words name it, they have words (and a tail) of their own.
    """

    icon: str
    words: Text
    tail: Tail = tails.nothing
    by_portal: Text = ""
    own_words: Text = ""
    own_tail: Tail | None = None


def _attempt(icon: str, asked: Text, refused: Text, failed: Text, lost: Text) -> dict[str, Telling]:
    """Return how a remote change is asked for, refused, fails and is lost."""
    return {
        "requested": Telling(icon, asked),
        "refused": Telling(icon, refused),
        "failed": Telling(icon, failed),
        "answer_lost": Telling(icon, lost),
    }


def _named(verb: str, told: Mapping[str, Telling]) -> dict[EventType, Telling]:
    return {EventType(f"pat.{verb}_{step}"): telling for step, telling in told.items()}


def _settled(icon: str, words: Text) -> Telling:
    return Telling(icon, words, tails.resolution)


_SIGNING_IN = {
    EventType.SIGNED_IN: Telling("arrow-right-end-on-rectangle", _("{who} signed in")),
    EventType.SIGN_IN_REFUSED: Telling(
        "no-symbol",
        _("{who} tried to sign in and was refused"),
        tails.reason,
        _("The portal refused a sign-in"),
    ),
    EventType.SIGN_INS_REFUSED: Telling(
        "no-symbol", _("The portal refused further sign-ins within one minute"), tails.refusals
    ),
    EventType.SIGNED_OUT: Telling("arrow-left-start-on-rectangle", _("{who} signed out")),
    EventType.SESSION_ENDED: Telling("computer-desktop", _("{who} ended {owner:sessions}"), tails.sessions),
    EventType.ROLES_CHANGED: Telling("user-group", _("{owner:portal roles} changed"), tails.roles),
    EventType.GRANT_USED: Telling("key", _("The portal worked for {owner} in the background"), tails.purpose),
    EventType.GRANT_LOST: Telling("key", _("The portal can no longer act for {owner}")),
    EventType.GRANT_DELETED: Telling(
        "key", _("{who} deleted what lets the portal act for {owner}"), tails.reason
    ),
}
_CREATION = {
    **_named(
        "create",
        _attempt(
            "plus-circle",
            _("{who} asked Azure DevOps to create {pat}"),
            _("{who} tried to create {pat}; that was refused and nothing was made"),
            _("{who} tried to create {pat}; that failed and nothing was made"),
            _("{who} tried to create {pat}; the answer of Azure DevOps was lost"),
        ),
    ),
    EventType.PAT_CREATED: Telling("plus-circle", _("{who} created {pat}"), tails.expiry),
    EventType.PAT_CREATE_SETTLED: _settled(
        "plus-circle", _("The portal found out what became of {pat:creation}")
    ),
    EventType.PAT_RECEIVED: Telling("check-circle", _("{who} confirmed that {pat:secret} is stored")),
}
_REVOCATION = {
    **_named(
        "revoke",
        _attempt(
            "trash",
            _("{who} asked Azure DevOps to revoke {pat}"),
            _("{who} tried to revoke {pat}; that was refused and nothing was changed"),
            _("{who} tried to revoke {pat}; that failed and nothing was changed"),
            _("{who} tried to revoke {pat}; the answer of Azure DevOps was lost"),
        ),
    ),
    EventType.PAT_REVOKE_FAILED: Telling(
        "trash", _("{who} tried to revoke {pat}; that failed, or Azure DevOps does not show it")
    ),
    EventType.PAT_REVOCATION_SENT: Telling("trash", _("{who} sent {pat:revocation} to Azure DevOps")),
    EventType.PAT_REVOKED: Telling("trash", _("Azure DevOps lists {pat} as revoked")),
}
_CHANGE = {
    **_named(
        "update",
        _attempt(
            "pencil-square",
            _("{who} asked Azure DevOps to change {pat}"),
            _("{who} tried to change {pat}; that was refused and nothing was changed"),
            _("{who} tried to change {pat}; that failed and nothing was changed"),
            _("{who} tried to change {pat}; the answer of Azure DevOps was lost"),
        ),
    ),
    EventType.PAT_UPDATED: Telling("pencil-square", _("{who} changed {pat}"), tails.columns),
    EventType.PAT_UPDATE_SETTLED: _settled(
        "pencil-square", _("The portal found out what became of a change of {pat}")
    ),
    **_named(
        "extend",
        _attempt(
            "calendar",
            _("{who} asked Azure DevOps to change {pat:expiry}"),
            _("{who} tried to change {pat:expiry}; that was refused and nothing was changed"),
            _("{who} tried to change {pat:expiry}; that failed and nothing was changed"),
            _("{who} tried to change {pat:expiry}; the answer of Azure DevOps was lost"),
        ),
    ),
    EventType.PAT_EXTENDED: Telling("calendar", _("{who} changed {pat:expiry}"), tails.new_expiry),
    EventType.PAT_EXTEND_SETTLED: _settled(
        "calendar", _("The portal found out what became of a change of {pat:expiry}")
    ),
    EventType.PAT_DESCRIBED: Telling(
        "pencil-square", _("{who} changed the notes about {pat}"), tails.columns
    ),
    EventType.PAT_PLACE_MOVED: Telling(
        "map-pin", _("{who} ticked a place in which {pat} is used"), tails.place
    ),
    EventType.PAT_KEPT: Telling("check-circle", _("{who} decided to keep {pat}")),
}
# Told on the page of the one that was replaced.
REPLACED = Telling("arrow-path", _("{who} created a token that takes over from {pat}"))
_ROTATION = {
    **_named(
        "rotate",
        _attempt(
            "arrow-path",
            _("{who} asked Azure DevOps to rotate {pat}"),
            _("{who} tried to rotate {pat}; that was refused and nothing was made"),
            _("{who} tried to rotate {pat}; that failed and nothing was made"),
            _("{who} tried to rotate {pat}; the answer of Azure DevOps was lost"),
        ),
    ),
    EventType.PAT_ROTATED: Telling(
        "arrow-path", _("{who} created {pat} as the successor of another one"), tails.expiry
    ),
    EventType.PAT_ROTATE_SETTLED: _settled(
        "arrow-path", _("The portal found out what became of {pat:rotation}")
    ),
    EventType.PAT_END_SCHEDULED: Telling("arrow-path", _("{who} rotated {pat}"), tails.end_of_old),
    EventType.PAT_END_CANCELLED: Telling("arrow-path", _("{who} kept {pat}: the portal no longer ends it")),
    **_named(
        "end",
        _attempt(
            "clock",
            _("{who} asked Azure DevOps to bring {pat:expiry} forward"),
            _(
                "{who} tried to bring {pat:expiry} forward; that was refused and the portal ends it at its "
                "time"
            ),
            _("{who} tried to bring {pat:expiry} forward; that failed and the portal ends it at its time"),
            _("{who} tried to bring {pat:expiry} forward; the answer of Azure DevOps was lost"),
        ),
    ),
    EventType.PAT_END_SET: Telling("clock", _("{who} brought {pat:expiry} forward"), tails.new_expiry),
    EventType.PAT_END_SETTLED: _settled(
        "clock", _("The portal found out what became of an earlier expiry of {pat}")
    ),
}
_OUTSIDE = {
    EventType.PAT_FOUND: Telling("eye", _("The portal found {pat}; it was created elsewhere"), tails.expiry),
    EventType.PAT_CHANGED_OUTSIDE: Telling(
        "eye", _("The portal found that {pat} had been changed elsewhere"), tails.columns
    ),
    EventType.PAT_REVOKED_OUTSIDE: Telling(
        "eye", _("The portal found that {pat} had been revoked elsewhere")
    ),
    EventType.PAT_EXPIRED: Telling("clock", _("{pat} expired"), tails.expired_at),
    EventType.PAT_VANISHED: Telling("eye-slash", _("Azure DevOps no longer lists {pat}"), tails.reason),
    EventType.PAT_REAPPEARED: Telling("eye", _("Azure DevOps lists {pat} again")),
    EventType.PATS_FIRST_READ: Telling(
        "eye",
        _("The portal read {owner:PATs} in {place} for the first time"),
        tails.found,
        own_words=_("The portal read {owner:tokens} in {place} for the first time"),
    ),
}
_AROUND = {
    EventType.BULK_REQUESTED: Telling(
        "queue-list",
        _("{who} asked to change many PATs at once"),
        tails.bulk,
        own_words=_("{who} asked to change many tokens at once"),
        own_tail=tails.own_bulk,
    ),
    EventType.BULK_STOPPED: Telling(
        "stop-circle",
        _("{who} stopped a change of many PATs"),
        tails.bulk_left,
        own_words=_("{who} stopped a change of many tokens"),
        own_tail=tails.own_bulk_left,
    ),
    EventType.BACKUP_ASKED: Telling("envelope", _("{who} named a backup owner for {pat}")),
    EventType.BACKUP_CONFIRMED: Telling("user-plus", _("{who} agreed to be backup owner of {pat}")),
    EventType.BACKUP_PERSON_FOUND: Telling(
        "user-plus", _("The portal found the person behind the address of the backup owner of {pat}")
    ),
    EventType.BACKUP_LEFT: Telling("user-minus", _("{who} stepped down as backup owner of {pat}")),
    EventType.REMINDERS_STOPPED: Telling(
        "bell-slash", _("{who} stopped the reminders of {owner} by the link of a mail"), tails.until
    ),
    EventType.REMINDERS_RESUMED: Telling(
        "bell", _("{who} wanted the reminders of {owner} again by the link of a mail")
    ),
    EventType.SETTINGS_CHANGED: Telling("cog-6-tooth", _("{who} changed {owner:settings}"), tails.columns),
    EventType.DATA_DOWNLOADED: Telling("arrow-down-tray", _("{who} downloaded what is stored about {owner}")),
    EventType.PAT_MUTED: Telling("bell-slash", _("{who} muted the reminders about {pat}"), tails.muted),
    EventType.PAT_UNMUTED: Telling("bell", _("{who} wanted reminders about {pat} again")),
    EventType.MAIL_TEST_ASKED: Telling("envelope", _("{who} asked for a test mail")),
    EventType.CALENDAR_CREATED: Telling(
        "calendar-days", _("{who} made {owner:calendar address}"), tails.detail
    ),
    EventType.CALENDAR_ENDED: Telling(
        "calendar-days", _("{who} ended {owner:calendar address}"), tails.reason
    ),
    EventType.MAIL_SENT: Telling("envelope", _("The portal sent a mail for {owner}"), tails.mail),
    EventType.MAIL_FAILED: Telling("envelope", _("The portal gave up a mail for {owner}"), tails.mail),
    EventType.REMINDER_SENT: Telling("bell", _("The portal sent a reminder of {pat:expiry}"), tails.reminder),
    EventType.REMINDER_FAILED: Telling(
        "bell-slash", _("The portal gave up a reminder of {pat:expiry}"), tails.reminder
    ),
    EventType.AUDIT_EXPORTED: Telling(
        "arrow-down-tray", _("{who} exported events of the audit log"), tails.audited
    ),
    EventType.AUDIT_VERIFIED: Telling("shield-check", _("{who} verified the audit log"), tails.verified),
    EventType.AUDIT_ERASED: Telling("backspace", _("{who} erased personal fields"), tails.erased),
    EventType.AUDIT_SIGNING_REFUSED: Telling(
        "shield-exclamation", _("{who} asked to sign a checkpoint; that was refused"), tails.finding
    ),
    EventType.UPKEEP_CLEARED: Telling("trash", _("The portal deleted what was past its time"), tails.cleared),
    EventType.JOBS_RETRIED: Telling("arrow-path", _("{who} had failed jobs run again"), tails.retried),
    EventType.COMMAND_RAN: Telling("command-line", _("{who} ran a management command"), tails.command),
}

TELLINGS: dict[str, Telling] = {
    event_type.value: telling
    for told in (_SIGNING_IN, _CREATION, _REVOCATION, _CHANGE, _ROTATION, _OUTSIDE, _AROUND)
    for event_type, telling in told.items()
}
