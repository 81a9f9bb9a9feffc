"""Ends sessions that are too old or were left alone for too long, shorter ones for people with a role."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse

from accounts.models import User

SIGNED_IN_AT, LAST_SEEN_AT, ENDED_REASON = "signed_in_at", "last_seen_at", "session_ended"
IDLE, TOO_OLD = "session_idle", "session_too_old"
_ROLE_MAX_SECONDS, _ROLE_IDLE_SECONDS = 4 * 3600, 30 * 60
_NOTE_EVERY_SECONDS = 60
# As long as what it holds: sign-ins under way and forms that were typed.
_ANONYMOUS_SECONDS = 600


class SessionLimitMiddleware:
    """Checks the signed-in person's session before the view sees it; stands after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            _check(request, request.user)
        return self.get_response(request)


def begin_session(request: HttpRequest) -> None:
    """Start the clocks of a session that a person has just signed in to."""
    request.session.pop(ENDED_REASON, None)
    request.session[SIGNED_IN_AT] = request.session[LAST_SEEN_AT] = int(time.time())
    request.session.set_expiry(None)  # the setting's; until now it was a stranger's


def shorten_session(request: HttpRequest) -> None:
    """Let the session of somebody who is not signed in end soon: anybody can make us store those."""
    if not isinstance(request.user, User):
        request.session.set_expiry(_ANONYMOUS_SECONDS)


def take_ended_reason(request: HttpRequest) -> str:
    """Return once why the last session in this browser was ended, or an empty text."""
    return str(request.session.pop(ENDED_REASON, "")) if ENDED_REASON in request.session else ""


def _check(request: HttpRequest, user: User) -> None:
    now = int(time.time())
    signed_in_at = request.session.get(SIGNED_IN_AT, 0)
    last_seen_at = request.session.get(LAST_SEEN_AT, 0)
    max_seconds, idle_seconds = settings.SESSION_MAX_SECONDS, settings.SESSION_IDLE_SECONDS
    if user.is_staff:  # whoever has a role, and nobody else
        max_seconds, idle_seconds = min(max_seconds, _ROLE_MAX_SECONDS), min(idle_seconds, _ROLE_IDLE_SECONDS)
    if now - signed_in_at >= max_seconds:
        _end(request, user, TOO_OLD)
    elif now - last_seen_at >= idle_seconds:
        _end(request, user, IDLE)
    elif now - last_seen_at >= _NOTE_EVERY_SECONDS and request.headers.get("X-Polling") != "1":
        _note_activity(request, now)


def _end(request: HttpRequest, user: User, reason: str) -> None:
    user_id = user.pk
    logout(request)
    request.session[ENDED_REASON] = reason
    # What they send with this very request may be kept for them, and for nobody else.
    request.ended_session_user_id = user_id  # type: ignore[attr-defined]


def _note_activity(request: HttpRequest, now: int) -> None:
    """Save at once: at the end of a slow request it would overwrite what others have written meanwhile.

    One statement, where `session.save()` takes a transaction of three.
    """
    session = request.session
    session[LAST_SEEN_AT] = now
    written = Session.objects.filter(session_key=session.session_key).update(
        session_data=session.encode(dict(session.items())), expire_date=session.get_expiry_date()
    )
    if not written:  # signed out in another tab at this moment
        session.flush()
        request.user = AnonymousUser()
    session.modified = False
