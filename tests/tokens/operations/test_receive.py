"""Confirming that the secret of an issued PAT was received."""

from datetime import timedelta

from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Record, sync
from tokens import operations
from tokens.models import Pat
from tokens.models.pat import RECEIPT_PATIENCE


def test_it_is_recorded_once(world: World, alice: Person) -> None:
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    record, now = Record(), timezone.now()
    for later in (timedelta(0), timedelta(minutes=1)):
        operations.confirm_receipt(actor=alice.actor, owner=alice.user, pat=pat, now=now + later)
    pat.refresh_from_db()
    assert pat.received_at == now
    assert record.types == ["pat.received"]
    assert record.events[0].authorization_id == pat.authorization_id


def test_one_that_the_portal_did_not_issue_has_no_secret_to_receive(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "made elsewhere")
    sync(world, alice, now=timezone.now())
    pat, record = Pat.objects.get(), Record()
    operations.confirm_receipt(actor=alice.actor, owner=alice.user, pat=pat, now=timezone.now())
    pat.refresh_from_db()
    assert pat.received_at is None
    assert record.types == []


def test_unconfirmed_for_ten_minutes_it_was_perhaps_never_seen(world: World, alice: Person) -> None:
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    assert pat.issued_at is not None
    late = pat.issued_at + RECEIPT_PATIENCE
    assert not pat.is_unreceived(now=late)
    assert pat.is_unreceived(now=late + timedelta(seconds=1))
    operations.confirm_receipt(actor=alice.actor, owner=alice.user, pat=pat, now=late)
    pat.refresh_from_db()
    assert not pat.is_unreceived(now=late + timedelta(days=1))
    # Whoever does not confirm keeps the PAT all the same.
    assert [one.status for one in world.tenant.pats()] == ["active"]
