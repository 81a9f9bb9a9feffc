"""What is said where the portal can no longer act for a person, by the reason."""

from http import HTTPStatus

from accounts.errors import SignInReason
from accounts.messages._message import AGAIN, message
from patportal.lib.problems import Message

_ADMINISTRATORS = "Ask your organization's administrators"
_HELPDESK = "Ask your organization's helpdesk."

SIGN_IN_NEEDED: dict[SignInReason, Message] = {
    SignInReason.GRANT_MISSING: message(
        "Please sign in again",
        "The portal holds no access to Azure DevOps for you.",
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_UNREADABLE: message(
        "Please sign in again",
        "The access that the portal held for you can no longer be read, because its keys were changed.",
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_EXPIRED: message(
        "Please sign in again",
        "You have been away for so long that Microsoft ended the portal's access for you.",
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_TOO_OLD: message(
        "Please sign in again",
        "You last signed in so long ago that the portal no longer keeps its access for you.",
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.ACCESS_ENDED: message(
        "Please sign in again",
        "This portal acts for you only for about an hour after you sign in, and that hour is over.",
        "Sign in again; mostly, Microsoft asks for nothing.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_REVOKED: message(
        "Please sign in again",
        "Your sign-in was ended, by a new password or by an administrator.",
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.SIGN_IN_FREQUENCY: message(
        "Please sign in again",
        "Your organization asks you to sign in again from time to time.",
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.SECOND_FACTOR: message(
        "Please confirm who you are",
        "Your organization asks for a second proof, such as an app on your phone, before the portal may act "
        "for you.",
        "Sign in again; Microsoft will ask for it.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.DEVICE_NEEDED: message(
        "A device of your organization is needed",
        "Your organization lets people use Azure DevOps from its own devices only.",
        "Sign in again from a device that your organization manages.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.BLOCKED_BY_POLICY: message(
        "A rule of your organization stands in the way",
        "Your organization does not let the portal act for you: because of place, network, device or risk.",
        f"Trying again will not help. {_ADMINISTRATORS}.",
    ),
    SignInReason.CHALLENGED: message(
        "Please confirm who you are",
        "Azure DevOps wants your sign-in to be confirmed before it goes on: something about your account, "
        "place or network has changed.",
        "Sign in again; Microsoft may ask for more than the last time.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.NETWORK_REFUSED: message(
        "Your organization's rules refuse the portal's network",
        "You have just signed in, and Azure DevOps still refuses: it does not accept requests in your name "
        "from the place where the portal's servers are. The portal has stopped its work in the background "
        "for you.",
        f"Signing in again will not help. {_ADMINISTRATORS} to allow the portal's network.",
    ),
    SignInReason.CONSENT_MISSING: message(
        "Your permission is needed",
        "The portal does not, or no longer, have your permission to work with Azure DevOps for you.",
        "Sign in again and accept what Microsoft asks. An administrator can also approve it for everybody.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.ADMIN_APPROVAL: message(
        "An administrator has to approve the portal",
        "Your organization lets only administrators allow applications, and this portal is not, or no "
        "longer, allowed.",
        f"{_ADMINISTRATORS} to approve it, then sign in again.",
    ),
    SignInReason.NOT_ASSIGNED: message(
        "You no longer have access to this portal",
        "Your organization decides who may use this portal, and took you off its list.",
        "Ask the people who run the portal, or your administrators, to add you. Then sign in again.",
    ),
    SignInReason.PASSWORD_EXPIRED: message(
        "Your password has expired",
        "Microsoft wants a new password before the portal may act for you.",
        "Sign in again; Microsoft will ask for a new password.",
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.ACCOUNT_DISABLED: message(
        "Your account is disabled",
        "Your account has been disabled, so the portal no longer acts for you.",
        _HELPDESK,
    ),
    SignInReason.ACCOUNT_GONE: message(
        "Your account is no longer there",
        "Your account was deleted from the organization's directory, or you are no longer its guest.",
        f"{_HELPDESK} If you have a new account, choose “Use another account”.",
    ),
    SignInReason.TENANT_REMOVED: message(
        "Your organization can no longer use this portal",
        "The portal was set up for people of your organization, and no longer is.",
        "Ask the people who run this portal.",
    ),
    SignInReason.SIGN_IN_NEEDED: message(
        "Please sign in again",
        "Microsoft no longer accepts the portal's access for you.",
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
}
