"""Bringing mirrors up to date."""

from datetime import datetime, timedelta

from procrastinate.contrib.django import app

from accounts.models import User
from patportal.lib.actors import system_actor
from patportal.lib.database_clock import database_now
from tokens import enqueue, operations
from tokens.delegation import client_for
from tokens.errors import Busy, TokensError
from tokens.jobs._job import after_busy, job, log, request_id
from tokens.models import Organization

CLOCK_TOLERANCE = timedelta(seconds=30)


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
        again_at = after_busy(busy_times)
        if again_at is None:
            operations.note_sync_failure(user=user, organization=organization, error=exc, now=database_now())
        else:
            enqueue.sync_pats(
                user_id=user_id, organization_id=organization_id, at=again_at, busy_times=busy_times + 1
            )
        raise


@app.periodic(cron="* * * * *")
@job("tokens.sync_due", queueing_lock="sync_due", lock="sync_due")
def sync_due(*, timestamp: int) -> None:  # noqa: ARG001 - the queue passes the tick
    """Ask for a sync of every mirror whose time has come."""
    operations.ask_for_due_syncs(now=database_now())


@job(enqueue.SYNC_UNASKED)
def sync_unasked(*, user_id: int, organization_id: int) -> None:
    """Bring one mirror up to date because its time has come, unless somebody had that done meanwhile."""
    access = operations.access_to_read(user_id=user_id, organization_id=organization_id, now=database_now())
    if access is None:
        return
    try:
        _sync(access.user, access.organization, now=database_now())
    except Busy:
        operations.put_sync_off(access=access, now=database_now())
        raise


def _sync(user: User, organization: Organization, *, now: datetime) -> None:
    actor = system_actor("sync", request_id=request_id())
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
