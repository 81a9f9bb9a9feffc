"""Writing down what a PAT is for."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Record, failing_event
from tests.tokens.views.rows import make_pat
from tokens import operations
from tokens.errors import BackupRefused, PatChanged
from tokens.models import OutgoingMail, Pat
from tokens.operations import Notes, notes_of

NOTES = Notes(purpose="deploys the shop", places=("pipeline 7", "build-3"), review_date=date(2027, 3, 31))


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    return make_pat(world, alice)


def describe(person: Person, pat: Pat, notes: Notes) -> Notes:
    operations.describe_pat(actor=person.actor, owner=person.user, pat=pat, now=timezone.now(), notes=notes)
    return notes_of(pat=Pat.objects.get(pk=pat.pk))


def test_it_stores_the_notes_and_tells_what_differs(alice: Person, pat: Pat) -> None:
    record = Record()
    assert describe(alice, pat, NOTES) == NOTES
    event = record.of("pat.described")
    assert (event.authorization_id, event.actor_object_id) == (pat.authorization_id, alice.user.object_id)
    assert event.recorded == {
        "purpose": ["", "deploys the shop"],
        "places": [[], ["pipeline 7", "build-3"]],
        "review_date": ["", "2027-03-31"],
    }


def test_only_what_differs_is_told(alice: Person, pat: Pat) -> None:
    describe(alice, pat, NOTES)
    record = Record()
    describe(alice, pat, replace(NOTES, places=("build-3",)))
    assert record.of("pat.described").recorded == {"places": [["pipeline 7", "build-3"], ["build-3"]]}


def test_the_same_notes_again_change_and_record_nothing(alice: Person, pat: Pat) -> None:
    describe(alice, pat, NOTES)
    record, before = Record(), Pat.objects.values().get(pk=pat.pk)
    describe(alice, pat, replace(NOTES, places=("pipeline 7", "build-3", "pipeline 7")))
    assert record.types == []
    assert Pat.objects.values().get(pk=pat.pk) == before


def test_what_was_written_elsewhere_meanwhile_is_not_overwritten_unseen(alice: Person, pat: Pat) -> None:
    wish: dict[str, Any] = {"actor": alice.actor, "owner": alice.user, "pat": pat, "now": timezone.now()}
    opened = Notes().digest
    operations.describe_pat(notes=NOTES, seen=opened, **wish)
    record = Record()
    with pytest.raises(PatChanged):
        operations.describe_pat(notes=Notes(purpose="another tab"), seen=opened, **wish)
    assert record.types == []
    assert notes_of(pat=Pat.objects.get(pk=pat.pk)) == NOTES
    # The same form twice is no other change, and whoever has seen what is stored may replace it.
    operations.describe_pat(notes=NOTES, seen=opened, **wish)
    operations.describe_pat(notes=Notes(purpose="another tab"), seen=NOTES.digest, **wish)
    assert notes_of(pat=Pat.objects.get(pk=pat.pk)) == Notes(purpose="another tab")


def test_without_its_event_nothing_is_stored_and_nobody_asked(alice: Person, pat: Pat) -> None:
    with failing_event("pat.described"), pytest.raises(DatabaseError):
        describe(alice, pat, replace(NOTES, backup_email="ops@example.com"))
    assert notes_of(pat=Pat.objects.get(pk=pat.pk)) == Notes()
    assert OutgoingMail.objects.count() == 0


def test_a_new_pat_has_its_notes_from_the_beginning(world: World, alice: Person) -> None:
    notes = replace(NOTES, backup_email="ops@example.com")
    pat = operations.create_pat(**world.create_arguments(alice), notes=notes).pat
    assert notes_of(pat=Pat.objects.get(pk=pat.pk)) == notes
    assert OutgoingMail.objects.get().address == "ops@example.com"


def test_a_backup_owner_that_cannot_be_named_is_told_before_anything_is_made(
    world: World, alice: Person
) -> None:
    notes = Notes(backup_email=alice.user.mail_address.lower())
    with pytest.raises(BackupRefused):
        operations.create_pat(**world.create_arguments(alice), notes=notes)
    assert world.tenant.pats(person="alice") == []
