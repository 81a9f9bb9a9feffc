"""The page of a sign-in that did not work: what happened, what to do next, and what support will ask for."""

from http import HTTPStatus
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import alarms
from accounts.aadsts import code_label
from accounts.addresses import sign_in_url
from accounts.entra_answers import exact_entry
from accounts.errors import AccountsError, PortalMisconfigured
from accounts.messages import MESSAGES, problem_for
from accounts.views.ways_on import ways_on

log = structlog.get_logger(__name__)


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
    query alone says: strangers must be able to raise neither an alarm nor a failure of the portal.
    """
    _tell_operators(error, tenant_id=tenant_id, is_hearsay=is_hearsay)
    entry = exact_entry(error)
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
        "entry": entry,
        "ways": ways_on(error.code, entry=entry, tenant_id=tenant_id),
        "tenant": str(tenant_id or ""),
    }
    status = MESSAGES[error.code].status
    if is_hearsay and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Whoever watches the portal's own failures must not be woken by what a stranger's address claims.
        status = HTTPStatus.BAD_REQUEST
    return render(request, "accounts/sign_in_failed.html", context, status=status)


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
