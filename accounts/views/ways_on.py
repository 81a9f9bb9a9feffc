"""What a page about signing in offers next: first what may help, and not at all what cannot."""

from dataclasses import dataclass
from uuid import UUID

from accounts.aadsts import Aadsts
from accounts.entra import entra_client
from accounts.errors import AccountsError, PortalMisconfigured, RefusalReason, SignInReason

# The person can give the permission that is missing; for the others it takes an administrator.
_ASKS_FOR_PERMISSION = {
    RefusalReason.CONSENT_MISSING.value,
    RefusalReason.PERMISSION_DECLINED.value,
    SignInReason.CONSENT_MISSING.value,
}
_ADMINISTRATOR_CAN_APPROVE = {
    RefusalReason.CONSENT_MISSING.value,
    RefusalReason.ADMIN_APPROVAL.value,
    RefusalReason.APPROVAL_PENDING.value,
    SignInReason.CONSENT_MISSING.value,
    SignInReason.ADMIN_APPROVAL.value,
}
# Somebody else has to act before another try can end differently.
_WAITS_FOR_OTHERS = {
    RefusalReason.ADMIN_APPROVAL.value,
    RefusalReason.BLOCKED_BY_POLICY.value,
    RefusalReason.RISKY.value,
    RefusalReason.TENANT_RESTRICTED.value,
    RefusalReason.NOT_ASSIGNED.value,
    RefusalReason.ACCOUNT_DISABLED.value,
    RefusalReason.PERSON_DISABLED.value,
    RefusalReason.ROLE_MISSING.value,
    SignInReason.ADMIN_APPROVAL.value,
    SignInReason.BLOCKED_BY_POLICY.value,
    SignInReason.NETWORK_REFUSED.value,
    SignInReason.NOT_ASSIGNED.value,
    SignInReason.ACCOUNT_DISABLED.value,
    SignInReason.TENANT_REMOVED.value,
    PortalMisconfigured.code,
}
# The account is the wrong one, as far as anybody can tell.
_WANTS_OTHER_ACCOUNT = {
    RefusalReason.ACCOUNT_UNKNOWN.value,
    RefusalReason.FOREIGN_ACCOUNT.value,
    RefusalReason.PERSONAL_ACCOUNT.value,
    RefusalReason.TENANT_UNKNOWN.value,
    RefusalReason.NOT_A_PERSON.value,
    SignInReason.ACCOUNT_GONE.value,
}


@dataclass(frozen=True, slots=True)
class WaysOn:
    """What to offer; at most one of them stands out.

    `can_retry` tells whether the person can change the outcome, now or in a while; where they cannot, another
    try is offered quietly, for when somebody else has acted. `admin_consent_url` is "" where approval is not
    what is missing.
    """

    can_retry: bool = True
    wants_other_account: bool = False
    can_use_other_account: bool = True
    asks_for_permission: bool = False
    admin_consent_url: str = ""


def ways_on(code: str, *, entry: Aadsts | None = None, tenant_id: UUID | None = None) -> WaysOn:
    """Return what to offer after the failure `code` ("" for none), of which `entry` may know more.

    `tenant_id` is the additional tenant that the person belongs to or chose, if it is one.
    """
    return WaysOn(
        can_retry=entry.can_retry if entry else code not in _WAITS_FOR_OTHERS,
        wants_other_account=code in _WANTS_OTHER_ACCOUNT,
        # Where the portal itself is refused, it is refused for every account.
        can_use_other_account=code != PortalMisconfigured.code,
        asks_for_permission=code in _ASKS_FOR_PERMISSION,
        admin_consent_url=_admin_consent_url(tenant_id) if code in _ADMINISTRATOR_CAN_APPROVE else "",
    )


def _admin_consent_url(tenant_id: UUID | None) -> str:
    """Return where an administrator lets the portal in for everybody, or "" where that cannot be told."""
    try:
        return entra_client(tenant_id).admin_consent_url()
    except AccountsError:
        return ""
