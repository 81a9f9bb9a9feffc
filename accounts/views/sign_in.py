"""Signing in: the page with the button, the way to Entra, and the way back."""

from urllib.parse import unquote_plus

import structlog
from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.actors import actor_for, actor_for_profile, origin_of
from accounts.addresses import sign_in_url
from accounts.claims import profile_of
from accounts.entra import entra_client
from accounts.entra_answers import has_code, redirect_error
from accounts.errors import AccountsError, RefusalReason, SignInReason, SignInRefused
from accounts.flows import TakenFlow, keep_flow, take_flow
from accounts.help_entries import code_label
from accounts.messages import MESSAGES, problem_for
from accounts.middleware import begin_session, shorten_session, take_ended_reason
from accounts.models import Grant, User
from accounts.sign_in import admit, record_refusal
from accounts.slots import redeeming_slot
from patportal.lib.actors import Actor
from patportal.lib.problems import Problem
from patportal.lib.redaction import looks_like_secret
from patportal.lib.urls import is_local_path

log = structlog.get_logger(__name__)

_HOME = "/"
# Entra's values fit; what a stranger sends does not have to.
_VALUE_LENGTH = 8192


@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the page with the button, or go on at once where somebody is signed in and nothing is wrong."""
    next_path = _safe_path(request.GET.get("next", ""))
    reason = _reason(request)
    if isinstance(request.user, User) and reason is None:
        return HttpResponseRedirect(next_path)
    return render(request, "accounts/sign_in.html", {"next": next_path, "reason": reason})


@require_safe
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Stand in for the admin's own sign-in, to which it sends everybody whom it does not let in.

    Raises PermissionDenied for those who are signed in: signing in again would lead them here for ever.
    """
    if isinstance(request.user, User):
        raise PermissionDenied
    return HttpResponseRedirect(sign_in_url(_safe_path(request.GET.get("next", ""))))


@require_POST
def sign_in_start(request: HttpRequest) -> HttpResponse:
    """Begin a sign-in in this session and send the person to Entra."""
    next_path = _safe_path(request.POST.get("next", ""))
    wants_other_account = request.POST.get("account") == "other"
    hint = request.user.login_hint if isinstance(request.user, User) and not wants_other_account else ""
    try:
        flow = entra_client().start_flow(
            redirect_uri=settings.PORTAL_BASE_URL + reverse("entra_callback"),
            login_hint=hint,
            prompt="select_account" if wants_other_account else "",
        )
    except AccountsError as exc:
        return _failed(request, exc, next_path=next_path)
    keep_flow(request.session, flow, next_path=next_path)
    shorten_session(request)
    return HttpResponseRedirect(flow["auth_uri"])


@require_GET
def entra_callback(request: HttpRequest) -> HttpResponse:
    """Take the person back from Entra. No answer passes on this address, which holds the code."""
    response = _come_back(request)
    # Not "no-referrer": under it browsers send the form of the page, "Try again", with `Origin: null`, which
    # the CSRF check refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _come_back(request: HttpRequest) -> HttpResponse:
    query = {name: request.GET[name] for name in request.GET if len(request.GET[name]) <= _VALUE_LENGTH}
    taken = take_flow(request.session, query.get("state", ""), now=timezone.now())
    if taken is None:
        return _stale(request)
    if not has_code(query):
        # Shown, but not recorded: of what only the query says, Entra may not have said a word.
        return _failed(request, redirect_error(query), next_path=taken.next_path, is_hearsay=True)
    try:
        with redeeming_slot(request):
            signed_in = entra_client().redeem(taken.flow, query=query)
    except AccountsError as exc:
        return _refused(request, exc, taken, actor=actor_for(request))
    profile, origin = profile_of(signed_in.claims), origin_of(request)
    try:
        user = admit(
            profile,
            cache_text=signed_in.cache_text,
            scopes=signed_in.scopes,
            origin=origin,
            now=timezone.now(),
        )
    except AccountsError as exc:
        return _refused(request, exc, taken, actor=actor_for_profile(profile, origin=origin))
    # Rotates the session's key; another person's session is emptied first.
    login(request, user)
    begin_session(request)
    log.info("signed_in", user_id=user.pk, roles=sorted(profile.roles))
    return HttpResponseRedirect(taken.next_path)


def _stale(request: HttpRequest) -> HttpResponse:
    """Answer a return that is not open (any more): reloaded, doubled, too late, or never begun here."""
    if isinstance(request.user, User):
        return HttpResponseRedirect(_HOME)
    if request.session.is_empty():
        # The other half of a double submit may have signed the person in under a new cookie meanwhile; the
        # session middleware would delete that one, because the old one that came with this request is gone.
        request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
    return _failed(request, SignInRefused(code=RefusalReason.FLOW_UNKNOWN), next_path=_HOME)


def _refused(request: HttpRequest, error: AccountsError, taken: TakenFlow, *, actor: Actor) -> HttpResponse:
    if not error.retryable:
        record_refusal(error, actor=actor, now=timezone.now())
    return _failed(request, error, next_path=taken.next_path)


def _failed(
    request: HttpRequest, error: AccountsError, *, next_path: str, is_hearsay: bool = False
) -> HttpResponse:
    """Show what went wrong, with known numbers and ids only: nothing that came in the query is repeated.

    `is_hearsay` is for what the query alone says: strangers must not be able to raise an alarm.
    """
    write = log.error if error.code == "portal_misconfigured" and not is_hearsay else log.info
    write(
        "sign_in_failed",
        code=error.code,
        reason=str(error),
        aadsts=error.aadsts,
        correlation_id=error.correlation_id,
        is_hearsay=is_hearsay,
    )
    context = {
        "problem": problem_for(
            error.code,
            reference=error.correlation_id or getattr(request, "request_id", ""),
            sign_in_url=sign_in_url(next_path),
        ),
        "code": code_label(error.aadsts),
        "correlation_id": error.correlation_id,
        "at": timezone.now(),
        "next": next_path,
    }
    return render(request, "accounts/sign_in_failed.html", context, status=MESSAGES[error.code].status)


def _reason(request: HttpRequest) -> Problem | None:
    """Return why somebody has to sign in (again), where there is more to say than that they have to."""
    ended = take_ended_reason(request)
    if not isinstance(request.user, User):
        return problem_for(ended) if ended in MESSAGES else None
    grant = Grant.objects.filter(user=request.user).first()
    if grant is None:
        return problem_for(SignInReason.GRANT_MISSING)
    if not grant.is_active or "again" in request.GET:
        code = grant.lost_code if grant.lost_code in MESSAGES else SignInReason.SIGN_IN_NEEDED.value
        return problem_for(code)
    return None


def _safe_path(url: str) -> str:
    """Return `url` where it is a page of the portal to return to, otherwise the first page.

    Also in place of what holds a secret: people paste those into search boxes, and sessions keep this.
    """
    own = {reverse(name) for name in ("sign_in", "sign_in_start", "entra_callback", "sign_out", "signed_out")}
    if not is_local_path(url) or url.partition("?")[0].partition("#")[0] in own:
        return _HOME
    if looks_like_secret(url) or looks_like_secret(unquote_plus(url)):
        return _HOME
    return url
