"""Ticking off places of use."""

from datetime import timedelta

from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations import rotation
from tests.tokens.operations.scene import Record
from tokens import operations
from tokens.models import Place


def _tick(person: Person, place: Place, *, is_moved: bool = True, minutes: int = 0) -> None:
    operations.tick_place(
        actor=person.actor,
        owner=person.user,
        place=place,
        is_moved=is_moved,
        now=timezone.now() + timedelta(minutes=minutes),
    )
    place.refresh_from_db()


def test_it_is_recorded_once(world: World, alice: Person) -> None:
    pat = rotation.issue(world, alice)
    place = Place.objects.create(pat=pat, position=0, text="pipeline 7")
    record = Record()
    _tick(alice, place)
    first = place.moved_at
    _tick(alice, place, minutes=1)
    assert first is not None
    assert place.moved_at == first
    event = record.of("pat.place_moved")
    assert event.recorded == {"place": "pipeline 7", "is_moved": True}
    assert event.authorization_id == pat.authorization_id
    assert event.owner_object_id == alice.user.object_id


def test_it_can_be_taken_back(world: World, alice: Person) -> None:
    place = Place.objects.create(pat=rotation.issue(world, alice), position=0, text="pipeline 7")
    record = Record()
    _tick(alice, place, is_moved=False)
    assert record.types == []
    _tick(alice, place)
    _tick(alice, place, is_moved=False)
    assert place.moved_at is None
    assert [event.recorded["is_moved"] for event in record.events] == [True, False]
