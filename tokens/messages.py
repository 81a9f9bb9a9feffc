"""What people read when something did not work: by code, what happened and what to do next."""

from http import HTTPStatus

from patportal.lib.problems import Message, Problem
from tokens import errors


def _message(
    title: str,
    sentence: str,
    next_step: str,
    status: HTTPStatus = HTTPStatus.BAD_GATEWAY,
    tone: str = "bad",
) -> Message:
    return Message(title, sentence, next_step, status, tone)


MESSAGES: dict[str, Message] = {
    errors.SignInNeeded.code: _message(
        "Please sign in again",
        "Microsoft no longer lets the portal act for you with your last sign-in.",
        "Sign in again; what you have typed is kept.",
        HTTPStatus.UNAUTHORIZED,
        "warn",
    ),
    errors.EntraUnavailable.code: _message(
        "Microsoft's sign-in service does not answer",
        "The portal needs it to act for you, so nothing was sent to Azure DevOps.",
        "Try again in a few minutes.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    errors.PortalMisconfigured.code: _message(
        "The portal cannot sign in to Microsoft",
        "Microsoft refuses the portal itself, not you. Nothing was sent to Azure DevOps.",
        "Tell the people who run this portal; signing in again does not help.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    errors.Busy.code: _message(
        "Too many requests are waiting for Azure DevOps",
        "The portal sends only a few at once, so nothing was sent yet.",
        "Try again in a few seconds.",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "warn",
    ),
    errors.AzureDevOpsUnreachable.code: _message(
        "Azure DevOps cannot be reached",
        "No connection could be made, so nothing was changed.",
        "Try again in a few minutes.",
    ),
    errors.AzureDevOpsFailed.code: _message(
        "Azure DevOps gave an answer that makes no sense",
        "It failed or sent something other than what it should. Nothing was changed.",
        "Try again in a few minutes; if it goes on, give the reference below to your administrator.",
    ),
    errors.NoAccess.code: _message(
        "No access to this organization",
        "Azure DevOps does not accept you in this organization. You may not be a member, the organization "
        "may belong to another directory, or a rule such as Conditional Access may apply.",
        "Open the organization once in the browser; if that works too, ask its administrator.",
        HTTPStatus.FORBIDDEN,
    ),
    errors.Forbidden.code: _message(
        "A rule of your organization forbids this",
        "Azure DevOps refused the call, for instance because of a Conditional Access rule about devices "
        "or networks. Nothing was changed.",
        "Ask the administrator of the organization and give them the reference below.",
        HTTPStatus.FORBIDDEN,
    ),
    errors.OrganizationNotFound.code: _message(
        "The organization was not found",
        "Azure DevOps does not know it. It may have been renamed or deleted.",
        "Tell the people who run this portal.",
        HTTPStatus.NOT_FOUND,
    ),
    errors.PatNotFound.code: _message(
        "The token was not found",
        "Azure DevOps does not know this token any more.",
        "Refresh the list.",
        HTTPStatus.NOT_FOUND,
    ),
    errors.Throttled.code: _message(
        "Azure DevOps asks to slow down",
        "You, or tools that act for you, sent it many requests in a short time. Nothing was changed.",
        "Wait a few minutes, then try again.",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "warn",
    ),
    errors.Refused.code: _message(
        "Azure DevOps refused",
        "It gave a reason that the portal does not know. Nothing was changed.",
        "Give the reference below to the administrator of the organization.",
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
    errors.OutcomeUnknown.code: _message(
        "The answer of Azure DevOps was lost",
        "The request was sent, but no answer came, so the token may exist or not. "
        "The portal finds out within a few minutes and shows the result here.",
        "Do not send it again; wait for the result.",
        HTTPStatus.GATEWAY_TIMEOUT,
        "warn",
    ),
    errors.OutcomeTaken.code: _message(
        "The answer came too late",
        "The portal had already settled this request, so the token's secret is not shown and the token is "
        "revoked.",
        "Create a new one.",
        HTTPStatus.CONFLICT,
        "warn",
    ),
    errors.AlreadySubmitted.code: _message(
        "This form was sent before",
        "It is carried out only once.",
        "See below what became of it.",
        HTTPStatus.CONFLICT,
        "info",
    ),
    errors.KeyReused.code: _message(
        "This form was sent before with other content",
        "Nothing was done this time.",
        "Check what you have typed and send it once more.",
        HTTPStatus.CONFLICT,
        "warn",
    ),
    errors.NotRevocable.code: _message(
        "This token has been revoked already",
        "There is nothing left to revoke.",
        "Go back to the list.",
        HTTPStatus.CONFLICT,
        "info",
    ),
}

_POLICY = "A policy of your directory or organization refuses it. Nothing was made."

# Azure DevOps' own codes, matched without regard to case; the list is open.
SERVICE_MESSAGES: dict[str, Message] = {
    code.lower(): _message(title, sentence, next_step, HTTPStatus.UNPROCESSABLE_ENTITY)
    for code, title, sentence, next_step in (
        (
            "displayNameRequired",
            "A name is required",
            "Azure DevOps wants a name for the token.",
            "Enter a name.",
        ),
        (
            "invalidDisplayName",
            "The name was refused",
            "Azure DevOps does not accept this name.",
            "Use a shorter name of plain letters and digits.",
        ),
        (
            "invalidValidTo",
            "The expiry date was refused",
            "Azure DevOps accepts dates from tomorrow to one year ahead.",
            "Choose another date.",
        ),
        (
            "invalidScope",
            "A scope was refused",
            "Azure DevOps does not know one of the scopes or does not grant it.",
            "Choose fewer scopes, and tell the people who run this portal.",
        ),
        (
            "patLifespanPolicyViolation",
            "The token would live too long",
            _POLICY,
            "Choose an earlier expiry date: try 90, 60, 30 or 7 days.",
        ),
        (
            "fullScopePatPolicyViolation",
            "Full access is not allowed",
            _POLICY,
            "Choose single scopes instead of full access.",
        ),
        (
            "globalPatPolicyViolation",
            "Tokens for all organizations are not allowed",
            _POLICY,
            "Choose one organization.",
        ),
        (
            "globalPATCreationBlocked",
            "Tokens for all organizations are no longer made",
            "Microsoft has ended them.",
            "Choose one organization.",
        ),
        (
            "disablePatCreationPolicyViolation",
            "You may not create tokens here",
            "The organization lets only certain people create tokens. Nothing was made.",
            "Ask its administrators to be added; packaging scopes alone may be allowed.",
        ),
        (
            "accessDenied",
            "You may not do this",
            "Azure DevOps does not let you manage tokens in this organization.",
            "Ask the organization's administrator.",
        ),
        (
            "failedToReadTenantPolicy",
            "The policies could not be read",
            "Azure DevOps could not look up your directory's policies, so it refused. Nothing was made.",
            "Try again later; if it goes on, ask the organization's administrator.",
        ),
        (
            "failedToReadOrgPolicy",
            "The policies could not be read",
            "Azure DevOps could not look up the organization's policies, so it refused. Nothing was made.",
            "Try again later; if it goes on, ask the organization's administrator.",
        ),
        (
            "failedToIssueAccessToken",
            "The token could not be issued",
            "Azure DevOps had an internal problem. Nothing was made.",
            "Try again in a minute.",
        ),
        (
            "hostAuthorizationNotFound",
            "You have not used this organization yet",
            "Azure DevOps has no record of you there.",
            "Open the organization once in the browser, then try again.",
        ),
        (
            "invalidUserId",
            "You are not known in this organization",
            "Azure DevOps does not know you there.",
            "Ask to be added, then open the organization once in the browser.",
        ),
        (
            "invalidUserType",
            "This account cannot have tokens",
            "Only people's own work accounts can have personal access tokens.",
            "Sign in with your personal work account.",
        ),
    )
}


def reason_of(error_code: str) -> Message | None:
    """Return what the code says that was stored with an operation, None where it says nothing."""
    return MESSAGES.get(error_code) or SERVICE_MESSAGES.get(error_code.lower())


def problem_for(error: errors.TokensError, *, request_id: str = "") -> Problem:
    """Return `error` in words; the reference is Microsoft's activity id, else our own `request_id`."""
    return Problem(
        message=message_for(error),
        reference=error.activity_id or request_id,
        service_code=error.service_code if isinstance(error, errors.Refused) else "",
    )


def message_for(error: errors.TokensError) -> Message:
    """Return what to tell about `error`; codes of Azure DevOps that we do not know get a general text."""
    if isinstance(error, errors.Refused):
        return SERVICE_MESSAGES.get(error.service_code.lower(), MESSAGES[errors.Refused.code])
    return MESSAGES[error.code]
