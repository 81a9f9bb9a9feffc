"""The page with all settings, as each of the views shows it that changes one of them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens import settings_queries
from tokens.calendar_queries import feeds_of
from tokens.forms import CalendarForm, MuteForm, ReminderDaysForm, TimeZoneForm
from tokens.models import MOST_FEEDS
from tokens.presenters import feed_row, mail_state, next_reminders, reminder_wishes

_TEMPLATE = "tokens/settings.html"


def show_settings(
    request: PersonRequest,
    *,
    days_form: ReminderDaysForm | None = None,
    zone_form: TimeZoneForm | None = None,
    mute_form: MuteForm | None = None,
    calendar_form: CalendarForm | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page, with the one form that came back, or with what went wrong."""
    user, now = request.user, timezone.now()
    row = settings_queries.reminder_settings_of(user)
    wishes = reminder_wishes(row, address=user.mail_address, now=now)
    feeds = [feed_row(feed) for feed in feeds_of(user)]
    context = {
        # The one that came back: the title says that something is wrong in it.
        "form": days_form or zone_form or mute_form or calendar_form,
        "wishes": wishes,
        "days_form": days_form or ReminderDaysForm(initial={"days": wishes.days}),
        "zone_form": zone_form or TimeZoneForm(initial={"time_zone": wishes.zone_name}),
        "mute_form": mute_form or MuteForm(now=now),
        "next_reminders": next_reminders(settings_queries.announceable_pats(user, now=now), row, now=now),
        "test_mail": mail_state(settings_queries.last_test_mail(user, now=now)),
        "feeds": feeds,
        "can_add_feed": len(feeds) < MOST_FEEDS,
        "calendar_form": calendar_form or CalendarForm(),
        "problem": problem,
    }
    is_fragment = request.htmx and not request.htmx.boosted and request.method == "GET"
    return render(request, f"{_TEMPLATE}#test_mail" if is_fragment else _TEMPLATE, context, status=status)
