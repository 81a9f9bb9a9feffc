"""Disconnecting: the grant goes with its record, the person's PATs stay as they are."""

from django.utils import timezone

from accounts.models import Grant
from tests.people import Person, World
from tests.tokens.operations.scene import Record
from tokens import operations
from tokens.models import Pat


def test_the_grant_goes_and_what_works_goes_on(world: World, alice: Person, record: Record) -> None:
    operations.create_pat(**world.create_arguments(alice))
    before = Record()
    assert operations.forget_access(actor=alice.actor, owner=alice.user, now=timezone.now())
    assert not operations.forget_access(actor=alice.actor, owner=alice.user, now=timezone.now())
    assert not Grant.objects.exists()
    (event,) = before.events
    assert (event.type, event.actor_object_id) == ("auth.grant_deleted", alice.user.object_id)
    assert event.data == {"reason": "disconnected"}
    assert [one.status for one in world.tenant.pats()] == ["active"]
    assert Pat.objects.count() == 1


def test_nobody_elses_access_is_touched(world: World, alice: Person) -> None:
    bob = world.bob
    operations.forget_access(actor=alice.actor, owner=alice.user, now=timezone.now())
    assert [one.user for one in Grant.objects.all()] == [bob.user]
