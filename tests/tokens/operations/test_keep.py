"""Keeping a PAT that was shown as possibly left over."""

from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Record
from tokens import operations
from tokens.models import Pat


def _left_over(world: World, person: Person) -> Pat:
    pat = operations.create_pat(**world.create_arguments(person)).pat
    pat.is_left_over = True
    pat.save()
    return pat


def test_it_is_kept_and_that_is_recorded_once(world: World, alice: Person) -> None:
    pat, record = _left_over(world, alice), Record()
    for _ in range(2):
        operations.keep_pat(actor=alice.actor, owner=alice.user, pat=pat, now=timezone.now())
    pat.refresh_from_db()
    assert not pat.is_left_over
    assert record.types == ["pat.kept"]
    event = record.events[0]
    assert (event.actor_object_id, event.authorization_id) == (alice.user.object_id, pat.authorization_id)


def test_keeping_what_was_never_in_doubt_changes_nothing(world: World, alice: Person) -> None:
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    record = Record()
    operations.keep_pat(actor=alice.actor, owner=alice.user, pat=pat, now=timezone.now())
    assert record.types == []
    assert Pat.objects.get().written_at == pat.written_at
