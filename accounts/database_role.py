"""Warns when the portal runs as the owner of its tables, who could switch off what protects the audit log.

System checks do not run when gunicorn starts, so the warning goes to the log with the process's first
database connection. Commands that are meant for the owner (migrate) are left alone.
"""

import sys
from pathlib import Path
from typing import Any

import structlog
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

log = structlog.get_logger(__name__)

_UID = "accounts.database_role"
_SERVING_COMMANDS = {"procrastinate", "runserver"}
# True as well for a superuser and for a member of the owning role.
_QUERY = """
    SELECT pg_has_role(relowner, 'USAGE') FROM pg_class
    WHERE relname = 'accounts_user' AND relnamespace = current_schema()::regnamespace
"""


def is_owner(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether `connection` acts with the rights of the owner of the portal's tables."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY)
        row = cursor.fetchone()
    return bool(row and row[0])


def is_serving(arguments: list[str]) -> bool:
    """Tell whether a process with these arguments serves people or works on jobs."""
    program = Path(arguments[0])
    is_command = program.name in {"manage.py", "django-admin"} or program.parts[-2:] == (
        "django",
        "__main__.py",
    )
    if not is_command:
        return True
    return arguments[1:2] != [] and arguments[1] in _SERVING_COMMANDS


def warn_at_first_connection() -> None:
    """Arrange for the warning in a process that serves."""
    if is_serving(sys.argv):
        connection_created.connect(_look, dispatch_uid=_UID)


def _look(sender: type, connection: BaseDatabaseWrapper, **_: Any) -> None:  # noqa: ARG001
    connection_created.disconnect(dispatch_uid=_UID)
    if is_owner(connection):
        log.warning(
            "running_as_database_owner",
            advice="Give DATABASE_URL a role without ownership; use DATABASE_OWNER_URL for migrate alone.",
        )
