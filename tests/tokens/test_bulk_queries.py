"""What is read of a bulk change: how far it is, what became of each PAT, what is left for the sweep."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from tests.people import World
from tokens.bulk_queries import (
    Result,
    bulk_changes_to_run,
    bulk_items,
    failed_items,
    item_result,
    pause_of,
    under_way,
    unfinished_counts,
)
from tokens.models import BulkChange, BulkItem, BulkPause, Operation, Pat

NOW = timezone.now()


@pytest.fixture
def owner(world: World) -> User:
    """Alice."""
    return world.alice.user


def _bulk(owner: User, **facts: Any) -> BulkChange:
    return BulkChange.objects.create(
        user=owner, key=uuid4().hex, **{"verb": "revoke", "requested_at": NOW} | facts
    )


def _item(world: World, bulk: BulkChange, state: str, operation_state: str = "", **facts: Any) -> BulkItem:
    """Put one PAT into the bulk change, with an operation in that state."""
    pat = Pat.objects.create(
        user=bulk.user,
        organization=world.alpha,
        authorization_id=uuid4(),
        name="agent",
        valid_from=NOW,
        valid_to=NOW + timedelta(days=30),
        first_seen_at=NOW,
        written_at=NOW,
    )
    operation = _operation(pat, bulk, operation_state) if operation_state else None
    return BulkItem.objects.create(
        bulk=bulk, pat=pat, position=bulk.items.count(), state=state, operation=operation, **facts
    )


def _operation(pat: Pat, bulk: BulkChange, state: str) -> Operation:
    is_open = state in {"requested", "sent"}
    return Operation.objects.create(
        user=bulk.user,
        organization=pat.organization,
        pat=pat,
        verb=bulk.verb,
        key=uuid4().hex,
        state=state,
        requested_at=NOW,
        deadline_at=NOW,
        finished_at=None if is_open else NOW,
        error_code="" if is_open or state == "done" else "forbidden",
        activity_id="an-id",
    )


CASES = [
    ("waiting", "", Result.WAITING, ""),
    ("running", "", Result.RUNNING, ""),
    ("sent", "requested", Result.UNKNOWN, ""),
    ("sent", "", Result.UNKNOWN, ""),
    ("sent", "sent", Result.UNCONFIRMED, ""),
    ("sent", "done", Result.DONE, ""),
    ("sent", "failed", Result.FAILED, "forbidden"),
    ("sent", "refused", Result.FAILED, "forbidden"),
    ("not_done", "", Result.NOT_DONE, "stopped"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}")
def test_the_result_is_that_of_the_operation(
    world: World, owner: User, case: tuple[str, str, Result, str]
) -> None:
    state, operation_state, result, code = case
    bulk = _bulk(owner)
    _item(world, bulk, state, operation_state, error_code="stopped" if state == "not_done" else "")
    (item,) = bulk_items(bulk)
    found = item_result(item)
    assert (found.result, found.code) == (result, code)
    assert found.is_final == (result in {Result.DONE, Result.FAILED, Result.NOT_DONE})


def test_all_results_are_read_in_one_query(world: World, owner: User, django_assert_num_queries: Any) -> None:
    bulk = _bulk(owner)
    for state, operation_state, _, _ in CASES:
        _item(world, bulk, state, operation_state)
    with django_assert_num_queries(1):
        assert [item_result(item).result for item in bulk_items(bulk)] == [case[2] for case in CASES]


def test_an_extension_that_came_back_shorter_says_so(world: World, owner: User) -> None:
    bulk = _bulk(owner, verb="extend")
    asked = NOW + timedelta(days=90)
    for end in (asked, NOW + timedelta(days=30)):
        _item(world, bulk, "sent", "done", seen_valid_to=NOW, asked_valid_to=end)
    shorter, exact = (item_result(item) for item in bulk_items(bulk))
    assert shorter.shortened_to == NOW + timedelta(days=30)
    assert exact.shortened_to is None


def test_what_may_be_repeated_went_wrong_and_still_exists(world: World, owner: User) -> None:
    bulk = _bulk(owner)
    items = [_item(world, bulk, state, operation_state) for state, operation_state, _, _ in CASES]
    assert list(failed_items(bulk)) == items[6:]
    Pat.objects.filter(pk=items[6].pat_id).update(revoked_at=NOW)
    Pat.objects.filter(pk=items[7].pat_id).update(vanished_at=NOW)
    assert list(failed_items(bulk)) == items[8:]


@pytest.mark.parametrize(
    ("rows", "not_before", "is_found"),
    [
        ([("waiting", None)], None, True),
        ([("waiting", None)], -1, True),
        ([("waiting", None)], 1, False),
        ([("running", -1)], None, True),
        ([("running", -1)], 1, True),
        ([("running", 1)], None, False),
        ([("waiting", None), ("running", 1)], None, False),
        ([("waiting", None), ("running", -1)], None, True),
        ([("not_done", None)], None, False),
    ],
)
def test_the_sweep_sees_what_nobody_is_at(
    world: World, owner: User, rows: list[tuple[str, int | None]], not_before: int | None, *, is_found: bool
) -> None:
    bulk = _bulk(owner)
    if not_before is not None:
        BulkPause.objects.create(user=owner, ends_at=NOW + timedelta(minutes=not_before))
    for state, minutes in rows:
        _item(world, bulk, state, claimed_until=minutes and NOW + timedelta(minutes=minutes))
    assert bulk_changes_to_run(now=NOW) == ([bulk] if is_found else [])


def test_a_pause_is_one_persons_and_over_when_its_time_has_come(world: World, owner: User) -> None:
    until = NOW + timedelta(minutes=1)
    BulkPause.objects.create(user=owner, ends_at=until)
    assert pause_of(owner, now=NOW) == until
    assert pause_of(owner, now=until) is None
    assert pause_of(world.bob.user, now=NOW) is None


def test_what_is_not_over_is_counted_newest_first(
    world: World, owner: User, django_assert_num_queries: Any
) -> None:
    older, newer, over = (_bulk(owner, requested_at=NOW + timedelta(minutes=n)) for n in range(3))
    for bulk, state in ((older, "waiting"), (older, "not_done"), (newer, "running"), (over, "not_done")):
        _item(world, bulk, state)
    with django_assert_num_queries(1):
        assert unfinished_counts(owner) == [(newer, 1, 1), (older, 2, 1)]
    assert unfinished_counts(world.bob.user) == []


def test_what_is_on_its_way_with_many_is_found_at_once(world: World, owner: User) -> None:
    pats = [_item(world, _bulk(owner), "sent", state).pat for state in ("requested", "sent", "done")]
    newest = {row.pat_id: row.pk for row in Operation.objects.filter(finished_at=None)}
    assert under_way(pats) == newest
    assert set(newest) == {pat.pk for pat in pats[:2]}
    Operation.objects.filter(pat=pats[0]).update(pat=None, replaces=pats[0])
    assert under_way(pats) == newest
