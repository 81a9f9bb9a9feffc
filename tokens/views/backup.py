"""For backup owners: the PATs that name a person, and the page on which an address agrees or leaves."""

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import actor_for, origin_of
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from tokens import operations, queries
from tokens.access import pat_naming
from tokens.presenters import backed_pat


@require_safe
@never_cache
@sign_in_required
def backup(request: PersonRequest) -> HttpResponse:
    """List the PATs of others that name the person."""
    now = timezone.now()
    pats = [backed_pat(pat, now=now) for pat in queries.pats_naming(request.user)]
    return render(request, "tokens/backup.html", {"pats": pats})


@require_POST
@sign_in_required(return_to="backup")
def backup_leave(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Take the person off as backup owner of one PAT."""
    pat = pat_naming(request.user, pat_id)
    operations.leave_as_backup(actor=actor_for(request), user=request.user, pat=pat, now=timezone.now())
    flash.success(request, f"You are no longer the backup owner of “{pat.name}”.")
    return redirect("backup")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def backup_answer(request: HttpRequest, proof: str) -> HttpResponse:
    """Ask whoever reads mail at an invited address; on POST take the answer. It signs nobody in."""
    contact = operations.contact_of_proof(proof=proof)
    if contact is None:
        return render(request, "tokens/backup_too_old.html", status=404)
    if request.method == "POST":
        take = {"agree": operations.agree_as_backup, "leave": operations.decline_as_backup}
        answer = request.POST.get("answer", "")
        if answer in take:
            take[answer](contact=contact, now=timezone.now(), origin=origin_of(request))
        return redirect("backup_answer", proof)
    owners = sorted({str(pat.user) for pat in contact.pats.select_related("user")}, key=str.casefold)
    return render(request, "tokens/backup_answer.html", {"contact": contact, "owners": owners[:20]})
