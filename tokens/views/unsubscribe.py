"""The page behind the link by which the reminders of a mail are stopped. It signs nobody in."""

import time

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.actors import origin_of
from accounts.rate_limit import RateLimit
from tokens import operations
from tokens.mail import settings_address, user_of_link
from tokens.models import ReminderSettings

log = structlog.get_logger(__name__)

# Posts alone: mail programs of many people may come from one address.
_limit = RateLimit(per_minute=60, most_addresses=10_000)


# A mail program posts without ever having seen the page (RFC 8058); what proves is the link alone.
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt
@never_cache
def unsubscribe(request: HttpRequest, link: str) -> HttpResponse:
    """Ask whether reminders are to stop; on POST stop them, or have them come again. Nothing else acts."""
    if request.method == "POST" and not _may_post(request):
        return _too_often(request, is_for_a_minute=True)
    user = user_of_link(link)
    if user is None:
        return render(
            request, "tokens/unsubscribe_too_old.html", {"settings_url": settings_address()}, status=404
        )
    now = timezone.now()
    if request.method == "POST":
        # No redirect follows: mail programs do not go after one.
        if request.POST.get("List-Unsubscribe") == "One-Click":
            if not operations.unsubscribe(user=user, now=now, origin=origin_of(request)):
                return _too_often(request, is_for_a_minute=False)
        elif request.POST.get("answer") == "resume":
            operations.resubscribe(user=user, now=now, origin=origin_of(request))
        else:
            return _page(request, user_id=user.pk, name=str(user), status=400)
    return _page(request, user_id=user.pk, name=str(user))


def _may_post(request: HttpRequest) -> bool:
    address = origin_of(request).address
    is_allowed = _limit.allows(address, now=time.monotonic())
    if not is_allowed:
        log.warning("unsubscribe_limited", address=address)
    return is_allowed


def _too_often(request: HttpRequest, *, is_for_a_minute: bool) -> HttpResponse:
    context = {"is_for_a_minute": is_for_a_minute, "settings_url": settings_address()}
    response = render(request, "tokens/unsubscribe_too_often.html", context, status=429)
    response["Retry-After"] = "60" if is_for_a_minute else "86400"
    return response


def _page(request: HttpRequest, *, user_id: int, name: str, status: int = 200) -> HttpResponse:
    wishes = ReminderSettings.objects.filter(user=user_id).first()
    is_off = wishes is not None and wishes.is_unsubscribed(now=timezone.now())
    is_last_day_told = wishes is None or wishes.is_told_of_last_day(now=timezone.now())
    until = wishes.unsubscribed_until if wishes is not None and is_off else None
    return render(
        request,
        "tokens/unsubscribe.html",
        {
            "name": name,
            "until": until,
            "is_last_day_told": is_last_day_told,
            "settings_url": settings_address(),
        },
        status=status,
    )
