"""Calendar feeds: what programs read under a secret address, and how their owner makes and ends addresses.

The feed knows no session and no cookie; whoever has the address may read, and the access log names the route
alone.
"""

import hashlib
import time
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import actor_for, origin_of
from accounts.decorators import sign_in_required
from accounts.rate_limit import RateLimit
from accounts.requests import PersonRequest
from patportal.lib import ics
from tokens import operations
from tokens.access import own_calendar_feed
from tokens.calendar_queries import calendar_pats, feed_of_address, read_at_by_organization
from tokens.errors import SettingRefused
from tokens.forms import CalendarForm
from tokens.models import CalendarFeed
from tokens.presenters import calendar_of
from tokens.views._problems import problem_of
from tokens.views._settings import show_settings

log = structlog.get_logger(__name__)

# For addresses that lead nowhere: whoever is behind one company's address may have a few old ones.
_unknown_limit = RateLimit(per_minute=30, most_addresses=10_000)


@require_safe
@sensitive_variables("address")
def calendar_feed(request: HttpRequest, address: str) -> HttpResponse:
    """Answer a calendar program with the calendar that has this secret address."""
    now = timezone.now()
    feed = feed_of_address(address, now=now)
    if feed is None:
        return _nothing_here(request)
    operations.note_calendar_use(feed=feed, now=now)
    pats = calendar_pats(feed.user, now=now)
    read_at = read_at_by_organization(feed.user, pats)
    content = ics.render(calendar_of(feed, pats, read_at=read_at, now=now))
    return _as_file(request, content)


def _as_file(request: HttpRequest, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="tokens.ics"'
    # Programs may keep it for themselves, and ask each time whether it is still the same.
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response["ETag"] = etag
    answer: HttpResponse = get_conditional_response(request, etag=etag, response=response) or response
    return answer


def _nothing_here(request: HttpRequest) -> HttpResponse:
    """Say that there is no such calendar; a page of the portal would look at the session."""
    origin = origin_of(request)
    if _unknown_limit.allows(origin.address, now=time.monotonic()):
        status, said = 404, _("There is no calendar here. Its address was ended, or it is not complete.")
    else:
        log.warning("calendar_limited", address=origin.address)
        status, said = 429, _("Too many addresses without a calendar were asked for. Try again in a minute.")
    response = HttpResponse(f"{said}\n", content_type="text/plain; charset=utf-8", status=status)
    if status == 429:
        response["Retry-After"] = "60"
    return response


@require_POST
@never_cache
@sensitive_variables("made")
@sign_in_required(return_to="settings")
def calendar_create(request: PersonRequest) -> HttpResponse:
    """Make a calendar address, and show it this once."""
    form = CalendarForm(request.POST)
    if not form.is_valid():
        return show_settings(request, calendar_form=form, status=422)
    try:
        made = operations.create_calendar_feed(
            key=form.cleaned_data["key"],
            actor=actor_for(request),
            owner=request.user,
            detail=CalendarFeed.Detail(form.cleaned_data["detail"]),
            now=timezone.now(),
        )
    except SettingRefused as exc:
        problem = problem_of(request, exc)
        return show_settings(request, problem=problem, status=problem.status)
    path = reverse("calendar_feed", args=[made.address.reveal()])
    context = {"feed": made.feed, "feed_address": f"{settings.PORTAL_BASE_URL}{path}"}
    return render(request, "tokens/calendar_made.html", context)


@require_POST
@sign_in_required(return_to="settings")
def calendar_end(request: PersonRequest, feed_id: UUID) -> HttpResponse:
    """End one of the person's calendar addresses."""
    feed = own_calendar_feed(request.user, feed_id)
    operations.end_calendar_feed(
        actor=actor_for(request), owner=request.user, feed_id=feed.pk, now=timezone.now()
    )
    flash.success(request, _("The calendar address is ended: whatever reads it finds nothing any more."))
    return redirect("settings")
