"""Beginning, stopping and repeating what is to be done with many PATs."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.bulk_scene import codes, ends, in_days, own_pats, results, run_lane, start, tally
from tests.tokens.operations.scene import Interrupted, Record, failing_event
from tokens import enqueue, operations, rules
from tokens.bulk_queries import ALL_ORGANIZATIONS, NOT_LONGER, STOPPED, Result, bulk_items
from tokens.errors import KeyReused
from tokens.models import BulkChange, BulkItem, Operation, Pat


def _lanes() -> list[int]:
    return [ids["lane"] for name, ids, _ in waiting_jobs() if name == enqueue.RUN_BULK]


def test_it_is_written_down_with_its_rows_and_lanes(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 6)
    record = Record()
    bulk = start(alice, pats)
    assert [item.pat for item in bulk_items(bulk)] == pats
    assert tally(bulk) == {Result.WAITING: 6}
    assert _lanes() == [0, 1, 2, 3]
    event = record.of("bulk.requested")
    assert (event.outcome, event.owner_object_id) == ("requested", alice.user.object_id)
    assert event.recorded == {"bulk_id": str(bulk.id), "verb": "revoke", "pats": 6, "is_everything": False}
    assert world.tenant.requests("pats", verb="revoke") == []


def test_one_person_has_four_lanes_over_all_bulk_changes(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 10)
    start(alice, pats[:5])
    start(alice, pats[5:])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT lock FROM procrastinate_jobs WHERE task_name = %s", [enqueue.RUN_BULK]
        )
        locks = {row[0] for row in cursor.fetchall()}
    assert locks == {f"bulk:{alice.user.pk}:{lane}" for lane in range(4)}
    assert len(_lanes()) == 8


def test_few_pats_need_few_lanes(world: World, alice: Person) -> None:
    start(alice, own_pats(world, alice, 2))
    assert _lanes() == [0, 1]


def test_without_its_record_nothing_is_begun(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 2)
    with failing_event("bulk.requested"), pytest.raises(Exception, match="no space left"):
        start(alice, pats)
    assert not BulkChange.objects.exists()
    assert _lanes() == []


def test_the_same_form_twice_is_one_bulk_change(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 3)
    record = Record()
    first = start(alice, pats, key="the-key")
    assert start(alice, pats[::-1], key="the-key") == first
    assert record.types == ["bulk.requested"]
    assert len(_lanes()) == 3


def test_the_same_key_with_other_content_is_refused(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 3)
    start(alice, pats, key="the-key")
    for other in ({"pats": pats[:2]}, {"verb": "extend", "extend_by_days": 7}):
        with pytest.raises(KeyReused):
            start(alice, **{"pats": pats, "key": "the-key"} | other)


def test_days_are_added_to_each_expiry_within_what_is_allowed(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "aaa long lived", valid_to=in_days(360))
    pats = own_pats(world, alice, 1)
    now = timezone.now()
    bulk = start(alice, pats, verb="extend", extend_by_days=30, now=now)
    long_lived, ordinary = bulk_items(bulk)
    assert ordinary.asked_valid_to == pats[1].valid_to + timedelta(days=30)
    assert ordinary.seen_valid_to == pats[1].valid_to
    assert long_lived.asked_valid_to == now + rules.MAX_LIFE


@pytest.mark.parametrize("days", [30, 90])
def test_the_same_page_confirmed_in_two_tabs_extends_once(world: World, alice: Person, days: int) -> None:
    pats = own_pats(world, alice, 2)
    start(alice, pats, verb="extend", extend_by_days=30, seen=ends(pats))
    run_jobs()
    second = start(alice, list(Pat.objects.all()), verb="extend", extend_by_days=days, seen=ends(pats))
    run_jobs()
    assert codes(second) == [NOT_LONGER if days == 30 else "pat_changed"] * 2
    before = {str(pat.authorization_id): pat.valid_to for pat in pats}
    for true in world.tenant.pats():
        assert rules.is_same_date(true.valid_to, before[true.authorization_id] + timedelta(days=30))


def test_nobody_shortens_by_extending(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "aaa long lived", valid_to=in_days(200))
    bulk = start(alice, own_pats(world, alice, 1), verb="extend", valid_to=in_days(90))
    assert [one.result for one in results(bulk)] == [Result.NOT_DONE, Result.WAITING]
    assert codes(bulk) == [NOT_LONGER, ""]
    assert _lanes() == [0]


def test_what_is_for_all_organizations_is_never_extended(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 2)
    Pat.objects.filter(pk=pats[0].pk).update(is_global=True)
    pats = list(Pat.objects.order_by("name"))
    bulk = start(alice, pats, verb="extend", extend_by_days=30)
    assert codes(bulk) == [ALL_ORGANIZATIONS, ""]
    assert _lanes() == [0]


@pytest.mark.parametrize(
    "wish",
    [
        {"verb": "extend"},
        {"verb": "extend", "extend_by_days": 7, "valid_to": timezone.now()},
        {"verb": "extend", "extend_by_days": 7, "seen": {}},
        {"verb": "revoke", "extend_by_days": 7},
        {"verb": "revoke", "extend_by_days": 7, "valid_to": timezone.now()},
        {"verb": "rotate"},
        {"pats": []},
    ],
)
def test_what_no_form_offers_is_refused(world: World, alice: Person, wish: dict[str, Any]) -> None:
    pats = own_pats(world, alice, 1)
    with pytest.raises(ValueError, match=r"extension|bulk change|BulkChange|Verb"):
        start(alice, **{"pats": pats} | wish)
    assert not BulkChange.objects.exists()


def test_nobody_changes_what_belongs_to_somebody_else(world: World, alice: Person) -> None:
    pats = own_pats(world, alice, 1)
    with pytest.raises(ValueError, match="one person"):
        start(world.bob, pats)


# --- Stopping ------------------------------------------------------------------------------------


def _stop(person: Person, bulk: BulkChange) -> None:
    operations.stop_bulk(bulk=bulk, actor=person.actor, owner=person.user, now=timezone.now())


def test_stopping_leaves_alone_what_waits(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 3))
    record = Record()
    _stop(alice, bulk)
    assert codes(bulk) == [STOPPED] * 3
    assert tally(bulk) == {Result.NOT_DONE: 3}
    assert record.of("bulk.stopped").recorded == {"bulk_id": str(bulk.id), "verb": "revoke", "pats": 3}
    run_jobs()
    assert world.tenant.requests("pats", verb="revoke") == []


def test_what_is_in_progress_goes_on_to_its_end(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 3))
    record = Record()
    client = Interrupted(alice.client, "revoke_pat", before=lambda: _stop(alice, bulk))
    run_lane(alice, bulk, client=client)
    assert [one.result for one in results(bulk)] == [Result.UNCONFIRMED, Result.NOT_DONE, Result.NOT_DONE]
    assert record.of("bulk.stopped").recorded["pats"] == 2


def test_stopping_twice_or_too_late_changes_nothing(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 2))
    _stop(alice, bulk)
    record = Record()
    _stop(alice, bulk)
    other = start(alice, [item.pat for item in bulk_items(bulk)])
    run_lane(alice, other)
    _stop(alice, other)
    assert "bulk.stopped" not in record.types
    assert tally(other) == {Result.UNCONFIRMED: 2}


# --- Repeating -----------------------------------------------------------------------------------


def _repeat(person: Person, bulk: BulkChange, key: str = "again") -> BulkChange:
    return operations.repeat_bulk(
        bulk=bulk, key=key, actor=person.actor, owner=person.user, now=timezone.now()
    )


@pytest.fixture
def half_failed(world: World, alice: Person) -> BulkChange:
    """A bulk change of four whose first one was forbidden, and whose last one was stopped."""
    bulk = start(alice, own_pats(world, alice, 4))
    last = BulkItem.objects.filter(bulk=bulk, position=3)
    last.update(state=BulkItem.State.NOT_DONE, error_code=STOPPED)
    with world.tenant.fault("pats", verb="revoke", times=1, status=403):
        run_lane(alice, bulk)
    return bulk


def test_only_what_went_wrong_is_repeated(world: World, alice: Person, half_failed: BulkChange) -> None:
    again = _repeat(alice, half_failed)
    assert [item.pat.name for item in bulk_items(again)] == [
        item.pat.name for item in bulk_items(half_failed) if item.position in {0, 3}
    ]
    record = Record()
    run_lane(alice, again)
    assert tally(again) == {Result.UNCONFIRMED: 2}
    assert tally(half_failed) == {Result.FAILED: 1, Result.UNCONFIRMED: 2, Result.NOT_DONE: 1}
    assert record.types == ["pat.revoke_requested", "pat.revocation_sent"] * 2


def test_a_repetition_is_one_even_after_it_changed_what_went_wrong(
    world: World, alice: Person, half_failed: BulkChange
) -> None:
    again = _repeat(alice, half_failed)
    run_lane(alice, again)
    run_jobs(until=timezone.now() + timedelta(minutes=1))
    assert _repeat(alice, half_failed) == again
    assert BulkChange.objects.count() == 2
    with pytest.raises(KeyReused):
        _repeat(alice, again)


def test_where_nothing_went_wrong_there_is_nothing_to_repeat(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 2))
    run_lane(alice, bulk)
    assert _repeat(alice, bulk) == bulk
    assert Operation.objects.filter(verb="revoke").count() == 2


def test_an_extension_is_repeated_with_the_expiries_that_were_asked_for(world: World, alice: Person) -> None:
    bulk = start(alice, own_pats(world, alice, 2), verb="extend", extend_by_days=7)
    asked = [item.asked_valid_to for item in bulk_items(bulk)]
    _stop(alice, bulk)
    assert [item.asked_valid_to for item in bulk_items(_repeat(alice, bulk))] == asked
