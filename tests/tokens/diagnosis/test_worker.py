"""The worker and its queue."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from patportal.lib.findings import Finding, Level
from tokens.diagnosis._worker import jobs, worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_queue(db: None) -> None:
    execute("DELETE FROM procrastinate_periodic_defers")
    execute("DELETE FROM procrastinate_jobs")
    execute("DELETE FROM procrastinate_workers")


def execute(statement: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def hear(*, seconds_ago: int) -> None:
    execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
        seconds_ago,
    )


def tick(*, seconds_ago: int) -> None:
    at = round((timezone.now() - timedelta(seconds=seconds_ago)).timestamp())
    execute(
        "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp) VALUES ('tokens.sweep', %s)",
        at,
    )


def job(
    status: str, *, task: str = "tokens.sync_pats", minutes_ago: int = 0, scheduled: str | None = None
) -> None:
    """Put a job into the queue `minutes_ago`, to be run `scheduled` after now, and bring it to `status`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at)"
            " VALUES ('default', %s, now() + %s::interval) RETURNING id",
            [task, scheduled],
        )
        key = cursor.fetchone()[0]
    execute(
        "UPDATE procrastinate_events SET at = now() - make_interval(mins => %s) WHERE job_id = %s",
        minutes_ago,
        key,
    )
    for state in ("doing", status) if status != "todo" else ():
        execute(
            "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s", state, key
        )


def test_a_worker_that_lives_is_fine() -> None:
    hear(seconds_ago=5)
    hear(seconds_ago=5_000)
    tick(seconds_ago=60)
    alive, periodic = worker()
    assert (alive.level, periodic.level) == (Level.OK, Level.OK)
    assert "5 seconds ago" in alive.found
    assert "60 seconds ago" in periodic.found


def test_no_worker_is_a_problem() -> None:
    finding = only(worker())
    assert finding.level is Level.PROBLEM
    assert "procrastinate worker" in finding.next_step


def test_a_silent_worker_is_a_problem_that_tells_since_when() -> None:
    hear(seconds_ago=7_300)
    finding = only(worker())
    assert finding.level is Level.PROBLEM
    assert "2 hours ago" in finding.found


def test_periodic_jobs_that_stopped_are_warned_of() -> None:
    hear(seconds_ago=5)
    _, never = worker()
    tick(seconds_ago=1_200)
    _, long_ago = worker()
    assert (never.level, long_ago.level) == (Level.WARNING, Level.WARNING)
    assert "20 minutes ago" in long_ago.found


def test_a_queue_in_which_all_goes_well_is_fine() -> None:
    job("todo", minutes_ago=9)
    job("todo", minutes_ago=90, scheduled="1 hour")
    job("todo", minutes_ago=90, scheduled="-1 minute")
    assert only(jobs()).level is Level.OK


def test_failed_jobs_are_counted_by_name() -> None:
    job("failed", task="tokens.settle_operation")
    finding = only(jobs())
    assert finding.level is Level.WARNING
    assert "1 of tokens.settle_operation" in finding.found
    assert "ago" in finding.found


def test_jobs_of_a_killed_worker_are_told() -> None:
    job("doing")
    finding = only(jobs())
    assert (finding.level, finding.title) == (Level.WARNING, "Stalled jobs")


def test_jobs_that_wait_for_long_are_told() -> None:
    job("todo", minutes_ago=45)
    finding = only(jobs())
    assert (finding.level, finding.title) == (Level.WARNING, "Waiting jobs")
    assert "45 minutes" in finding.found


def test_a_queue_that_cannot_be_read_is_a_finding_and_no_error() -> None:
    execute("ALTER TABLE procrastinate_jobs RENAME TO somewhere_else")
    finding = only(jobs())
    assert finding.level is Level.PROBLEM
    assert "procrastinate_jobs" in finding.found


def test_a_worker_that_cannot_be_read_is_a_finding_and_no_error() -> None:
    execute("ALTER TABLE procrastinate_workers RENAME TO somewhere_else")
    assert only(worker()).level is Level.PROBLEM
