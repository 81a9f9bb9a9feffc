"""The clock of the database, which all processes share, whatever machine they run on."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return the database's time, which all processes share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
