"""The one place that defers jobs, by name. A job joins the transaction that is open: no commit, no job.

The queue library swaps its connector inside the worker for one with connections of its own, which
would defer outside our transactions; so the deferring side keeps Django's.
"""

from contextlib import nullcontext
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import connection, transaction
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued

SYNC_PERSON = "tokens.sync_person"
SYNC_PATS = "tokens.sync_pats"
SETTLE_OPERATION = "tokens.settle_operation"
REVOKE_ORPHAN = "tokens.revoke_orphan"


@cache
def _app() -> App:
    return app.with_connector(DjangoConnector())


def _defer_once(task_name: str, *, name: str, at: datetime | None = None, **ids: int | str) -> bool:
    """Defer unless the same is waiting already; only one of that name runs at a time."""
    task = _app().configure_task(task_name, queueing_lock=name, lock=name, schedule_at=at)
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
    name, ids = f"sync:{user_id}:{organization_id}", {"user_id": user_id, "organization_id": organization_id}
    return _defer_once(SYNC_PATS, name=name, at=at, **ids, **_said(busy_times))


def settle_operation(*, operation_id: UUID, at: datetime, busy_times: int = 0) -> None:
    """Ask for the operation to be settled at `at`, should it still be open by then."""
    # No lock: a job that waits for its time would hold up an earlier one; claiming keeps them apart.
    task = _app().configure_task(SETTLE_OPERATION, schedule_at=at)
    task.defer(operation_id=str(operation_id), **_said(busy_times))


def _said(busy_times: int) -> dict[str, int]:
    return {"busy_times": busy_times} if busy_times else {}


def settle_overdue_operation(*, operation_id: UUID) -> bool:
    """Ask for an operation to be settled whose own job got lost; False where it is waiting already."""
    return _defer_once(SETTLE_OPERATION, name=f"overdue:{operation_id}", operation_id=str(operation_id))


def revoke_orphan(*, operation_id: UUID) -> None:
    """Ask for the PAT of a lost creation to be revoked."""
    _app().configure_task(REVOKE_ORPHAN, lock=f"orphan:{operation_id}").defer(operation_id=str(operation_id))
