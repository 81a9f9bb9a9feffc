"""Deferring jobs: a job joins the transaction that is open, and the same work does not wait twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from tests.job_runner import waiting_jobs
from tests.people import World
from tokens import enqueue
from tokens.models import Organization

OPERATION: UUID = uuid4()


def _names() -> list[str]:
    return [name for name, _, _ in waiting_jobs()]


@pytest.fixture(autouse=True)
def _queue(world: World) -> None:
    """An empty queue; what other tests have committed is gone."""


def test_settling_waits_for_its_time() -> None:
    at = timezone.now() + timedelta(minutes=5)
    enqueue.settle_operation(operation_id=OPERATION, at=at)
    assert waiting_jobs() == [("tokens.settle_operation", {"operation_id": str(OPERATION)}, at)]


def test_settling_may_be_asked_for_more_than_once() -> None:
    for minutes in (5, 10):
        enqueue.settle_operation(operation_id=OPERATION, at=timezone.now() + timedelta(minutes=minutes))
    assert _names() == ["tokens.settle_operation"] * 2


def test_the_same_work_does_not_wait_twice() -> None:
    assert enqueue.sync_person(user_id=1)
    assert not enqueue.sync_person(user_id=1)
    assert enqueue.sync_person(user_id=2)
    assert enqueue.sync_pats(user_id=1, organization_id=1)
    assert not enqueue.sync_pats(user_id=1, organization_id=1)
    assert enqueue.sync_pats(user_id=1, organization_id=2)
    assert enqueue.settle_overdue_operation(operation_id=OPERATION)
    assert not enqueue.settle_overdue_operation(operation_id=OPERATION)
    assert enqueue.end_pat(pat_id=OPERATION)
    assert not enqueue.end_pat(pat_id=OPERATION)
    assert enqueue.finish_overdue_end(pat_id=OPERATION)
    assert not enqueue.finish_overdue_end(pat_id=OPERATION)
    assert len(waiting_jobs()) == 7


def test_an_end_waits_for_its_time_and_may_be_scheduled_anew() -> None:
    at = timezone.now() + timedelta(hours=24)
    for moment in (at, at + timedelta(hours=1)):
        enqueue.finish_end(pat_id=OPERATION, at=moment)
    assert enqueue.finish_overdue_end(pat_id=OPERATION)
    assert [found for _, _, found in waiting_jobs()] == [at, at + timedelta(hours=1), None]


def test_a_lane_that_is_to_wait_holds_no_lock_of_its_person() -> None:
    at, first, second = timezone.now() + timedelta(hours=1), uuid4(), uuid4()
    for _ in range(2):
        enqueue.run_bulk(bulk_id=first, user_id=1, lane=0, at=at, busy_times=2)
    assert waiting_jobs() == [("tokens.wake_bulk", {"bulk_id": str(first), "lane": 0, "busy_times": 2}, at)]
    enqueue.run_bulk(bulk_id=second, user_id=1, lane=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock FROM procrastinate_jobs ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == [f"wake:{first}:0", "bulk:1:0"]


def test_a_job_that_runs_does_not_keep_the_next_from_waiting() -> None:
    enqueue.sync_person(user_id=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    assert enqueue.sync_person(user_id=1)


def test_two_jobs_for_one_orphan_never_run_at_once() -> None:
    for _ in range(2):
        enqueue.revoke_orphan(operation_id=OPERATION)
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock FROM procrastinate_jobs")
        assert {row[0] for row in cursor.fetchall()} == {f"orphan:{OPERATION}"}


def test_a_refused_duplicate_does_not_take_the_transaction_with_it() -> None:
    with transaction.atomic():
        enqueue.sync_person(user_id=1)
        assert not enqueue.sync_person(user_id=1)
        Organization.objects.create(name="written-after-it")
    assert Organization.objects.filter(name="written-after-it").exists()
    assert _names() == ["tokens.sync_person"]


@pytest.mark.django_db(transaction=True)
def test_a_job_is_rolled_back_with_its_transaction() -> None:
    with transaction.atomic():
        enqueue.sync_person(user_id=1)
        enqueue.settle_operation(operation_id=OPERATION, at=timezone.now())
        enqueue.revoke_orphan(operation_id=OPERATION)
        transaction.set_rollback(True)
    assert waiting_jobs() == []


@pytest.mark.django_db(transaction=True)
def test_nobody_sees_a_job_before_the_commit() -> None:
    def look() -> list[str]:
        try:
            return _names()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            enqueue.sync_person(user_id=1)
            assert threads.submit(look).result(10) == []
        assert threads.submit(look).result(10) == ["tokens.sync_person"]


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_a_refused_duplicate_does_no_harm() -> None:
    assert enqueue.sync_person(user_id=1)
    assert not enqueue.sync_person(user_id=1)
    assert _names() == ["tokens.sync_person"]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_waits() -> None:
    start = Barrier(4)

    def ask(_: int) -> bool:
        try:
            start.wait(10)
            with transaction.atomic():
                return enqueue.sync_person(user_id=1)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(ask, range(4))) == [False, False, False, True]
    assert _names() == ["tokens.sync_person"]
