"""Ends sessions: too old, left alone, ended from elsewhere, or of people who may no longer come in."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.actors import origin_of
from accounts.models import User
from accounts.sessions import (
    EndReason,
    end_reason_of,
    end_session,
    limits_for,
    note_seen,
)
from accounts.tenants import known_home_tenant_id
from patportal.lib.actors import Actor, ActorKind

SIGNED_IN_AT, LAST_SEEN_AT, ENDED_REASON = "signed_in_at", "last_seen_at", "session_ended"
SIGN_IN_ID, KEPT_FORMS = "sign_in_id", "kept_forms"
# What the sign-in page has a sentence about; every other end is one from elsewhere.
_TOLD = {
    EndReason.IDLE,
    EndReason.TOO_OLD,
    EndReason.ROLE_LOST,
    EndReason.TENANT_REMOVED,
    EndReason.ACCOUNT_DISABLED,
    EndReason.ACCOUNT_GONE,
    EndReason.GRANT_REVOKED,
    EndReason.OUTDATED,
}
_NOTE_EVERY_SECONDS = 60
# As long as what it holds: sign-ins under way and forms that were typed.
_ANONYMOUS_SECONDS = 600


class SessionLimitMiddleware:
    """Checks the signed-in person's session before the view sees it; stands after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Microsoft's sign-out page loads one in a frame, calendar programs read the others; whatever cookie
        # comes along, none of them concerns its session.
        is_apart = request.path.startswith(tuple(settings.PATHS_WITHOUT_SESSION))
        if not is_apart and isinstance(request.user, User):
            _check(request, request.user)
        return self.get_response(request)


def begin_session(request: HttpRequest, *, sign_in_id: int) -> None:
    """Start the clocks of a session that a person has just signed in to; `sign_in_id` is its row."""
    request.session.pop(ENDED_REASON, None)
    request.session[SIGN_IN_ID] = sign_in_id
    request.session[SIGNED_IN_AT] = request.session[LAST_SEEN_AT] = int(time.time())
    request.session.set_expiry(None)  # the setting's; until now it was a stranger's


def sign_in_id_of(request: HttpRequest) -> int | None:
    """Return the row of this browser's session, None where nobody is signed in."""
    sign_in_id: int | None = request.session.get(SIGN_IN_ID)
    return sign_in_id


def shorten_session(request: HttpRequest) -> None:
    """Let the session of somebody who is not signed in end soon: anybody can make us store those."""
    if not isinstance(request.user, User):
        request.session.set_expiry(_ANONYMOUS_SECONDS)


def take_ended_reason(request: HttpRequest) -> str:
    """Return once why the last session in this browser was ended, or an empty text."""
    return str(request.session.pop(ENDED_REASON, "")) if ENDED_REASON in request.session else ""


def _check(request: HttpRequest, user: User) -> None:
    now = int(time.time())
    ended = end_reason_of(sign_in_id_of(request), user)
    if ended is None and (found := _reason_to_end(user) or _limit_reached(request, user, now)):
        _end_row(request, user, found)
        ended = found
    if ended is not None:
        _end(request, user, ended)
    elif (
        now - request.session[LAST_SEEN_AT] >= _NOTE_EVERY_SECONDS and request.headers.get("X-Polling") != "1"
    ):
        _note_activity(request, now)


def _reason_to_end(user: User) -> EndReason | None:
    """Return why the person may not be here at all, as far as that is known without asking Entra."""
    # None for an authority that is named by a domain, as long as this process has not asked Entra about it.
    home = known_home_tenant_id()
    if home is not None and user.tenant_id != home:
        if user.tenant_id not in settings.ENTRA_ADDITIONAL_TENANTS:
            return EndReason.TENANT_REMOVED
        # Roles count from the home tenant alone; another one may have been home when this one was given.
        if user.is_staff:
            return EndReason.ROLE_LOST
    if settings.SIGN_IN_REQUIRES_ROLE and not user.is_staff:
        return EndReason.ROLE_LOST
    return None


def _limit_reached(request: HttpRequest, user: User, now: int) -> EndReason | None:
    limits = limits_for(user)
    if now - request.session.get(SIGNED_IN_AT, 0) >= limits.max_seconds:
        return EndReason.TOO_OLD
    if now - request.session.get(LAST_SEEN_AT, 0) >= limits.idle_seconds:
        return EndReason.IDLE
    return None


def _end_row(request: HttpRequest, user: User, reason: EndReason) -> None:
    actor = Actor(kind=ActorKind.SYSTEM, label="sessions", origin=origin_of(request))
    end_session(user, sign_in_id_of(request), reason=reason, actor=actor, now=timezone.now())


def _end(request: HttpRequest, user: User, reason: EndReason) -> None:
    user_id, forms = user.pk, request.session.get(KEPT_FORMS, {})
    logout(request)
    request.session[ENDED_REASON] = (reason if reason in _TOLD else EndReason.ENDED_ELSEWHERE).value
    # A refusal by Entra ends the session in the very request that brought what is kept.
    if theirs := {key: form for key, form in forms.items() if form["owner_id"] == user_id}:
        request.session[KEPT_FORMS] = theirs
    # What they send with this very request may be kept for them, and for nobody else.
    request.ended_session_user_id = user_id  # type: ignore[attr-defined]


def _note_activity(request: HttpRequest, now: int) -> None:
    """Save at once: at the end of a slow request it would overwrite what others have written meanwhile.

    One statement for the session, where `session.save()` takes a transaction of three.
    """
    session = request.session
    session[LAST_SEEN_AT] = now
    written = Session.objects.filter(session_key=session.session_key).update(
        session_data=session.encode(dict(session.items())), expire_date=session.get_expiry_date()
    )
    if written:
        note_seen(sign_in_id_of(request), now=timezone.now())
    else:  # signed out in another tab at this moment
        session.flush()
        request.user = AnonymousUser()
    session.modified = False
