"""Revoke everything of one's own, for a lost laptop or a secret that got out."""

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from tokens import operations, queries
from tokens.bulk_queries import bulk_of_key, working_pats
from tokens.errors import KeyReused, SignInNeeded
from tokens.forms import EverythingForm, new_key
from tokens.models import BulkChange, OrganizationAccess, Pat
from tokens.presenters import freshness, is_syncing, plan, why_not_revoke
from tokens.views._problems import problem_of

# Opening the page again at once asks for nothing new.
_FRESH_FOR = timedelta(seconds=10)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def revoke_everything(request: PersonRequest) -> HttpResponse:
    """Count what still works, having asked for the lists; on POST begin to revoke all of it."""
    now = timezone.now()
    if request.method == "POST":
        return _submit(request, now=now)
    return _show(request, None, _asked_access(request, now=now), now=now)


def _submit(request: PersonRequest, *, now: datetime) -> HttpResponse:
    form, access = EverythingForm(request.POST), queries.organization_access(request.user)
    pats = _working(request, access, now=now)
    if not form.is_valid():
        return _show(request, form, access, now=now, status=422)
    key = form.cleaned_data["key"]
    if not pats and bulk_of_key(request.user, key) is None:
        return _show(request, None, access, now=now, status=422)
    return redirect("bulk", _begin(request, pats, key=key, now=now).id)


def _begin(request: PersonRequest, pats: list[Pat], *, key: str, now: datetime) -> BulkChange:
    """Begin, or return what the same form has begun: what still works is another by then."""
    earlier = bulk_of_key(request.user, key)
    if earlier is not None:
        return earlier
    try:
        return operations.start_bulk(
            key=key,
            actor=actor_for(request),
            owner=request.user,
            verb=BulkChange.Verb.REVOKE,
            pats=pats,
            now=now,
            is_everything=True,
        )
    except KeyReused:
        # The other one of a double click was first; it is there now.
        return BulkChange.objects.get(user=request.user, key=key)


def _asked_access(request: PersonRequest, *, now: datetime) -> list[OrganizationAccess]:
    """Return the state of each organization, having asked for a sync of those that were not read just now."""
    access = queries.organization_access(request.user)
    if not queries.is_complete(access):
        operations.request_sync(user=request.user, organizations=queries.configured_organizations(), now=now)
        return queries.organization_access(request.user)
    due = [row.organization for row in access if row.is_due(now=now, after=_FRESH_FOR)]
    if due and request.headers.get("X-Polling") != "1" and not queries.lost_code(access):
        operations.request_sync(user=request.user, organizations=due, now=now, known=access)
        for row in access:
            row.requested_at = now if row.organization in due else row.requested_at
    return access


def _working(request: PersonRequest, access: list[OrganizationAccess], *, now: datetime) -> list[Pat]:
    found = working_pats(request.user, organizations=[row.organization for row in access], now=now)
    return [pat for pat in found if not why_not_revoke(pat, now)]


def _show(
    request: PersonRequest,
    form: EverythingForm | None,
    access: list[OrganizationAccess],
    *,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    organizations = [row.organization for row in access]
    found = working_pats(request.user, organizations=organizations, now=now)
    is_lost = bool(queries.lost_code(access))
    context = {
        "plan": plan(found, why_not=why_not_revoke, now=now),
        "freshness": freshness(access, now=now),
        "is_asking": any(is_syncing(row, now=now) for row in access),
        "problem": problem_of(request, SignInNeeded()) if is_lost else None,
        "form": form,
        "key": new_key(),
    }
    is_fragment = request.htmx and not request.htmx.boosted
    template = "tokens/revoke_everything.html"
    return render(request, f"{template}#state" if is_fragment else template, context, status=status)
