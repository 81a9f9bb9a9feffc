"""The rows of a bulk change between its lanes: each is one lane's at a time, in order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.bulk_scene import own_pats, start
from tokens.models import BulkItem, BulkPause
from tokens.operations._bulk_items import (
    CLAIM,
    LONGEST_PATIENCE,
    MOST_TRIES,
    claim_next,
    conclude,
    give_back,
    item_key,
    pause,
)


def test_they_are_claimed_in_their_order(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 3)), timezone.now()
    claims = [claim_next(bulk.id, now=now) for _ in range(4)]
    assert [claim and claim.item.position for claim in claims] == [0, 1, 2, None]


def test_what_was_given_back_comes_with_another_key(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 1)), timezone.now()
    first = claim_next(bulk.id, now=now)
    assert first
    keys = {item_key(first.item)}
    for code in ("busy", "throttled", "busy"):
        give_back(first.item, None, code=code, now=now)
        first = claim_next(bulk.id, now=now)
        assert first
        keys.add(item_key(first.item))
    assert len(keys) == 4
    assert BulkItem.objects.get().claimed_until == now + CLAIM


def test_whoever_lost_its_claim_writes_no_result(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 1)), timezone.now()
    slow = claim_next(bulk.id, now=now)
    assert slow
    assert claim_next(bulk.id, now=now + CLAIM - timedelta(seconds=1)) is None
    other = claim_next(bulk.id, now=now + CLAIM)
    assert other
    conclude(slow.item, None, code="throttled")
    give_back(slow.item, None, code="throttled", now=now)
    assert BulkItem.objects.get().state == "running"
    conclude(other.item, None, code="forbidden")
    row = BulkItem.objects.get()
    assert (row.state, row.error_code, row.claimed_until) == ("not_done", "forbidden", None)


def test_nobody_waits_for_a_pause_that_is_over(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 1)), timezone.now()
    until = now + timedelta(minutes=1)
    pause(alice.user, until=until)
    assert claim_next(bulk.id, now=now) is None
    assert claim_next(bulk.id, now=until) is not None


def test_a_pause_concerns_all_of_one_person_and_is_never_made_shorter(world: World, alice: Person) -> None:
    pats, now = own_pats(world, alice, 2), timezone.now()
    bulks = [start(alice, [pat]) for pat in pats]
    other = start(world.bob, own_pats(world, world.bob, 1))
    for minutes in (5, 9, 7):
        pause(alice.user, until=now + timedelta(minutes=minutes))
    assert [one.ends_at for one in BulkPause.objects.all()] == [now + timedelta(minutes=9)]
    assert [claim_next(bulk.id, now=now) for bulk in bulks] == [None, None]
    assert claim_next(other.id, now=now)


def test_being_asked_to_wait_is_no_failed_try_for_a_day(world: World, alice: Person) -> None:
    bulk, now = start(alice, own_pats(world, alice, 1)), timezone.now()
    for _ in range(3 * MOST_TRIES):
        claim = claim_next(bulk.id, now=now)
        assert claim
        give_back(claim.item, None, code="throttled", now=now)
    for _ in range(MOST_TRIES):
        claim = claim_next(bulk.id, now=now)
        assert claim
        give_back(claim.item, None, code="throttled", now=now + LONGEST_PATIENCE)
    row = BulkItem.objects.get()
    assert (row.state, row.error_code, row.tries, row.put_off) == ("not_done", "throttled", 4, 15)


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
