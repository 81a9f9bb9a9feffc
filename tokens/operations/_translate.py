"""From what happened on the wire to what it means for an operation."""

from tokens import errors
from tokens.azure_devops import errors as wire

CONDITIONAL_ACCESS = "VS403463"

# What carries nothing but its kind; all else that has no meaning of its own is a failure of the service.
PLAIN: dict[type[wire.AzureDevOpsError], type[errors.TokensError]] = {
    wire.Unreachable: errors.AzureDevOpsUnreachable,
    wire.NotAPerson: errors.NotAPerson,
    wire.HostOffline: errors.OrganizationOffline,
}


def meaning_of(error: wire.AzureDevOpsError, *, is_known: bool = False) -> errors.TokensError:
    """Return our error for one of the adapter's that means that nothing was changed.

    `is_known` tells that the organization has been read before.
    """
    activity_id = error.activity_id
    match error:
        case wire.Rejected():
            return _meaning_of_rejection(error)
        case wire.Forbidden():
            return _meaning_of_ban(error)
        case wire.NotFound():
            return _meaning_of_absence(error, is_known=is_known)
        case wire.Throttled():
            return errors.Throttled(activity_id=activity_id, retry_after=error.retry_after)
        case wire.Refused():
            return errors.Refused(error.code, activity_id=activity_id, detail=error.detail)
        case _:
            return PLAIN.get(type(error), errors.AzureDevOpsFailed)(activity_id=activity_id)


def _meaning_of_rejection(error: wire.Rejected) -> errors.TokensError:
    if error.is_other_tenant:
        return errors.OtherDirectory(activity_id=error.activity_id)
    if error.claims:
        # Continuous access evaluation: the person's session was ended, not their membership.
        return errors.SignInNeeded(activity_id=error.activity_id, detail="claims_challenge")
    if error.service_code == CONDITIONAL_ACCESS:
        return errors.ConditionalAccess(service_code=CONDITIONAL_ACCESS, activity_id=error.activity_id)
    return errors.NoAccess(activity_id=error.activity_id)


def _meaning_of_ban(error: wire.Forbidden) -> errors.TokensError:
    is_conditional = error.service_code == CONDITIONAL_ACCESS
    kind = errors.ConditionalAccess if is_conditional else errors.Forbidden
    return kind(service_code=error.service_code, activity_id=error.activity_id, detail=error.detail)


def _meaning_of_absence(error: wire.NotFound, *, is_known: bool) -> errors.TokensError:
    if error.is_pat:
        return errors.PatNotFound(activity_id=error.activity_id)
    kind = errors.OrganizationGone if is_known else errors.OrganizationNotFound
    return kind(activity_id=error.activity_id)


def error_code(error: errors.TokensError) -> str:
    """Return the code to store: the service's own where it gave one, else ours."""
    return error.service_code if isinstance(error, errors.Refused) else error.code
