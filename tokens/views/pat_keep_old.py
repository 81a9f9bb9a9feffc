"""Keep the old PAT of a rotation while it lives. What was shortened is asked back, and may be refused."""

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens import errors, operations, queries
from tokens.access import own_pat
from tokens.delegation import client_for, remote_slot
from tokens.forms import KeyForm, new_key
from tokens.models import Pat
from tokens.operations import ChangedPat
from tokens.presenters import keeping, kept_sentence
from tokens.views._problems import answer, problem_of, problem_page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def pat_keep_old(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Say what keeping the old PAT means and which end would apply; on POST keep it."""
    pat = own_pat(request.user, pat_id)
    form = KeyForm(request.POST)
    if request.method != "POST":
        is_ending = pat.ends_at is not None and pat.is_active(now=timezone.now())
        return _show(request, pat) if is_ending else problem_page(request, errors.NotEnding())
    if not form.is_valid():
        return _show(request, pat, status=422)
    try:
        changed = _keep(request, pat, key=form.cleaned_data["key"])
    except errors.TokensError as exc:
        return _after_error(request, pat, exc, key=form.cleaned_data["key"])
    kept = own_pat(request.user, pat_id)
    asked = changed.asked_valid_to if changed else None
    tell = flash.warning if changed is not None and changed.was_shortened else flash.success
    tell(request, kept_sentence(kept, asked_valid_to=asked, now=timezone.now()))
    return redirect("pat_detail", pat.id)


def _keep(request: PersonRequest, pat: Pat, *, key: str) -> ChangedPat | None:
    with remote_slot(request.user):
        return operations.keep_old_pat(
            key=key,
            actor=actor_for(request),
            owner=request.user,
            pat=pat,
            client=client_for(request.user),
            now=timezone.now(),
        )


def _after_error(request: PersonRequest, pat: Pat, error: errors.TokensError, *, key: str) -> HttpResponse:
    """Return the answer to `error`; the same form sent twice leads to what it has begun or has kept."""
    if isinstance(error, errors.NotEnding | errors.ChangeUnderWay):
        earlier = queries.operation_of_key(request.user, key)
        if earlier is not None:
            return redirect("operation", earlier.id)
    found = own_pat(request.user, pat.id)
    if isinstance(error, errors.NotEnding):
        is_kept = found.ends_at is None and found.is_active(now=timezone.now())
        return redirect("pat_detail", pat.id) if is_kept else problem_page(request, error)
    return answer(request, error) or _show_problem(request, found, error)


def _show_problem(request: PersonRequest, pat: Pat, error: errors.TokensError) -> HttpResponse:
    """Tell what went wrong and which end applies now: the portal may have let go of it already."""
    problem = problem_of(request, error)
    return _show(request, pat, problem=problem, status=problem.status)


def _show(
    request: PersonRequest, pat: Pat, *, problem: Problem | None = None, status: int = 200
) -> HttpResponse:
    context = {"keeping": keeping(pat, now=timezone.now()), "key": new_key(), "problem": problem}
    return render(request, "tokens/pat_keep_old.html", context, status=status)
