"""What is said about Entra, the portal itself, and sessions that ended."""

from http import HTTPStatus

from accounts.errors import AccountsError, EntraUnreachable, GrantBusy, PortalMisconfigured, RefusedOddly
from accounts.messages._message import OPERATORS, message
from accounts.sessions import EndReason
from patportal.lib.problems import Message

_SESSIONS = {
    EndReason.IDLE: message(
        "You were signed out",
        "Nothing was done here for a while, so the portal ended your session.",
        "Sign in to go on where you were.",
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
    EndReason.TOO_OLD: message(
        "You were signed out",
        "Your session had reached its greatest length.",
        "Sign in to go on where you were.",
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
    EndReason.ENDED_ELSEWHERE: message(
        "You were signed out",
        "This session was ended from another browser, or by signing out at Microsoft.",
        "Sign in to go on. If that was not you, look at your sessions after signing in.",
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
    EndReason.ROLE_LOST: message(
        "You were signed out",
        "Your access to this portal was changed while you were signed in.",
        "Sign in again. If you are not let in, ask the people who run this portal.",
        HTTPStatus.UNAUTHORIZED,
    ),
    EndReason.OUTDATED: message(
        "You were signed out",
        "The portal was upgraded, and your session was begun before that.",
        "Sign in to go on where you were.",
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
}

GENERAL: dict[str, Message] = {
    AccountsError.code: message(
        "The sign-in did not work", "Something is wrong with the sign-in.", OPERATORS, tone="bad"
    ),
    EntraUnreachable.code: message(
        "Microsoft's sign-in service does not answer",
        "The portal could not reach Microsoft, or got no usable answer.",
        "Try again in a few minutes.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    GrantBusy.code: message(
        "One moment",
        "The portal is renewing your access at this moment, and it takes longer than usual.",
        "Try again in a minute.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    PortalMisconfigured.code: message(
        "The portal is not set up correctly",
        "Microsoft does not accept the portal itself. Signing in again would not help.",
        OPERATORS,
        HTTPStatus.BAD_GATEWAY,
        tone="bad",
    ),
    RefusedOddly.code: message(
        "Microsoft refused, and the portal does not know why",
        "The portal asked for access in your name, and the answer was one that it does not know.",
        f"Try again in a few minutes. If it goes on: {OPERATORS[0].lower()}{OPERATORS[1:]}",
        HTTPStatus.BAD_GATEWAY,
    ),
    **{reason.value: text for reason, text in _SESSIONS.items()},
}
