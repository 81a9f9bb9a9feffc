"""What can go wrong with an operation, in the portal's own words; what each `code` tells is in `messages`.

TokensError
├── SignInNeeded         the person's grant is gone; only they can renew it
├── EntraUnavailable     Microsoft's sign-in service cannot be reached, no access token is left
│   └── RefusedOddly     it refused the person for a reason that nobody knows
├── PortalMisconfigured  Entra refuses the portal itself; an operator must act
├── Busy                 too many remote calls at once
│   └── GrantBusy        another process renews the person's grant
├── AzureDevOpsUnreachable  nothing was sent
├── AzureDevOpsFailed    it answered with an error or with nonsense; nothing was changed
├── NoAccess             a fresh access token is not accepted in this organization
│   └── OtherDirectory   the organization belongs to another directory (tenant)
├── NotAPerson           only people may manage PATs
├── Forbidden            a rule forbids the call
│   └── ConditionalAccess  a rule of Entra about devices, networks and the like
├── OrganizationNotFound  Azure DevOps has never known it, as far as the portal can tell
│   └── OrganizationGone  it knew it once: renamed or deleted
├── OrganizationOffline  switched off, moved, or being looked after
├── PatNotFound
├── Throttled
├── Refused              Azure DevOps refused with a code of its own
├── OutcomeUnknown       sent, but no trustworthy answer came; settling finds out
├── OutcomeTaken         somebody else concluded the operation meanwhile
├── KeyReused            the same form came with other content
├── AlreadySubmitted     the same form came again
├── NotRevocable         the PAT has been revoked already
├── NotChangeable        the PAT has ended, so that nothing can be changed any more
├── AboutToEnd           it has not ended yet, but soon will
├── OwnedElsewhere       it belongs to an organization that is not set up here
├── PatChanged           it is no longer what the person saw when they began
├── ChangeUnderWay       another change of it has not ended yet
├── AlreadyReplaced      a successor has taken over
│   └── RotationUnfinished  there is one, and nobody confirmed that its secret is stored
├── NotEnding            the portal is not about to end it
├── BackupRefused        the backup owner that was named cannot be asked
└── SettingRefused       a setting of the person's cannot be changed like this
"""

from typing import ClassVar
from uuid import UUID


class TokensError(Exception):
    """Something anticipated went wrong."""

    code: ClassVar[str] = "failed"
    retryable: ClassVar[bool] = False

    def __init__(self, *, activity_id: str = "", detail: str = "") -> None:
        super().__init__(self.code)
        self.activity_id = activity_id
        self.detail = detail


class SignInNeeded(TokensError):
    """The person has to sign in again before the portal can act for them."""

    code = "sign_in_needed"


class EntraUnavailable(TokensError):
    """Microsoft's sign-in service did not answer and no access token is left; nothing was sent."""

    code = "entra_unavailable"
    retryable = True


class RefusedOddly(EntraUnavailable):
    """Entra refused for a reason that nobody knows; `activity_id` is its number and id, if it gave any."""

    code = "refused_oddly"


class PortalMisconfigured(TokensError):
    """Entra refuses the portal's own credential or registration; nothing was sent."""

    code = "portal_misconfigured"


class Busy(TokensError):
    """All places for remote calls are taken; nothing was sent."""

    code = "busy"
    retryable = True


class GrantBusy(Busy):
    """Another process is renewing the person's access and took too long; nothing was sent."""

    code = "grant_busy"


class AzureDevOpsUnreachable(TokensError):
    """No connection to Azure DevOps could be made; nothing was sent."""

    code = "unreachable"
    retryable = True


class AzureDevOpsFailed(TokensError):
    """Azure DevOps answered with an error of its own or with something that cannot be understood."""

    code = "azure_devops_failed"
    retryable = True


class NoAccess(TokensError):
    """Azure DevOps does not accept even a fresh access token of the person in this organization."""

    code = "no_access"


class OtherDirectory(NoAccess):
    """The organization belongs to another directory than the one the person signed in with."""

    code = "other_directory"


class NotAPerson(TokensError):
    """Azure DevOps lets people alone manage PATs: no service principal, no managed identity, no PAT."""

    code = "not_a_person"


class Forbidden(TokensError):
    """A rule of the organization or tenant forbids the call; `service_code` is what it is called there."""

    code = "forbidden"

    def __init__(self, *, service_code: str = "", activity_id: str = "", detail: str = "") -> None:
        super().__init__(activity_id=activity_id, detail=detail)
        self.service_code = service_code


