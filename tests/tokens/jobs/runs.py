"""Running the bodies of jobs as the worker does."""

from typing import Any

from django.db import connection
from procrastinate.contrib.django import app

from tests.job_runner import waiting_jobs


def run(name: str, **ids: Any) -> None:
    """Run the job of that name here and now."""
    body: Any = app.tasks[name].func
    body(**ids)


def run_jobs_of(name: str) -> None:
    """Run the jobs of that name which wait, and leave alone what they enqueue."""
    found = [ids for waiting, ids, _ in waiting_jobs() if waiting == name]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [name])
    for ids in found:
        run(name, **ids)
