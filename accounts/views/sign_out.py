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
from accounts.models import User
from accounts.sign_in import record_sign_out


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here, whatever Entra is doing, then go on to Entra's sign-out. The grant stays."""
    if not isinstance(request.user, User):
        return HttpResponseRedirect(reverse("signed_out"))
    login_hint = request.user.login_hint
    record_sign_out(request.user, actor=actor_for(request), now=timezone.now())
    logout(request)
    return HttpResponseRedirect(_address_at_entra(login_hint) or reverse("signed_out"))


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that the person is signed out, with the way back in; whoever is signed in goes to their page."""
    if isinstance(request.user, User):
        return HttpResponseRedirect("/")
    return render(request, "accounts/signed_out.html")


def _address_at_entra(login_hint: str) -> str:
    """Return Entra's sign-out address with the way back; empty where it cannot be known now.

    Entra takes the `login_hint` claim as `logout_hint` and then does not ask which account is meant.
    """
    try:
        endpoint = entra_client().discovery().end_session_endpoint
    except AccountsError:
        return ""
    query = {"post_logout_redirect_uri": settings.PORTAL_BASE_URL + reverse("signed_out")}
    if login_hint:
        query["logout_hint"] = login_hint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}" if endpoint else ""
