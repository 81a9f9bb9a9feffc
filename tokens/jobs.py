"""Task bodies: ids in, one operation call. Every job is safe to run twice.

Errors that are anticipated are logged with their code and end the job: the page and the sweep know
what is left to do. Anything else fails the job with its traceback.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import uuid4

import structlog
from django.core.management import call_command
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from accounts import diagnosis
from accounts.models import User
from accounts.sessions import clear_old_sign_ins, end_overdue_sessions
from patportal.lib.actors import Actor, system_actor
from tokens import enqueue, operations
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.bulk_queries import bulk_changes_to_run
from tokens.delegation import client_for
from tokens.errors import Busy, EntraUnavailable, TokensError
from tokens.lanes import LANES
from tokens.models import BulkChange, Operation, Organization, Pat

log = structlog.get_logger(__name__)

# Seconds without a heartbeat after which a worker's job counts as abandoned.
STALLED_AFTER_SECONDS = 60
CLOCK_TOLERANCE = timedelta(seconds=30)
# A job that finds all lanes of its person taken gives its place in the worker to others, and tries again
# after so many seconds each time; all together less than the page waits for a worker.
BUSY_PAUSES_SECONDS = (3, 5, 8, 12, 15)
# Nobody has to look while many PATs are changed, so a bulk change outlasts a short trouble of Entra.
ENTRA_PAUSES_SECONDS = (15, 30, 60, 120, 240)


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


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def database_now() -> datetime:
    """Return the database's time, which all workers share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


@job(enqueue.SYNC_PERSON)
def sync_person(*, user_id: int) -> None:
    """Split what was asked for into one job for each organization, so that a slow one holds up no other."""
    user = User.objects.get(pk=user_id)
    for organization_id in operations.requested_organizations(user=user):
        enqueue.sync_pats(user_id=user_id, organization_id=organization_id)


@job(enqueue.SYNC_PATS)
def sync_pats(*, user_id: int, organization_id: int, busy_times: int = 0) -> None:
    """Bring one person's mirror of one organization up to date."""
    user = User.objects.get(pk=user_id)
    organization = Organization.objects.get(pk=organization_id)
    try:
        _sync(user, organization, now=database_now())
    except Busy as exc:
        again_at = _after_busy(busy_times)
        if again_at is None:
            operations.note_sync_failure(user=user, organization=organization, error=exc, now=database_now())
        else:
            enqueue.sync_pats(
                user_id=user_id, organization_id=organization_id, at=again_at, busy_times=busy_times + 1
            )
        raise


def _after_busy(times: int, *, pauses_seconds: tuple[int, ...] = BUSY_PAUSES_SECONDS) -> datetime | None:
    """Return when to try again what was busy `times` times before this one; None if not."""
    if times >= len(pauses_seconds):
        return None
    return database_now() + timedelta(seconds=pauses_seconds[times])


def _sync(user: User, organization: Organization, *, now: datetime) -> None:
    actor = system_actor("sync", request_id=_request_id())
    try:
        client = client_for(user, unattended=actor)
    except Busy:
        raise
    except TokensError as exc:
        operations.note_sync_failure(user=user, organization=organization, error=exc, now=now)
        raise
    operations.sync_pats(user=user, organization=organization, client=client, actor=actor, now=now)
    _watch_clock(client.clock_offset)


def _watch_clock(offset: timedelta | None) -> None:
    """Warn where this machine's clock and Azure DevOps' differ so much that dates may be misjudged."""
    if offset is not None and abs(offset) > CLOCK_TOLERANCE:
        log.warning("clock differs from Azure DevOps", seconds=round(offset.total_seconds()))


@job(enqueue.SETTLE_OPERATION)
def settle_operation(*, operation_id: str, busy_times: int = 0) -> None:
    """Settle an operation whose answer never came, or confirm one that was sent."""
    operation = Operation.objects.select_related("user").get(pk=operation_id)
    if not operation.is_open:
        return
    actor = system_actor("settling", request_id=_request_id())
    try:
        client = client_for(operation.user, unattended=actor)
        operations.settle_operation(operation_id=operation_id, client=client, actor=actor, now=database_now())
    except Busy:
        again_at = _after_busy(busy_times)
        if again_at is not None:  # else the sweep finds it
            enqueue.settle_operation(operation_id=operation.id, at=again_at, busy_times=busy_times + 1)
        raise


