"""The page of a sign-in that did not work: what happened, what to do next, and what support will ask for."""

from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import alarms
from accounts.aadsts import code_label
from accounts.addresses import sign_in_url
from accounts.entra import entra_client
from accounts.entra_answers import exact_entry
from accounts.errors import AccountsError, PortalMisconfigured, RefusalReason, SignInReason
from accounts.messages import MESSAGES, problem_for

log = structlog.get_logger(__name__)

# The person can give the permission that is missing; for the others it takes an administrator.
ASKS_FOR_PERMISSION = {
    RefusalReason.CONSENT_MISSING.value,
    RefusalReason.PERMISSION_DECLINED.value,
    SignInReason.CONSENT_MISSING.value,
}
_NEEDS_ADMINISTRATOR = {
    RefusalReason.ADMIN_APPROVAL.value,
    RefusalReason.APPROVAL_PENDING.value,
    SignInReason.ADMIN_APPROVAL.value,
}


def failed(
    request: HttpRequest,
    error: AccountsError,
    *,
    next_path: str,
    tenant_id: UUID | None = None,
    is_hearsay: bool = False,
) -> HttpResponse:
    """Show what went wrong, with known numbers and ids only: nothing that came in the query is repeated.

    `tenant_id` is the additional tenant that the sign-in went to, if it was one. `is_hearsay` is for what the
    query alone says: strangers must not be able to raise an alarm.
    """
    _tell_operators(error, tenant_id=tenant_id, is_hearsay=is_hearsay)
    context = {
        "problem": problem_for(
            error.code,
            reference=error.correlation_id or getattr(request, "request_id", ""),
            sign_in_url=sign_in_url(next_path),
        ),
        "code": code_label(error.aadsts),
        "correlation_id": error.correlation_id,
        "at": timezone.now(),
        "next": next_path,
        "entry": exact_entry(error),
        "admin_consent_url": admin_consent_url(error.code, tenant_id),
        "asks_for_permission": error.code in ASKS_FOR_PERMISSION,
        "tenant": str(tenant_id or ""),
    }
    return render(request, "accounts/sign_in_failed.html", context, status=MESSAGES[error.code].status)


def admin_consent_url(code: str, tenant_id: UUID | None) -> str:
    """Return where an administrator lets the portal in for everybody, or "" where that is not missing."""
    if code not in _NEEDS_ADMINISTRATOR:
        return ""
    try:
        return entra_client(tenant_id).admin_consent_url()
    except AccountsError:
        return ""


def _tell_operators(error: AccountsError, *, tenant_id: UUID | None, is_hearsay: bool) -> None:
    log.info(
        "sign_in_failed",
        code=error.code,
        reason=str(error),
        aadsts=error.aadsts,
        correlation_id=error.correlation_id,
        is_hearsay=is_hearsay,
    )
    if isinstance(error, PortalMisconfigured) and not is_hearsay:
        alarms.note_answer(error, now=timezone.now(), tenant_id=tenant_id)
