"""The way back from Entra: the code that becomes a session, a refusal, or an administrator's approval."""

from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.actors import actor_for, actor_for_profile, origin_of
from accounts.claims import Profile, profile_of
from accounts.entra import entra_client
from accounts.entra_answers import has_code, redirect_error
from accounts.errors import AccountsError, RefusalReason, SignInRefused
from accounts.flows import TakenFlow, take_flow
from accounts.kept_challenges import forget_challenge, keep_challenge
from accounts.middleware import begin_session, sign_in_id_of
from accounts.models import SignIn, User
from accounts.sign_in import admit, record_refusal
from accounts.slots import redeeming_slot
from accounts.views.failure import failed
from patportal.lib.actors import Actor

log = structlog.get_logger(__name__)

_HOME = "/"
# Entra's values fit; what a stranger sends does not have to.
_VALUE_LENGTH = 8192


@require_GET
def entra_callback(request: HttpRequest) -> HttpResponse:
    """Take the person back from Entra. No answer passes on this address, which holds the code."""
    query = {name: request.GET[name] for name in request.GET if len(request.GET[name]) <= _VALUE_LENGTH}
    response = _approved(request) if _is_approval(query) else _come_back(request, query)
    # Not "no-referrer": under it browsers send the form of the page, "Try again", with `Origin: null`, which
    # the CSRF check refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _is_approval(query: dict[str, str]) -> bool:
    is_said = query.get("admin_consent", "").lower() == "true"
    return is_said and not {"code", "error"} & query.keys()


def _approved(request: HttpRequest) -> HttpResponse:
    """Thank an administrator. It began in a mail, not in this browser, and changes nothing here."""
    return render(request, "accounts/approved.html")


def _come_back(request: HttpRequest, query: dict[str, str]) -> HttpResponse:
    taken = take_flow(request.session, query.get("state", ""), now=timezone.now())
    if taken is None:
        return _stale(request)
    if not has_code(query):
        # Shown, but not recorded: of what only the query says, Entra may not have said a word.
        return failed(
            request,
            redirect_error(query),
            next_path=taken.next_path,
            tenant_id=taken.tenant_id,
            is_hearsay=True,
        )
    try:
        with redeeming_slot(request):
            signed_in = entra_client(taken.tenant_id).redeem(taken.flow, query=query)
    except AccountsError as exc:
        return _refused(request, exc, taken, actor=actor_for(request))
    profile, origin = profile_of(signed_in.claims), origin_of(request)
    try:
        row = admit(
            profile,
            cache_text=signed_in.cache_text,
            scopes=signed_in.scopes,
            origin=origin,
            now=timezone.now(),
            replaced_id=sign_in_id_of(request),
            answered_challenge=_has_answered(taken, profile),
        )
    except AccountsError as exc:
        return _refused(request, exc, taken, actor=actor_for_profile(profile, origin=origin))
    _open_session(request, row)
    return HttpResponseRedirect(taken.next_path)


def _has_answered(taken: TakenFlow, profile: Profile) -> bool:
    """Tell whether whoever came back is the person whose challenge the sign-in carried."""
    return taken.challenged == f"{profile.tenant_id}/{profile.object_id}"


def _open_session(request: HttpRequest, row: SignIn) -> None:
    user: Any = row.user
    # Rotates the session's key; another person's session is emptied first.
    login(request, user)
    begin_session(request, sign_in_id=row.pk)
    forget_challenge(request.session)
    log.info("signed_in", user_id=user.pk, roles=sorted(user.roles))


def _stale(request: HttpRequest) -> HttpResponse:
    """Answer a return that is not open (any more): reloaded, doubled, too late, or never begun here."""
    if isinstance(request.user, User):
        return HttpResponseRedirect(_HOME)
    if request.session.is_empty():
        # The other half of a double submit may have signed the person in under a new cookie meanwhile; the
        # session middleware would delete that one, because the old one that came with this request is gone.
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
    return failed(request, SignInRefused(code=RefusalReason.FLOW_UNKNOWN), next_path=_HOME)


def _refused(request: HttpRequest, error: AccountsError, taken: TakenFlow, *, actor: Actor) -> HttpResponse:
    if not error.retryable:
        record_refusal(error, actor=actor, now=timezone.now())
    keep_challenge(request.session, error.claims)
    return failed(request, error, next_path=taken.next_path, tenant_id=taken.tenant_id)
