"""Apply one complete reading to the mirror and record what happened outside the portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, rules
from tokens.azure_devops.types import PatMetadata
from tokens.models import EventType, Operation, Organization, Outcome, Pat
from tokens.operations._mirror import metadata_fields, new_row

if TYPE_CHECKING:
    from tokens.operations._sync import Reading

HOLD_TOLERANCE = timedelta(minutes=5)


@dataclass
class _Sync:
    """What the steps below share: whose mirror, in whose name, and what it holds by authorization id."""

    user: User
    organization: Organization
    actor: Actor
    now: datetime
    is_first: bool
    settled_before: datetime
    rows: dict[UUID, Pat]
    owners: dict[UUID, Organization]
    open_creations: list[Operation]

    def record(self, event_type: EventType, pat: Pat, **data: Any) -> None:
        if not self.is_first:
            audit.record(event_type, actor=self.actor, owner=self.user, pat=pat, data=data)


def apply_reading(
    reading: Reading,
    *,
    user: User,
    organization: Organization,
    actor: Actor,
    now: datetime,
    is_first: bool,
    settled_before: datetime,
) -> None:
    """Bring the mirror to what `reading` shows; the transaction is the caller's.

    Rows that were acted on at or after `settled_before` are newer than the lists can be trusted to be
    and are not judged. The first reading writes one summary event instead of one for each PAT.
    """
    listed = [*reading.active, *reading.revoked, *reading.expired]
    rows = Pat.objects.filter(user=user).select_related("organization").select_for_update(of=("self",))
    sync = _Sync(
        user=user,
        organization=organization,
        actor=actor,
        now=now,
        is_first=is_first,
        settled_before=settled_before,
        rows={row.authorization_id: row for row in rows},
        owners={
            row.instance_id: row for row in Organization.objects.exclude(instance_id=None) if row.instance_id
        },
        open_creations=list(
            Operation.objects.filter(
                user=user,
                organization=organization,
                verb=Operation.Verb.CREATE,
                state=Operation.State.REQUESTED,
            )
        ),
    )
    revoked = {one.authorization_id for one in reading.revoked}
    for metadata in listed:
        _apply_one(sync, metadata, is_revoked=metadata.authorization_id in revoked)
    if reading.has_ended:
        _apply_missing(sync, {one.authorization_id for one in listed})
    if is_first:
        audit.record(
            EventType.PATS_FIRST_READ,
            actor=actor,
            owner=user,
            organization=organization.name,
            data={
                "active": len(reading.active),
                "revoked": len(reading.revoked),
                "expired": len(reading.expired),
            },
        )


def _apply_one(sync: _Sync, metadata: PatMetadata, *, is_revoked: bool) -> None:
    row = sync.rows.get(metadata.authorization_id)
    if row is None:
        _add(sync, metadata, is_revoked=is_revoked)
    elif row.is_untouched_since(sync.settled_before):
        _update(sync, row, metadata, is_revoked=is_revoked)


def _add(sync: _Sync, metadata: PatMetadata, *, is_revoked: bool) -> None:
    if _may_be_ours(sync, metadata):
        return
    row = new_row(metadata, user=sync.user, organization=_owner_of(sync, metadata), now=sync.now)
    row.revoked_at = sync.now if is_revoked else None
    row.save(force_insert=True)
    sync.rows[row.authorization_id] = row
    sync.record(EventType.PAT_FOUND, row, scopes=row.scopes, valid_to=row.valid_to.isoformat())


def _may_be_ours(sync: _Sync, metadata: PatMetadata) -> bool:
    """Whether an open creation may have made it; then settling, not a sync, says what it is."""
    return any(
        operation.name == metadata.display_name
        and frozenset(operation.scopes) == metadata.scopes
        and metadata.valid_from >= operation.requested_at - HOLD_TOLERANCE
        for operation in sync.open_creations
    )


def _owner_of(sync: _Sync, metadata: PatMetadata) -> Organization:
    """Return the organization a PAT belongs to: lists may show those of a sister organization."""
    if not metadata.target_accounts:
        return sync.organization
    return sync.owners.get(metadata.target_accounts[0], sync.organization)


def _update(sync: _Sync, row: Pat, metadata: PatMetadata, *, is_revoked: bool) -> None:
    differences = _differences(row, metadata)
    was_revoked = row.is_revoked
    for name, value in metadata_fields(metadata).items():
        setattr(row, name, value)
    if differences:
        sync.record(EventType.PAT_CHANGED_OUTSIDE, row, **differences)
    if is_revoked and row.revoked_at is None and row.revocation_sent_at is None:
        row.revoked_at, row.vanished_at = sync.now, None
        sync.record(EventType.PAT_REVOKED_OUTSIDE, row)
    elif was_revoked and not is_revoked:
        row.revoked_at = row.vanished_at = row.revocation_sent_at = None
        sync.record(EventType.PAT_REAPPEARED, row)
    if differences or was_revoked != row.is_revoked:
        row.written_at = sync.now
        row.save()


def _differences(row: Pat, metadata: PatMetadata) -> dict[str, list[Any]]:
    """Return what differs as old and new value by column; dates differ beyond rounding only."""
    found: dict[str, list[Any]] = {}
    for name, value in metadata_fields(metadata).items():
        old = getattr(row, name)
        if isinstance(value, datetime):
            if not rules.has_same_mark(old, value):
                found[name] = [old.isoformat(), value.isoformat()]
        elif old != value:
            found[name] = [old, value]
    return found


def _apply_missing(sync: _Sync, listed: set[UUID]) -> None:
    """Mark rows that should be listed and are in no list at all."""
    for row in sync.rows.values():
        is_expected = row.organization_id == sync.organization.pk and not row.is_revoked
        if is_expected and row.authorization_id not in listed and row.written_at < sync.settled_before:
            _mark_vanished(sync, row)


def _mark_vanished(sync: _Sync, row: Pat) -> None:
    if row.is_expired(now=sync.now):
        return  # Azure DevOps forgets ended PATs after some months; the mirror keeps what it knew.
    row.vanished_at = row.written_at = sync.now
    row.save(update_fields=["vanished_at", "written_at"])
    if not sync.is_first:
        audit.record(
            EventType.PAT_VANISHED, actor=sync.actor, outcome=Outcome.UNKNOWN, owner=sync.user, pat=row
        )
