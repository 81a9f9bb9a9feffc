"""What every task body is wrapped in: a request id, and the code of what was anticipated in the log.

Errors that are anticipated are logged with their code and end the job: the page and the sweep know
what is left to do. Anything else fails the job with its traceback.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import uuid4

import structlog
from procrastinate.contrib.django import app

from patportal.lib.database_clock import database_now
from tokens.errors import TokensError

log = structlog.get_logger("tokens.jobs")

# A job that finds all lanes of its person taken gives its place in the worker to others, and tries again
# after so many seconds each time; all together less than the page waits for a worker.
BUSY_PAUSES_SECONDS = (3, 5, 8, 12, 15)


def job(name: str, **options: Any) -> Callable[[Callable[..., None]], Any]:
    """Register a task body: a request id for its events, the code of an anticipated error in the log."""

    def register(body: Callable[..., None]) -> Any:
        @wraps(body)
        def run(**ids: Any) -> None:
            with structlog.contextvars.bound_contextvars(request_id=uuid4().hex, job=name):
                try:
                    body(**ids)
                except TokensError as exc:
                    log.info("job ended early", code=exc.code, activity_id=exc.activity_id)

        decorate: Any = app.task(name=name, **options)
        return decorate(run)

    return register


def request_id() -> str:
    """Return the id that the events of the job which is running share."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def after_busy(times: int, *, pauses_seconds: tuple[int, ...] = BUSY_PAUSES_SECONDS) -> datetime | None:
    """Return when to try again what was busy `times` times before this one; None if not."""
    if times >= len(pauses_seconds):
        return None
    return database_now() + timedelta(seconds=pauses_seconds[times])
