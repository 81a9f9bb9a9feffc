"""The published values of `patTokenError`, and how often the client tries again after each of them.

The list is open: a value that is not in it is a refusal like any other, and is not tried again. Knows nothing
of HTTP or of words for people.
"""

from collections.abc import Mapping
from typing import Final

# As of version 7.2-preview.1 of the API (November 2026), `none` left out. The number is that of the repeats:
# one where the cause may have gone by the next moment, two where the service itself is short of something.
REPEATS_AFTER: Final[Mapping[str, int]] = {
    "displayNameRequired": 0,
    "invalidDisplayName": 0,
    "invalidValidTo": 0,
    "invalidScope": 0,
    "userIdRequired": 0,
    "invalidUserId": 0,
    "invalidUserType": 0,
    "accessDenied": 0,
    "failedToIssueAccessToken": 1,
    "invalidClient": 0,
    "invalidClientType": 0,
    "invalidClientId": 0,
    "invalidTargetAccounts": 0,
    "hostAuthorizationNotFound": 1,
    "authorizationNotFound": 0,
    "failedToUpdateAccessToken": 1,
    "sourceNotSupported": 0,
    "invalidSourceIP": 0,
    "invalidSource": 0,
    "duplicateHash": 1,
    "sshPolicyDisabled": 0,
    "invalidToken": 0,
    "tokenNotFound": 0,
    "invalidAuthorizationId": 0,
    "failedToReadTenantPolicy": 2,
    "globalPatPolicyViolation": 0,
    "fullScopePatPolicyViolation": 0,
    "patLifespanPolicyViolation": 0,
    "invalidTokenType": 0,
    "invalidAudience": 0,
    "invalidSubject": 0,
    "deploymentHostNotSupported": 0,
    "disablePatCreationPolicyViolation": 0,
    "failedToReadOrgPolicy": 2,
    "globalPATCreationBlocked": 0,
    "expiredPatCannotBeExtended": 0,
}

# What says that there is no such PAT, where a call names one.
NO_SUCH_PAT: Final = frozenset({"authorizationnotfound", "tokennotfound", "invalidauthorizationid"})

_REPEATS = {code.casefold(): repeats for code, repeats in REPEATS_AFTER.items()}


def repeats_after(code: str) -> int:
    """Return how often a call that was refused with `code`, in whatever spelling, may be sent again."""
    return _REPEATS.get(code.casefold(), 0)
