"""Signing out: here first, then at Entra, and the page that says so."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import actor_for
from accounts.entra import entra_client
from accounts.errors import AccountsError
from accounts.middleware import sign_in_id_of
from accounts.models import User
from accounts.sign_in import record_sign_out


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here, whatever Entra is doing, then go on to Entra's sign-out. The grant stays."""
    if not isinstance(request.user, User):
        return HttpResponseRedirect(reverse("signed_out"))
    record_sign_out(request.user, sign_in_id_of(request), actor=actor_for(request), now=timezone.now())
    return leave(request, request.user)


def leave(request: HttpRequest, user: User) -> HttpResponse:
    """Empty the browser's session, whose row has ended, and go on to Entra's sign-out."""
    logout(request)
    return HttpResponseRedirect(_address_at_entra(user) or reverse("signed_out"))


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that the person is signed out, with the way back in; whoever is signed in goes to their page."""
    if isinstance(request.user, User):
        return HttpResponseRedirect("/")
    return render(request, "accounts/signed_out.html")


def _address_at_entra(user: User) -> str:
    """Return the sign-out address of the person's tenant with the way back; empty where it is not known now.

    Entra takes the `login_hint` claim as `logout_hint` and then does not ask which account is meant.
    """
    try:
        endpoint = entra_client(user.tenant_id).discovery().end_session_endpoint
    except AccountsError:
        return ""
    # The client's id says whose registered address the way back is (OpenID Connect RP-Initiated Logout).
    query = {
        "client_id": settings.ENTRA_CLIENT_ID,
        "post_logout_redirect_uri": settings.PORTAL_BASE_URL + reverse("signed_out"),
    }
    if user.login_hint:
        query["logout_hint"] = user.login_hint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}" if endpoint else ""
