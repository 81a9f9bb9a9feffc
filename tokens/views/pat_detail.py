"""The page of one PAT: everything known about it, its history, and what can be done with it. Reads only."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from patportal.lib.htmx import page_or_part
from tokens import audit_queries, queries
from tokens.access import own_pat
from tokens.forms import MuteForm
from tokens.presenters import pat_detail as pat_detail_view


@require_safe
@never_cache
@sign_in_required
def pat_detail(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Show one of the person's own PATs."""
    pat, now = own_pat(request.user, pat_id), timezone.now()
    view = pat_detail_view(
        pat,
        events=audit_queries.pat_history(pat),
        open_operations=queries.open_operations(pat),
        now=now,
        overlap=queries.overlap_of(pat),
    )
    context = {"pat": view, "mute_form": MuteForm(now=now)}
    return render(request, page_or_part(request, "tokens/pat_detail.html", "part"), context)
