"""What the doctor looks at, in the order in which it tells of it. The findings themselves are made elsewhere.

Every look stands on its own: it says what keeps it from seeing, and hides nothing that another one sees.
"""

from collections.abc import Callable

from accounts import diagnosis as of_accounts
from patportal.lib.findings import Finding, Level, Look
from tokens.diagnosis import _azure_devops, _checkpoints, _rights, _worker

__all__ = ["looks"]


def looks() -> list[Look]:
    """Return every look there is."""
    return [
        *of_accounts.looks_at_the_portal(),
        *_database_looks(),
        *of_accounts.looks_at_entra(),
        *_azure_devops.looks(),
        *of_accounts.looks_at_mail(),
    ]


def _database_looks() -> list[Look]:
    area = "Database"
    first = Look(area, "Connection", of_accounts.database, uses_database=True)
    rest = [
        (area, "Migrations", of_accounts.migrations),
        (area, "Role", _rights.serving_role),
        (area, "Audit log", _rights.audit_triggers),
        (area, "Checkpoints", _checkpoints.checkpoints),
        (area, "Database's clock", of_accounts.database_clock),
        ("Jobs", "Worker", _worker.worker),
        ("Jobs", "Jobs", _worker.jobs),
        ("Alarms", "Alarms", of_accounts.alarms),
    ]
    return [first, *(_only_if_reachable(*one) for one in rest)]


def _only_if_reachable(area: str, title: str, see: Callable[[], list[Finding]]) -> Look:
    """Return a look with one sentence in place of an error where there is no database to ask."""

    def see_or_say_why_not() -> list[Finding]:
        if of_accounts.is_reachable():
            return see()
        return [Finding(Level.NOTE, title, "Not examined: the database cannot be used.")]

    return Look(area, title, see_or_say_why_not, uses_database=True)
