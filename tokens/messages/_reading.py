"""What the list says about organizations that it could not bring up to date, by the error's code.

In a title, `{names}` stands for the organizations. Here nobody did anything, so nothing is said of changes.
"""

from dataclasses import replace
from http import HTTPStatus

from patportal.lib.problems import Message
from tokens import errors
from tokens.messages._errors import MESSAGES
from tokens.messages._message import message
from tokens.presenters import NOT_BEGUN

_REFRESH = "Use Refresh in a few minutes"
_LOST = "You no longer have access to {names}"


def _reading(
    error: type[errors.TokensError], title: str, sentence: str, next_step: str = ""
) -> tuple[str, Message]:
    """Return the code of `error` and its message here; the next step is the same unless it is another."""
    usual = MESSAGES[error.code]
    return error.code, replace(
        usual, title=title, sentence=sentence, next_step=next_step or usual.next_step, tone="warn"
    )


_FAILED = (
    _reading(
        errors.SignInNeeded,
        "{names}: the portal cannot act for you",
        "Microsoft no longer lets it do so with your last sign-in.",
        "Sign in again.",
    ),
    _reading(
        errors.EntraUnavailable,
        "{names}: Microsoft's sign-in service does not answer",
        "The portal needs it to act for you, so nothing new was read.",
        f"{_REFRESH}.",
    ),
    _reading(
        errors.RefusedOddly,
        "{names}: Microsoft refused, and the portal does not know why",
        "Microsoft's sign-in service did not let the portal act for you, so nothing new was read.",
        f"{_REFRESH}; if it goes on, give the reference below to the people who run this portal.",
    ),
    _reading(
        errors.PortalMisconfigured,
        "{names}: the portal cannot sign in to Microsoft",
        "Microsoft refuses the portal itself, not you, so nothing new was read.",
    ),
    _reading(
        errors.Busy,
        "{names}: too many requests were waiting for Azure DevOps",
        "The portal sends only a few at once, and no more than four for you, so nothing new was read.",
        f"{_REFRESH}.",
    ),
    _reading(
        errors.GrantBusy,
        "{names}: one moment",
        "The portal was renewing your access, which took longer than usual, so nothing new was read.",
        f"{_REFRESH}.",
    ),
    _reading(
        errors.AzureDevOpsUnreachable,
        "{names}: Azure DevOps cannot be reached",
        "No connection could be made, so nothing new was read.",
        f"{_REFRESH}.",
    ),
    _reading(
        errors.AzureDevOpsFailed,
        "{names}: Azure DevOps gave an answer that makes no sense",
        "It failed or sent something other than what it should, so nothing new was read.",
        f"{_REFRESH}; if it goes on, give the reference below to your administrator.",
    ),
    _reading(
        errors.NotAPerson,
        "{names}: only people can manage tokens",
        "Azure DevOps takes you for an application or a service account, and those cannot have personal "
        "access tokens.",
    ),
    _reading(
        errors.Forbidden,
        "{names}: a rule forbids reading your tokens",
        "Azure DevOps does not list them to the portal.",
    ),
    _reading(
        errors.ConditionalAccess,
        "{names}: a Conditional Access rule forbids reading your tokens",
        "Your organization lets requests in only from certain networks and devices, and the portal's, made "
        "in your name, was not one of them.",
        "Sign in again on a device and network that your organization accepts. If that does not help, ask "
        "the administrators of your directory to admit the portal, and give them the reference below.",
    ),
    _reading(
        errors.OrganizationNotFound,
        "{names}: not known to Azure DevOps",
        "There is no organization of this name. The portal asks once a day.",
    ),
    _reading(
        errors.OrganizationOffline,
        "{names}: not available at the moment",
        "Azure DevOps says that the organization is switched off, has moved, or is under maintenance.",
        "Use Refresh later; if it goes on, ask the organization's administrator.",
    ),
    _reading(
        errors.Throttled,
        "{names}: Azure DevOps asks to slow down",
        "You, or tools that act for you, sent it many requests in a short time.",
        f"{_REFRESH}; until the pause that Azure DevOps wants is over, the portal does not ask again.",
    ),
    _reading(
        errors.Refused,
        "{names}: Azure DevOps refused to list your tokens",
        "It gave a reason that the portal does not know.",
    ),
)
# Said only where something had been read before: to whom an organization never was open, nothing happened.
_NO_LONGER = (
    _reading(
        errors.NoAccess,
        _LOST,
        "Azure DevOps does not accept you there any more.",
        "Open the organization once in the browser, then use Refresh. If that does not help, ask its "
        "administrators to let you in again or to revoke your tokens there.",
    ),
    _reading(
        errors.OtherDirectory,
        _LOST,
        "The organization now belongs to another directory than the one that you signed in with.",
    ),
    _reading(
        errors.OrganizationGone,
        "{names}: renamed or deleted in Azure DevOps",
        "Azure DevOps does not know an organization of this name any more.",
    ),
)

READING_MESSAGES: dict[str, Message] = {
    **dict(_FAILED),
    **dict(_NO_LONGER),
    NOT_BEGUN: message(
        "{names}: the refresh has not begun",
        "The portal's background worker may be down.",
        "Tell the people who run this portal.",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "warn",
    ),
}
