"""For backup owners: the PATs that name a person, and the page on which an address agrees or leaves."""

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import actor_for, origin_of
from accounts.decorators import sign_in_required
from accounts.models import User
from accounts.requests import PersonRequest
from tokens import list_queries, operations
from tokens.access import pat_naming
from tokens.list_address import ListQuery
from tokens.models import BackupContact
from tokens.presenters import backed_pat, pagination_of


@require_safe
@never_cache
@sign_in_required
def backup(request: PersonRequest) -> HttpResponse:
    """List the PATs of others that name the person."""
    now = timezone.now()
    query = ListQuery.from_params(request.GET, organizations=[])
    found = list_queries.pats_naming(request.user, page=query.page, now=now)
    context = {
        "pats": [backed_pat(pat, now=now) for pat in found.rows],
        "pagination": pagination_of(ListQuery(page=found.number), found, request.path),
    }
    return render(request, "tokens/backup.html", context)


@require_POST
@sign_in_required(return_to="backup")
def backup_leave(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Take the person off as backup owner of one PAT."""
    pat = pat_naming(request.user, pat_id)
    operations.leave_as_backup(actor=actor_for(request), user=request.user, pat=pat, now=timezone.now())
    flash.success(request, _("You are no longer the backup owner of “%(name)s”.") % {"name": pat})
    return redirect("backup")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def backup_answer(request: HttpRequest, proof: str) -> HttpResponse:
    """Ask whoever reads mail at an invited address; on POST take the answer. It signs nobody in."""
    contact = operations.contact_of_proof(proof=proof)
    if contact is None:
        return render(request, "tokens/backup_too_old.html", status=404)
    can_agree = operations.contact_of_proof(proof=proof, to_agree=True) is not None
    if request.method == "POST":
        if request.POST.get("answer") == "agree" and not can_agree:
            return render(request, "tokens/backup_too_old.html", status=404)
        return _take_answer(request, contact, proof)
    owners = sorted({str(pat.user) for pat in contact.pats.select_related("user")}, key=str.casefold)
    context = {"contact": contact, "owners": owners[:20], "can_agree": can_agree}
    return render(request, "tokens/backup_answer.html", context)


def _take_answer(request: HttpRequest, contact: BackupContact, proof: str) -> HttpResponse:
    answer, now, origin = request.POST.get("answer"), timezone.now(), origin_of(request)
    if answer == "leave":
        operations.decline_as_backup(contact=contact, now=now, origin=origin)
    elif answer == "agree":
        user = request.user if isinstance(request.user, User) else None
        actor = actor_for(request) if user else None
        if operations.agree_as_backup(contact=contact, now=now, origin=origin, user=user, actor=actor):
            flash.success(request, _("You are a backup owner now. The tokens that name you are listed here."))
            return redirect("backup")
    return redirect("backup_answer", proof)
