"""Lets time pass, and nobody waits: the database's memory becomes older, Azure DevOps' clock goes on."""

from datetime import timedelta
from typing import Any, Protocol

from tests.sandbox_tenant import Tenant

# Every moment that something waits for or is compared with; what Azure DevOps told is not ours to move.
_MOMENTS = {
    "tokens_operation": (
        "requested_at",
        "deadline_at",
        "answer_lost_at",
        "listed_empty_at",
        "claimed_until",
        "finished_at",
    ),
    "tokens_pat": (
        "first_seen_at",
        "written_at",
        "issued_at",
        "revocation_sent_at",
        "revoked_at",
        "changed_at",
        "ends_at",
    ),
    "tokens_bulkchange": ("requested_at", "stopped_at"),
    "tokens_bulkpause": ("ends_at",),
    "tokens_bulkitem": ("claimed_until",),
    "tokens_outgoingmail": ("due_at", "claimed_until", "sent_at"),
    "tokens_organizationaccess": ("requested_at", "finished_at", "read_at", "ended_read_at"),
    "procrastinate_jobs": ("scheduled_at",),
    "procrastinate_workers": ("last_heartbeat",),
}


class Cursor(Protocol):
    """What runs a statement: Django's cursor or psycopg's connection."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...


def pass_time(cursor: Cursor, span: timedelta, *, tenant: Tenant | None = None) -> None:
    """Make all that the portal remembers older by `span`, and a tenant's Azure DevOps as much later."""
    for table, columns in _MOMENTS.items():
        changes = ", ".join(f"{name} = {name} - %s" for name in columns)
        cursor.execute(f"UPDATE {table} SET {changes}", [span] * len(columns))  # noqa: S608 - our own names
    if tenant is None:
        return
    settings = tenant.control.call("GET", f"tenants/{tenant.tenant_id}")["settings"]
    tenant.change(clock_offset_seconds=settings["clock_offset_seconds"] + span.total_seconds())
