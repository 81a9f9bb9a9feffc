"""The one place that defers jobs, by name. A job joins the transaction that is open: no commit, no job.

The queue library swaps its connector inside the worker for one with connections of its own, which
would defer outside our transactions; so the deferring side keeps Django's.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation

SYNC_PERSON = "tokens.sync_person"
SYNC_PATS = "tokens.sync_pats"
SYNC_UNASKED = "tokens.sync_unasked"
SETTLE_OPERATION = "tokens.settle_operation"
REVOKE_ORPHAN = "tokens.revoke_orphan"
END_PAT = "tokens.end_pat"
FINISH_END = "tokens.finish_end"
RUN_BULK = "tokens.run_bulk"
WAKE_BULK = "tokens.wake_bulk"
SEND_MAIL = "tokens.send_mail"
SEND_MAILS = "tokens.send_mails"

# As many workers can send mails at the same time; another lane is opened for so many mails.
MAIL_LANES, MAILS_A_LANE = 8, 50


# What nobody waits for makes way for what somebody does.
_UNASKED_PRIORITY = -10


@cache
def _app() -> App:
    return app.with_connector(DjangoConnector())


def _defer_once(
    task_name: str,
    *,
    name: str,
    lock: str = "",
    at: datetime | None = None,
    priority: int = 0,
    **ids: int | str,
) -> bool:
    """Defer unless the same is waiting already; only one of that name, or of that lock, runs at a time."""
    task = _app().configure_task(
        task_name, queueing_lock=name, lock=lock or name, schedule_at=at, priority=priority
    )
    # Inside a transaction the refused duplicate must not take the transaction with it.
    guard = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with guard:
            task.defer(**ids)
    except AlreadyEnqueued:
        return False
    return True


def sync_person(*, user_id: int) -> bool:
    """Ask for a sync of all that was requested for one person; False where it is waiting already."""
    return _defer_once(SYNC_PERSON, name=f"sync:{user_id}", user_id=user_id)


def sync_pats(*, user_id: int, organization_id: int, at: datetime | None = None, busy_times: int = 0) -> bool:
    """Ask for a sync of one person's PATs in one organization; False where it is waiting already.

    `busy_times` is how often it found no place for its calls, and was put off until `at`.
    """
    ids = {"user_id": user_id, "organization_id": organization_id, **_said(busy_times)}
    return _defer_once(SYNC_PATS, name=f"sync:{user_id}:{organization_id}", at=at, **ids)


def sync_unasked(*, user_id: int, organization_id: int) -> bool:
    """Ask for a sync that nobody waits for; False where one is waiting already.

    It never runs beside one that was asked for, and makes way for it.
    """
    return _defer_once(
        SYNC_UNASKED,
        name=f"unasked:{user_id}:{organization_id}",
        lock=f"sync:{user_id}:{organization_id}",
        priority=_UNASKED_PRIORITY,
        user_id=user_id,
        organization_id=organization_id,
    )


def settle_operation(*, operation_id: UUID, at: datetime, busy_times: int = 0) -> None:
    """Ask for the operation to be settled at `at`, should it still be open by then."""
    # No lock: a job that waits for its time would hold up an earlier one; claiming keeps them apart.
    task = _app().configure_task(SETTLE_OPERATION, schedule_at=at)
    task.defer(operation_id=str(operation_id), **_said(busy_times))


def _said(busy_times: int) -> dict[str, Any]:
    return {"busy_times": busy_times} if busy_times else {}


def settle_overdue_operation(*, operation_id: UUID) -> bool:
    """Ask for an operation to be settled whose own job got lost; False where it is waiting already."""
    return _defer_once(SETTLE_OPERATION, name=f"overdue:{operation_id}", operation_id=str(operation_id))


def revoke_orphan(*, operation_id: UUID) -> None:
    """Ask for the PAT of a lost creation to be revoked."""
    _app().configure_task(REVOKE_ORPHAN, lock=f"orphan:{operation_id}").defer(operation_id=str(operation_id))


def end_pat(*, pat_id: UUID) -> bool:
    """Ask for the expiry of a replaced PAT to be brought forward; False where it is waiting already."""
    return _defer_once(END_PAT, name=f"bring-forward:{pat_id}", pat_id=str(pat_id))


def finish_end(*, pat_id: UUID, at: datetime) -> None:
    """Ask for a replaced PAT to be revoked at `at`, should it still work by then."""
    # No lock, as with settling: the end may be scheduled anew while the job waits.
    _app().configure_task(FINISH_END, schedule_at=at).defer(pat_id=str(pat_id))


def finish_overdue_end(*, pat_id: UUID, at: datetime | None = None) -> bool:
    """Ask for a PAT whose end has come to be revoked at `at`, by default now; False where it is waiting."""
    return _defer_once(FINISH_END, name=f"overdue_end:{pat_id}", at=at, pat_id=str(pat_id))


def send_mail(*, mail_id: UUID, at: datetime | None = None) -> None:
    """Ask for a mail to be sent at `at`, by default now, should it still be needed by then."""
    _app().configure_task(SEND_MAIL, schedule_at=at).defer(mail_id=str(mail_id))


def send_mails(*, count: int) -> None:
    """Ask for so many mails to be sent that are due, whichever they are, in one lane or several."""
    names = [f"mails:{lane}" for lane in range(min(-(-count // MAILS_A_LANE), MAIL_LANES))]
    # Whoever makes thousands asks again and again; to be refused costs more than to look first.
    waiting = ProcrastinateJob.objects.filter(status="todo", queueing_lock__in=names)
    known = set(waiting.values_list("queueing_lock", flat=True)) if names else set()
    for lane, name in enumerate(names):
        if name not in known:
            _defer_once(SEND_MAILS, name=name, lane=lane)


def run_bulk(
    *, bulk_id: UUID, user_id: int, lane: int, at: datetime | None = None, busy_times: int = 0
) -> bool:
    """Ask for one lane of a bulk change to go on at `at`, by default now; False where it is waiting already.

    Of all bulk changes of one person, one job runs in each lane. One that waited for its time would hold up
    those after it, so another job waits instead and asks for this one then. `busy_times` as in `sync_pats`.
    """
    ids = {"bulk_id": str(bulk_id), "lane": lane, **_said(busy_times)}
    if at is not None:
        return _defer_once(WAKE_BULK, name=f"wake:{bulk_id}:{lane}", at=at, **ids)
    return _defer_once(RUN_BULK, name=f"bulk:{bulk_id}:{lane}", lock=f"bulk:{user_id}:{lane}", **ids)


def retry_failed(job_ids: Iterable[int], *, at: datetime) -> list[str]:
    """Have failed jobs run again at `at`; returns the names of those whose work does not wait already.

    Part of the caller's transaction.
    """
    # The library would also take one that is running; the lock keeps a failed one failed until here.
    failed = ProcrastinateJob.objects.select_for_update(of=("self",)).filter(pk__in=job_ids, status="failed")
    names = []
    for job in failed.order_by("pk"):
        try:
            with transaction.atomic():
                _app().job_manager.retry_job_by_id(job.pk, retry_at=at)
        except UniqueViolation:
            continue
        names.append(job.task_name)
    return names