class ConditionalAccess(Forbidden):
    """A Conditional Access rule of Entra forbids the call."""

    code = "conditional_access"


class OrganizationNotFound(TokensError):
    """Azure DevOps does not know the organization."""

    code = "organization_not_found"


class OrganizationGone(OrganizationNotFound):
    """Azure DevOps no longer knows an organization that the portal has read before."""

    code = "organization_gone"


class OrganizationOffline(TokensError):
    """Azure DevOps does not serve the organization: it is switched off, moved, or being looked after."""

    code = "organization_offline"
    retryable = True


class PatNotFound(TokensError):
    """Azure DevOps does not know the PAT."""

    code = "pat_not_found"


class Throttled(TokensError):
    """Azure DevOps asks to slow down."""

    code = "throttled"
    retryable = True

    def __init__(self, *, activity_id: str = "", detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(activity_id=activity_id, detail=detail)
        self.retry_after = retry_after


class Refused(TokensError):
    """Azure DevOps refused with `service_code`, a code of its own; `detail` is its text, from outside."""

    code = "refused"

    def __init__(self, service_code: str, *, activity_id: str = "", detail: str = "") -> None:
        super().__init__(activity_id=activity_id, detail=detail)
        self.service_code = service_code


class OutcomeUnknown(TokensError):
    """The call was sent and no trustworthy answer came; settling will find out."""

    code = "outcome_unknown"

    def __init__(self, operation_id: UUID | None = None, *, activity_id: str = "", detail: str = "") -> None:
        super().__init__(activity_id=activity_id, detail=detail)
        self.operation_id = operation_id


class OutcomeTaken(TokensError):
    """The operation was concluded by somebody else while the answer was on its way."""

    code = "outcome_taken"

    def __init__(self, operation_id: UUID) -> None:
        super().__init__()
        self.operation_id = operation_id


class AlreadySubmitted(TokensError):
    """The same form was submitted before; nothing was done again."""

    code = "already_submitted"

    def __init__(self, operation_id: UUID) -> None:
        super().__init__()
        self.operation_id = operation_id


class KeyReused(TokensError):
    """The same form was submitted before with other content; nothing was done."""

    code = "key_reused"


class NotRevocable(TokensError):
    """The PAT has been revoked already."""

    code = "not_revocable"


class NotChangeable(TokensError):
    """The PAT was revoked, has expired or was stopped; Azure DevOps changes none of these."""

    code = "not_changeable"


class AboutToEnd(TokensError):
    """The portal is about to end the PAT, or it is being revoked; nothing was sent."""

    code = "about_to_end"


class OwnedElsewhere(TokensError):
    """The PAT belongs to an organization that is not set up in this portal."""

    code = "owned_elsewhere"


class PatChanged(TokensError):
    """The PAT is not what the person saw; `differences` is what was seen and what it is now, by column."""

    code = "pat_changed"

    def __init__(self, differences: dict[str, tuple[object, object]], *, activity_id: str = "") -> None:
        super().__init__(activity_id=activity_id)
        self.differences = differences  # of name, scopes (lists) and valid_to (moments)


class ChangeUnderWay(TokensError):
    """Another change of the same PAT, or another rotation of it, has not ended yet; nothing was sent."""

    code = "change_under_way"
    retryable = True

    def __init__(self, operation_id: UUID | None = None) -> None:
        super().__init__()
        self.operation_id = operation_id


class AlreadyReplaced(TokensError):
    """A successor, `pat_id`, has taken over from the PAT; it is the one to rotate."""

    code = "already_replaced"

    def __init__(self, pat_id: UUID) -> None:
        super().__init__()
        self.pat_id = pat_id


class RotationUnfinished(AlreadyReplaced):
    """There is a successor, `pat_id`, and nobody has confirmed that its secret is stored."""

    code = "rotation_unfinished"


class NotEnding(TokensError):
    """The portal is not about to end the PAT, or has ended it."""

    code = "not_ending"


class BackupRefused(TokensError):
    """The backup owner cannot be asked; `detail` says why, see `messages`."""

    code = "backup_refused"


class SettingRefused(TokensError):
    """A setting cannot be changed so, or what it asks for is not done; `detail` says why, see `messages`."""

    code = "setting_refused"
