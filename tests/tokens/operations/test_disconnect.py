"""Disconnecting: the grant goes with its record, the person's PATs stay as they are."""

from django.utils import timezone

from accounts.models import Grant, SignIn
from tests.people import Person, World
from tests.tokens.operations.scene import Record
from tests.tokens.views.rows import make_bulk, make_feed, make_pat
from tokens import operations
from tokens.models import CalendarFeed, Pat


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


def test_disconnecting_stops_what_runs_and_signs_out_everywhere(world: World, alice: Person) -> None:
    pat = make_pat(world, alice)
    bulk = make_bulk(world, alice, [pat])
    make_feed(alice)
    elsewhere = world.sign_in("alice")
    before = Record()
    operations.disconnect(actor=alice.actor, owner=alice.user, now=timezone.now())
    assert not Grant.objects.exists()
    assert not CalendarFeed.objects.exists()
    assert [item.state for item in bulk.items.all()] == ["not_done"]
    assert not SignIn.objects.filter(ended_at=None).exists()
    assert elsewhere.browser.get("/").status_code == 302
    assert before.types == ["bulk.stopped", "calendar.ended", "auth.grant_deleted", "auth.session_ended"]


def test_disconnecting_again_changes_and_records_nothing(alice: Person) -> None:
    actor, owner = alice.actor, alice.user
    operations.disconnect(actor=actor, owner=owner, now=timezone.now())
    before = Record()
    operations.disconnect(actor=actor, owner=owner, now=timezone.now())
    assert before.types == []


def test_a_download_of_ones_own_data_is_recorded(alice: Person, record: Record) -> None:
    operations.record_own_download(actor=alice.actor, owner=alice.user)
    (event,) = record.events
    assert (event.type, event.owner_object_id) == ("data.downloaded", alice.user.object_id)
