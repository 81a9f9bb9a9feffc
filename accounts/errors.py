"""What can go wrong around sign-in and grants, one class per kind and one stable code per case.

Knows nothing of HTTP answers or sentences: `messages` turns a code into words for people.
"""

from enum import StrEnum
from typing import ClassVar


class SignInReason(StrEnum):
    """Why a person has to sign in again before the portal can act for them."""

    GRANT_MISSING = "grant_missing"
    GRANT_UNREADABLE = "grant_unreadable"
    GRANT_EXPIRED = "grant_expired"
    GRANT_TOO_OLD = "grant_too_old"
    ACCESS_ENDED = "access_ended"
    GRANT_REVOKED = "grant_revoked"
    SIGN_IN_FREQUENCY = "sign_in_frequency"
    SECOND_FACTOR = "second_factor"
    DEVICE_NEEDED = "device_needed"
    BLOCKED_BY_POLICY = "blocked_by_policy"
    CHALLENGED = "challenged"
    NETWORK_REFUSED = "network_refused"
    CONSENT_MISSING = "consent_missing"
    ADMIN_APPROVAL = "admin_approval_needed"
    NOT_ASSIGNED = "not_assigned"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105  # nosec B105
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_GONE = "account_gone"
    TENANT_REMOVED = "tenant_removed"
    SIGN_IN_NEEDED = "sign_in_needed"


class RefusalReason(StrEnum):
    """Why an interactive sign-in was not completed."""

    # What the portal itself found.
    FLOW_UNKNOWN = "flow_unknown"
    ID_TOKEN_INVALID = "id_token_invalid"  # noqa: S105  # nosec B105
    NOT_A_PERSON = "not_a_person"
    TENANT_UNKNOWN = "tenant_unknown"
    PERSON_DISABLED = "person_disabled"
    ROLE_MISSING = "role_missing"
    TOO_MANY = "too_many_sign_ins"
    # The person or the clock.
    CANCELLED = "sign_in_cancelled"
    PERMISSION_DECLINED = "permission_declined"
    FLOW_EXPIRED = "flow_expired"
    FLOW_SPENT = "flow_spent"
    NO_SESSION = "no_microsoft_session"
    # What Entra refused.
    CONSENT_MISSING = "sign_in_consent_missing"
    ADMIN_APPROVAL = "sign_in_admin_approval"
    APPROVAL_PENDING = "sign_in_approval_pending"
    SECOND_FACTOR = "sign_in_second_factor"
    DEVICE_NEEDED = "sign_in_device_needed"
    BLOCKED_BY_POLICY = "sign_in_blocked"
    RISKY = "sign_in_risky"
    NOT_ASSIGNED = "sign_in_not_assigned"
    ACCOUNT_UNKNOWN = "sign_in_account_unknown"
    FOREIGN_ACCOUNT = "sign_in_foreign_account"
    PERSONAL_ACCOUNT = "sign_in_personal_account"
    TENANT_RESTRICTED = "sign_in_tenant_restricted"
    ACCOUNT_LOCKED = "sign_in_account_locked"
    ACCOUNT_DISABLED = "sign_in_account_disabled"
    PASSWORD_EXPIRED = "sign_in_password_expired"  # noqa: S105  # nosec B105
    CREDENTIALS_WRONG = "sign_in_credentials_wrong"
    ENTRA_REFUSED = "entra_refused"


class AccountsError(Exception):
    """Base of everything below.

    `aadsts` is Entra's number or 0, `correlation_id` Entra's id or empty, `claims` the claims challenge (JSON
    text) that Entra sent with its refusal, or empty.
    """

    code: str = "accounts_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str = "", *, aadsts: int = 0, correlation_id: str = "", claims: str = ""
    ) -> None:
        super().__init__(message or self.code)
        self.aadsts = aadsts
        self.correlation_id = correlation_id
        self.claims = claims


class SignInNeeded(AccountsError):
    """The person's grant cannot be used (any more); only they can renew it, by signing in."""

    code = SignInReason.SIGN_IN_NEEDED.value

    def __init__(
        self,
        message: str = "",
        *,
        code: SignInReason = SignInReason.SIGN_IN_NEEDED,
        aadsts: int = 0,
        correlation_id: str = "",
        claims: str = "",
    ) -> None:
        self.code = code.value
        super().__init__(message, aadsts=aadsts, correlation_id=correlation_id, claims=claims)


class SignInRefused(AccountsError):
    """An interactive sign-in ended without a session."""

    code = RefusalReason.ENTRA_REFUSED.value

    def __init__(
        self,
        message: str = "",
        *,
        code: RefusalReason,
        aadsts: int = 0,
        correlation_id: str = "",
        claims: str = "",
    ) -> None:
        self.code = code.value
        super().__init__(message, aadsts=aadsts, correlation_id=correlation_id, claims=claims)


class SignInsBusy(SignInRefused):
    """As many sign-ins as may be are being completed at this moment, and Entra answers slowly."""

    code = RefusalReason.TOO_MANY.value
    retryable = True

    def __init__(self) -> None:
        super().__init__(code=RefusalReason.TOO_MANY)


class SignInOvertaken(SignInRefused):
    """The browser's session is not the one any more in which this sign-in came back."""

    code = RefusalReason.FLOW_UNKNOWN.value

    def __init__(self) -> None:
        super().__init__(code=RefusalReason.FLOW_UNKNOWN)


class EntraUnreachable(AccountsError):
    """Entra gave no usable answer; nothing is known to be wrong with the person or their grant."""

    code = "entra_unreachable"
    retryable = True


class GrantBusy(AccountsError):
    """Another process is refreshing this person's grant and took longer than one may wait."""

    code = "grant_busy"
    retryable = True


class RefusedOddly(AccountsError):
    """Entra refused one person's refresh for a reason that nobody knows: it may pass, the grant stays."""

    code = "refused_oddly"
    retryable = True


class PortalMisconfigured(AccountsError):
    """Entra refuses the portal itself; nobody's new sign-in would help, an operator has to act."""

    code = "portal_misconfigured"
