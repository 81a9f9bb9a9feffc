"""The audit log in tests: its links come when a transaction commits, which most tests never do."""

from django.db import connection


def link_now() -> None:
    """Have the events of the open transaction linked now, as if it were about to commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
