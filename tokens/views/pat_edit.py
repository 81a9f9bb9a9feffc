"""Change the name and the scopes of a PAT."""

from collections.abc import Collection
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from tokens import operations
from tokens.access import own_pat
from tokens.delegation import client_for, remote_slot
from tokens.errors import TokensError
from tokens.forms import EditPatForm, changed_columns
from tokens.models import Operation, Pat
from tokens.operations import seen_of
from tokens.presenters import Ability, ability, pat_row, pending_sentence, scope_groups
from tokens.views._changing import (
    Trouble,
    after_error,
    asked_before,
    obstacle,
    renew,
    restored,
    typed_before,
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def pat_edit(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Show name and scopes as they are; on POST change them."""
    pat = own_pat(request.user, pat_id)
    if request.method == "POST":
        return _submit(request, pat)
    kept, earlier = typed_before(request)
    if earlier is not None and not earlier.has_come_to_nothing:
        return redirect("operation", earlier.id)
    in_the_way = obstacle(request, pat, pat_row(pat, now=timezone.now()))
    if in_the_way is not None:
        return in_the_way
    again = asked_before(request, pat, Operation.Verb.UPDATE)
    initial: dict[str, object] = {
        "name": (again and again.asked_name) or pat.name,
        "scopes": (again and again.scopes) or pat.scopes,
        "seen": seen_of(pat),
    }
    if kept is not None:
        typed = restored(kept, ("name", "seen"), is_spent=earlier is not None)
        initial |= {**typed, "scopes": kept.getlist("scopes")}
    form = _form(pat, initial=initial)
    return _show(request, pat, form, is_kept=kept is not None, is_again=again is not None)


@require_POST
@never_cache
@sign_in_required(return_to="pat_list")
def pat_edit_check(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Say what would come of the form as it stands, and what is wrong in it; nothing is changed or kept."""
    pat = own_pat(request.user, pat_id)
    form = _form(pat, request.POST)
    form.is_valid()
    codes = form.cleaned_data.get("scopes", frozenset())
    outlook = _outlook(pat, name=form.cleaned_data.get("name", ""), codes=codes)
    # Nothing is said of a change as long as something is wrong in a field.
    changed = form.cleaned_data.get("changed")
    pending = "" if changed is None else pending_sentence(changed)
    context = {"form": form, "ability": outlook, "pending": pending}
    return render(request, "tokens/pat_edit.html#checked", context)


def _outlook(pat: Pat, *, name: str, codes: Collection[str]) -> Ability:
    return ability(name=name, codes=codes, organization=pat.organization.name, until=pat.valid_to)


def _form(
    pat: Pat, data: QueryDict | None = None, *, initial: dict[str, object] | None = None
) -> EditPatForm:
    return EditPatForm(data, own_scopes=pat.scopes, initial=initial)


def _show(
    request: PersonRequest,
    pat: Pat,
    form: EditPatForm,
    *,
    trouble: Trouble | None = None,
    is_kept: bool = False,
    is_again: bool = False,
    status: int = 200,
) -> HttpResponse:
    name = str(form["name"].value() or "")
    context = {
        "row": pat_row(pat, now=timezone.now()),
        "form": form,
        "scope_groups": scope_groups(form.selected_scopes, own=pat.scopes),
        "ability": _outlook(pat, name=name, codes=form.selected_scopes),
        "pending": pending_sentence(
            changed_columns(pat.name, pat.scopes, name=name, codes=form.selected_scopes)
        ),
        "trouble": trouble,
        "is_kept": is_kept,
        "is_again": is_again,
    }
    return render(request, "tokens/pat_edit.html", context, status=status)


def _submit(request: PersonRequest, pat: Pat) -> HttpResponse:
    form = _form(pat, request.POST)
    if not form.is_valid():
        renew(form, pat)
        return _show(request, pat, form, status=422)
    try:
        with remote_slot(request.user):
            changed = operations.update_pat(
                key=form.cleaned_data["key"],
                actor=actor_for(request),
                owner=request.user,
                pat=pat,
                client=client_for(request.user),
                now=timezone.now(),
                seen=form.cleaned_data["seen"],
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
            )
    except TokensError as exc:
        return after_error(
            request,
            pat,
            form,
            exc,
            lambda trouble: _show(request, pat, form, trouble=trouble, status=trouble.problem.status),
        )
    flash.success(request, _("“%(name)s” was changed.") % {"name": changed.pat})
    return redirect("pat_detail", pat.id)
