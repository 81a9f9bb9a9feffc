"""The notes of one PAT: what it is for, where it is used, when to look at it again, who else may be asked."""

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.kept_forms import take_kept_form
from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens import operations
from tokens.access import own_pat
from tokens.errors import BackupRefused, PatChanged
from tokens.forms import NotesForm, initial_notes, typed_notes
from tokens.models import Pat
from tokens.operations import Notes
from tokens.presenters import backup_label, pat_row
from tokens.views._problems import problem_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def pat_notes(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Show the notes as a form; on POST store them."""
    pat = own_pat(request.user, pat_id)
    if request.method == "POST":
        return _submit(request, pat)
    kept = take_kept_form(request, request.GET.get("kept", ""), path=request.path)
    initial = initial_notes(operations.notes_of(pat=pat))
    if kept is not None:
        initial = {**typed_notes(kept), **{name: kept.get(name, "") for name in ("seen", "seen_backup")}}
    return _show(request, pat, NotesForm(initial=initial))


def _submit(request: PersonRequest, pat: Pat) -> HttpResponse:
    form = NotesForm(request.POST)
    if not form.is_valid():
        form.forget_secrets()
        return _show(request, pat, form, status=422)
    try:
        asked = operations.describe_pat(
            actor=actor_for(request),
            owner=request.user,
            pat=pat,
            now=timezone.now(),
            notes=form.notes,
            seen=form.cleaned_data["seen"],
            seen_backup=form.cleaned_data["seen_backup"],
        )
    except PatChanged as exc:
        stored = operations.notes_of(pat=own_pat(request.user, pat.id))
        form.see_notes(stored)
        problem = problem_of(request, exc)
        return _show(request, pat, form, problem=problem, stored=stored, status=problem.status)
    except BackupRefused as exc:
        if exc.detail == "changed":
            form.see_backup(operations.notes_of(pat=pat).backup_email)
        problem = problem_of(request, exc)
        return _show(request, pat, form, problem=problem, status=problem.status)
    if asked:
        told = _(
            "The notes of “%(name)s” are saved. %(address)s gets a mail that asks whether they agree to be "
            "its backup owner."
        )
    else:
        told = _("The notes of “%(name)s” are saved.")
    flash.success(request, told % {"name": pat, "address": asked})
    return redirect("pat_detail", pat.id)


def _show(
    request: PersonRequest,
    pat: Pat,
    form: NotesForm,
    *,
    problem: Problem | None = None,
    stored: Notes | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "stored": stored,
        "row": pat_row(pat, now=timezone.now()),
        "form": form,
        "problem": problem,
        "backup": backup_label(pat.backup_contact),
    }
    return render(request, "tokens/pat_notes.html", context, status=status)
