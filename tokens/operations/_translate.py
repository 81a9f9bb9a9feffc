"""From what happened on the wire to what it means for an operation."""

from tokens import errors
from tokens.azure_devops import errors as wire

# What carries nothing but its kind; all else that has no meaning of its own is a failure of the service.
PLAIN: dict[type[wire.AzureDevOpsError], type[errors.TokensError]] = {
    wire.Unreachable: errors.AzureDevOpsUnreachable,
    wire.Rejected: errors.NoAccess,
    wire.NotFound: errors.OrganizationNotFound,
}


def meaning_of(error: wire.AzureDevOpsError) -> errors.TokensError:
    """Return our error for one of the adapter's that means that nothing was changed."""
    match error:
        case wire.Rejected() if error.claims:
            # Continuous access evaluation: the person's session was ended, not their membership.
            return errors.SignInNeeded(activity_id=error.activity_id, detail="claims_challenge")
        case wire.Forbidden():
            return errors.Forbidden(activity_id=error.activity_id, detail=error.service_code)
        case wire.Throttled():
            return errors.Throttled(activity_id=error.activity_id, retry_after=error.retry_after)
        case wire.Rejected() if error.claims:
            return errors.SignInNeeded(activity_id=error.activity_id, detail="claims")
        case wire.Refused():
            return errors.Refused(error.code, activity_id=error.activity_id, detail=error.detail)
        case _:
            return PLAIN.get(type(error), errors.AzureDevOpsFailed)(activity_id=error.activity_id)


def error_code(error: errors.TokensError) -> str:
    """Return the code to store: the service's own where it gave one, else ours."""
    return error.service_code if isinstance(error, errors.Refused) else error.code
