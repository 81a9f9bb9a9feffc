"""Create a PAT. The answer to the POST is the one page that ever holds its secret."""

from typing import Any, cast

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.kept_forms import take_kept_form
from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens import operations, queries
from tokens.delegation import client_for, remote_slot
from tokens.errors import KeyReused, TokensError
from tokens.forms import CreatePatForm, Prefill, link_query, new_key, prefill, prefill_from, typed_notes
from tokens.operations import IssuedPat
from tokens.presenters import ability, scope_groups
from tokens.recipes import RECIPES
from tokens.views._issued import show_issued
from tokens.views._problems import answer, problem_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def pat_create(request: PersonRequest) -> HttpResponse:
    """Show the form; on POST create the PAT and show its secret, once."""
    if request.method == "POST":
        return _redraw(request) if {"template", "preview"} & request.POST.keys() else _submit(request)
    kept = take_kept_form(request, request.GET.get("kept", ""), path=request.path)
    if kept is None:
        return _show_new(request)
    # What was typed before a sign-in comes back as it was, without being judged or sent. So does its key:
    # the same form may have been sent once already, and then this shows what became of it.
    earlier = queries.operation_of_key(request.user, kept.get("key", ""))
    if earlier is not None and not earlier.has_come_to_nothing:
        return redirect("operation", earlier.id)
    return _show(request, _form(initial=_typed(kept, is_spent=earlier is not None)), is_kept=True)


@require_POST
@never_cache
@sign_in_required(return_to="pat_create")
def pat_create_check(request: PersonRequest) -> HttpResponse:
    """Say what would come of the form as it stands, and what is wrong in it; nothing is created or kept."""
    form = _form(request.POST)
    context = {"form": form, **_outlook(form)}
    return render(request, "tokens/pat_create.html#checked", context)


def _show_new(request: PersonRequest) -> HttpResponse:
    names = [row.name for row in queries.configured_organizations()]
    found = prefill(request.GET, organizations=names)
    return _show(request, _form(initial=found.initial), prefilled=found)


def _redraw(request: PersonRequest) -> HttpResponse:
    """Show what was typed again, unjudged: with a template that was chosen, or to see what it means."""
    typed = _form(request.POST)
    typed.forget_secrets()
    recipe = RECIPES.get(request.POST.get("template", ""))
    found = prefill_from(recipe) if recipe else Prefill()
    is_key_bad = "key" in typed.errors
    initial = _typed(cast("QueryDict", typed.data), is_spent=is_key_bad) | found.initial
    return _show(request, _form(initial=initial), prefilled=found)


def _form(data: QueryDict | None = None, *, initial: dict[str, object] | None = None) -> CreatePatForm:
    organizations = queries.configured_organizations()
    return CreatePatForm(data, organizations=organizations, now=timezone.now(), initial=initial)


def _typed(kept: QueryDict, *, is_spent: bool) -> dict[str, object]:
    single = {name: kept.get(name, "") for name in ("name", "organization", "expires", "expires_date")}
    key = new_key() if is_spent else kept.get("key") or new_key()
    return {**single, **typed_notes(kept), "key": key, "scopes": kept.getlist("scopes")}


def _show(
    request: PersonRequest,
    form: CreatePatForm,
    *,
    problem: Problem | None = None,
    prefilled: Prefill | None = None,
    is_kept: bool = False,
    status: int = 200,
) -> HttpResponse:
    wanted = prefilled.wanted if prefilled else []
    context = {
        "form": form,
        "scope_groups": scope_groups(form.selected_scopes, wanted=wanted),
        "problem": problem,
        "prefilled": prefilled,
        # Whoever chose a template on the page itself goes on where the answer to that stands.
        "is_chosen_here": request.method == "POST",
        "recipes": RECIPES.values(),
        "is_kept": is_kept,
        **_outlook(form),
    }
    return render(request, "tokens/pat_create.html", context, status=status)


def _outlook(form: CreatePatForm) -> dict[str, Any]:
    """Return what the page says about the token as the form stands, and the link that fills in the same."""
    standing = form.rehearsed()
    cleaned = standing.cleaned_data
    query, left_out = link_query(cleaned)
    address = reverse("pat_create")
    return {
        "ability": ability(
            name=cleaned.get("name", ""),
            codes=cleaned.get("scopes", frozenset()),
            organization=str(cleaned.get("organization", "")),
            until=standing.known_end,
        ),
        "link": f"{address}?{query}" if query else address,
        "link_leaves_out": left_out,
    }


@sensitive_variables()
def _submit(request: PersonRequest) -> HttpResponse:
    form = _form(request.POST)
    if not form.is_valid():
        form.forget_secrets()
        if "key" in form.errors:
            form.renew_key()
        return _show(request, form, status=422)
    try:
        issued = _create(request, form)
    except TokensError as exc:
        return answer(request, exc) or _show_problem(request, form, exc)
    return show_issued(request, issued)


@sensitive_variables()
def _create(request: PersonRequest, form: CreatePatForm) -> IssuedPat:
    with remote_slot(request.user):
        return operations.create_pat(
            key=form.cleaned_data["key"],
            actor=actor_for(request),
            owner=request.user,
            organization=form.cleaned_data["organization"],
            client=client_for(request.user),
            now=timezone.now(),
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            valid_to=form.valid_to(),
            asked_for=form.asked_for,
            notes=form.notes,
        )


def _show_problem(request: PersonRequest, form: CreatePatForm, error: TokensError) -> HttpResponse:
    """Show the form again with what was typed.

    It becomes a fresh one only if its key is spent: where nothing was begun, the same form may have been
    sent twice, and the other one may still make a PAT, or have made it.
    """
    earlier = queries.operation_of_key(request.user, form.cleaned_data["key"])
    if earlier is not None and not earlier.has_come_to_nothing and not isinstance(error, KeyReused):
        return redirect("operation", earlier.id)
    if earlier is not None:
        form.renew_key()
    problem = problem_of(request, error, asked_for=form.asked_for)
    return _show(request, form, problem=problem, status=problem.status)
