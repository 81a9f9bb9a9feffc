"""The database itself: reachable, recent, with every migration, and on the same time."""

from datetime import datetime

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.diagnosis._masking import without_secrets
from patportal.lib.findings import Finding, Level, clock_finding, in_words

_OLDEST_VERSION = 140_000
_CONNECT_SECONDS = 10
_WHO_AND_WHERE = """
    SELECT current_setting('server_version'), current_setting('server_version_num')::int,
        current_database(), current_user
"""


def database() -> list[Finding]:
    """Connect to the database and judge its version."""
    title = "Connection"
    # A host that swallows everything would otherwise be waited for for minutes.
    connection.settings_dict["OPTIONS"].setdefault("connect_timeout", _CONNECT_SECONDS)
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(_WHO_AND_WHERE)
            version, number, name, role = cursor.fetchone()
    except (Error, ImproperlyConfigured) as exc:
        step = "Start the database, or correct DATABASE_URL (host, port, name, role, password)."
        return [Finding(Level.PROBLEM, title, f"It cannot be used: {_first_line(exc)}", step)]
    if number < _OLDEST_VERSION:
        return [
            Finding(Level.PROBLEM, title, f"Postgres {version} is too old.", "Upgrade it to 14 or newer.")
        ]
    return [Finding(Level.OK, title, f"Postgres {version}, database {name}, as role {role}.")]


def is_reachable() -> bool:
    """Tell whether statements can be run at this moment."""
    try:
        connection.ensure_connection()
    except (Error, ImproperlyConfigured):
        return False
    return connection.is_usable()


def migrations() -> list[Finding]:
    """Compare the migrations that this release brings with those that the database has had."""
    title = "Migrations"
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as exc:
        return [unreadable(title, exc)]
    missing = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
    if missing:
        step = "Run `python manage.py migrate` with DATABASE_OWNER_URL set, then restart web and worker."
        return [Finding(Level.PROBLEM, title, f"Not applied: {in_words(missing)}.", step)]
    applied, known = executor.loader.applied_migrations, executor.loader.disk_migrations
    ours = {label for label, _ in known}
    newer = sorted(".".join(key) for key in set(applied) - set(known) if key[0] in ours)
    if newer:
        found = f"The database is newer than this release; it has {in_words(newer)}."
        return [Finding(Level.WARNING, title, found, "Install the release that migrated the database.")]
    return [Finding(Level.OK, title, "All are applied.")]


def database_clock() -> list[Finding]:
    """Compare the database's clock with this machine's."""
    title = "Database's clock"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            found: datetime = cursor.fetchone()[0]
    except Error as exc:
        return [unreadable(title, exc)]
    return [clock_finding(title, (found - timezone.now()).total_seconds())]


def unreadable(title: str, failure: Exception) -> Finding:
    """Say that the database refused a question."""
    step = "Run `python manage.py migrate` with DATABASE_OWNER_URL set, which also gives the role its rights."
    return Finding(Level.PROBLEM, title, f"The database does not answer this: {_first_line(failure)}", step)


def _first_line(failure: Exception) -> str:
    """Return the database's own words, which may name host and role, without anything secret."""
    lines = without_secrets(str(failure)).strip().splitlines()
    return f"{(lines or [type(failure).__name__])[0].rstrip('.')}."
