"""Runs the jobs that wait in the queue inside the test's own transaction, where no worker could see them."""

import json
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

_DUE = """
    SELECT id, task_name, args::text FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s)
    ORDER BY id LIMIT 1
"""


def waiting_jobs() -> list[tuple[str, dict[str, Any], datetime | None]]:
    """Return name, arguments and time of every job that waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, args::text, scheduled_at FROM procrastinate_jobs "
            "WHERE status = 'todo' ORDER BY id"
        )
        return [(name, json.loads(arguments), at) for name, arguments, at in cursor.fetchall()]


def run_jobs(*, until: datetime | None = None) -> list[str]:
    """Run every job that is due at `until` (by default now) and what they enqueue; returns their names."""
    ran = []
    while job := _next(until or timezone.now()):
        job_id, name, arguments = job
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job_id])
        body: Any = app.tasks[name].func
        body(**json.loads(arguments))
        ran.append(name)
    return ran


def _next(until: datetime) -> tuple[int, str, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [until])
        found: tuple[int, str, str] | None = cursor.fetchone()
    return found
