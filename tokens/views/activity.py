"""A person's own activity: what was recorded about them and their PATs, day by day. Reads only."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import sign_in_required
from accounts.requests import PersonRequest
from patportal.lib.keyset import keyset_page
from tokens import audit_queries
from tokens.presenters import activity_days

PAGE_SIZE = 50


@require_safe
@never_cache
@sign_in_required
def activity(request: PersonRequest) -> HttpResponse:
    """Show what was recorded about the person, the newest first."""
    user = request.user
    page = keyset_page(audit_queries.events_about(user), request.GET, size=PAGE_SIZE)
    days = activity_days(
        page.rows, reader=user, pat_ids=audit_queries.pat_ids(user, page.rows), now=timezone.now()
    )
    return render(
        request,
        "tokens/activity.html",
        {
            "days": days,
            "newest_url": "" if page.is_newest else reverse("activity"),
            "newer_url": _address(page.newer),
            "older_url": _address(page.older),
        },
    )


def _address(params: Mapping[str, str]) -> str:
    return f"{reverse('activity')}?{urlencode(params)}" if params else ""