@job(enqueue.REVOKE_ORPHAN)
def revoke_orphan(*, operation_id: str) -> None:
    """Revoke the PAT that a lost creation left behind."""
    operation = Operation.objects.select_related("user").get(pk=operation_id)
    actor = system_actor("settling", request_id=_request_id())
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
    actor = system_actor("rotation", request_id=_request_id())
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


@app.periodic(cron="* * * * *")
@job("tokens.sweep_clocks", queueing_lock="sweep_clocks", lock="sweep_clocks")
def sweep_clocks(*, timestamp: int) -> None:  # noqa: ARG001
    """Record what nobody did: PATs that have expired, sessions that have run out."""
    request_id = _request_id()
    operations.record_expiries(actor=system_actor("expiry", request_id=request_id), now=database_now())
    end_overdue_sessions(actor=system_actor("sessions", request_id=request_id), now=database_now())


@app.periodic(cron="17 3 * * *")
@job("tokens.clear_sessions", queueing_lock="clear_sessions")
def clear_sessions(*, timestamp: int) -> None:  # noqa: ARG001
    """Delete what is left of sessions that are over, those of strangers among them."""
    actor = system_actor("sessions", request_id=_request_id())
    while end_overdue_sessions(actor=actor, now=database_now()):
        pass
    call_command("clearsessions")
    clear_old_sign_ins(now=database_now())


@app.periodic(cron="* * * * *")
@app.task(name="tokens.retry_stalled_jobs", queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Run the jobs of killed workers again; the queue itself leaves them behind as running."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        try:
            await manager.retry_job(stalled)
        except UniqueViolation:
            # The same work is waiting again already; the abandoned job must not hold its lock any longer.
            await manager.finish_job_by_id_async(stalled.id or 0, Status.FAILED, delete_job=False)
        log.warning("stalled job found", job_id=stalled.id, task=stalled.task_name)


@app.periodic(cron="43 5 * * *")
@job("tokens.watch_credentials", queueing_lock="watch_credentials")
def watch_credentials(*, timestamp: int) -> None:  # noqa: ARG001
    """Raise an alarm in time where what the portal proves itself with to Entra ends soon."""
    diagnosis.watch_credentials(now=database_now())


@job(enqueue.SEND_MAIL)
def send_mail(*, mail_id: str) -> None:
    """Send one mail, if it is still needed."""
    actor = system_actor("mail", request_id=_request_id())
    operations.send_mail(mail_id=mail_id, actor=actor, now=database_now())


@app.periodic(cron="* * * * *")
@job("tokens.sweep_mails", queueing_lock="sweep_mails", lock="sweep_mails")
def sweep_mails(*, timestamp: int) -> None:  # noqa: ARG001
    """Find mails whose own job got lost, and have them sent."""
    for mail in operations.mails_due(now=database_now()):
        enqueue.send_overdue_mail(mail_id=mail.id)


@job(enqueue.RUN_BULK)
def run_bulk(*, bulk_id: str, lane: int, busy_times: int = 0) -> None:
    """Carry out a part of a bulk change; its events share the request id of the form that asked for it."""
    bulk = BulkChange.objects.select_related("user").get(pk=bulk_id)
    actor = system_actor("many at once", request_id=bulk.request_id or _request_id())
    try:
        client = client_for(bulk.user, unattended=actor)
    except TokensError as exc:
        again_at = _bulk_again_at(exc, busy_times)
        if again_at is not None:
            enqueue.run_bulk(
                bulk_id=bulk.id, user_id=bulk.user_id, lane=lane, at=again_at, busy_times=busy_times + 1
            )
        elif not isinstance(exc, Busy):  # what is busy the sweep finds
            operations.end_bulk(bulk_id=bulk.id, error=exc, actor=actor, now=database_now())
        raise
    operations.run_bulk(bulk_id=bulk.id, lane=lane, client=client, actor=actor, now=database_now())


def _bulk_again_at(error: TokensError, times: int) -> datetime | None:
    """Return when to try again what `error` kept from beginning, `times` times before; None if not."""
    if isinstance(error, Busy):
        return _after_busy(times)
    if error.code == EntraUnavailable.code:
        return _after_busy(times, pauses_seconds=ENTRA_PAUSES_SECONDS)
    return None


@job(enqueue.WAKE_BULK)
def wake_bulk(*, bulk_id: str, lane: int, busy_times: int = 0) -> None:
    """Have one lane of a bulk change go on after its pause."""
    bulk = BulkChange.objects.get(pk=bulk_id)
    enqueue.run_bulk(bulk_id=bulk.id, user_id=bulk.user_id, lane=lane, busy_times=busy_times)
