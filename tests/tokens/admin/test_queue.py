"""The queue in the admin: how it stands in words, each job with numbers alone, and failed ones run again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.people import World
from tests.tokens.operations.scene import Record
from tests.tokens.views.page import read
from tokens import enqueue
from tokens.admin._queue import periodic_runs, queue_facts
from tokens.models import Operation

ADDRESS = "/admin/tokens/queuedjob/"


def _sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def dave(world: World) -> Any:
    """Dave's browser, with nothing in the queue."""
    browser = world.dave.browser
    _sql("DELETE FROM procrastinate_periodic_defers")
    _sql("DELETE FROM procrastinate_jobs")
    _sql("DELETE FROM procrastinate_workers")
    return browser


def _fail_all() -> None:
    _sql("UPDATE procrastinate_jobs SET status = 'doing'")
    _sql("UPDATE procrastinate_jobs SET status = 'failed'")


def _text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_an_empty_queue_without_a_worker_says_so(dave: Any) -> None:
    text = _text(dave.get(ADDRESS))
    assert "None runs" in text
    assert "supervised so that it is always started again" in text


def test_facts_are_counted(dave: Any) -> None:
    now = timezone.now()
    enqueue.sync_person(user_id=1)
    enqueue.sync_person(user_id=2)
    _fail_all()
    enqueue.sync_person(user_id=3)
    _sql("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
    enqueue.sync_person(user_id=4)
    enqueue.sync_pats(user_id=4, organization_id=1, at=now + timedelta(hours=1))
    _sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 hour')")
    facts = queue_facts(now=timezone.now())
    assert (facts.workers, facts.due, facts.later, facts.doing, facts.abandoned, facts.failed) == (
        1,
        1,
        1,
        1,
        1,
        2,
    )
    assert facts.oldest_due_at is not None
    assert facts.failed_at is not None
    assert abs(facts.oldest_due_at - now) < timedelta(minutes=1)


def test_each_job_of_the_clock_tells_its_last_run(dave: Any) -> None:
    begun = int((timezone.now() - timedelta(minutes=3)).timestamp())
    enqueue.sync_person(user_id=1)
    _sql(
        "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, job_id)"
        " SELECT 'tokens.sweep', %s, id FROM procrastinate_jobs",
        begun,
    )
    _sql(
        "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp)"
        " VALUES ('tokens.sync_due', %s)",
        begun,
    )
    assert [(run.task_name, run.state) for run in periodic_runs()] == [
        ("tokens.sweep", "todo"),
        ("tokens.sync_due", ""),
    ]
    text = _text(dave.get(ADDRESS))
    assert "Last run by the clock" in text
    assert "Find whose tokens are to be read" in text


def test_a_job_shows_numbers_and_nothing_that_anybody_typed(dave: Any, world: World) -> None:
    enqueue.sync_pats(user_id=4711, organization_id=12)
    text = _text(dave.get(ADDRESS))
    assert "person 4711, organization 12" in text
    assert "Read a person&#x27;s tokens" in text
    ((job_id,),) = _rows("SELECT id FROM procrastinate_jobs")
    assert dave.get(f"{ADDRESS}{job_id}/change/").status_code == 200


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def test_jobs_are_told_apart_by_state_and_by_what_they_do(dave: Any) -> None:
    enqueue.sync_person(user_id=1)
    _fail_all()
    enqueue.sync_pats(user_id=4711, organization_id=12)
    page = read(dave.get(ADDRESS))
    shown = page.one("nav", id="changelist-filter").text
    assert "Failed" in shown
    assert "Read a person's tokens" in shown
    assert "Send a mail" not in shown
    for query, told in {
        "status=todo": "person 4711, organization 12",
        "status=failed": "person 1",
        "task_name=tokens.sync_pats": "person 4711, organization 12",
    }.items():
        cells = read(dave.get(f"{ADDRESS}?{query}")).all("td", class_="field-about")
        assert [cell.text for cell in cells] == [told]
    everything = read(dave.get(f"{ADDRESS}?status=lost")).all("td", class_="field-about")
    assert len(everything) == 2


def test_an_administrator_has_failed_ones_run_again(dave: Any) -> None:
    enqueue.sync_person(user_id=1)
    _fail_all()
    enqueue.sync_person(user_id=2)
    chosen = [str(job_id) for (job_id,) in _rows("SELECT id FROM procrastinate_jobs")]
    record = Record()
    wish = {"action": "run_again", "index": "0", "_selected_action": chosen}
    answer = dave.post(ADDRESS, wish, follow=True)
    assert "1 waits to run again." in _text(answer)
    assert record.of("jobs.retried").data == {"jobs": 1, "tasks": ["tokens.sync_person"]}
    assert _rows("SELECT DISTINCT status::text FROM procrastinate_jobs") == [("todo",)]
    answer = dave.post(ADDRESS, wish, follow=True)
    assert "Nothing was put back" in _text(answer)
    assert record.types == ["jobs.retried"]


def test_an_auditor_has_nothing_run(world: World, dave: Any) -> None:
    enqueue.sync_person(user_id=1)
    _fail_all()
    ((job_id,),) = _rows("SELECT id FROM procrastinate_jobs")
    record = Record()
    answer = world.carol.browser.post(
        ADDRESS, {"action": "run_again", "index": "0", "_selected_action": [str(job_id)]}
    )
    assert answer.status_code == 403
    assert "jobs.retried" not in record.types
    assert _rows("SELECT id FROM procrastinate_jobs WHERE status = 'failed'") == [(job_id,)]
    assert not Operation.objects.exists()
