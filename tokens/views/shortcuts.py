"""The keyboard shortcuts of the list: what they are, and whether this browser wants them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from patportal.lib.texts import Text

_YEAR_SECONDS = 365 * 86_400
_OFF = "off"
_KEYS = [
    ("/", _("Search")),
    ("n", _("New token")),
    ("j", _("Next token in the list")),
    ("k", _("Previous token")),
    ("Enter", _("Open its details")),
    ("r", _("Rotate it")),
    ("e", _("Edit it")),
    ("x", _("Select it")),
    ("?", _("Show this list")),
    ("Escape", _("Close what is open")),
]


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """What each key does, and whether the keys do anything in this browser."""

    are_on: bool
    keys: Sequence[tuple[str, Text]]


def shortcuts_of(request: HttpRequest) -> Shortcuts:
    """Return the shortcuts as the browser of `request` has them."""
    return Shortcuts(request.COOKIES.get(settings.SHORTCUTS_COOKIE_NAME) != _OFF, _KEYS)


@require_POST
@sign_in_required(return_to="pat_list")
def shortcuts(request: PersonRequest) -> HttpResponse:
    """Switch the shortcuts off in this browser, or on again; a cookie that says nothing else remembers it."""
    answer = redirect("pat_list")
    if request.POST.get("on") == "1":
        answer.delete_cookie(settings.SHORTCUTS_COOKIE_NAME, samesite="Lax")
        flash.success(request, gettext("Keyboard shortcuts are on again in this browser."))
        return answer
    answer.set_cookie(
        settings.SHORTCUTS_COOKIE_NAME,
        _OFF,
        max_age=_YEAR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    flash.success(
        request,
        gettext("Keyboard shortcuts are off in this browser. Below the list you can switch them on."),
    )
    return answer
