"""What the page with a person's settings reads beside the mirror. Reads only."""

from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import User
from tokens.models import OutgoingMail, Pat, ReminderSettings

# What became of a test mail is of interest for a while.
_TEST_MAIL_SHOWN = timedelta(days=1)


def reminder_settings_of(user: User) -> ReminderSettings:
    """Return what the person wants, by default what holds for everybody; it may not be saved."""
    return ReminderSettings.objects.filter(user=user).first() or ReminderSettings(user=user)


def has_time_zone(user: User) -> bool:
    """Tell whether the person chose a time zone; asks nothing more where the wishes came along with them."""
    wishes: ReminderSettings | None = getattr(user, "reminder_settings", None)
    return wishes is not None and bool(wishes.time_zone)


def announceable_pats(user: User, *, now: datetime) -> list[Pat]:
    """Return the person's PATs whose ends are announced: those that work, are not muted, and nobody ends."""
    is_heard = Q(reminders_muted_until=None) | Q(reminders_muted_until__lte=now)
    pats = Pat.objects.active(now=now).filter(is_heard, user=user, ends_at=None, revocation_sent_at=None)
    return list(pats.order_by("valid_to", "pk"))


def last_test_mail(user: User, *, now: datetime) -> OutgoingMail | None:
    """Return the test mail that the person asked for last, None where that is long ago."""
    kind, since = OutgoingMail.Kind.TEST_MAIL, now - _TEST_MAIL_SHOWN
    return OutgoingMail.objects.filter(user=user, kind=kind, due_at__gt=since).order_by("-due_at").first()
