"""What people read when something did not work: by code, what happened and what to do next.

What Azure DevOps' own codes mean stands in `service_codes.toml`.
"""

from dataclasses import replace
from datetime import date

from django.utils.translation import gettext, ngettext

from patportal.lib.notation import written
from patportal.lib.problems import Message, Problem
from patportal.lib.redaction import redact
from patportal.lib.texts import any_of
from tokens import errors, rules
from tokens.messages._backup import BACKUP_MESSAGES
from tokens.messages._errors import MESSAGES
from tokens.messages._reading import READING_MESSAGES
from tokens.messages._service import EXTENSION_MESSAGES, SERVICE_MESSAGES
from tokens.messages._settings import SETTING_MESSAGES

__all__ = [
    "BACKUP_MESSAGES",
    "EXTENSION_MESSAGES",
    "MESSAGES",
    "READING_MESSAGES",
    "SERVICE_MESSAGES",
    "SETTING_MESSAGES",
    "message_for",
    "problem_for",
    "reading_message",
    "reason_of",
]

_TOO_LONG = "patlifespanpolicyviolation"


def reason_of(error_code: str, *, is_extension: bool = False) -> Message | None:
    """Return what the code says that was stored with an operation, None where it says nothing."""
    return MESSAGES.get(error_code) or _service_messages(is_extension=is_extension).get(error_code.lower())


def _service_messages(*, is_extension: bool) -> dict[str, Message]:
    return SERVICE_MESSAGES | EXTENSION_MESSAGES if is_extension else SERVICE_MESSAGES


def reading_message(code: str) -> Message:
    """Return why organizations are not up to date on the list; `{names}` in its title stands for them."""
    return READING_MESSAGES.get(code, READING_MESSAGES[errors.Refused.code])


def problem_for(
    error: errors.TokensError, *, request_id: str = "", asked_for: str = "", is_extension: bool = False
) -> Problem:
    """Return `error` in words; the reference is Microsoft's activity id, else our own `request_id`.

    `asked_for` is the life that was asked for, as the form says it: "30 days" or a date; `is_extension` tells
    that it was asked for a PAT that exists.
    """
    theirs = error if isinstance(error, errors.Refused | errors.Forbidden) else None
    message = message_for(error, is_extension=is_extension)
    if asked_for and message is SERVICE_MESSAGES[_TOO_LONG]:
        message = _too_long(message, asked_for)
    return Problem(
        message=message,
        reference=error.activity_id or request_id,
        service_code=theirs.service_code if theirs else "",
        service_text=redact(theirs.detail) if theirs else "",
    )


def message_for(error: errors.TokensError, *, is_extension: bool = False) -> Message:
    """Return what to tell about `error`; codes of Azure DevOps that we do not know get a general text."""
    if isinstance(error, errors.Refused):
        known = _service_messages(is_extension=is_extension)
        return known.get(error.service_code.lower(), MESSAGES[errors.Refused.code])
    if isinstance(error, errors.BackupRefused):
        return BACKUP_MESSAGES[error.detail]
    if isinstance(error, errors.SettingRefused):
        return SETTING_MESSAGES[error.detail]
    return MESSAGES[error.code]


def _too_long(message: Message, asked_for: str) -> Message:
    """Return `message` with what was asked for, and with the shorter lives that the form offers."""
    asked_days = int(asked_for.removesuffix(" days")) if asked_for.endswith(" days") else None
    if asked_days is None:
        day = written(date.fromisoformat(asked_for), "long day")
        asked = gettext("You asked for %(day)s.") % {"day": day}
        return replace(message, sentence=f"{asked} {message.sentence}")
    asked = ngettext("You asked for %(count)s day.", "You asked for %(count)s days.", asked_days)
    shorter = [str(days) for days in sorted(rules.LIFE_PRESETS_DAYS, reverse=True) if days < asked_days]
    if shorter:
        step = gettext("Choose an earlier expiry: %(presets)s days, or an earlier date.")
    else:
        step = gettext("Choose an earlier expiry: an earlier date.")
    return replace(
        message,
        sentence=f"{asked % {'count': asked_days}} {message.sentence}",
        next_step=step % {"presets": any_of(shorter)},
    )
