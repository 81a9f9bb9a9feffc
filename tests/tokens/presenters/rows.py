"""Unsaved rows for tests of presenters, which only read."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tokens.models import Operation, Organization, OrganizationAccess, Pat

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ALPHA = Organization(pk=1, name="alpha")
PLACES = [ALPHA, Organization(pk=2, name="beta"), Organization(pk=3, name="gamma")]


def pat(**changes: Any) -> Pat:
    """Return a PAT that works for another 60 days; `places` and `successors` are rows that belong to it."""
    around = {name: changes.pop(name, []) for name in ("places", "successors")}
    fields: dict[str, Any] = {
        "organization": ALPHA,
        "authorization_id": uuid4(),
        "name": "ci-deploy",
        "scopes": ["vso.code"],
        "valid_from": NOW - 20 * DAY,
        "valid_to": NOW + 60 * DAY,
        "first_seen_at": NOW - 20 * DAY,
        "written_at": NOW - 20 * DAY,
    }
    row = Pat(**fields | changes)
    # What a query would have fetched along with it.
    row._prefetched_objects_cache = around  # type: ignore[attr-defined]
    return row


def operation(verb: Operation.Verb, state: Operation.State, **changes: Any) -> Operation:
    """Return an operation of a minute ago."""
    is_open = state in {Operation.State.REQUESTED, Operation.State.SENT}
    fields: dict[str, Any] = {
        "organization": ALPHA,
        "verb": verb,
        "state": state,
        "name": "ci-deploy",
        "requested_at": NOW - timedelta(minutes=1),
        "finished_at": None if is_open else NOW,
    }
    return Operation(**fields | changes)


def access(**changes: Any) -> OrganizationAccess:
    """Return an organization that was read just now."""
    fields: dict[str, Any] = {
        "organization": ALPHA,
        "state": OrganizationAccess.State.READ,
        "requested_at": NOW - timedelta(seconds=5),
        "finished_at": NOW - timedelta(seconds=3),
        "read_at": NOW - timedelta(seconds=4),
    }
    return OrganizationAccess(**fields | changes)
