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
    GRANT_REVOKED = "grant_revoked"
    SIGN_IN_FREQUENCY = "sign_in_frequency"
    SECOND_FACTOR = "second_factor"
    DEVICE_NEEDED = "device_needed"
    BLOCKED_BY_POLICY = "blocked_by_policy"
    CONSENT_MISSING = "consent_missing"
    ACCOUNT_DISABLED = "account_disabled"
    SIGN_IN_NEEDED = "sign_in_needed"


class RefusalReason(StrEnum):
    """Why an interactive sign-in was not completed."""

    FLOW_UNKNOWN = "flow_unknown"
    FLOW_SPENT = "flow_spent"
    CANCELLED = "sign_in_cancelled"
    ENTRA_REFUSED = "entra_refused"
    ID_TOKEN_INVALID = "id_token_invalid"  # noqa: S105  # nosec B105 - a code
    PERSON_DISABLED = "person_disabled"
    ROLE_MISSING = "role_missing"
    TOO_MANY = "too_many_sign_ins"


class AccountsError(Exception):
    """Base of everything below; `aadsts` is Entra's number or 0, `correlation_id` Entra's id or empty."""

    code: str = "accounts_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "", *, aadsts: int = 0, correlation_id: str = "") -> None:
        super().__init__(message or self.code)
        self.aadsts = aadsts
        self.correlation_id = correlation_id


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
    ) -> None:
        self.code = code.value
        super().__init__(message, aadsts=aadsts, correlation_id=correlation_id)


class SignInRefused(AccountsError):
    """An interactive sign-in ended without a session."""

    code = RefusalReason.ENTRA_REFUSED.value

    def __init__(
        self, message: str = "", *, code: RefusalReason, aadsts: int = 0, correlation_id: str = ""
    ) -> None:
        self.code = code.value
        super().__init__(message, aadsts=aadsts, correlation_id=correlation_id)


class SignInsBusy(SignInRefused):
    """As many sign-ins as may be are being completed at this moment, and Entra answers slowly."""

    code = RefusalReason.TOO_MANY.value
    retryable = True

    def __init__(self) -> None:
        super().__init__(code=RefusalReason.TOO_MANY)


class EntraUnreachable(AccountsError):
    """Entra gave no usable answer; nothing is known to be wrong with the person or their grant."""

    code = "entra_unreachable"
    retryable = True


class GrantBusy(AccountsError):
    """Another process is refreshing this person's grant and took longer than one may wait."""

    code = "grant_busy"
    retryable = True


class PortalMisconfigured(AccountsError):
    """Entra refuses the portal itself; nobody's new sign-in would help, an operator has to act."""

    code = "portal_misconfigured"
