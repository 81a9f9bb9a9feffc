"""Apply one complete reading to the mirror and record what happened outside the portal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.azure_devops.types import PatMetadata
from tokens.models import (
    CHANGE_VERBS,
    CREATE_VERBS,
    AuditEvent,
    EventType,
    Operation,
    Organization,
    Outcome,
    Pat,
)
from tokens.operations._mirror import differences_of, new_row, set_metadata

HOLD_TOLERANCE = timedelta(minutes=5)
BATCH = 500
JUDGED_COLUMNS = [
    "organization",
    "name",
    "scopes",
    "is_global",
    "valid_from",
    "valid_to",
    "instance_id",
    "revocation_sent_at",
    "revoked_at",
    "vanished_at",
    "written_at",
    "expiry_recorded_at",
]


@dataclass(frozen=True)
class Reading:
    """One complete walk: what is active, and what has ended where that was read too."""

    began_at: datetime
    active: list[PatMetadata]
    revoked: list[PatMetadata] = field(default_factory=list)
    expired: list[PatMetadata] = field(default_factory=list)
    has_ended: bool = False


@dataclass
class _Sync:
    """What the steps below share: whose mirror, in whose name, what it holds, and what is to be written."""

    user: User
    organization: Organization
    actor: Actor
    now: datetime
    is_first: bool
    settled_before: datetime
    open_creations: list[Operation]
    changing: set[UUID]
    rows: dict[UUID, Pat]
    owners: dict[UUID, Organization]
    added: list[Pat] = field(default_factory=list)
    changed: list[Pat] = field(default_factory=list)
    noticed: list[tuple[Pat, AuditEvent]] = field(default_factory=list)

    def note(
        self,
        event_type: EventType,
        pat: Pat,
        *,
        outcome: Outcome = Outcome.SUCCESS,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep an event for later; the first reading has none of single PATs."""
        if not self.is_first:
            event = audit.build(
                event_type, actor=self.actor, outcome=outcome, owner=self.user, pat=pat, data=data
            )
            self.noticed.append((pat, event))

    def write(self) -> None:
        """Write everything in a few statements, however many PATs there are."""
        # A creation that is answered meanwhile may have written its PAT first; its row and event count.
        Pat.objects.bulk_create(self.added, batch_size=BATCH, ignore_conflicts=True)
        Pat.objects.bulk_create(
            self.changed,
            batch_size=BATCH,
            update_conflicts=True,  # they all exist; bulk_update() takes seconds for thousands of rows
            unique_fields=["id"],
            update_fields=JUDGED_COLUMNS,
        )
        if self.noticed:
            ours = set(Pat.objects.filter(user=self.user).values_list("pk", flat=True))
            audit.record_all([event for pat, event in self.noticed if pat.pk in ours])


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
    and are not judged, nor are those with an open change: settling says what they are. The first reading
    writes one summary event instead of one for each PAT.
    """
    listed = [*reading.active, *reading.revoked, *reading.expired]
    sync = _Sync(
        user=user,
        organization=organization,
        actor=actor,
        now=now,
        is_first=is_first,
        settled_before=settled_before,
        # First: what is concluded between these queries and the next is in the rows that the next reads.
        open_creations=_open_creations(user),
        changing=_changing(user),
        rows=_locked_rows(user),
        owners=_owners(organization),
    )
    revoked = {one.authorization_id for one in reading.revoked}
    for metadata in listed:
        _apply_one(sync, metadata, is_revoked=metadata.authorization_id in revoked)
    if reading.has_ended:
        _apply_missing(sync, {one.authorization_id for one in listed})
    sync.write()
    if is_first:
        _record_first(sync, reading)


def _open_creations(user: User) -> list[Operation]:
    creations = Operation.objects.filter(user=user, verb__in=CREATE_VERBS)
    return list(creations.filter(state=Operation.State.REQUESTED))


def _changing(user: User) -> set[UUID]:
    """Return the ids of the PATs whose change is open."""
    changes = Operation.objects.filter(user=user, verb__in=CHANGE_VERBS, state=Operation.State.REQUESTED)
    return {pat_id for pat_id in changes.values_list("pat_id", flat=True) if pat_id is not None}


def _locked_rows(user: User) -> dict[UUID, Pat]:
    rows = (
        Pat.objects.filter(user=user)
        .select_related("organization")
        .select_for_update(no_key=True, of=("self",))
    )
    return {row.authorization_id: row for row in rows.order_by("pk")}


def _owners(organization: Organization) -> dict[UUID, Organization]:
    """Return the organizations by the id that PATs name; of two names for one, that which is being read."""
    known = Organization.objects.exclude(instance_id=None)
    owners = {row.instance_id: row for row in known if row.instance_id}
    return owners | ({organization.instance_id: organization} if organization.instance_id else {})


def _record_first(sync: _Sync, reading: Reading) -> None:
    audit.record(
        EventType.PATS_FIRST_READ,
        actor=sync.actor,
        owner=sync.user,
        organization=sync.organization.name,
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
    elif row.pk not in sync.changing and row.is_untouched_since(sync.settled_before):
        _update(sync, row, metadata, is_revoked=is_revoked)


def _add(sync: _Sync, metadata: PatMetadata, *, is_revoked: bool) -> None:
    if _may_be_ours(sync, metadata):
        return
    owner = _owner_of(metadata, sync) or sync.organization
    row = new_row(metadata, user=sync.user, organization=owner, now=sync.now)
    row.revoked_at = sync.now if is_revoked else None
    sync.rows[row.authorization_id] = row
    sync.added.append(row)
    # What had expired before anybody knew of it has not expired just now.
    row.expiry_recorded_at = sync.now if row.is_expired(now=sync.now) else None
    data = {"scopes": row.scopes, "is_global": row.is_global, "valid_to": row.valid_to.isoformat()}
    sync.note(EventType.PAT_FOUND, row, data=data)


def _may_be_ours(sync: _Sync, metadata: PatMetadata) -> bool:
    """Whether an open creation may have made it; then settling, not a sync, says what it is."""
    owner = _owner_of(metadata, sync)
    return any(
        (owner is None or operation.organization_id == owner.pk)
        and operation.name == metadata.display_name
        and frozenset(operation.scopes) == metadata.scopes
        and metadata.valid_from >= operation.requested_at - HOLD_TOLERANCE
        for operation in sync.open_creations
    )


def _owner_of(metadata: PatMetadata, sync: _Sync) -> Organization | None:
    """Return the organization a PAT names: lists may show those of a sister organization. None: unknown."""
    return sync.owners.get(metadata.target_accounts[0]) if metadata.target_accounts else None


def _update(sync: _Sync, row: Pat, metadata: PatMetadata, *, is_revoked: bool) -> None:
    differences = differences_of(row, metadata)
    owner = _owner_of(metadata, sync) or row.organization
    was_revoked, before, place = row.is_revoked, _ending_of(row), _place_of(row)
    row.organization = owner
    set_metadata(row, metadata, now=sync.now)
    if differences:
        sync.note(EventType.PAT_CHANGED_OUTSIDE, row, data=differences)
    if is_revoked and row.revoked_at is None and row.revocation_sent_at is None:
        row.revoked_at, row.vanished_at = sync.now, None
        sync.note(EventType.PAT_REVOKED_OUTSIDE, row)
    elif was_revoked and not is_revoked:
        row.revoked_at = row.vanished_at = row.revocation_sent_at = None
        sync.note(EventType.PAT_REAPPEARED, row)
    if differences or _place_of(row) != place or _ending_of(row) != before:
        row.written_at = sync.now
        sync.changed.append(row)


def _ending_of(row: Pat) -> tuple[datetime | None, ...]:
    return row.revoked_at, row.vanished_at, row.revocation_sent_at


def _place_of(row: Pat) -> tuple[int, UUID | None]:
    return row.organization_id, row.instance_id


def _apply_missing(sync: _Sync, listed: set[UUID]) -> None:
    """Mark rows that should be listed and are in no list at all."""
    for row in sync.rows.values():
        is_ours = row.organization_id == sync.organization.pk and row.pk not in sync.changing
        is_expected = is_ours and not row.is_revoked
        if is_expected and row.authorization_id not in listed and row.written_at < sync.settled_before:
            _mark_vanished(sync, row)


def _mark_vanished(sync: _Sync, row: Pat) -> None:
    if row.is_expired(now=sync.now):
        return  # Azure DevOps forgets ended PATs after some months; the mirror keeps what it knew.
    row.vanished_at = row.written_at = sync.now
    sync.changed.append(row)
    sync.note(EventType.PAT_VANISHED, row, outcome=Outcome.UNKNOWN)
