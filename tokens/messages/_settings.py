"""Why a setting cannot be changed, in words; by the reason that the error gives."""

from http import HTTPStatus

from patportal.lib.problems import Message
from tokens.messages._message import message

SETTING_MESSAGES: dict[str, Message] = {
    "calendar_known": message(
        "This calendar address was made already",
        "It is shown once, and the portal does not keep it.",
        "If you did not copy it, end it below and make another.",
        HTTPStatus.CONFLICT,
        "warn",
    ),
    "too_many_calendars": message(
        "You have two calendar addresses already",
        "More than two are not kept for one person. Nothing was made.",
        "End one of them below, then make the new one.",
        HTTPStatus.CONFLICT,
        "warn",
    ),
    "no_mail_address": message(
        "The portal cannot send you mail",
        "Your directory names no address for you, or one outside the domains to which this portal may send.",
        "Ask the people who look after your account to set your e-mail address, then sign in again.",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "warn",
    ),
    "too_many_test_mails": message(
        "Enough test mails for now",
        "You have asked for three within an hour. No other was sent.",
        "Look for them, among unwanted mail as well, and try again in an hour.",
        HTTPStatus.TOO_MANY_REQUESTS,
        "warn",
    ),
}
