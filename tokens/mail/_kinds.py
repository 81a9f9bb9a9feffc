"""The letter of each kind of mail, of what is true when it is sent; None where it is no longer needed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import translation

from accounts.standing import who_left
from tokens.mail import _notices, _reminders
from tokens.mail._letter import Letter, written
from tokens.mail._unsubscribe import unsubscribe_headers
from tokens.models import OutgoingMail

# Where the names of mails come from, so that one that is made anew has the Message-ID of the one before.
_NAMES = UUID("0d6f2b39-4f0c-4d0e-8f2c-6a0b6a3d8a51")
_FACTS: dict[OutgoingMail.Kind, Callable[[OutgoingMail, datetime], dict[str, Any] | None]] = {
    OutgoingMail.Kind.ROTATION_UNCONFIRMED: _notices.unconfirmed_rotation,
    OutgoingMail.Kind.BACKUP_INVITATION: _notices.invitation,
    OutgoingMail.Kind.REMINDER_DIGEST: _reminders.digest,
    OutgoingMail.Kind.WELCOME_DIGEST: _reminders.digest,
    OutgoingMail.Kind.GLOBAL_STOP: _reminders.digest,
    OutgoingMail.Kind.BACKUP_REMINDER: _reminders.backup,
    OutgoingMail.Kind.TEST_MAIL: _notices.test_mail,
    OutgoingMail.Kind.UNSUBSCRIBED: _notices.unsubscribed,
}
# What the link of a mail turns off; other mails answer something that a person did.
_MUTED_BY_LINK = {
    OutgoingMail.Kind.REMINDER_DIGEST,
    OutgoingMail.Kind.WELCOME_DIGEST,
    OutgoingMail.Kind.GLOBAL_STOP,
}
_ABOUT_ENDS = _MUTED_BY_LINK | {OutgoingMail.Kind.BACKUP_REMINDER}


def letter_of(mail: OutgoingMail, *, now: datetime) -> Letter | None:
    """Return the words of a mail as things stand now; None where it is no longer needed.

    Its name follows from the mail's key, which for reminders is one person, day and kind. Its language is the
    portal's: whoever asks for it to be sent says nothing of who reads it.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _letter_of(mail, now)


def _letter_of(mail: OutgoingMail, now: datetime) -> Letter | None:
    kind = OutgoingMail.Kind(mail.kind)
    # What is about ends was asked before, for many at once.
    has_left = kind not in _ABOUT_ENDS and mail.user_id is not None and bool(who_left([mail.user_id]))
    facts = None if has_left else _FACTS[kind](mail, now)
    if facts is None:
        return None
    return written(
        kind.value,
        facts,
        address=mail.address or (mail.user.mail_address if mail.user else ""),
        name=str(uuid5(_NAMES, mail.key)),
        headers=unsubscribe_headers(facts["unsubscribe_url"]) if kind in _MUTED_BY_LINK else {},
    )
