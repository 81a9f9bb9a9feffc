"""A person's own activity: what was recorded about them and their PATs, day by day. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from patportal.lib.keyset import keyset_page
from patportal.lib.texts import Text
from tokens import audit_queries
from tokens.access import own_pat
from tokens.models import Pat
from tokens.presenters import activity_days

PAGE_SIZE = 50
_KINDS = {"": _("Everything"), "tokens": _("Tokens"), "signing-in": _("Signing in")}


@dataclass(frozen=True, slots=True)
class KindLink:
    """One part of the log to look at."""

    label: Text
    url: str
    is_current: bool


@require_safe
@never_cache
@sign_in_required
def activity(request: PersonRequest) -> HttpResponse:
    """Show what was recorded about the person, or about one PAT of theirs, the newest first."""
    user, kind = request.user, _chosen_kind(request)
    pat = _chosen_pat(request)
    events = audit_queries.events_of(pat) if pat else audit_queries.events_about(user, kind=kind)
    page = keyset_page(events, request.GET, size=PAGE_SIZE)
    days = activity_days(
        page.rows, reader=user, pat_ids=audit_queries.pat_ids(user, page.rows), now=timezone.now()
    )
    kept = {"pat": str(pat.pk)} if pat else _kept(kind)
    return render(
        request,
        "tokens/activity.html",
        {
            "days": days,
            "pat": pat,
            "kinds": [KindLink(label, _address(_kept(one)), one == kind) for one, label in _KINDS.items()],
            "newest_url": "" if page.is_newest else _address(kept),
            "newer_url": _address({**kept, **page.newer}) if page.newer else "",
            "older_url": _address({**kept, **page.older}) if page.older else "",
        },
    )


def _chosen_kind(request: PersonRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in audit_queries.KINDS else ""


def _kept(kind: str) -> dict[str, str]:
    return {"kind": kind} if kind else {}


def _chosen_pat(request: PersonRequest) -> Pat | None:
    """Return the person's own PAT that the address names, None where it names none. Raises Http404."""
    text = request.GET.get("pat", "")
    if not text:
        return None
    try:
        return own_pat(request.user, UUID(text))
    except ValueError as exc:
        raise Http404("no such PAT") from exc


def _address(params: Mapping[str, str]) -> str:
    return f"{reverse('activity')}?{urlencode(params)}" if params else reverse("activity")
