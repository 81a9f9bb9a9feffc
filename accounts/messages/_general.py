"""What is said about Entra, the portal itself, and sessions that ended."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from accounts.errors import AccountsError, EntraUnreachable, GrantBusy, PortalMisconfigured, RefusedOddly
from accounts.messages._message import OPERATORS, message
from accounts.sessions import EndReason
from patportal.lib.problems import Message

_SESSIONS = {
    EndReason.IDLE: message(
        _("You were signed out"),
        _("Nothing was done here for a while, so the portal ended your session."),
        _("Sign in to go on where you were."),
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
    EndReason.TOO_OLD: message(
        _("You were signed out"),
        _("Your session had reached its greatest length."),
        _("Sign in to go on where you were."),
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
    EndReason.ENDED_ELSEWHERE: message(
        _("You were signed out"),
        _("This session was ended from another browser, or by signing out at Microsoft."),
        _("Sign in to go on. If that was not you, look at your sessions after signing in."),
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
    EndReason.ROLE_LOST: message(
        _("You were signed out"),
        _("Your access to this portal was changed while you were signed in."),
        _("Sign in again. If you are not let in, ask the people who run this portal."),
        HTTPStatus.UNAUTHORIZED,
    ),
    EndReason.OUTDATED: message(
        _("You were signed out"),
        _("The portal was upgraded, and your session was begun before that."),
        _("Sign in to go on where you were."),
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
}

GENERAL: dict[str, Message] = {
    AccountsError.code: message(
        _("The sign-in did not work"), _("Something is wrong with the sign-in."), OPERATORS, tone="bad"
    ),
    EntraUnreachable.code: message(
        _("Microsoft's sign-in service does not answer"),
        _("The portal could not reach Microsoft, or got no usable answer."),
        _("Try again in a few minutes."),
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    GrantBusy.code: message(
        _("One moment"),
        _("The portal is renewing your access at this moment, and it takes longer than usual."),
        _("Try again in a minute."),
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    PortalMisconfigured.code: message(
        _("The portal is not set up correctly"),
        _("Microsoft does not accept the portal itself. Signing in again would not help."),
        OPERATORS,
        HTTPStatus.BAD_GATEWAY,
        tone="bad",
    ),
    RefusedOddly.code: message(
        _("Microsoft refused, and the portal does not know why"),
        _("The portal asked for access in your name, and the answer was one that it does not know."),
        _(
            "Try again in a few minutes. If it goes on: tell the people who run this portal, and give them "
            "the reference below."
        ),
        HTTPStatus.BAD_GATEWAY,
    ),
    **{reason.value: text for reason, text in _SESSIONS.items()},
}
