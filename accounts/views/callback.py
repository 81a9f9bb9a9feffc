"""The way back from Entra: the code that becomes a session, a refusal, or an administrator's approval."""

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.actors import actor_for, actor_for_profile, origin_of
from accounts.challenges import challenge_for
from accounts.claims import Profile, profile_of
from accounts.entra import entra_client
from accounts.entra_answers import has_code, redirect_error
from accounts.errors import AccountsError, RefusalReason, SignInOvertaken, SignInRefused
from accounts.flows import TakenFlow, keep_flow, take_flow
from accounts.kept_challenges import forget_challenge, keep_challenge
from accounts.middleware import begin_session, sign_in_id_of
from accounts.models import SignIn, User
from accounts.sessions import EndReason, end_own_session, is_signed_out_everywhere
from accounts.sign_in import admit, record_refusal
from accounts.slots import redeeming_slot
from accounts.views.failure import failed
from patportal.lib.actors import Actor

log = structlog.get_logger(__name__)

_HOME = "/"
# What `admin_consent_url` of the Entra client sends along, and Entra sends back.
_APPROVAL_STATE = "admin_consent"
# Entra's values fit; what a stranger sends does not have to.
_VALUE_LENGTH = 8192


@require_GET
def entra_callback(request: HttpRequest) -> HttpResponse:
    """Take the person back from Entra. No answer passes on this address, which holds the code."""
    query = {name: request.GET[name] for name in request.GET if len(request.GET[name]) <= _VALUE_LENGTH}
    if _is_approval(query):
        response = _approved(request)
    elif _is_declined_approval(query):
        response = _not_approved(request)
    else:
        response = _come_back(request, query)
    # Not "no-referrer": under it browsers send the form of the page, "Try again", with `Origin: null`, which
    # the CSRF check refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _is_approval(query: dict[str, str]) -> bool:
    is_said = query.get("admin_consent", "").lower() == "true"
    return is_said and not {"code", "error"} & query.keys()


def _is_declined_approval(query: dict[str, str]) -> bool:
    return query.get("state") == _APPROVAL_STATE and "error" in query and "code" not in query


def _approved(request: HttpRequest) -> HttpResponse:
    """Thank an administrator. It began in a mail, not in this browser, and changes nothing here."""
    return render(request, "accounts/approved.html")


def _not_approved(request: HttpRequest) -> HttpResponse:
    """Tell an administrator who cancelled, or whom Entra refused, that everything is as it was."""
    return render(request, "accounts/not_approved.html")


def _come_back(request: HttpRequest, query: dict[str, str]) -> HttpResponse:
    began_at = timezone.now()
    taken = take_flow(request.session, query.get("state", ""), now=began_at)
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
        _open_session(request, row, began_at=began_at)
    except SignInOvertaken:
        log.info("sign_in_overtaken")
        return _stale(request)
    except AccountsError as exc:
        return _refused(request, exc, taken, actor=actor_for_profile(profile, origin=origin))
    return HttpResponseRedirect(_by_way_of_challenge(request, row.user, taken) or taken.next_path)


def _has_answered(taken: TakenFlow, profile: Profile) -> bool:
    """Tell whether whoever came back is the person whose challenge the sign-in carried."""
    return taken.challenged == f"{profile.tenant_id}/{profile.object_id}"


def _by_way_of_challenge(request: HttpRequest, user: User, taken: TakenFlow) -> str:
    """Return Entra's address where a challenge waits that this sign-in did not carry, otherwise nothing.

    Nobody knew whose it would be: a job met the challenge, and the person came back signed out. Entra knows
    them now and mostly asks for nothing but what the challenge wants.
    """
    challenge = challenge_for(user, now=timezone.now())
    if not challenge:
        return ""
    try:
        flow = entra_client(taken.tenant_id).start_flow(
            redirect_uri=settings.PORTAL_BASE_URL + reverse("entra_callback"),
            login_hint=user.login_hint,
            claims_challenge=challenge,
        )
    except AccountsError:
        return ""  # they are signed in; Azure DevOps asks again when it is needed
    challenged = user.username
    keep_flow(
        request.session, flow, next_path=taken.next_path, tenant_id=taken.tenant_id, challenged=challenged
    )
    return str(flow["auth_uri"])


def _open_session(request: HttpRequest, row: SignIn, *, began_at: datetime) -> None:
    """Let the browser's session hold the row, or end the row and raise `SignInOvertaken`."""
    user: Any = row.user
    with transaction.atomic():
        overtaken = _reason_to_end(request, row.user, began_at=began_at)
        if overtaken is None:
            # Rotates the key of a stranger's session; another person's session is emptied first.
            login(request, user)
            begin_session(request, sign_in_id=row.pk)
            forget_challenge(request.session)
    if overtaken is not None:
        end_own_session(row.pk, reason=overtaken, now=timezone.now())
        raise SignInOvertaken
    log.info("signed_in", user_id=user.pk, roles=sorted(user.roles))


def _reason_to_end(request: HttpRequest, user: User, *, began_at: datetime) -> EndReason | None:
    """Return why the row of a return that began at `began_at` must not live; part of a transaction.

    Of two returns at once in a browser that is not signed in each would make a session, and the browser keeps
    one. The stored session decides: whoever locks it first replaces it, and the other finds it gone. And who
    has signed out everywhere meanwhile is not to be signed in by what began before.
    """
    if is_signed_out_everywhere(user, since=began_at):
        return EndReason.EVERYWHERE
    stored = Session.objects.select_for_update().filter(session_key=request.session.session_key)
    return None if stored.first() else EndReason.SIGNED_IN_AGAIN


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
