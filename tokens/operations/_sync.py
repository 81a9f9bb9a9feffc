"""Bring the mirror of one person and organization up to date with Azure DevOps.

Reading happens with no transaction open; what was read is then applied in one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import enqueue
from tokens.azure_devops import errors as wire
from tokens.azure_devops.client import AzureDevOpsClient
from tokens.azure_devops.types import PatFilter, PatMetadata
from tokens.errors import Busy, NoAccess, Throttled, TokensError
from tokens.models import Organization, OrganizationAccess, Pat
from tokens.operations._recognise import recognise_organization
from tokens.operations._schedule import PATIENCE, next_sync_at
from tokens.operations._sync_apply import Reading, apply_reading
from tokens.operations._translate import meaning_of

# Lists lag after a write, so a row younger than this is not judged by a list.
SETTLED_AFTER = timedelta(minutes=2)
ENDED_READ_EVERY = timedelta(days=1)
# The longest that one answer may keep a person's mirror from being read.
LONGEST_PAUSE = timedelta(hours=1)


_NOTED_COLUMNS = [
    "state",
    "error_code",
    "activity_id",
    "finished_at",
    "not_before_at",
    "next_sync_at",
]


def request_sync(
    *,
    user: User,
    organizations: Iterable[Organization],
    now: datetime,
    known: Iterable[OrganizationAccess] = (),
) -> bool:
    """Ask for a sync of `organizations`; returns whether anything was asked for.

    `known` are access rows that the caller has at hand, which saves looking for missing ones.
    """
    wanted = list(organizations)
    if not wanted:
        return False
    missing = {row.pk for row in wanted} - {access.organization_id for access in known}
    if missing:
        rows = [OrganizationAccess(user=user, organization_id=pk) for pk in sorted(missing)]
        OrganizationAccess.objects.bulk_create(rows, ignore_conflicts=True)
    access = OrganizationAccess.objects.filter(user=user, organization__in=wanted)
    # Azure DevOps asked for a pause; asking again before it is over would make it longer.
    access.exclude(not_before_at__gt=now).update(
        requested_at=now,
        # Should this one get lost, or have been the first since the grant came back.
        next_sync_at=Coalesce("next_sync_at", Value(now + PATIENCE)),
    )
    return enqueue.sync_person(user_id=user.pk)


def requested_organizations(*, user: User) -> list[int]:
    """Return the ids of the organizations whose sync was asked for and has not run."""
    rows = OrganizationAccess.objects.filter(user=user, requested_at__isnull=False)
    return [row.organization_id for row in rows.order_by("organization_id") if row.is_syncing]


def sync_pats(
    *, user: User, organization: Organization, client: AzureDevOpsClient, actor: Actor, now: datetime
) -> None:
    """Read all of a person's PATs in `organization` and apply what changed to the mirror.

    Raises the meaning of what the remote calls raise, after noting it for the page; but Busy leaves the page
    as it is, for then nothing was learned and the caller may try again.
    """
    access, _ = OrganizationAccess.objects.get_or_create(user=user, organization=organization)
    try:
        if organization.instance_id is None or _is_daily_due(access, now=now):
            recognise_organization(organization, client=client, actor=actor, now=now)
        reading = _read(access, client=client, now=now)
    except wire.AzureDevOpsError as exc:
        error = meaning_of(exc, is_known=organization.instance_id is not None)
        _note_failure(access, error, now=now)
        raise error from exc
    except Busy:
        raise
    except TokensError as exc:
        _note_failure(access, exc, now=now)
        raise
    with transaction.atomic(durable=True):
        # The order of locks everywhere: the person (a sign-in takes them as well), the organization and the
        # access to it, operations, PATs; several of a kind by their keys. And two organizations list the
        # same global PATs, so one person's readings are applied one after another.
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
        locked = OrganizationAccess.objects.select_for_update().get(pk=access.pk)
        apply_reading(
            reading,
            user=user,
            organization=organization,
            actor=actor,
            now=now,
            is_first=locked.read_at is None,
            settled_before=reading.began_at - SETTLED_AFTER,
        )
        locked.state = OrganizationAccess.State.READ
        locked.read_at = reading.began_at
        locked.ended_read_at = reading.began_at if reading.has_ended else locked.ended_read_at
        locked.finished_at = _ended_at(access, now=now)
        locked.error_code = locked.activity_id = ""
        locked.not_before_at = None
        locked.next_sync_at = next_sync_at(locked, now=now)
        locked.save()


def note_sync_failure(*, user: User, organization: Organization, error: TokensError, now: datetime) -> None:
    """Write down for the page why the mirror could not be brought up to date."""
    access, _ = OrganizationAccess.objects.get_or_create(user=user, organization=organization)
    _note_failure(access, error, now=now)


def _note_failure(access: OrganizationAccess, error: TokensError, *, now: datetime) -> None:
    is_refused = isinstance(error, NoAccess)
    access.state = OrganizationAccess.State.NO_ACCESS if is_refused else OrganizationAccess.State.FAILED
    access.error_code = error.code
    access.activity_id = error.activity_id
    access.finished_at = _ended_at(access, now=now)
    access.not_before_at = _end_of_pause(error, now=now)
    access.next_sync_at = next_sync_at(access, now=now, has_failed=True)
    access.save(update_fields=_NOTED_COLUMNS)


def _end_of_pause(error: TokensError, *, now: datetime) -> datetime | None:
    """Return until when Azure DevOps wants to be left alone, as far as that is believed."""
    seconds = error.retry_after if isinstance(error, Throttled) else None
    return None if seconds is None else now + min(timedelta(seconds=seconds), LONGEST_PAUSE)


def _ended_at(access: OrganizationAccess, *, now: datetime) -> datetime:
    """Return a moment that answers the request this sync began with, and none that came meanwhile.

    Whoever asks reads another clock than jobs do.
    """
    return max(now, access.requested_at or now)


def _is_daily_due(access: OrganizationAccess, *, now: datetime) -> bool:
    return access.ended_read_at is None or now - access.ended_read_at > ENDED_READ_EVERY


def _read(access: OrganizationAccess, *, client: AzureDevOpsClient, now: datetime) -> Reading:
    name = access.organization.name
    active = client.list_pats(name, pat_filter=PatFilter.ACTIVE)
    if not _is_daily_due(access, now=now) and not _is_something_missing(access, active, now=now):
        return Reading(began_at=now, active=active)
    return Reading(
        began_at=now,
        active=active,
        revoked=client.list_pats(name, pat_filter=PatFilter.REVOKED),
        expired=client.list_pats(name, pat_filter=PatFilter.EXPIRED),
        has_ended=True,
    )


def _is_something_missing(access: OrganizationAccess, active: list[PatMetadata], *, now: datetime) -> bool:
    listed: set[UUID] = {one.authorization_id for one in active}
    expected = (
        Pat.objects.filter(user=access.user, organization=access.organization)
        .active(now=now)
        .untouched_since(now - SETTLED_AFTER)
        .values_list("authorization_id", flat=True)
    )
    return any(authorization_id not in listed for authorization_id in expected)
