"""What the events about a person are called in sentences: signing in, settings, backup owners and mails."""

from django.utils.translation import gettext_lazy as _

from tokens.models import EventType
from tokens.presenters import _audit_facts as facts
from tokens.presenters._audit_telling import Telling

_SIGNING_IN = {
    EventType.SIGNED_IN: Telling("arrow-right-end-on-rectangle", _("{who} signed in.")),
    EventType.SIGN_IN_REFUSED: Telling(
        "no-symbol",
        _("{who} tried to sign in and was refused."),
        ((facts.reason, _("{who} tried to sign in and was refused: {said}.")),),
        by_portal=(
            _("The portal refused a sign-in."),
            ((facts.reason, _("The portal refused a sign-in: {said}.")),),
        ),
    ),
    EventType.SIGN_INS_REFUSED: Telling(
        "no-symbol",
        _("The portal refused further sign-ins within one minute."),
        (
            (
                facts.all_of(facts.refusals, facts.network),
                _("The portal refused further sign-ins within one minute: {count} from {address}."),
            ),
            (
                facts.refusals,
                _(
                    "The portal refused further sign-ins within one minute: {count} from an address "
                    "that is not known."
                ),
            ),
        ),
    ),
    EventType.SIGNED_OUT: Telling("arrow-left-start-on-rectangle", _("{who} signed out.")),
    EventType.SESSION_ENDED: Telling(
        "computer-desktop",
        _("{who} ended {owner:your sessions|their sessions|the sessions of {person}}."),
        (
            (
                facts.all_of(facts.sessions, facts.reason),
                _(
                    "{who} ended {owner:your sessions|their sessions|the sessions of {person}} "
                    "({sessions}): {said}."
                ),
            ),
            (
                facts.sessions,
                _("{who} ended {owner:your sessions|their sessions|the sessions of {person}} ({sessions})."),
            ),
            (
                facts.reason,
                _("{who} ended {owner:your sessions|their sessions|the sessions of {person}}: {said}."),
            ),
        ),
    ),
    EventType.ROLES_CHANGED: Telling(
        "user-group",
        _("{owner:your portal roles|their portal roles|the portal roles of {person}} changed."),
        (
            (
                facts.roles,
                _(
                    "{owner:your portal roles|their portal roles|the portal roles of {person}} "
                    "changed: {said}."
                ),
            ),
        ),
    ),
    EventType.GRANT_USED: Telling(
        "key",
        _("The portal worked for {owner} in the background."),
        ((facts.purpose, _("The portal worked for {owner} in the background: {said}.")),),
    ),
    EventType.GRANT_LOST: Telling("key", _("The portal can no longer act for {owner}.")),
    EventType.GRANT_DELETED: Telling(
        "key",
        _("{who} deleted what lets the portal act for {owner}."),
        ((facts.reason, _("{who} deleted what lets the portal act for {owner}: {said}.")),),
    ),
}
_BACKUP = {
    EventType.BACKUP_ASKED: Telling("envelope", _("{who} named a backup owner for {pat}.")),
    EventType.BACKUP_CONFIRMED: Telling("user-plus", _("{who} agreed to be backup owner of {pat}.")),
    EventType.BACKUP_PERSON_FOUND: Telling(
        "user-plus", _("The portal found the person behind the address of the backup owner of {pat}.")
    ),
    EventType.BACKUP_LEFT: Telling("user-minus", _("{who} stepped down as backup owner of {pat}.")),
}
_SETTINGS = {
    EventType.REMINDERS_STOPPED: Telling(
        "bell-slash",
        _("{who} stopped the reminders of {owner} by the link of a mail."),
        ((facts.until, _("{who} stopped the reminders of {owner} by the link of a mail until {moment}.")),),
    ),
    EventType.REMINDERS_RESUMED: Telling(
        "bell", _("{who} wanted the reminders of {owner} again by the link of a mail.")
    ),
    EventType.SETTINGS_CHANGED: Telling(
        "cog-6-tooth",
        _("{who} changed {owner:your settings|their settings|the settings of {person}}."),
        (
            (
                facts.columns,
                _("{who} changed {owner:your settings|their settings|the settings of {person}}: {said}."),
            ),
        ),
    ),
    EventType.DATA_DOWNLOADED: Telling(
        "arrow-down-tray", _("{who} downloaded what is stored about {owner}.")
    ),
    EventType.PAT_MUTED: Telling(
        "bell-slash",
        _("{who} muted the reminders about {pat}."),
        ((facts.muted_until, _("{who} muted the reminders about {pat} until {moment}.")),),
    ),
    EventType.PAT_UNMUTED: Telling("bell", _("{who} wanted reminders about {pat} again.")),
    EventType.MAIL_TEST_ASKED: Telling("envelope", _("{who} asked for a test mail.")),
    EventType.CALENDAR_CREATED: Telling(
        "calendar-days",
        _(
            "{who} made {owner:your calendar address|their calendar address|the calendar address of "
            "{person}}."
        ),
        (
            (
                facts.detail,
                _(
                    "{who} made {owner:your calendar address|their calendar address|the calendar "
                    "address of {person}}: {said}."
                ),
            ),
        ),
    ),
    EventType.CALENDAR_ENDED: Telling(
        "calendar-days",
        _(
            "{who} ended {owner:your calendar address|their calendar address|the calendar address of "
            "{person}}."
        ),
        (
            (
                facts.reason,
                _(
                    "{who} ended {owner:your calendar address|their calendar address|the calendar "
                    "address of {person}}: {said}."
                ),
            ),
        ),
    ),
}
_MAILS = {
    EventType.MAIL_SENT: Telling(
        "envelope",
        _("The portal sent a mail for {owner}."),
        ((facts.mail, _("The portal sent a mail for {owner}: {said}.")),),
    ),
    EventType.MAIL_FAILED: Telling(
        "envelope",
        _("The portal gave up a mail for {owner}."),
        ((facts.mail, _("The portal gave up a mail for {owner}: {said}.")),),
    ),
    EventType.REMINDER_SENT: Telling(
        "bell",
        _("The portal sent a reminder of {pat:its expiry|the expiry of {called}}."),
        (
            (
                facts.all_of(facts.backup, facts.days),
                _(
                    "The portal sent a reminder of {pat:its expiry|the expiry of {called}} to the "
                    "backup owner, {step_days} before it."
                ),
            ),
            (
                facts.all_of(facts.backup, facts.last_day),
                _(
                    "The portal sent a reminder of {pat:its expiry|the expiry of {called}} to the "
                    "backup owner, for its last day."
                ),
            ),
            (
                facts.backup,
                _(
                    "The portal sent a reminder of {pat:its expiry|the expiry of {called}} to the "
                    "backup owner."
                ),
            ),
            (
                facts.days,
                _(
                    "The portal sent a reminder of {pat:its expiry|the expiry of {called}}, "
                    "{step_days} before it."
                ),
            ),
            (
                facts.last_day,
                _("The portal sent a reminder of {pat:its expiry|the expiry of {called}}, for its last day."),
            ),
        ),
    ),
    EventType.REMINDER_FAILED: Telling(
        "bell-slash",
        _("The portal gave up a reminder of {pat:its expiry|the expiry of {called}}."),
        (
            (
                facts.all_of(facts.backup, facts.days),
                _(
                    "The portal gave up a reminder of {pat:its expiry|the expiry of {called}} to the "
                    "backup owner, {step_days} before it."
                ),
            ),
            (
                facts.all_of(facts.backup, facts.last_day),
                _(
                    "The portal gave up a reminder of {pat:its expiry|the expiry of {called}} to the "
                    "backup owner, for its last day."
                ),
            ),
            (
                facts.backup,
                _(
                    "The portal gave up a reminder of {pat:its expiry|the expiry of {called}} to the "
                    "backup owner."
                ),
            ),
            (
                facts.days,
                _(
                    "The portal gave up a reminder of {pat:its expiry|the expiry of {called}}, "
                    "{step_days} before it."
                ),
            ),
            (
                facts.last_day,
                _(
                    "The portal gave up a reminder of {pat:its expiry|the expiry of {called}}, for its "
                    "last day."
                ),
            ),
        ),
    ),
}
PERSON_TELLINGS = {**_SIGNING_IN, **_BACKUP, **_SETTINGS, **_MAILS}
