"""What can be done with one PAT: revoke it, keep it, confirm that its secret was received."""

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from patportal.lib.htmx import page_or_part
from patportal.lib.problems import Problem
from tokens import operations
from tokens.access import own_pat
from tokens.delegation import client_for, remote_slot
from tokens.errors import NotRevocable, TokensError
from tokens.forms import KeyForm, new_key
from tokens.models import Pat
from tokens.presenters import end_sentence, left_ending, open_successor, pat_row
from tokens.views._issued import show_stored
from tokens.views._problems import answer, problem_of, problem_page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def pat_revoke(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Ask for confirmation; on POST send the revocation."""
    pat = own_pat(request.user, pat_id)
    form = KeyForm(request.POST)
    if request.method != "POST":
        return problem_page(request, NotRevocable()) if pat.is_revoked else _confirm(request, pat)
    if not form.is_valid():
        return _confirm(request, pat, status=422)
    try:
        with remote_slot(request.user):
            operations.revoke_pat(
                key=form.cleaned_data["key"],
                actor=actor_for(request),
                owner=request.user,
                pat=pat,
                client=client_for(request.user),
                now=timezone.now(),
            )
    except NotRevocable as exc:
        return problem_page(request, exc)
    except TokensError as exc:
        problem = problem_of(request, exc)
        return answer(request, exc) or _confirm(request, pat, problem=problem, status=problem.status)
    if pat.ends_at:
        told = _("The old “%(name)s” is ended now. The revocation of “%(name)s” was sent to Azure DevOps.")
    else:
        told = _("The revocation of “%(name)s” was sent to Azure DevOps.")
    flash.success(request, told % {"name": pat})
    return redirect(_after_revoking(pat))


def _after_revoking(pat: Pat) -> str:
    """Return the way on: a rotation that was undone may begin again, one that is complete has a new PAT."""
    if pat.replaces_id and pat.issued_at and pat.received_at is None:
        return reverse("pat_rotate", args=[pat.replaces_id])
    successor = open_successor(pat, pat.organization, now=timezone.now()) if pat.ends_at else None
    return reverse("pat_detail", args=[successor.pk]) if successor else reverse("pat_list")


def _confirm(
    request: PersonRequest, pat: Pat, *, problem: Problem | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context = {
        "row": pat_row(pat, now=now),
        "left_ending": left_ending(pat, now=now),
        "key": new_key(),
        "problem": problem,
    }
    template = page_or_part(request, "tokens/pat_revoke.html", "part")
    return render(request, template, context, status=status)


@require_POST
@sign_in_required(return_to="pat_list")
def pat_received(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Note that the person has stored the secret; from now on the PAT that it takes over from is ending.

    With `as=row` the answer is a fragment: the page that rotates many stays open.
    """
    pat = own_pat(request.user, pat_id)
    operations.confirm_receipt(actor=actor_for(request), owner=request.user, pat=pat, now=timezone.now())
    old = own_pat(request.user, pat.replaces_id) if pat.replaces_id else None
    ending = end_sentence(old, now=timezone.now()) if old else ""
    noted = _("Noted: you have stored the secret of “%(name)s”.") % {"name": pat}
    sentence = f"{noted} {ending}".strip()
    if request.POST.get("as") == "row":
        return show_stored(request, sentence=sentence)
    flash.success(request, sentence)
    if old is not None and old.is_global:
        return redirect("pat_move", old.id)
    return redirect("pat_detail", pat.id) if old else redirect("pat_list")


@require_POST
@sign_in_required(return_to="pat_list")
def pat_keep(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Keep a PAT that was shown as possibly left over."""
    pat = own_pat(request.user, pat_id)
    operations.keep_pat(actor=actor_for(request), owner=request.user, pat=pat, now=timezone.now())
    flash.success(request, _("“%(name)s” is kept.") % {"name": pat})
    return redirect("pat_list")
