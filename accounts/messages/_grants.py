"""What is said where the portal can no longer act for a person, by the reason."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from accounts.errors import SignInReason
from accounts.messages._message import AGAIN, message
from patportal.lib.problems import Message

SIGN_IN_NEEDED: dict[SignInReason, Message] = {
    SignInReason.GRANT_MISSING: message(
        _("Please sign in again"),
        _("The portal holds no access to Azure DevOps for you."),
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_UNREADABLE: message(
        _("Please sign in again"),
        _("The access that the portal held for you can no longer be read, because its keys were changed."),
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_EXPIRED: message(
        _("Please sign in again"),
        _("You have been away for so long that Microsoft ended the portal's access for you."),
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_TOO_OLD: message(
        _("Please sign in again"),
        _("You last signed in so long ago that the portal no longer keeps its access for you."),
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.ACCESS_ENDED: message(
        _("Please sign in again"),
        _("This portal acts for you only for about an hour after you sign in, and that hour is over."),
        _("Sign in again; mostly, Microsoft asks for nothing."),
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.GRANT_REVOKED: message(
        _("Please sign in again"),
        _("Your sign-in was ended, by a new password or by an administrator."),
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.SIGN_IN_FREQUENCY: message(
        _("Please sign in again"),
        _("Your organization asks you to sign in again from time to time."),
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.SECOND_FACTOR: message(
        _("Please confirm who you are"),
        _(
            "Your organization asks for a second proof, such as an app on your phone, before the portal may "
            "act for you."
        ),
        _("Sign in again; Microsoft will ask for it."),
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.DEVICE_NEEDED: message(
        _("A device of your organization is needed"),
        _("Your organization lets people use Azure DevOps from its own devices only."),
        _("Sign in again from a device that your organization manages."),
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.BLOCKED_BY_POLICY: message(
        _("A rule of your organization stands in the way"),
        _(
            "Your organization does not let the portal act for you: because of place, network, device or "
            "risk."
        ),
        _("Trying again will not help. Ask your organization's administrators."),
    ),
    SignInReason.CHALLENGED: message(
        _("Please confirm who you are"),
        _(
            "Azure DevOps wants your sign-in to be confirmed before it goes on: something about your "
            "account, place or network has changed."
        ),
        _("Sign in again; Microsoft may ask for more than the last time."),
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.NETWORK_REFUSED: message(
        _("Your organization's rules refuse the portal's network"),
        _(
            "You have just signed in, and Azure DevOps still refuses: it does not accept requests in your "
            "name from the place where the portal's servers are. The portal has stopped its work in the "
            "background for you."
        ),
        _(
            "Signing in again will not help. Ask your organization's administrators to allow the portal's "
            "network."
        ),
    ),
    SignInReason.CONSENT_MISSING: message(
        _("Your permission is needed"),
        _("The portal does not, or no longer, have your permission to work with Azure DevOps for you."),
        _(
            "Sign in again and accept what Microsoft asks. An administrator can also approve it for "
            "everybody."
        ),
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.ADMIN_APPROVAL: message(
        _("An administrator has to approve the portal"),
        _(
            "Your organization lets only administrators allow applications, and this portal is not, or no "
            "longer, allowed."
        ),
        _("Ask your organization's administrators to approve it, then sign in again."),
    ),
    SignInReason.NOT_ASSIGNED: message(
        _("You no longer have access to this portal"),
        _("Your organization decides who may use this portal, and took you off its list."),
        _("Ask the people who run the portal, or your administrators, to add you. Then sign in again."),
    ),
    SignInReason.PASSWORD_EXPIRED: message(
        _("Your password has expired"),
        _("Microsoft wants a new password before the portal may act for you."),
        _("Sign in again; Microsoft will ask for a new password."),
        HTTPStatus.UNAUTHORIZED,
    ),
    SignInReason.ACCOUNT_DISABLED: message(
        _("Your account is disabled"),
        _("Your account has been disabled, so the portal no longer acts for you."),
        _("Ask your organization's helpdesk."),
    ),
    SignInReason.ACCOUNT_GONE: message(
        _("Your account is no longer there"),
        _("Your account was deleted from the organization's directory, or you are no longer its guest."),
        _("Ask your organization's helpdesk. If you have a new account, choose “Use another account”."),
    ),
    SignInReason.TENANT_REMOVED: message(
        _("Your organization can no longer use this portal"),
        _("The portal was set up for people of your organization, and no longer is."),
        _("Ask the people who run this portal."),
    ),
    SignInReason.SIGN_IN_NEEDED: message(
        _("Please sign in again"),
        _("Microsoft no longer accepts the portal's access for you."),
        AGAIN,
        HTTPStatus.UNAUTHORIZED,
    ),
}
