"""Where one is signed in, and how to end it there."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import actor_for
from accounts.decorators import sign_in_required
from accounts.middleware import sign_in_id_of
from accounts.models import SignIn
from accounts.requests import PersonRequest
from accounts.sessions import EndReason, end_all_sessions, end_session, live_sign_ins
from accounts.user_agents import browser_in_words
from accounts.views.sign_out import leave

# More than anybody has; of those beyond it, "Sign out everywhere" ends all.
_MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One browser in which the person is signed in."""

    browser: str
    address: str
    started_at: datetime
    last_seen_at: datetime
    is_this: bool
    end_url: str


@require_safe
@sign_in_required
def sessions(request: PersonRequest) -> HttpResponse:
    """Show the browsers in which the person is signed in, this one first."""
    this_id = sign_in_id_of(request)
    found = live_sign_ins(request.user, now=timezone.now())[:_MOST_SHOWN]
    rows = sorted((_row(one, this_id) for one in found), key=lambda row: not row.is_this)
    return render(request, "accounts/sessions.html", {"rows": rows, "has_others": len(rows) > 1})


@require_POST
@sign_in_required(return_to="sessions")
def session_end(request: PersonRequest, sign_in_id: int) -> HttpResponse:
    """End one session of the person's own; one that is over already needs no more. Raises Http404."""
    sign_in = SignIn.objects.filter(pk=sign_in_id, user=request.user).first()
    if sign_in is None:
        raise Http404
    reason, actor = EndReason.ENDED_ELSEWHERE, actor_for(request)
    end_session(request.user, sign_in_id, reason=reason, actor=actor, now=timezone.now())
    if sign_in_id == sign_in_id_of(request):
        return leave(request, request.user)
    messages.success(
        request, _("You are signed out in that browser: %(place)s.") % {"place": _place_in_words(sign_in)}
    )
    return HttpResponseRedirect(reverse("sessions"))


@require_POST
@sign_in_required(return_to="sessions")
def sessions_end_all(request: PersonRequest) -> HttpResponse:
    """End every session of the person, this one included, then go on to Entra's sign-out."""
    end_all_sessions(request.user, actor=actor_for(request), now=timezone.now())
    return leave(request, request.user)


def _place_in_words(sign_in: SignIn) -> str:
    browser = browser_in_words(sign_in.user_agent)
    return f"{browser} ({sign_in.address})" if sign_in.address else browser


def _row(sign_in: SignIn, this_id: int | None) -> SessionRow:
    is_this = sign_in.pk == this_id
    return SessionRow(
        browser=browser_in_words(sign_in.user_agent),
        address=sign_in.address,
        started_at=sign_in.started_at,
        # It is noted once a minute only, and this page is proof of this one.
        last_seen_at=timezone.now() if is_this else sign_in.last_seen_at,
        is_this=is_this,
        end_url=reverse("session_end", args=[sign_in.pk]),
    )
