"""What tests of reminders share: a nine o'clock, PATs whose end comes near, and whoever is looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core import mail as outbox_of_django
from django.utils import timezone

from patportal.lib.actors import system_actor
from tests.people import Person, World
from tests.tokens.views.rows import make_pat, set_access
from tokens import operations, rules
from tokens.models import OutgoingMail, Pat, Reminder, ReminderSettings

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Nine o'clock in UTC, some days from now: people have signed in and are not away yet, whatever the date.
NINE = rules.nine_after(timezone.now() + 3 * DAY, ZoneInfo("UTC"))


def known(person: Person, world: World, **wishes: Any) -> Person:
    """Let somebody have had their first digest long ago, with an up-to-date mirror, and return them."""
    fields = {"time_zone": "UTC", "welcomed_at": NINE - 50 * DAY, **wishes}
    ReminderSettings.objects.update_or_create(user=person.user, defaults=fields)
    ReminderSettings.objects.filter(user=person.user).update(remind_at=None)
    set_access(person, world, at=NINE - HOUR)
    return person


def ending(world: World, person: Person, name: str, *, days: float = 7, **changes: Any) -> Pat:
    """Write a PAT that ends so many days and three hours after NINE, and is to be looked at then."""
    valid_to = NINE + timedelta(days=days, hours=3)
    fields = {
        "valid_to": valid_to,
        "valid_from": valid_to - 90 * DAY,
        "first_seen_at": valid_to - 90 * DAY,
        "written_at": valid_to - 90 * DAY,
        **changes,
    }
    pat = make_pat(world, person, name, **fields)
    return looked_at(pat, NINE)


def looked_at(pat: Pat, at: datetime | None) -> Pat:
    """Let the next look at a PAT be at a moment; returns its row."""
    Pat.objects.filter(pk=pat.pk).update(remind_at=at)
    return Pat.objects.get(pk=pat.pk)


def look(now: datetime = NINE) -> list[OutgoingMail]:
    """Run the operation; returns the mails that wait after it, by their keys."""
    operations.remind(now=now)
    return list(OutgoingMail.objects.filter(sent_at=None, not_needed_at=None).order_by("key"))


def send(now: datetime = NINE) -> list[Any]:
    """Send what is due; returns the messages that were sent by then."""
    operations.send_mails(actor=system_actor("mail", request_id="a-job"), now=now)
    return list(outbox_of_django.outbox)


def rows() -> list[tuple[str, int, str]]:
    """Return every reminder there is: whose, which step, and what became of it."""
    found = Reminder.objects.order_by("pat__name", "step_days")
    return list(found.values_list("pat__name", "step_days", "state"))


def at(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
