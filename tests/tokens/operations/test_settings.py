"""What a person wants to hear: saved and recorded with what was before, and nothing where nothing differs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Record
from tests.tokens.views.rows import make_pat
from tokens import operations
from tokens.errors import SettingRefused
from tokens.models import AuditEvent, OutgoingMail, ReminderSettings

UNTIL = datetime(2031, 5, 1, 22, tzinfo=UTC)


def wishes(person: Person) -> ReminderSettings:
    return ReminderSettings.objects.get(user=person.user)


def changes(record: Record) -> list[tuple[str, dict[str, Any]]]:
    return [(event.type, event.recorded) for event in record.events]


def test_reminder_days_are_those_that_there_are_the_furthest_first(alice: Person, record: Record) -> None:
    for _ in range(2):
        operations.choose_reminder_days(actor=alice.actor, owner=alice.user, days=[1, 30, 5])
    assert wishes(alice).steps == [30, 1]
    assert changes(record) == [("settings.changed", {"steps": [[30, 14, 7, 3, 1, 0], [30, 1]]})]
    operations.choose_reminder_days(actor=alice.actor, owner=alice.user, days=[])
    assert wishes(alice).steps == []


def test_the_time_zone_can_be_erased_from_the_log(alice: Person, record: Record) -> None:
    operations.choose_time_zone(actor=alice.actor, owner=alice.user, name="Pacific/Chatham")
    assert wishes(alice).time_zone == "Pacific/Chatham"
    (event,) = record.events
    assert (event.data, event.personal_data) == ({}, {"time_zone": ["", "Pacific/Chatham"]})


def test_reminders_are_muted_and_wanted_again(alice: Person, record: Record) -> None:
    operations.mute_reminders(actor=alice.actor, owner=alice.user, until=UNTIL)
    assert wishes(alice).muted_until == UNTIL
    for _ in range(2):
        operations.unmute_reminders(actor=alice.actor, owner=alice.user)
    assert wishes(alice).muted_until is None
    assert changes(record) == [
        ("settings.changed", {"muted_until": [None, UNTIL.isoformat()]}),
        ("settings.changed", {"muted_until": [UNTIL.isoformat(), None]}),
    ]


def test_what_the_link_of_a_mail_stopped_is_taken_back_as_well(alice: Person, record: Record) -> None:
    ReminderSettings.objects.create(user=alice.user, unsubscribed_until=UNTIL)
    operations.unmute_reminders(actor=alice.actor, owner=alice.user)
    assert wishes(alice).unsubscribed_until is None
    assert changes(record) == [("settings.changed", {"unsubscribed_until": [UNTIL.isoformat(), None]})]


def test_whatever_changes_has_reminders_look_again(alice: Person) -> None:
    operations.choose_reminder_days(actor=alice.actor, owner=alice.user, days=[7])
    ReminderSettings.objects.update(remind_at=None)
    operations.choose_time_zone(actor=alice.actor, owner=alice.user, name="Asia/Kolkata")
    assert wishes(alice).remind_at is not None


def test_other_peoples_settings_stay(world: World, alice: Person) -> None:
    ReminderSettings.objects.create(user=world.bob.user, time_zone="Europe/Paris")
    operations.choose_time_zone(actor=alice.actor, owner=alice.user, name="Asia/Kolkata")
    assert wishes(world.bob).time_zone == "Europe/Paris"


def test_one_pat_is_muted_and_heard_of_again(world: World, alice: Person, record: Record) -> None:
    pat, other = make_pat(world, alice), make_pat(world, alice, "other")
    for until in (UNTIL, UNTIL, None, None):
        operations.mute_pat(actor=alice.actor, owner=alice.user, pat=pat, until=until)
    pat.refresh_from_db()
    other.refresh_from_db()
    assert pat.reminders_muted_until is other.reminders_muted_until is None
    assert changes(record) == [
        ("pat.muted", {"muted_until": [None, UNTIL.isoformat()]}),
        ("pat.unmuted", {"muted_until": [UNTIL.isoformat(), None]}),
    ]
    assert {event.authorization_id for event in record.events} == {pat.authorization_id}


def test_a_test_mail_is_a_row_and_a_job_with_its_record(alice: Person, record: Record) -> None:
    mail = operations.send_test_mail(actor=alice.actor, owner=alice.user, now=timezone.now())
    assert (mail.kind, mail.user, mail.sent_at) == ("test_mail", alice.user, None)
    assert record.types == ["mail.test_asked"]
    assert record.events[0].data == {"mail_id": str(mail.id)}


def test_there_are_three_an_hour(world: World, alice: Person) -> None:
    now = timezone.now()
    for minutes in range(3):
        at = now + timedelta(minutes=minutes)
        operations.send_test_mail(actor=alice.actor, owner=alice.user, now=at)
    with pytest.raises(SettingRefused) as refused:
        operations.send_test_mail(actor=alice.actor, owner=alice.user, now=now + timedelta(minutes=59))
    assert refused.value.detail == "too_many_test_mails"
    operations.send_test_mail(actor=world.bob.actor, owner=world.bob.user, now=now)
    operations.send_test_mail(actor=alice.actor, owner=alice.user, now=now + timedelta(minutes=61))
    assert OutgoingMail.objects.count() == 5


def test_without_an_address_that_may_get_mail_none_is_sent(alice: Person, settings: Any) -> None:
    settings.MAIL_DOMAINS = ["elsewhere.example"]
    events = AuditEvent.objects.count()
    with pytest.raises(SettingRefused) as refused:
        operations.send_test_mail(actor=alice.actor, owner=alice.user, now=timezone.now())
    assert refused.value.detail == "no_mail_address"
    assert not OutgoingMail.objects.exists()
    assert AuditEvent.objects.count() == events
