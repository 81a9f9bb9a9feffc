"""Rotate a PAT, or create the replacement of one that has ended. The answer to the POST holds the secret."""

from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.kept_forms import take_kept_form
from accounts.requests import PersonRequest
from tokens import errors, operations, queries
from tokens.access import own_pat
from tokens.delegation import client_for, remote_slot
from tokens.forms import RotateForm, new_key
from tokens.models import Organization, Pat
from tokens.operations import IssuedPat, seen_of
from tokens.presenters import can_overlap, life_days, open_successor
from tokens.views._issued import show_issued
from tokens.views._problems import answer, problem_of, problem_page
from tokens.views._rotation import row_incomplete, row_problem, show_form, show_successor


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def pat_rotate(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Say what a rotation will do; on POST create the successor and show its secret, once.

    With `as=row` a POST is answered with a fragment: the page that rotates many asks for one after the other.
    """
    pat = own_pat(request.user, pat_id)
    if request.method == "POST":
        return _submit(request, pat, is_row=request.POST.get("as") == "row")
    if pat.is_owned_elsewhere:
        return problem_page(request, errors.OwnedElsewhere())
    kept = take_kept_form(request, request.GET.get("kept", ""), path=request.path)
    earlier = queries.operation_of_key(request.user, kept.get("key", "")) if kept else None
    if earlier is not None and not earlier.has_come_to_nothing:
        return redirect("operation", earlier.id)
    return _open(request, pat, initial=_typed(kept, is_spent=earlier is not None) if kept else {})


def _open(request: PersonRequest, pat: Pat, *, initial: dict[str, object]) -> HttpResponse:
    """Show the form, or the successor that is there already."""
    now, wanted = timezone.now(), request.GET.get("organization") or initial.get("organization")
    configured = queries.configured_organizations() if pat.is_global else [pat.organization]
    open_ones = [one for one in configured if open_successor(pat, one, now=now) is None]
    named = [one for one in configured if one.name == wanted or not pat.is_global]
    chosen = next(iter(named or open_ones), None)
    if chosen is None:
        return redirect("pat_move", pat.id)
    if successor := open_successor(pat, chosen, now=now):
        return show_successor(request, pat, successor)
    form = _form(pat, initial={**initial, "organization": chosen.name, "seen": seen_of(pat)})
    return show_form(request, pat, form, is_kept=bool(initial))


def _form(pat: Pat, data: QueryDict | None = None, *, initial: dict[str, object] | None = None) -> RotateForm:
    now = timezone.now()
    organizations: list[Organization] = queries.configured_organizations() if pat.is_global else []
    return RotateForm(
        data,
        organizations=organizations,
        life_days=life_days(pat),
        has_overlap=can_overlap(pat, now=now),
        now=now,
        initial=initial,
    )


def _typed(kept: QueryDict, *, is_spent: bool) -> dict[str, object]:
    """Return what was typed before a sign-in, which comes back as it was, without being judged or sent."""
    names = ("organization", "expires", "expires_date", "overlap")
    single = {name: kept[name] for name in names if name in kept}
    return {**single, "key": new_key() if is_spent else kept.get("key") or new_key()}


@sensitive_variables()
def _submit(request: PersonRequest, pat: Pat, *, is_row: bool) -> HttpResponse:
    form = _form(pat, request.POST)
    if not form.is_valid():
        return row_incomplete(request, form) if is_row else _show_again(request, pat, form)
    try:
        issued = _rotate(request, pat, form)
    except errors.TokensError as exc:
        if is_row:
            return row_problem(request, exc, asked_for=form.asked_for)
        return _ways_out(request, pat, exc) or _show_problem(request, pat, form, exc)
    return show_issued(request, issued, overlap=form.chosen_overlap, is_row=is_row)


@sensitive_variables()
def _rotate(request: PersonRequest, pat: Pat, form: RotateForm) -> IssuedPat:
    with remote_slot(request.user):
        return operations.rotate_pat(
            key=form.cleaned_data["key"],
            actor=actor_for(request),
            owner=request.user,
            pat=pat,
            client=client_for(request.user),
            now=timezone.now(),
            seen=form.cleaned_data["seen"],
            organization=form.cleaned_data.get("organization") or pat.organization,
            valid_to=form.valid_to(),
            asked_for=form.asked_for,
            overlap=form.chosen_overlap,
        )


def _show_again(request: PersonRequest, pat: Pat, form: RotateForm) -> HttpResponse:
    form.forget_secrets()
    if "key" in form.errors:
        form.renew_key()
    if "seen" in form.errors:
        form.see(seen_of(pat))
    return show_form(request, pat, form, status=422)


def _ways_out(request: PersonRequest, pat: Pat, error: errors.TokensError) -> HttpResponse | None:
    """Return the answer for errors after which there is nothing to fill in again."""
    if isinstance(error, errors.OwnedElsewhere):
        return problem_page(request, error)
    if isinstance(error, errors.AlreadyReplaced):
        return show_successor(request, pat, own_pat(request.user, error.pat_id), error=error)
    if isinstance(error, errors.ChangeUnderWay) and error.operation_id:
        return redirect("operation", error.operation_id)
    return answer(request, error)


def _show_problem(
    request: PersonRequest, pat: Pat, form: RotateForm, error: errors.TokensError
) -> HttpResponse:
    """Show the form again with what was chosen; it becomes a fresh one only if its key is spent."""
    earlier = queries.operation_of_key(request.user, form.cleaned_data["key"])
    if earlier is not None and not earlier.has_come_to_nothing and not isinstance(error, errors.KeyReused):
        return redirect("operation", earlier.id)
    if earlier is not None:
        form.renew_key()
    if isinstance(error, errors.PatChanged):
        form.see(seen_of(pat))
    problem = problem_of(request, error, asked_for=form.asked_for)
    return show_form(request, pat, form, problem=problem, error=error, status=problem.status)
