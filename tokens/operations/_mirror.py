"""Writing what Azure DevOps told us about a PAT into the mirror."""

from datetime import datetime

from accounts.models import User
from patportal.lib.redaction import redact
from tokens.azure_devops.types import PatMetadata
from tokens.models import Operation, Organization, Pat


def metadata_fields(metadata: PatMetadata) -> dict[str, object]:
    """Return the columns that come from Azure DevOps; a secret that somebody took for a name is masked."""
    return {
        "name": redact(metadata.display_name),
        "scopes": sorted(metadata.scopes),
        "is_global": metadata.is_global,
        "valid_from": metadata.valid_from,
        "valid_to": metadata.valid_to,
    }


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
