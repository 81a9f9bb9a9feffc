"""What can happen on the wire between the portal and Azure DevOps.

    AzureDevOpsError
    ├── Unreachable        no connection, so nothing was sent; or a read that got no answer
    ├── Rejected           not authenticated, even with a fresh access token, or of another directory
    ├── Forbidden          authenticated, but a rule such as Conditional Access forbids it
    ├── NotAPerson         the access token speaks for something that may not use this API
    ├── NotFound           no such organization, or no such PAT of this person
    ├── HostOffline        the organization is switched off, moved, or being looked after
    ├── Throttled          too many requests
    ├── Refused            understood and refused, with a code of the service's own
    ├── BrokenAnswer       the answer to a read cannot be understood
    │   └── ServiceFailed  the service answered a read with an error of its own (5xx)
    └── OutcomeUnknown     a write was sent, and no trustworthy answer came

All but `OutcomeUnknown` are definite: the write that raised them had no effect. Their texts are for logs;
they hold a status and short codes, never a body, a URL or an access token. What they mean to a person is
decided elsewhere.
"""

from typing import TypedDict, Unpack
from uuid import UUID


class Facts(TypedDict, total=False):
    """What every error can tell: the id that Microsoft's support asks for, the place, the HTTP status."""

    activity_id: str
    organization: str
    status: int | None


class AzureDevOpsError(Exception):
    """A call to Azure DevOps did not do what was asked."""

    def __init__(
        self, message: str, *, activity_id: str = "", organization: str = "", status: int | None = None
    ) -> None:
        super().__init__(message)
        self.activity_id = activity_id
        self.organization = organization
        self.status = status


class Unreachable(AzureDevOpsError):
    """There was no connection and nothing was sent, or a read got no answer."""


class Rejected(AzureDevOpsError):
    """The access token was not accepted, not even a fresh one.

    `is_identity_known`: the service recognised the person, who therefore has no access to this organization.
    `claims`: the claims challenge (base64 as sent) if the service wants another sign-in, else empty.
    `resource_tenant` backs the organization, if the service told; `is_other_tenant`: it is not the person's.
    """

    def __init__(
        self,
        message: str,
        *,
        is_identity_known: bool = False,
        claims: str = "",
        resource_tenant: UUID | None = None,
        is_other_tenant: bool = False,
        service_code: str = "",
        **facts: Unpack[Facts],
    ) -> None:
        super().__init__(message, **facts)
        self.is_identity_known = is_identity_known
        self.claims = claims
        self.resource_tenant = resource_tenant
        self.is_other_tenant = is_other_tenant
        self.service_code = service_code


class Forbidden(AzureDevOpsError):
    """A rule forbids the call; `service_code` names it if it is known (VS403463: Conditional Access).

    `detail` is text from outside, as in Refused.
    """

    def __init__(
        self, message: str, *, service_code: str = "", detail: str = "", **facts: Unpack[Facts]
    ) -> None:
        super().__init__(message, **facts)
        self.service_code = service_code
        self.detail = detail


class NotAPerson(AzureDevOpsError):
    """Only people may use this API: not service principals, managed identities or PATs."""


class NotFound(AzureDevOpsError):
    """There is no such organization, or, with `is_pat`, this person has no such PAT."""

    def __init__(self, message: str, *, is_pat: bool = False, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.is_pat = is_pat


class HostOffline(AzureDevOpsError):
    """The organization is not served at the moment; `detail` is text from outside, as in Refused."""

    def __init__(self, message: str, *, detail: str = "", **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.detail = detail


class Throttled(AzureDevOpsError):
    """The service asks to slow down; `retry_after` is in seconds if it said for how long."""

    def __init__(self, message: str, *, retry_after: float | None = None, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class Refused(AzureDevOpsError):
    """The service refused with `code` (an open list, spelled as sent) and perhaps said why in `detail`.

    `retry_after` is in seconds if it said when to try again.

    `detail` is text from outside: escape it, and show it below advice of our own.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        detail: str = "",
        retry_after: float | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        super().__init__(message, **facts)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class BrokenAnswer(AzureDevOpsError):
    """The answer to a read cannot be understood."""


class ServiceFailed(BrokenAnswer):
    """The service answered a read with an error of its own, again and again."""


class OutcomeUnknown(AzureDevOpsError):
    """A write was sent and no trustworthy answer came: it may take effect, now or a little later."""
