"""Many PATs at once: say what is going to happen, begin it, and show what became of each."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens import messages, operations, rules
from tokens.access import own_bulk
from tokens.bulk_queries import pause_of
from tokens.errors import KeyReused
from tokens.forms import DEFAULT_EXTENSION, ExtendManyForm, ExtensionForm, KeyForm, SeenEndsField, new_key
from tokens.models import BulkChange
from tokens.presenters import Plan, bulk_view, plan, why_not_extend, why_not_revoke
from tokens.views._chosen import Chosen, chosen_pats, params_of
from tokens.views._problems import problem_of
from tokens.views._still_working import still_working


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def bulk_extend(request: PersonRequest) -> HttpResponse:
    """Show what the new end of each PAT would be; on POST begin to extend them."""
    now, params = timezone.now(), params_of(request)
    chosen = chosen_pats(request, params, now=now)
    form = ExtensionForm(_extension(params), now=now)
    is_valid, problem, confirmed = form.is_valid(), None, ExtendManyForm(request.POST)
    if is_valid and _is_complete(request, chosen, confirmed) and _has_seen(confirmed, chosen):
        try:
            bulk = operations.start_bulk(
                key=str(params.get("key")),
                actor=actor_for(request),
                owner=request.user,
                verb=BulkChange.Verb.EXTEND,
                pats=chosen.pats,
                now=now,
                extend_by_days=form.days,
                valid_to=form.valid_to,
                seen=confirmed.cleaned_data["seen"],
            )
            return _begun(request, bulk, chosen)
        except KeyReused as exc:
            problem = problem_of(request, exc)
    planned = _extension_plan(chosen, form, now=now) if is_valid else None
    return _ask(request, "tokens/bulk_extend.html", chosen, planned, problem=problem, form=form)


def _extension(params: QueryDict) -> dict[str, str]:
    return {"extend": params.get("extend", DEFAULT_EXTENSION), "extend_date": params.get("extend_date", "")}


def _extension_plan(chosen: Chosen, form: ExtensionForm, *, now: datetime) -> Plan:
    days, valid_to = form.days, form.valid_to
    return plan(
        chosen.pats,
        why_not=why_not_extend,
        now=now,
        new_end=lambda pat: valid_to or rules.extended_by(pat.valid_to, days=days or 0, now=now),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def bulk_revoke(request: PersonRequest) -> HttpResponse:
    """Name the PATs, where they are used and what will stop; on POST begin to revoke them."""
    now, params = timezone.now(), params_of(request)
    chosen, problem = chosen_pats(request, params, now=now), None
    if _is_complete(request, chosen, KeyForm(request.POST)):
        try:
            bulk = operations.start_bulk(
                key=str(params.get("key")),
                actor=actor_for(request),
                owner=request.user,
                verb=BulkChange.Verb.REVOKE,
                pats=chosen.pats,
                now=now,
            )
            return _begun(request, bulk, chosen)
        except KeyReused as exc:
            problem = problem_of(request, exc)
    planned = plan(chosen.pats, why_not=why_not_revoke, now=now)
    return _ask(request, "tokens/bulk_revoke.html", chosen, planned, problem=problem)


def _is_complete(request: PersonRequest, chosen: Chosen, confirmed: KeyForm) -> bool:
    """Tell whether the request confirms something that can be begun."""
    return request.method == "POST" and bool(chosen.pats) and confirmed.is_valid()


def _has_seen(confirmed: ExtendManyForm, chosen: Chosen) -> bool:
    """Tell whether the page showed the expiry of each that was chosen."""
    return all(pat.pk in confirmed.cleaned_data["seen"] for pat in chosen.pats)


def _begun(request: PersonRequest, bulk: BulkChange, chosen: Chosen) -> HttpResponse:
    if chosen.unknown_sentence:
        flash.warning(request, chosen.unknown_sentence)
    return redirect("bulk", bulk.id)


def _ask(
    request: PersonRequest,
    template: str,
    chosen: Chosen,
    planned: Plan | None,
    *,
    problem: Problem | None = None,
    form: ExtensionForm | None = None,
) -> HttpResponse:
    """Show what would be done, so that it can be confirmed; also after a POST that began nothing."""
    status = 200
    if request.method == "POST":
        status = problem.status if problem else 422
    context = {
        "chosen": chosen,
        "plan": planned,
        "problem": problem,
        "form": form,
        "seen": _shown_ends(planned) if planned else "",
        "key": new_key(),
        "is_again": status != 200 and problem is None,
    }
    return render(request, template, context, status=status)


def _shown_ends(planned: Plan) -> str:
    ends = {one.row.id: one.row.valid_to for one in planned.pats}
    return str(SeenEndsField().prepare_value(ends))


@require_safe
@never_cache
@sign_in_required
def bulk(request: PersonRequest, bulk_id: UUID) -> HttpResponse:
    """Show how far a change of many PATs is, and what became of each."""
    found, now = own_bulk(request.user, bulk_id), timezone.now()
    until = pause_of(request.user, now=now)
    reason = partial(messages.reason_of, is_extension=found.verb == BulkChange.Verb.EXTEND)
    view = bulk_view(found, reason=reason, pause_until=until)
    is_over = found.is_everything and not view.is_pending
    still = still_working(request.user, found, now=now) if is_over else None
    is_fragment = request.htmx and not request.htmx.boosted
    context = {
        "bulk": view,
        "still": still,
        "is_polling": view.is_pending or (still is not None and still.is_asking),
        "key": new_key(),
    }
    return render(request, "tokens/bulk.html#state" if is_fragment else "tokens/bulk.html", context)


@require_POST
@sign_in_required(return_to="pat_list")
def bulk_stop(request: PersonRequest, bulk_id: UUID) -> HttpResponse:
    """Begin no more of a change of many PATs; what is on its way goes on."""
    found = own_bulk(request.user, bulk_id)
    operations.stop_bulk(bulk=found, actor=actor_for(request), owner=request.user, now=timezone.now())
    return redirect("bulk", found.id)


@require_POST
@sign_in_required(return_to="pat_list")
def bulk_repeat(request: PersonRequest, bulk_id: UUID) -> HttpResponse:
    """Try those once more that went wrong or had no turn."""
    found, form = own_bulk(request.user, bulk_id), KeyForm(request.POST)
    if not form.is_valid():
        return redirect("bulk", found.id)
    try:
        again = operations.repeat_bulk(
            bulk=found,
            key=form.cleaned_data["key"],
            actor=actor_for(request),
            owner=request.user,
            now=timezone.now(),
        )
    except KeyReused:
        return redirect("bulk", found.id)
    return redirect("bulk", again.id)
