"""What the list says about organizations that it could not bring up to date, by the error's code.

In a title, `{names}` stands for the organizations. Here nobody did anything, so nothing is said of changes.
"""

from dataclasses import replace
from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from patportal.lib.problems import Message
from patportal.lib.texts import Text
from tokens import errors
from tokens.messages._errors import MESSAGES
from tokens.messages._message import message
from tokens.presenters import NOT_BEGUN

_REFRESH = _("Use Refresh in a few minutes.")
_LOST = _("You no longer have access to {names}")


def _reading(
    error: type[errors.TokensError], title: Text, sentence: Text, next_step: Text = ""
) -> tuple[str, Message]:
    """Return the code of `error` and its message here; the next step is the same unless it is another."""
    usual = MESSAGES[error.code]
    return error.code, replace(
        usual, title=title, sentence=sentence, next_step=next_step or usual.next_step, tone="warn"
    )


_FAILED = (
    _reading(
        errors.SignInNeeded,
        _("{names}: the portal cannot act for you"),
        _("Microsoft no longer lets it do so with your last sign-in."),
        _("Sign in again."),
    ),
    _reading(
        errors.EntraUnavailable,
        _("{names}: Microsoft's sign-in service does not answer"),
        _("The portal needs it to act for you, so nothing new was read."),
        _REFRESH,
    ),
    _reading(
        errors.RefusedOddly,
        _("{names}: Microsoft refused, and the portal does not know why"),
        _("Microsoft's sign-in service did not let the portal act for you, so nothing new was read."),
        _(
            "Use Refresh in a few minutes; if it goes on, give the reference below to the people who run "
            "this portal."
        ),
    ),
    _reading(
        errors.PortalMisconfigured,
        _("{names}: the portal cannot sign in to Microsoft"),
        _("Microsoft refuses the portal itself, not you, so nothing new was read."),
    ),
    _reading(
        errors.Busy,
        _("{names}: too many requests were waiting for Azure DevOps"),
        _("The portal sends only a few at once, and no more than four for you, so nothing new was read."),
        _REFRESH,
    ),
    _reading(
        errors.GrantBusy,
        _("{names}: one moment"),
        _("The portal was renewing your access, which took longer than usual, so nothing new was read."),
        _REFRESH,
    ),
    _reading(
        errors.AzureDevOpsUnreachable,
        _("{names}: Azure DevOps cannot be reached"),
        _("No connection could be made, so nothing new was read."),
        _REFRESH,
    ),
    _reading(
        errors.AzureDevOpsFailed,
        _("{names}: Azure DevOps gave an answer that makes no sense"),
        _("It failed or sent something other than what it should, so nothing new was read."),
        _("Use Refresh in a few minutes; if it goes on, give the reference below to your administrator."),
    ),
    _reading(
        errors.NotAPerson,
        _("{names}: only people can manage tokens"),
        _(
            "Azure DevOps takes you for an application or a service account, and those cannot have personal "
            "access tokens."
        ),
    ),
    _reading(
        errors.Forbidden,
        _("{names}: a rule forbids reading your tokens"),
        _("Azure DevOps does not list them to the portal."),
    ),
    _reading(
        errors.ConditionalAccess,
        _("{names}: a Conditional Access rule forbids reading your tokens"),
        _(
            "Your organization lets requests in only from certain networks and devices, and the portal's, "
            "made in your name, was not one of them."
        ),
        _(
            "Sign in again on a device and network that your organization accepts. If that does not help, "
            "ask the administrators of your directory to admit the portal, and give them the reference below."
        ),
    ),
    _reading(
        errors.OrganizationNotFound,
        _("{names}: not known to Azure DevOps"),
        _("There is no organization of this name. The portal asks once a day."),
    ),
    _reading(
        errors.OrganizationOffline,
        _("{names}: not available at the moment"),
        _("Azure DevOps says that the organization is switched off, has moved, or is under maintenance."),
        _("Use Refresh later; if it goes on, ask the organization's administrator."),
    ),
    _reading(
        errors.Throttled,
        _("{names}: Azure DevOps asks to slow down"),
        _("You, or tools that act for you, sent it many requests in a short time."),
        _(
            "Use Refresh in a few minutes; until the pause that Azure DevOps wants is over, the portal does "
            "not ask again."
        ),
    ),
    _reading(
        errors.Refused,
        _("{names}: Azure DevOps refused to list your tokens"),
        _("It gave a reason that the portal does not know."),
    ),
)
# Said only where something had been read before: to whom an organization never was open, nothing happened.
_NO_LONGER = (
    _reading(
        errors.NoAccess,
        _LOST,
        _("Azure DevOps does not accept you there any more."),
        _(
            "Open the organization once in the browser, then use Refresh. If that does not help, ask its "
            "administrators to let you in again or to revoke your tokens there."
        ),
    ),
    _reading(
        errors.OtherDirectory,
        _LOST,
        _("The organization now belongs to another directory than the one that you signed in with."),
    ),
    _reading(
        errors.OrganizationGone,
        _("{names}: renamed or deleted in Azure DevOps"),
        _("Azure DevOps does not know an organization of this name any more."),
    ),
)

READING_MESSAGES: dict[str, Message] = {
    **dict(_FAILED),
    **dict(_NO_LONGER),
    NOT_BEGUN: message(
        _("{names}: the refresh has not begun"),
        _("The portal's background worker may be down."),
        _("Tell the people who run this portal."),
        HTTPStatus.SERVICE_UNAVAILABLE,
        "warn",
    ),
}
