"""Making and ending calendar addresses."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Grant
from patportal.lib.actors import system_actor
from tests.people import Person, World
from tests.tokens.operations.scene import Record
from tests.tokens.views.rows import make_feed
from tokens import operations
from tokens.errors import SettingRefused
from tokens.models import CalendarFeed, EndedCalendar, hash_of_address


def make(person: Person, *, key: str = "", detail: str = "minimal") -> operations.MadeFeed:
    return operations.create_calendar_feed(
        key=key or uuid4().hex,
        actor=person.actor,
        owner=person.user,
        detail=CalendarFeed.Detail(detail),
        now=timezone.now(),
    )


def end(person: Person, made: operations.MadeFeed) -> bool:
    return operations.end_calendar_feed(
        actor=person.actor, owner=person.user, feed_id=made.feed.pk, now=timezone.now()
    )


def test_an_address_is_handed_out_once_and_stored_as_a_hash(alice: Person, record: Record) -> None:
    made = make(alice, detail="full")
    feed = CalendarFeed.objects.get()
    assert feed.address_hash == hash_of_address(made.address.reveal())
    assert made.address.reveal() not in str(CalendarFeed.objects.values()) + repr(made)
    assert (feed.user, feed.position, feed.last_used_at) == (alice.user, 1, None)
    assert record.types == ["calendar.created"]
    event = record.events[0]
    assert (event.data, event.personal_data) == ({"detail": "full"}, {})
    assert event.owner_object_id == event.actor_object_id == alice.user.object_id


def test_a_person_has_two_at_most(world: World, alice: Person, record: Record) -> None:
    first, second = make(alice), make(alice)
    with pytest.raises(SettingRefused, match="setting_refused"):
        make(alice)
    make(world.bob)
    assert end(alice, first)
    third = make(alice)
    assert (second.feed.position, third.feed.position) == (2, 1)
    assert first.address != third.address


def test_the_same_form_makes_one(alice: Person, record: Record) -> None:
    make(alice, key="k" * 20)
    with pytest.raises(SettingRefused):
        make(alice, key="k" * 20, detail="full")
    assert CalendarFeed.objects.count() == 1
    assert record.types == ["calendar.created"]


def test_the_form_of_one_that_ended_makes_none(world: World, alice: Person, record: Record) -> None:
    end(alice, make(alice, key="k" * 20))
    with pytest.raises(SettingRefused) as refused:
        make(alice, key="k" * 20)
    assert refused.value.detail == "calendar_ended"
    assert not CalendarFeed.objects.exists()
    assert record.types == ["calendar.created", "calendar.ended"]
    make(world.bob, key="k" * 20)
    make(alice, key="l" * 20)
    assert CalendarFeed.objects.count() == 2


def test_nothing_is_left_of_it_once_its_person_is_gone(alice: Person) -> None:
    end(alice, make(alice))
    make(alice)
    alice.user.delete()
    assert not CalendarFeed.objects.exists()
    assert not EndedCalendar.objects.exists()
    connection.check_constraints()


def test_ending_one_leaves_the_other_and_is_recorded_once(alice: Person, record: Record) -> None:
    first, second = make(alice), make(alice)
    for is_first in (True, False):
        assert end(alice, first) is is_first
    assert list(CalendarFeed.objects.all()) == [second.feed]
    assert record.types == ["calendar.created", "calendar.created", "calendar.ended"]


def test_nobody_ends_anothers(world: World, alice: Person) -> None:
    made = make(alice)
    assert not end(world.bob, made)
    assert CalendarFeed.objects.get() == made.feed
    assert not EndedCalendar.objects.exists()


def test_they_end_with_the_grant(alice: Person, record: Record) -> None:
    make(alice)
    make(alice)
    Grant.objects.get(user=alice.user).delete()
    assert not CalendarFeed.objects.exists()
    assert EndedCalendar.objects.filter(user=alice.user).count() == 2
    assert record.types[2:] == ["calendar.ended", "calendar.ended", "auth.grant_deleted"]
    assert record.events[2].data == {"detail": "minimal", "reason": "grant_deleted"}


def test_those_of_people_who_stay_away_end(world: World, alice: Person, record: Record) -> None:
    make(alice)
    kept = make_feed(world.bob)
    now = timezone.now() + timedelta(days=30)
    Grant.objects.filter(user=world.bob.user).update(interactive_at=now - timedelta(days=29))
    actor = system_actor("clean-up")
    assert operations.end_overdue_calendars(actor=actor, now=now) == 1
    assert operations.end_overdue_calendars(actor=actor, now=now) == 0
    assert list(CalendarFeed.objects.all()) == [kept]
    event = record.events[-1]
    assert (event.type, event.data["reason"]) == ("calendar.ended", "not_signed_in")


def test_its_last_use_is_noted_to_some_minutes(alice: Person, record: Record) -> None:
    feed, now = make_feed(alice), timezone.now()
    for minutes, noted in ((0, 0), (4, 0), (5, 5)):
        at = now + timedelta(minutes=minutes)
        operations.note_calendar_use(feed=CalendarFeed.objects.get(), now=at)
        feed.refresh_from_db()
        assert feed.last_used_at == now + timedelta(minutes=noted)
    assert record.types == []
