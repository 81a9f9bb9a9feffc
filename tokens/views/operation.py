"""What became of one operation, for forms that were sent twice and answers that were lost."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from tokens import messages, operations
from tokens.access import own_operation
from tokens.models import Operation
from tokens.presenters import operation_view


@require_safe
@never_cache
@sign_in_required
def operation(request: PersonRequest, operation_id: UUID) -> HttpResponse:
    """Show how an operation stands."""
    found = own_operation(request.user, operation_id)
    view = operation_view(found, now=timezone.now())
    # A creation that ended well may carry no reason; an old one of an open operation would mislead.
    is_extension = found.verb == Operation.Verb.EXTEND
    reason = None
    if found.has_come_to_nothing:
        reason = messages.reason_of(found.error_code, is_extension=is_extension)
    is_fragment = request.htmx and not request.htmx.boosted
    template = "tokens/operation.html#state" if is_fragment else "tokens/operation.html"
    return render(request, template, {"operation": view, "reason": reason})


@require_POST
@sign_in_required(return_to="pat_list")
def notice_dismiss(request: PersonRequest, operation_id: UUID) -> HttpResponse:
    """Put away the notice about an operation."""
    operations.dismiss_notice(operation=own_operation(request.user, operation_id), now=timezone.now())
    return redirect("pat_list")
