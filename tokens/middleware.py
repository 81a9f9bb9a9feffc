"""The reader's time zone: dates on pages are told, and dates in forms read, in the one that they chose."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from tokens.models import ReminderSettings


class TimeZoneMiddleware:
    """Makes the chosen zone the current one for a request; stands after the limits of sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(_zone_of(request)):
            return self.get_response(request)


def _zone_of(request: HttpRequest) -> ZoneInfo | None:
    """Return the zone of the signed-in person, None for that of the portal; it came along with the person."""
    if request.path.startswith(tuple(settings.PATHS_WITHOUT_SESSION)) or not isinstance(request.user, User):
        return None
    wishes: ReminderSettings | None = getattr(request.user, "reminder_settings", None)
    if wishes is None or not wishes.time_zone:
        return None
    try:
        return ZoneInfo(wishes.time_zone)
    except (ZoneInfoNotFoundError, ValueError):  # the database of zones has changed since
        return None
