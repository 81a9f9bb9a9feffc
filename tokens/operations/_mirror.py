"""Writing what Azure DevOps told us about a PAT into the mirror."""

from datetime import datetime
from typing import Any

from accounts.models import User
from patportal.lib.redaction import redact
from tokens import rules
from tokens.azure_devops.types import PatMetadata
from tokens.models import Operation, Organization, Pat

# Columns that tell of Azure DevOps' own order and not of anything that a person changes.
UNTOLD = {"instance_id"}


def metadata_fields(metadata: PatMetadata) -> dict[str, object]:
    """Return the columns that come from Azure DevOps; a secret that somebody took for a name is masked."""
    return {
        "name": redact(metadata.display_name),
        "scopes": sorted(metadata.scopes),
        "is_global": metadata.is_global,
        "valid_from": metadata.valid_from,
        "valid_to": metadata.valid_to,
        "instance_id": metadata.target_accounts[0] if metadata.target_accounts else None,
    }


def differences_of(row: Pat, metadata: PatMetadata) -> dict[str, list[Any]]:
    """Return what differs as old and new value by column; dates differ beyond rounding only."""
    found: dict[str, list[Any]] = {}
    for name, value in metadata_fields(metadata).items():
        old = getattr(row, name)
        if name in UNTOLD:
            continue
        if isinstance(value, datetime):
            if not rules.is_same_date(old, value):
                found[name] = [old.isoformat(), value.isoformat()]
        elif old != value:
            found[name] = [old, value]
    return found


def new_row(metadata: PatMetadata, *, user: User, organization: Organization, now: datetime) -> Pat:
    """Return an unsaved row for a PAT that the mirror does not have yet."""
    return Pat(
        user=user,
        organization=organization,
        authorization_id=metadata.authorization_id,
        first_seen_at=now,
        written_at=now,
        **metadata_fields(metadata),
    )


def write_found(metadata: PatMetadata, *, operation: Operation, now: datetime, is_left_over: bool) -> Pat:
    """Write a PAT that settling found; what the mirror has of it already is kept up to date."""
    pat, _ = Pat.objects.update_or_create(
        user=operation.user,
        authorization_id=metadata.authorization_id,
        defaults={**metadata_fields(metadata), "written_at": now, "is_left_over": is_left_over},
        create_defaults={
            **metadata_fields(metadata),
            "organization": operation.organization,
            "first_seen_at": now,
            "written_at": now,
            "is_left_over": is_left_over,
        },
    )
    return pat


def write_issued(operation: Operation, metadata: PatMetadata, *, now: datetime) -> Pat:
    """Write a PAT whose creation was answered."""
    pat = write_found(metadata, operation=operation, now=now, is_left_over=False)
    pat.issued_at = now
    pat.save(update_fields=["issued_at"])
    return pat


def set_metadata(row: Pat, metadata: PatMetadata, *, now: datetime) -> None:
    """Make `row`, which the caller saves, what Azure DevOps says; one that works again may expire again."""
    for name, value in metadata_fields(metadata).items():
        setattr(row, name, value)
    if not row.is_expired(now=now):
        row.expiry_recorded_at = None


def write_metadata(row: Pat, metadata: PatMetadata, *, now: datetime) -> None:
    """Write what a Get or a change answered; for a while that is newer than what lists show."""
    set_metadata(row, metadata, now=now)
    row.changed_at = row.written_at = now
    row.save(update_fields=[*metadata_fields(metadata), "changed_at", "written_at", "expiry_recorded_at"])


def write_changed(
    operation: Operation, metadata: PatMetadata, *, now: datetime
) -> tuple[Pat, dict[str, list[Any]]]:
    """Write what a PAT is after `operation`; returns its row and what differs from the mirror before."""
    row = (
        Pat.objects.select_related("organization")
        .select_for_update(no_key=True, of=("self",))
        .get(operations=operation)
    )
    differences = differences_of(row, metadata)
    write_metadata(row, metadata, now=now)
    return row, differences
