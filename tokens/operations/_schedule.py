"""When mirrors are read without anybody asking: the time stands in the access row, kept by the sync itself.

Finding what is due reads an index over those times, so that it costs what is due and not what there is. Knows
nothing of how a mirror is read.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.grant_life import usable
from accounts.grant_store import may_renew
from accounts.models import Grant, User
from tokens import enqueue, rules
from tokens.models import OrganizationAccess, Pat, global_stop_at

BATCH = 200
# Until when a sync that was asked for is believed to be coming; then it is asked for again.
PATIENCE = timedelta(hours=1)
AFTER_BUSY = timedelta(minutes=5)
# What was read so recently need not be read again, whoever had it done.
RECENTLY = timedelta(minutes=10)


def ask_for_due_syncs(*, now: datetime, at_most: int = 10 * BATCH) -> int:
    """Ask for a sync of mirrors whose time has come, `at_most` of them, and return how many were looked at.

    Safe for many at once: each row is one's. What nothing can be read for any more is not looked at again
    until a sync succeeds or the person signs in.
    """
    count = 0
    while may_renew() and count < at_most:
        found = _ask_for_some(now=now, at_most=min(BATCH, at_most - count))
        if not found:
            break
        count += found
    return count


def _ask_for_some(*, now: datetime, at_most: int) -> int:
    with transaction.atomic(durable=True):
        rows = OrganizationAccess.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        due = rows.filter(next_sync_at__lte=now).select_related("organization").order_by("next_sync_at")
        found = list(due[:at_most])
        alive = _people_to_act_for(found, now=now)
        for access in found:
            _ask(access, is_alive=access.user_id in alive, now=now)
        OrganizationAccess.objects.bulk_update(found, ["next_sync_at"])
    return len(found)


def _people_to_act_for(rows: list[OrganizationAccess], *, now: datetime) -> set[int]:
    grants = Grant.objects.filter(usable(now=now), pk__in={access.user_id for access in rows})
    return set(grants.values_list("pk", flat=True))


def _ask(access: OrganizationAccess, *, is_alive: bool, now: datetime) -> None:
    if not is_alive or not _is_configured(access):
        access.next_sync_at = None
    elif access.not_before_at is not None and access.not_before_at > now:
        access.next_sync_at = access.not_before_at
    else:
        access.next_sync_at = now + PATIENCE
        enqueue.sync_unasked(user_id=access.user_id, organization_id=access.organization_id)


def _is_configured(access: OrganizationAccess) -> bool:
    return access.organization.name.lower() in {name.lower() for name in settings.AZURE_DEVOPS_ORGANIZATIONS}


def access_to_read(*, user_id: int, organization_id: int, now: datetime) -> OrganizationAccess | None:
    """Return the access whose mirror is to be read by itself, None where that is not needed any more."""
    rows = OrganizationAccess.objects.select_related("user", "organization")
    access = rows.filter(user_id=user_id, organization_id=organization_id).first()
    if access is None or not _is_configured(access) or not may_renew():
        return None
    is_recent = access.read_at is not None and now - access.read_at < RECENTLY
    return None if is_recent and access.state == OrganizationAccess.State.READ else access


def put_sync_off(*, access: OrganizationAccess, now: datetime) -> None:
    """Have a mirror read some minutes later, because the person's lanes are all taken."""
    at = now + rules.jittered(AFTER_BUSY)
    OrganizationAccess.objects.filter(pk=access.pk).update(next_sync_at=at)


def next_sync_at(access: OrganizationAccess, *, now: datetime, has_failed: bool = False) -> datetime | None:
    """Return when the mirror is to be read by itself after a sync that ended; None where it is not.

    `access` is as that sync leaves it.
    """
    if not may_renew() or not Grant.objects.filter(usable(now=now), pk=access.user_id).exists():
        return None
    interval = rules.sync_interval(
        away_for=now - (access.user.signed_in_at or now),
        is_near_an_end=_is_near_an_end(access.user, now=now),
        is_closed=access.is_closed,
        has_failed=has_failed,
    )
    at = now + rules.jittered(interval)
    return max(at, access.not_before_at) if access.not_before_at else at


def _is_near_an_end(user: User, *, now: datetime) -> bool:
    """Whether something of the person ends soon of which nobody but its owner takes care."""
    near = now + rules.NEAR_AN_END
    is_ending = Q(valid_to__lte=near) | (Q(is_global=True) if near >= global_stop_at() else Q(pk=None))
    return Pat.objects.active(now=now).filter(is_ending, user=user, ends_at=None).exists()
