"""Lets time pass for the portal: what the database remembers becomes older, and nobody waits."""

from datetime import timedelta
from typing import Any, Protocol

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
    "tokens_pat": ("first_seen_at", "written_at", "issued_at", "revocation_sent_at", "revoked_at"),
    "tokens_organizationaccess": ("requested_at", "finished_at", "read_at", "ended_read_at"),
    "procrastinate_jobs": ("scheduled_at",),
    "procrastinate_workers": ("last_heartbeat",),
}


class Cursor(Protocol):
    """What runs a statement: Django's cursor or psycopg's connection."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...


def pass_time(cursor: Cursor, span: timedelta) -> None:
    """Make everything that the portal remembers older by `span`."""
    for table, columns in _MOMENTS.items():
        changes = ", ".join(f"{name} = {name} - %s" for name in columns)
        cursor.execute(f"UPDATE {table} SET {changes}", [span] * len(columns))  # noqa: S608 - our own names
