"""Quiet about one PAT: no reminders of its end for a while.

Its own page has the form as well; the one here is where an error or an interrupted sign-in leads.
"""

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
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
from tokens.forms import MuteForm
from tokens.presenters import moment_words, pat_row


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sign_in_required
def pat_mute(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Ask for how long to be quiet about a PAT; on POST stop its reminders."""
    pat, now = own_pat(request.user, pat_id), timezone.now()
    form = MuteForm(request.POST if request.method == "POST" else None, now=now)
    if not form.is_valid():
        context = {"row": pat_row(pat, now=now), "form": form}
        return render(request, "tokens/pat_mute.html", context, status=422 if form.is_bound else 200)
    operations.mute_pat(actor=actor_for(request), owner=request.user, pat=pat, until=form.until)
    told = _("No reminders about “%(name)s” until %(moment)s.")
    flash.success(request, told % {"name": pat, "moment": moment_words(form.until, now=now)})
    return redirect("pat_detail", pat.id)


@require_POST
@sign_in_required(return_to="pat_list")
def pat_unmute(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Send reminders about a PAT again."""
    pat = own_pat(request.user, pat_id)
    operations.mute_pat(actor=actor_for(request), owner=request.user, pat=pat, until=None)
    flash.success(request, _("Reminders about “%(name)s” are sent again.") % {"name": pat})
    return redirect("pat_detail", pat.id)
