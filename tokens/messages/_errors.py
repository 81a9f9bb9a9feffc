"""What is said about an error where a person did something, by the error's code."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from patportal.lib.problems import Message
from tokens import errors
from tokens.messages._message import message

MESSAGES: dict[str, Message] = {
    errors.SignInNeeded.code: message(
        _("Please sign in again"),
        _("Microsoft no longer lets the portal act for you with your last sign-in."),
        _("Sign in again; what you have typed is kept."),
        HTTPStatus.UNAUTHORIZED,
        "warn",
    ),
    errors.EntraUnavailable.code: message(
        _("Microsoft's sign-in service does not answer"),
        _("The portal needs it to act for you, so nothing was sent to Azure DevOps."),
        _("Try again in a few minutes."),
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    errors.RefusedOddly.code: message(
        _("Microsoft refused, and the portal does not know why"),
        _(
            "The portal asked for access in your name, and Microsoft's sign-in service gave a reason that "
            "the portal does not know. Nothing was sent to Azure DevOps."
        ),
        _(
            "Try again in a few minutes. If it goes on, give the reference below to the people who run this "
            "portal."
        ),
        HTTPStatus.BAD_GATEWAY,
    ),
    errors.PortalMisconfigured.code: message(
        _("The portal cannot sign in to Microsoft"),
        _("Microsoft refuses the portal itself, not you. Nothing was sent to Azure DevOps."),
        _("Tell the people who run this portal; signing in again does not help."),
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    errors.Busy.code: message(
        _("Too many requests are waiting for Azure DevOps"),
        _("The portal sends only a few at once, and no more than four for you, so nothing was sent yet."),
        _("Try again in a few seconds."),
        HTTPStatus.SERVICE_UNAVAILABLE,
        "warn",
    ),
    errors.GrantBusy.code: message(
        _("One moment"),
        _(
            "The portal is renewing your access at this moment, and it takes longer than usual. Nothing was "
            "sent to Azure DevOps."
        ),
        _("Try again in a minute."),
        HTTPStatus.SERVICE_UNAVAILABLE,
        "warn",
    ),
    errors.AzureDevOpsUnreachable.code: message(
        _("Azure DevOps cannot be reached"),
        _("No connection could be made, so nothing was changed."),
        _("Try again in a few minutes."),
    ),
    errors.AzureDevOpsFailed.code: message(
        _("Azure DevOps gave an answer that makes no sense"),
        _("It failed or sent something other than what it should. Nothing was changed."),
        _("Try again in a few minutes; if it goes on, give the reference below to your administrator."),
    ),
    errors.NoAccess.code: message(
        _("No access to this organization"),
        _(
            "Azure DevOps does not accept you in this organization. You may not be a member, or a rule such "
            "as Conditional Access may apply. Nothing was changed."
        ),
        _("Open the organization once in the browser; if that works, ask its administrator."),
        HTTPStatus.FORBIDDEN,
    ),
    errors.OtherDirectory.code: message(
        _("The organization belongs to another directory"),
        _(
            "You have signed in with one directory of Microsoft Entra, and this organization belongs to "
            "another, where your sign-in does not count. Nothing was changed."
        ),
        _(
            "Sign out, then sign in with an account of the organization's directory, if the portal offers "
            "it; else ask the people who run this portal."
        ),
        HTTPStatus.FORBIDDEN,
    ),
    errors.NotAPerson.code: message(
        _("Only people can manage tokens"),
        _(
            "Azure DevOps takes you for an application or a service account, and those cannot have personal "
            "access tokens. Nothing was changed."
        ),
        _(
            "Sign in with your personal work account. Applications should use access of their own in "
            "Microsoft Entra."
        ),
        HTTPStatus.FORBIDDEN,
    ),
    errors.Forbidden.code: message(
        _("A rule of your organization forbids this"),
        _("Azure DevOps refused the call. Nothing was changed."),
        _("Ask the administrator of the organization and give them the reference below."),
        HTTPStatus.FORBIDDEN,
    ),
    errors.ConditionalAccess.code: message(
        _("A Conditional Access rule forbids this"),
        _(
            "Your organization lets requests in only from certain networks and devices, and the portal's, "
            "made in your name, was not one of them. Nothing was changed."
        ),
        _(
            "Sign in again on a device and network that your organization accepts. If that does not help, "
            "ask the administrators of your directory to admit the portal, and give them the code and the "
            "reference below."
        ),
        HTTPStatus.FORBIDDEN,
        can_sign_in_help=True,
    ),
    errors.OrganizationNotFound.code: message(
        _("The organization was not found"),
        _("Azure DevOps does not know any organization of this name."),
        _("Tell the people who run this portal to check the name in its settings."),
        HTTPStatus.NOT_FOUND,
    ),
    errors.OrganizationGone.code: message(
        _("The organization was renamed or deleted"),
        _("Azure DevOps does not know it by this name any more. Nothing was changed."),
        _(
            "Tell the people who run this portal. If it was renamed, they enter the new name in its "
            "settings, and your tokens move there; until then the portal asks once a day."
        ),
        HTTPStatus.NOT_FOUND,
    ),
    errors.OrganizationOffline.code: message(
        _("The organization is not available"),
        _(
            "Azure DevOps says that it is switched off, has moved, or is under maintenance. Nothing was "
            "changed."
        ),
        _("Try again later; if it goes on, ask the organization's administrator."),
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    errors.PatNotFound.code: message(
        _("The token was not found"),
        _("Azure DevOps does not know this token any more."),
        _("Refresh the list."),
        HTTPStatus.NOT_FOUND,
    ),
    errors.Throttled.code: message(
        _("Azure DevOps asks to slow down"),
        _("You, or tools that act for you, sent it many requests in a short time. Nothing was changed."),
        _("Wait a few minutes, then try again."),
        HTTPStatus.SERVICE_UNAVAILABLE,
        "warn",
    ),
    errors.Refused.code: message(
        _("Azure DevOps refused"),
        _("It gave a reason that the portal does not know. Nothing was changed."),
        _("Give the reference below to the administrator of the organization."),
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
    errors.OutcomeUnknown.code: message(
        _("The answer of Azure DevOps was lost"),
        _(
            "The request was sent, but no answer came, so the token may exist or not. The portal finds out "
            "within a few minutes and shows the result here."
        ),
        _("Do not send it again; wait for the result."),
        HTTPStatus.GATEWAY_TIMEOUT,
        "warn",
    ),
    errors.OutcomeTaken.code: message(
        _("The answer came too late"),
        _(
            "The portal had already settled this request, so the token's secret is not shown and the token "
            "is revoked."
        ),
        _("Create a new one."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    errors.AlreadySubmitted.code: message(
        _("This form was sent before"),
        _("It is carried out only once."),
        _("See below what became of it."),
        HTTPStatus.CONFLICT,
        "info",
    ),
    errors.KeyReused.code: message(
        _("This form was sent before with other content"),
        _("Nothing was done this time."),
        _("Check what you have typed and send it once more."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    errors.NotRevocable.code: message(
        _("This token has been revoked already"),
        _("There is nothing left to revoke."),
        _("Go back to the list."),
        HTTPStatus.CONFLICT,
        "info",
    ),
    errors.NotChangeable.code: message(
        _("This token has ended"),
        _("It has expired, was revoked or was stopped, and Azure DevOps changes no token that has ended."),
        _("Create a replacement with the same settings."),
        HTTPStatus.CONFLICT,
        "info",
    ),
    errors.AboutToEnd.code: message(
        _("This token is about to end"),
        _(
            "The portal ends it soon, because it was replaced, or its revocation is on its way. Nothing was "
            "changed."
        ),
        _("Open its page: if it was replaced and you still need it, keep it first."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    errors.OwnedElsewhere.code: message(
        _("This token belongs to another organization"),
        _(
            "Azure DevOps lists it, but it belongs to an organization that is not set up in this portal. "
            "Nothing was changed."
        ),
        _(
            "Change it on the page of Azure DevOps, or ask the people who run this portal to add the "
            "organization."
        ),
        HTTPStatus.CONFLICT,
    ),
    errors.PatChanged.code: message(
        _("The token was changed meanwhile"),
        _("It is not what it was when you opened this page. Nothing was sent."),
        _("See what changed, then send the form again if you still want to."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    errors.ChangeUnderWay.code: message(
        _("Another change is on its way"),
        _("The portal has not heard yet what became of an earlier change of this token. Nothing was sent."),
        _("Try again in a few minutes."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    errors.AlreadyReplaced.code: message(
        _("This token has been replaced"),
        _("Another token has taken over from it."),
        _("Rotate the one that took over."),
        HTTPStatus.CONFLICT,
        "info",
    ),
    errors.RotationUnfinished.code: message(
        _("A rotation is not finished"),
        _(
            "There is a new token already, and nobody has confirmed that its secret is stored. Nothing was "
            "made."
        ),
        _("Confirm that you have its secret, or revoke it and rotate again."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
    errors.NotEnding.code: message(
        _("There is nothing to keep"),
        _("The portal is not about to end this token, or it has ended already."),
        _("Go back to the token."),
        HTTPStatus.CONFLICT,
        "info",
    ),
    errors.BackupRefused.code: message(
        _("This backup owner cannot be named"),
        _("Nothing was changed."),
        _("Name somebody else, or leave the field empty."),
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "warn",
    ),
    errors.SettingRefused.code: message(
        _("This setting was not changed"),
        _("It is not possible like this."),
        _("Open the settings again, then try once more."),
        HTTPStatus.CONFLICT,
        "warn",
    ),
}
