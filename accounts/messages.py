"""Every sentence of this app that people read, by the code of what happened."""

from http import HTTPStatus

from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    GrantBusy,
    PortalMisconfigured,
    RefusalReason,
    SignInReason,
)
from accounts.middleware import IDLE, TOO_OLD
from patportal.lib.problems import Message, Problem


def _message(
    title: str,
    sentence: str,
    next_step: str,
    status: HTTPStatus = HTTPStatus.FORBIDDEN,
    tone: str = "warn",
) -> Message:
    return Message(title, sentence, next_step, status, tone)


_AGAIN = "Sign in again to go on."
_OPERATORS = "Tell the people who run this portal, and give them the reference below."

_SIGN_IN_NEEDED = {
    SignInReason.GRANT_MISSING: _message(
        "Please sign in again",
        "The portal holds no access to Azure DevOps for you.",
        _AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_UNREADABLE: _message(
        "Please sign in again",
        "The access that the portal held for you can no longer be read, because its keys were changed.",
        _AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_EXPIRED: _message(
        "Please sign in again",
        "You have been away for so long that Microsoft ended the portal's access for you.",
        _AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_REVOKED: _message(
        "Please sign in again",
        "Your sign-in was ended, by a new password or by an administrator.",
        _AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.SIGN_IN_FREQUENCY: _message(
        "Please sign in again",
        "Your organization asks you to sign in again from time to time.",
        _AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.SECOND_FACTOR: _message(
        "Please confirm who you are",
        "Your organization asks for a second factor before the portal may act for you.",
        "Sign in again; Microsoft will ask for it.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.DEVICE_NEEDED: _message(
        "A device of your organization is needed",
        "Your organization lets people use Azure DevOps from its own devices only.",
        "Sign in again from a device that your organization manages.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.BLOCKED_BY_POLICY: _message(
        "A rule of your organization stands in the way",
        "Your organization does not let the portal act for you: because of place, network, device or risk.",
        "Trying again will not help. Ask your organization's administrators, with the reference below.",
    ),
    SignInReason.CONSENT_MISSING: _message(
        "Your permission is needed",
        "The portal does not, or no longer, have your permission to work with Azure DevOps for you.",
        "Sign in again and accept what Microsoft asks.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.ACCOUNT_DISABLED: _message(
        "Your account is disabled",
        "Your account has been disabled, so the portal no longer acts for you.",
        "Ask your organization's helpdesk.",
    ),
    SignInReason.SIGN_IN_NEEDED: _message(
        "Please sign in again",
        "Microsoft no longer accepts the portal's access for you.",
        _AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
}

_REFUSED = {
    RefusalReason.FLOW_UNKNOWN: _message(
        "This sign-in is no longer open",
        "The page was reloaded, opened twice, or left for more than ten minutes.",
        "If you are not signed in already, start again.",
        HTTPStatus.BAD_REQUEST,
    ),
    RefusalReason.FLOW_SPENT: _message(
        "This sign-in took too long or was already used",
        "Microsoft accepts each sign-in once, and for a few minutes only.",
        "Start again.",
        HTTPStatus.BAD_REQUEST,
    ),
    RefusalReason.CANCELLED: _message(
        "You did not sign in",
        "You cancelled, or did not give the permission that was asked for. Nothing was stored.",
        "Start again, and accept what Microsoft asks.",
    ),
    RefusalReason.ENTRA_REFUSED: _message(
        "Microsoft refused the sign-in",
        "Your organization's sign-in service did not let you in.",
        "See the help on sign-in, or ask your organization's administrators with the reference below.",
        tone="bad",
    ),
    RefusalReason.ID_TOKEN_INVALID: _message(
        "The sign-in could not be trusted",
        "What came back did not prove who you are, so the portal did not accept it.",
        "Start again. If it happens twice, tell the people who run this portal.",
        tone="bad",
    ),
    RefusalReason.PERSON_DISABLED: _message(
        "You cannot use this portal",
        "Your access to this portal has been switched off.",
        "Ask the people who run it.",
        tone="bad",
    ),
    RefusalReason.ROLE_MISSING: _message(
        "You have not been given access",
        "You are signed in at Microsoft, but nobody has given you a role in this portal.",
        "Ask the people who run it to assign you one, then sign in again.",
    ),
    RefusalReason.TOO_MANY: _message(
        "One moment",
        "Too many sign-ins are waiting for Microsoft at this moment, so the portal did not begin with yours.",
        "Start again in a minute.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
}

_OTHER = {
    AccountsError.code: _message(
        "The sign-in did not work", "Something is wrong with the sign-in.", _OPERATORS, tone="bad"
    ),
    EntraUnreachable.code: _message(
        "Microsoft's sign-in service does not answer",
        "The portal could not reach Microsoft, or got no usable answer.",
        "Try again in a few minutes.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    GrantBusy.code: _message(
        "One moment",
        "The portal is renewing your access at this moment, and it takes longer than usual.",
        "Try again in a minute.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    PortalMisconfigured.code: _message(
        "The portal is not set up correctly",
        "Microsoft does not accept the portal itself. Signing in again would not help.",
        _OPERATORS,
        HTTPStatus.BAD_GATEWAY,
        tone="bad",
    ),
    IDLE: _message(
        "You were signed out",
        "Nothing was done here for a while, so the portal ended your session.",
        "Sign in to go on where you were.",
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
    TOO_OLD: _message(
        "You were signed out",
        "Your session had reached its greatest length.",
        "Sign in to go on where you were.",
        HTTPStatus.UNAUTHORIZED,
        tone="info",
    ),
}

MESSAGES: dict[str, Message] = {
    **{code.value: message for code, message in _SIGN_IN_NEEDED.items()},
    **{code.value: message for code, message in _REFUSED.items()},
    **_OTHER,
}


def problem_for(code: str, *, reference: str = "", sign_in_url: str = "") -> Problem:
    """Return the message of `code` for a template; raises `KeyError` for a code that nobody has."""
    return Problem(message=MESSAGES[code], reference=reference, sign_in_url=sign_in_url)
