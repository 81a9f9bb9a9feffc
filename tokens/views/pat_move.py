"""The guided way out of a PAT for all organizations. The page keeps nothing of its own."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from tokens import operations, queries
from tokens.access import own_pat, own_place
from tokens.presenters import move_view


@require_safe
@never_cache
@sign_in_required
def pat_move(request: PersonRequest, pat_id: UUID) -> HttpResponse:
    """Show what has been replaced, and what is still to be done before the old one is revoked."""
    pat = own_pat(request.user, pat_id)
    if not pat.is_global:
        return redirect("pat_rotate", pat.id)
    view = move_view(pat, queries.configured_organizations(), now=timezone.now())
    return render(request, "tokens/pat_move.html", {"move": view})


@require_POST
@sign_in_required(return_to="pat_list")
def place_tick(request: PersonRequest, pat_id: UUID, place_id: int) -> HttpResponse:
    """Note that a place of use has been changed to the new PAT, or with `moved=` that it has not."""
    place = own_place(request.user, pat_id, place_id)
    operations.tick_place(
        actor=actor_for(request),
        owner=request.user,
        place=place,
        is_moved=bool(request.POST.get("moved")),
        now=timezone.now(),
    )
    return redirect("pat_move" if place.pat.is_global else "pat_detail", pat_id)
