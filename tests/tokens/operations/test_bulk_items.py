"""The rows of a bulk change between its lanes: each is one lane's at a time, in order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.bulk_scene import own_pats, start
from tokens.models import BulkItem
from tokens.operations._bulk_items import CLAIM, claim_next, conclude, give_back, item_key


def test_they_are_claimed_in_their_order(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 3)), timezone.now()
    claims = [claim_next(bulk.id, now=now) for _ in range(4)]
    assert [claim and claim.item.position for claim in claims] == [0, 1, 2, None]


def test_what_was_given_back_comes_with_another_key(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 1)), timezone.now()
    first = claim_next(bulk.id, now=now)
    assert first
    give_back(first.item, None, code="busy")
    second = claim_next(bulk.id, now=now)
    assert second
    assert item_key(first.item) != item_key(second.item)
    assert BulkItem.objects.get().claimed_until == now + CLAIM


def test_whoever_lost_its_claim_writes_no_result(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 1)), timezone.now()
    slow = claim_next(bulk.id, now=now)
    assert slow
    assert claim_next(bulk.id, now=now + CLAIM - timedelta(seconds=1)) is None
    other = claim_next(bulk.id, now=now + CLAIM)
    assert other
    conclude(slow.item, None, code="throttled")
    give_back(slow.item, None, code="throttled")
    assert BulkItem.objects.get().state == "running"
    conclude(other.item, None, code="forbidden")
    row = BulkItem.objects.get()
    assert (row.state, row.error_code, row.claimed_until) == ("not_done", "forbidden", None)


def test_nobody_waits_for_a_pause_that_is_over(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 1)), timezone.now()
    bulk.not_before_at = now + timedelta(minutes=1)
    bulk.save()
    assert claim_next(bulk.id, now=now) is None
    assert claim_next(bulk.id, now=bulk.not_before_at) is not None


@pytest.mark.django_db(transaction=True)
def test_lanes_at_the_same_moment_claim_different_ones(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 12))
    at_once = Barrier(4)

    def claim_three(_: int) -> list[int]:
        try:
            at_once.wait(10)
            found = [claim_next(bulk.id, now=timezone.now()) for _ in range(3)]
            return [claim.item.position for claim in found if claim]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        claimed = [position for lane in threads.map(claim_three, range(4)) for position in lane]
    assert sorted(claimed) == list(range(12))
