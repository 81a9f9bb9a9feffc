"""Settling what has no answer, ending what was replaced, and finding both where their own job got lost."""

from procrastinate.contrib.django import app

from patportal.lib.actors import Actor, system_actor
from patportal.lib.database_clock import database_now
from tokens import enqueue, operations
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.bulk_queries import bulk_changes_to_run
from tokens.delegation import client_for
from tokens.errors import Busy
from tokens.jobs._job import after_busy, job, request_id
from tokens.lanes import LANES
from tokens.models import Operation, Pat


@job(enqueue.SETTLE_OPERATION)
def settle_operation(*, operation_id: str, busy_times: int = 0) -> None:
    """Settle an operation whose answer never came, or confirm one that was sent."""
    operation = Operation.objects.select_related("user").get(pk=operation_id)
    if not operation.is_open:
        return
    actor = system_actor("settling", request_id=request_id())
    try:
        client = client_for(operation.user, unattended=actor)
        operations.settle_operation(operation_id=operation_id, client=client, actor=actor, now=database_now())
    except Busy:
        again_at = after_busy(busy_times)
        if again_at is not None:  # else the sweep finds it
            enqueue.settle_operation(operation_id=operation.id, at=again_at, busy_times=busy_times + 1)
        raise


@job(enqueue.REVOKE_ORPHAN)
def revoke_orphan(*, operation_id: str) -> None:
    """Revoke the PAT that a lost creation left behind."""
    operation = Operation.objects.select_related("user").get(pk=operation_id)
    actor = system_actor("settling", request_id=request_id())
    client = client_for(operation.user, unattended=actor)
    operations.revoke_orphan(operation_id=operation_id, client=client, actor=actor, now=database_now())


@job(enqueue.END_PAT)
def end_pat(*, pat_id: str) -> None:
    """Bring the expiry of a replaced PAT forward."""
    client, actor = _client_and_actor(pat_id)
    operations.end_pat(pat_id=pat_id, client=client, actor=actor, now=database_now())


@job(enqueue.FINISH_END)
def finish_end(*, pat_id: str) -> None:
    """Revoke a replaced PAT whose time has come."""
    client, actor = _client_and_actor(pat_id)
    operations.finish_end(pat_id=pat_id, client=client, actor=actor, now=database_now())


def _client_and_actor(pat_id: str) -> tuple[AzureDevOpsClient, Actor]:
    pat = Pat.objects.select_related("user").get(pk=pat_id)
    actor = system_actor("rotation", request_id=request_id())
    return client_for(pat.user, unattended=actor), actor


@app.periodic(cron="* * * * *")
@job("tokens.sweep", queueing_lock="sweep", lock="sweep")
def sweep(*, timestamp: int) -> None:  # noqa: ARG001 - the queue passes the tick
    """Find operations whose own job got lost or could not finish, and have them settled."""
    now = database_now()
    for operation in operations.overdue_operations(now=now):
        enqueue.settle_overdue_operation(operation_id=operation.id)
    for operation in operations.orphans_to_revoke(now=now):
        enqueue.revoke_orphan(operation_id=operation.id)
    for pat in operations.ends_to_do(now=now):
        is_over = pat.ends_at is not None and pat.ends_at <= now
        (enqueue.finish_overdue_end if is_over else enqueue.end_pat)(pat_id=pat.id)
    for bulk in bulk_changes_to_run(now=now):
        for lane in range(LANES):
            enqueue.run_bulk(bulk_id=bulk.id, user_id=bulk.user_id, lane=lane)
