"""Failed jobs run again because somebody wants it; what runs or waits is left alone."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import Record
from tokens import enqueue, operations


def _job(status: str, **ids: Any) -> int:
    enqueue.sync_person(user_id=ids["user_id"])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status"
            " WHERE id = (SELECT max(id) FROM procrastinate_jobs) RETURNING id",
            [status],
        )
        return int(cursor.fetchone()[0])


def _status(job_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job_id])
        return str(cursor.fetchone()[0])


def _retry(person: Person, *job_ids: int) -> int:
    return operations.retry_jobs(job_ids=job_ids, actor=person.actor, now=timezone.now())


def test_a_failed_job_waits_again_and_that_is_recorded(world: World, alice: Person) -> None:
    failed = _job("failed", user_id=alice.user.pk)
    record = Record()
    assert (_retry(alice, failed), _retry(alice, failed)) == (1, 0)
    (event,) = record.events
    assert (event.type, event.data) == ("jobs.retried", {"jobs": 1, "tasks": ["tokens.sync_person"]})
    assert event.actor_object_id == alice.user.object_id
    assert run_jobs() == ["tokens.sync_person", "tokens.sync_pats", "tokens.sync_pats"]


@pytest.mark.parametrize("status", ["doing", "todo", "aborted"])
def test_nothing_else_is_touched(world: World, alice: Person, status: str) -> None:
    other, record = _job(status, user_id=alice.user.pk), Record()
    assert _retry(alice, other, 0) == 0
    assert _status(other) == status
    assert record.types == []


def test_one_whose_work_waits_already_stays_failed_and_the_others_go_on(world: World, alice: Person) -> None:
    doubled, other = _job("failed", user_id=1), _job("failed", user_id=2)
    enqueue.sync_person(user_id=1)
    assert _retry(alice, doubled, other) == 1
    assert (_status(doubled), _status(other)) == ("failed", "todo")
    assert [ids["user_id"] for _, ids, _ in waiting_jobs()] == [2, 1]
