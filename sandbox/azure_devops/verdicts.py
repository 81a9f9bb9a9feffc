"""What the PAT API says about one PAT: the row, or one of the errors that it answers with status 200."""

from __future__ import annotations

from typing import Any

from sandbox.azure_devops import access, answers
from sandbox.calls import Call
from sandbox.wire import Response

MESSAGES = {
    "displayNameRequired": "A display name is required.",
    "invalidDisplayName": "The display name is too long or contains characters that are not allowed.",
    "invalidValidTo": "The expiration date must lie in the future and within one year.",
    "invalidScope": "The scope is missing or unknown.",
    "userIdRequired": "The user could not be derived from the request.",
    "invalidUserId": "The user is unknown to this organization.",
    "invalidUserType": "This kind of identity cannot hold personal access tokens.",
    "accessDenied": "Access is denied.",
    "failedToIssueAccessToken": "The access token could not be issued.",
    "invalidClient": "The calling application is not accepted.",
    "invalidClientType": "The kind of the calling application is not accepted.",
    "invalidClientId": "The id of the calling application is not accepted.",
    "invalidTargetAccounts": "The target organization is not valid.",
    "hostAuthorizationNotFound": "The organization has no authorization for the caller.",
    "authorizationNotFound": "The authorization was not found.",
    "failedToUpdateAccessToken": "The access token could not be updated.",
    "sourceNotSupported": "A restriction of the source is not supported.",
    "invalidSourceIP": "The source address is not valid.",
    "invalidSource": "The source is not valid.",
    "duplicateHash": "The value collides with that of an existing token.",
    "sshPolicyDisabled": "SSH authentication is disabled by policy.",
    "invalidToken": "The token is not valid.",
    "tokenNotFound": "The token was not found.",
    "invalidAuthorizationId": "The authorization id is not valid.",
    "failedToReadTenantPolicy": "The policies of the tenant could not be read.",
    "globalPatPolicyViolation": "Your administrator forbids personal access tokens for all organizations.",
    "fullScopePatPolicyViolation": "Your administrator forbids personal access tokens with full access.",
    "patLifespanPolicyViolation": "Your administrator limits the lifespan of personal access tokens.",
    "invalidTokenType": "The type of the token is not allowed.",
    "invalidAudience": "The audience is not valid.",
    "invalidSubject": "The subject is not valid.",
    "deploymentHostNotSupported": "The request must name an organization.",
    "disablePatCreationPolicyViolation": "Your organization restricts who creates personal access tokens.",
    "failedToReadOrgPolicy": "The policies of the organization could not be read.",
    "globalPATCreationBlocked": "Personal access tokens for all organizations can no longer be created.",
    "expiredPatCannotBeExtended": "An expired personal access token cannot be extended.",
}
_UNKNOWN = "The request was refused for a reason that this server has no text for."


class PatRefusedError(Exception):
    """A PAT cannot be made or changed; the argument is the `patTokenError`."""


def refusal(call: Call, error: str) -> Response:
    """Return an error with status 200."""
    return answers.json_answer(_described(call, {"patToken": None, "patTokenError": error}, error))


def result(call: Call, pat: dict[str, Any]) -> Response:
    """Return a PAT."""
    return answers.json_answer(_described(call, {"patToken": pat, "patTokenError": "none"}, None))


def _described(call: Call, payload: dict[str, Any], error: str | None) -> dict[str, Any]:
    if access.describes_errors(access.version_of(call.request) or ""):
        return payload | {"patTokenErrorMessage": MESSAGES.get(error, _UNKNOWN) if error else None}
    return payload


def faulty(call: Call, deed: dict[str, Any]) -> Response:
    """Render what a fault wants instead of the true answer of the PAT API."""
    if not deed["pat_error"] or deed["html"]:
        return answers.faulty(call, deed)
    extra = deed["body"] if isinstance(deed["body"], dict) else {}
    payload = {"patToken": None, "patTokenError": deed["pat_error"]}
    body = _described(call, payload, deed["pat_error"]) | extra
    return answers.faulty(call, deed | {"body": body})
