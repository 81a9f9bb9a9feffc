"""Reminders stopped by the link of a mail: for 30 days, once, told and recorded."""

from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import User
from patportal.lib.actors import Origin
from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import Record, failing_event
from tokens import operations
from tokens.models import OutgoingMail, ReminderSettings

ORIGIN = Origin(request_id="r" * 32, address="192.0.2.7", user_agent="a mail program")


@pytest.fixture
def user(world: World, alice: Person) -> User:
    return alice.user


def wishes() -> ReminderSettings:
    return ReminderSettings.objects.get()


def test_it_lasts_for_30_days_and_keeps_everything_else(user: User) -> None:
    ReminderSettings.objects.create(user=user, time_zone="Asia/Tokyo", steps=[7])
    now = timezone.now()
    operations.unsubscribe(user=user, now=now, origin=ORIGIN)
    assert wishes().unsubscribed_until == now + timedelta(days=30)
    assert (wishes().time_zone, wishes().steps, wishes().muted_until) == ("Asia/Tokyo", [7], None)
    assert wishes().is_unsubscribed(now=now + timedelta(days=29))
    assert not wishes().is_unsubscribed(now=now + timedelta(days=30))


def test_it_is_recorded_with_where_it_came_from_and_not_as_the_persons_own_deed(user: User) -> None:
    record, now = Record(), timezone.now()
    operations.unsubscribe(user=user, now=now, origin=ORIGIN)
    event = record.of("reminders.stopped")
    assert event.actor_object_id is None
    assert event.actor_label == f"whoever reads mail at {user.mail_address}"
    assert (event.owner_object_id, event.address) == (user.object_id, ORIGIN.address)
    assert event.recorded == {"until": (now + timedelta(days=30)).isoformat()}


def test_a_mail_tells_the_person_with_the_way_back(user: User) -> None:
    operations.unsubscribe(user=user, now=timezone.now() - timedelta(seconds=1), origin=ORIGIN)
    run_jobs()
    (message,) = django_mail.outbox
    assert message.to == [user.mail_address]
    assert message.subject.startswith("No reminders of your tokens until ")
    assert "/unsubscribe/" in message.body


def test_a_second_click_changes_nothing_and_a_later_one_begins_anew(user: User) -> None:
    record, now = Record(), timezone.now()
    operations.unsubscribe(user=user, now=now, origin=ORIGIN)
    operations.unsubscribe(user=user, now=now + timedelta(hours=23), origin=ORIGIN)
    assert wishes().unsubscribed_until == now + timedelta(days=30)
    assert record.types == ["reminders.stopped"]
    operations.unsubscribe(user=user, now=now + timedelta(days=10), origin=ORIGIN)
    assert wishes().unsubscribed_until == now + timedelta(days=40)


def test_they_come_again_and_that_is_recorded_once(user: User) -> None:
    record, now = Record(), timezone.now()
    operations.resubscribe(user=user, now=now, origin=ORIGIN)
    operations.unsubscribe(user=user, now=now, origin=ORIGIN)
    for _ in range(2):
        operations.resubscribe(user=user, now=now, origin=ORIGIN)
    assert wishes().unsubscribed_until is None
    assert record.types == ["reminders.stopped", "reminders.resumed"]


def test_going_back_and_forth_fills_neither_a_mailbox_nor_the_log(user: User) -> None:
    record, now = Record(), timezone.now()
    answers = []
    for minute in range(10):
        at = now + timedelta(minutes=minute)
        answers.append(operations.unsubscribe(user=user, now=at, origin=ORIGIN))
        operations.resubscribe(user=user, now=at, origin=ORIGIN)
    assert answers == [True] * 3 + [False] * 7
    assert OutgoingMail.objects.count() == 3
    assert record.types == ["reminders.stopped", "reminders.resumed"] * 3
    assert wishes().unsubscribed_until is None
    assert operations.unsubscribe(user=user, now=now + timedelta(days=1, hours=1), origin=ORIGIN)


def test_somebody_elses_changes_are_not_counted(world: World, user: User) -> None:
    now = timezone.now()
    for minute in range(4):
        at = now + timedelta(minutes=minute)
        operations.unsubscribe(user=user, now=at, origin=ORIGIN)
        operations.resubscribe(user=user, now=at, origin=ORIGIN)
    assert operations.unsubscribe(user=world.bob.user, now=now, origin=ORIGIN)


def test_without_its_record_nothing_is_stopped(user: User) -> None:
    with failing_event("reminders.stopped"), pytest.raises(DatabaseError):
        operations.unsubscribe(user=user, now=timezone.now(), origin=ORIGIN)
    assert not ReminderSettings.objects.exclude(unsubscribed_until=None).exists()
    assert not OutgoingMail.objects.exists()
