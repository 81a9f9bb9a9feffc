"""What the settings page reads: own rows alone, and those that count."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from tests.people import World
from tests.tokens.views.rows import make_pat
from tokens.models import OutgoingMail, ReminderSettings
from tokens.settings_queries import (
    announceable_pats,
    has_time_zone,
    last_test_mail,
    reminder_settings_of,
)

DAY = timedelta(days=1)


def test_whoever_chose_nothing_has_defaults_and_no_row(world: World) -> None:
    ReminderSettings.objects.create(user=world.bob.user, steps=[1])
    assert reminder_settings_of(world.alice.user).steps == [30, 14, 7, 3, 1, 0]
    assert reminder_settings_of(world.bob.user).steps == [1]
    assert not ReminderSettings.objects.filter(user=world.alice.user).exists()


def test_a_time_zone_is_theirs_once_they_chose_one(world: World) -> None:
    ReminderSettings.objects.create(user=world.bob.user, steps=[1])
    ReminderSettings.objects.create(user=world.carol.user, time_zone="Asia/Tokyo")
    people = [User.objects.get(pk=one.user.pk) for one in (world.alice, world.bob, world.carol)]
    assert [has_time_zone(user) for user in people] == [False, False, True]


def test_only_what_will_be_announced_is_looked_at(world: World) -> None:
    alice, now = world.alice, timezone.now()
    late, soon = make_pat(world, alice, "late"), make_pat(world, alice, "soon", ends_in=3 * DAY)
    over = make_pat(world, alice, "muted until now", ends_in=4 * DAY, reminders_muted_until=now)
    make_pat(world, alice, "muted", reminders_muted_until=now + DAY)
    make_pat(world, alice, "ended by the portal", ends_at=now + DAY)
    make_pat(world, alice, "being revoked", revocation_sent_at=now)
    make_pat(world, alice, "expired", ends_in=-DAY)
    make_pat(world, world.bob, "bob's")
    assert announceable_pats(alice.user, now=now) == [soon, over, late]


def test_the_last_test_mail_of_a_day_counts(world: World) -> None:
    alice, now = world.alice.user, timezone.now()

    def mail(key: str, **changes: object) -> OutgoingMail:
        fields = {"kind": "test_mail", "user": alice, "due_at": now, **changes}
        return OutgoingMail.objects.create(key=key, **fields)

    assert last_test_mail(alice, now=now) is None
    mail("old", due_at=now - 2 * DAY)
    mail("other kind", kind="reminder_digest")
    mail("bob's", user=world.bob.user)
    assert last_test_mail(alice, now=now) is None
    mail("earlier", due_at=now - timedelta(hours=2))
    assert last_test_mail(alice, now=now + timedelta(hours=1)) == OutgoingMail.objects.get(key="earlier")
