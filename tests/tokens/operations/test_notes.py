"""The rows behind the notes of a PAT."""

from datetime import date

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.rows import make_pat
from tokens.models import BackupContact, Pat
from tokens.operations import Notes, notes_of
from tokens.operations._notes import copy_notes, write_notes

NOTES = Notes(purpose="deploys the shop", places=("pipeline 7", "build-3"), review_date=date(2027, 3, 31))


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    return make_pat(world, alice)


def stored(pat: Pat) -> Notes:
    return notes_of(pat=Pat.objects.get(pk=pat.pk))


def test_a_pat_without_notes_has_none(pat: Pat) -> None:
    assert stored(pat) == Notes()
    assert stored(pat).content == {}


def test_what_is_written_is_read(pat: Pat) -> None:
    write_notes(pat, NOTES, backup=None, now=timezone.now())
    assert stored(pat) == NOTES
    assert stored(pat).content == {
        "purpose": "deploys the shop",
        "places": ["pipeline 7", "build-3"],
        "review_date": "2027-03-31",
    }


def test_places_that_stay_keep_their_tick_and_the_order_is_the_new_one(pat: Pat) -> None:
    write_notes(pat, NOTES, backup=None, now=timezone.now())
    pat.places.filter(text="build-3").update(moved_at=timezone.now())
    again = Notes(places=("new", "build-3", "new"))
    write_notes(Pat.objects.get(pk=pat.pk), again, backup=None, now=timezone.now())
    assert stored(pat).places == ("new", "build-3")
    assert [place.text for place in pat.places.filter(moved_at__isnull=False)] == ["build-3"]


def test_places_that_swap_their_order_stand_in_nobodys_way(pat: Pat) -> None:
    write_notes(pat, Notes(places=("a", "b", "c")), backup=None, now=timezone.now())
    write_notes(pat, Notes(places=("c", "a", "b")), backup=None, now=timezone.now())
    assert stored(pat).places == ("c", "a", "b")


def test_a_copy_has_everything_but_the_ticks(world: World, alice: Person, pat: Pat) -> None:
    contact = BackupContact.objects.create(tenant_id=alice.user.tenant_id, email="ops@example.com")
    write_notes(pat, NOTES, backup=contact, now=timezone.now())
    pat.places.update(moved_at=timezone.now())
    new = make_pat(world, alice, "successor")
    copy_notes(Pat.objects.get(pk=pat.pk), new, now=timezone.now())
    assert stored(new) == stored(pat)
    assert stored(new).backup_email == "ops@example.com"
    assert new.places.filter(moved_at__isnull=False).count() == 0
    assert pat.places.filter(moved_at__isnull=False).count() == 2
