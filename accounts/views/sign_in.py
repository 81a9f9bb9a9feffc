"""Signing in: the page with the buttons, and the way to Entra."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.aadsts import Aadsts, code_label
from accounts.addresses import sign_in_url
from accounts.challenges import challenge_for
from accounts.entra import entra_client
from accounts.entra_answers import exact_entry
from accounts.errors import AccountsError, RefusalReason, SignInNeeded, SignInReason, SignInRefused
from accounts.flows import keep_flow
from accounts.grant_life import spent_reason, usable
from accounts.grant_store import lost_reason
from accounts.kept_challenges import kept_challenge, merged
from accounts.kept_forms import is_form_kept
from accounts.messages import MESSAGES, problem_for
from accounts.middleware import shorten_session, take_ended_reason
from accounts.models import Grant, User
from accounts.organization_names import home_name, name_of_additional
from accounts.tenants import known_home_tenant_id
from accounts.views.failure import failed
from accounts.views.ways_on import ways_on
from patportal.lib.redaction import looks_like_secret
from patportal.lib.urls import is_local_path

_HOME = "/"
_OWN = ("sign_in", "sign_in_start", "entra_callback", "sign_out", "signed_out", "front_channel_sign_out")


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """One more organization whose people may sign in."""

    tenant_id: UUID
    label: str


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why somebody has to sign in (again), with what Entra called it if Entra refused."""

    code: str = ""
    aadsts: int = 0
    correlation_id: str = ""
    entry: Aadsts | None = None


@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the page with the buttons, or go on at once where somebody is signed in and nothing is wrong."""
    next_path = _safe_path(request.GET.get("next", ""))
    reason = _reason(request)
    if isinstance(request.user, User) and not reason.code:
        return HttpResponseRedirect(next_path)
    tenant_id = _tenant_of(request)
    context = {
        "next": next_path,
        "reason": problem_for(reason.code, reference=reason.correlation_id) if reason.code else None,
        "code": code_label(reason.aadsts),
        "entry": reason.entry,
        "is_form_kept": is_form_kept(request, next_path),
        "ways": ways_on(reason.code, entry=reason.entry, tenant_id=tenant_id),
        "organization": _main_organization(tenant_id),
        "tenants": _other_tenants(tenant_id),
        "works_away": settings.BACKGROUND_ACCESS == "full",
        "grant_days": settings.GRANT_MAX_DAYS,
    }
    return render(request, "accounts/sign_in.html", context)


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
    tenant_id = None
    try:
        tenant_id = _wanted_tenant(request)
        flow, challenged = _begin(request, tenant_id)
    except AccountsError as exc:
        return failed(request, exc, next_path=next_path, tenant_id=tenant_id)
    keep_flow(request.session, flow, next_path=next_path, tenant_id=tenant_id, challenged=challenged)
    shorten_session(request)
    return HttpResponseRedirect(flow["auth_uri"])


def _begin(request: HttpRequest, tenant_id: UUID | None) -> tuple[dict[str, Any], str]:
    """Return MSAL's flow, and the username of the person whose claims challenge it carries."""
    wants_other_account = request.POST.get("account") == "other"
    prompt = "consent" if request.POST.get("permission") == "ask" else ""
    challenge, hint, challenged = kept_challenge(request.session), "", ""
    if isinstance(request.user, User) and not wants_other_account and tenant_id == _tenant_of(request):
        own_challenge = challenge_for(request.user, now=timezone.now())
        challenge, hint = merged(own_challenge, challenge), request.user.login_hint
        challenged = request.user.username if own_challenge else ""
    flow = entra_client(tenant_id).start_flow(
        redirect_uri=settings.PORTAL_BASE_URL + reverse("entra_callback"),
        login_hint=hint,
        prompt="select_account" if wants_other_account else prompt,
        claims_challenge=challenge,
    )
    return flow, challenged


def _wanted_tenant(request: HttpRequest) -> UUID | None:
    """Return the additional tenant that was chosen, None for the home tenant; raises `SignInRefused`.

    Whoever is signed in and chooses nothing stays with their own.
    """
    text = request.POST.get("tenant", "")
    if not text:
        return None if request.POST.get("account") == "other" else _tenant_of(request)
    for tenant_id in settings.ENTRA_ADDITIONAL_TENANTS:
        if text == str(tenant_id):
            return UUID(text)
    raise SignInRefused("the tenant is not on the list", code=RefusalReason.TENANT_UNKNOWN)


def _tenant_of(request: HttpRequest) -> UUID | None:
    """Return the additional tenant of whoever is signed in, None for the home tenant and for nobody."""
    if isinstance(request.user, User) and request.user.tenant_id in settings.ENTRA_ADDITIONAL_TENANTS:
        return request.user.tenant_id
    return None


def _main_organization(tenant_id: UUID | None) -> str:
    """Return where the main button leads, as far as that is known; one organization alone is not named."""
    if not settings.ENTRA_ADDITIONAL_TENANTS:
        return ""
    return name_of_additional(tenant_id) if tenant_id else home_name()


def _other_tenants(tenant_id: UUID | None) -> list[TenantChoice]:
    """Return the choices beside the main button, which leads to `tenant_id` or the home tenant."""
    main_id = tenant_id or known_home_tenant_id()
    others = [one for one in settings.ENTRA_ADDITIONAL_TENANTS if one != main_id]
    return [TenantChoice(one, name_of_additional(one)) for one in others]


def _reason(request: HttpRequest) -> _Reason:
    """Return why somebody has to sign in, where there is more to say than that they have to."""
    ended = take_ended_reason(request)
    if not isinstance(request.user, User):
        return _Reason(ended if ended in MESSAGES else "")
    grant = Grant.objects.filter(user=request.user).first()
    if grant is None:
        return _Reason(SignInReason.GRANT_MISSING.value)
    if grant.is_active and not Grant.objects.filter(usable(now=timezone.now()), pk=grant.pk).exists():
        return _Reason(spent_reason(is_renewable=grant.is_renewable).value)
    if grant.is_active and "again" not in request.GET:
        return _Reason()
    lost = SignInNeeded(code=lost_reason(grant), aadsts=grant.lost_aadsts)
    return _Reason(lost.code, grant.lost_aadsts, grant.lost_correlation_id, exact_entry(lost))


def _safe_path(url: str) -> str:
    """Return `url` where it is a page of the portal to return to, otherwise the first page.

    Also in place of what holds a secret: people paste those into search boxes, and sessions keep this.
    """
    own = {reverse(name) for name in _OWN}
    if not is_local_path(url) or url.partition("?")[0].partition("#")[0] in own:
        return _HOME
    if looks_like_secret(url) or looks_like_secret(unquote_plus(url)):
        return _HOME
    return url
