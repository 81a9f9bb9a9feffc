"""Run failed jobs again because somebody wants it: every job is safe to run twice."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from patportal.lib.actors import Actor
from tokens import audit, enqueue
from tokens.models import EventType


def retry_jobs(*, job_ids: Iterable[int], actor: Actor, now: datetime) -> int:
    """Put those of the jobs that have failed back into the queue, and return how many that were.

    One whose work waits there already stays as it is.
    """
    with transaction.atomic(durable=True):
        names = enqueue.retry_failed(job_ids, at=now)
        if names:
            data = {"jobs": len(names), "tasks": sorted(set(names))}
            audit.record(EventType.JOBS_RETRIED, actor=actor, data=data)
    return len(names)
