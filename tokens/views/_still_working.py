"""Looks for what still works after everything was to be revoked, in lists that were read since."""

from datetime import datetime

from accounts.models import User
from tokens import operations, queries
from tokens.bulk_queries import working_pats
from tokens.models import BulkChange, OrganizationAccess
from tokens.presenters import StillWorking, freshness, is_syncing


def still_working(user: User, bulk: BulkChange, *, now: datetime) -> StillWorking:
    """Return what still works, having asked for a sync of every list that is older than the end of `bulk`.

    Its items have to be fetched with their operations.
    """
    access, ended_at = queries.organization_access(user), _ended_at(bulk)
    due = [row for row in access if _is_older(row, ended_at)]
    if due and not queries.lost_code(access):
        operations.request_sync(
            user=user, organizations=[row.organization for row in due], now=now, known=access
        )
        for row in due:
            row.requested_at = now
    organizations = [row.organization for row in access]
    return StillWorking(
        count=len(working_pats(user, organizations=organizations, now=now)),
        is_asking=any(is_syncing(row, now=now) for row in access),
        freshness=freshness(access, now=now),
    )


def _ended_at(bulk: BulkChange) -> datetime:
    found = [item.operation for item in bulk.items.all() if item.operation is not None]
    return max([one.finished_at or one.requested_at for one in found], default=bulk.requested_at)


def _is_older(row: OrganizationAccess, moment: datetime) -> bool:
    return row.requested_at is None or row.requested_at < moment
