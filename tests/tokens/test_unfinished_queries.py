"""What is still going on for a person."""

from datetime import timedelta

from django.utils import timezone

from tests.people import World
from tests.tokens.views.rows import make_bulk, make_operation, make_pat
from tokens.models import Operation
from tokens.unfinished_queries import unfinished_work


def test_each_kind_of_what_is_going_on_is_found(world: World) -> None:
    alice, now = world.alice, timezone.now()
    assert unfinished_work(alice.user, now=now).is_nothing
    running = make_operation(world, alice)
    make_operation(world, alice, state=Operation.State.DONE)
    ending = make_pat(world, alice, "old", ends_at=now + timedelta(hours=1))
    unseen = make_pat(world, alice, "new", issued_at=now)
    make_pat(world, alice, "stored", issued_at=now, received_at=now)
    bulk = make_bulk(world, alice, [unseen])
    found = unfinished_work(alice.user, now=now)
    assert (found.operations, found.ending, found.unreceived) == ([running], [ending], [unseen])
    assert found.bulks == [(bulk, 1, 1)]
    assert not found.is_nothing
    assert unfinished_work(world.bob.user, now=now).is_nothing


def test_what_is_over_is_not_going_on(world: World) -> None:
    alice, now = world.alice, timezone.now()
    make_pat(world, alice, "revoked", issued_at=now, revoked_at=now)
    make_pat(world, alice, "expired", issued_at=now, ends_in=-timedelta(days=1))
    make_pat(world, alice, "being revoked", ends_at=now + timedelta(hours=1), revocation_sent_at=now)
    assert unfinished_work(alice.user, now=now).is_nothing
