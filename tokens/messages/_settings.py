"""Why a setting cannot be changed, in words; by the reason that the error gives."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from patportal.lib.problems import Message
from tokens.messages._message import message

SETTING_MESSAGES: dict[str, Message] = {
    "calendar_known": message(
        _("This calendar address was made already"),
        _("It is shown once, and the portal does not keep it."),
        _("If you did not copy it, end it below and make another."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    "calendar_ended": message(
        _("This calendar address was made and ended already"),
        _("This was the form that made it, sent once more. No other address was made."),
        _("If you want a new one, make it below; you can have two."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    "too_many_calendars": message(
        _("You have two calendar addresses already"),
        _("More than two are not kept for one person. Nothing was made."),
        _("End one of them below, then make the new one."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    "no_mail_address": message(
        _("The portal cannot send you mail"),
        _(
            "Your directory names no address for you, or one outside the domains to which this portal may "
            "send."
        ),
        _("Ask the people who look after your account to set your e-mail address, then sign in again."),
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "warn",
    ),
    "too_many_test_mails": message(
        _("Enough test mails for now"),
        _("You have asked for three within an hour. No other was sent."),
        _("Look for them, among unwanted mail as well, and try again in an hour."),
        HTTPStatus.TOO_MANY_REQUESTS,
        "warn",
    ),
}
