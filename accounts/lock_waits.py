"""How long anybody here waits for a row that another process holds: never without end."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg.errors
from django.db import OperationalError, connection, transaction

from accounts.entra import LONGEST_CALL_SECONDS
from accounts.errors import GrantBusy

# Outlasts the request to Entra during which a grant is held.
WAIT_SECONDS = LONGEST_CALL_SECONDS + 5


@contextmanager
def limited_wait(seconds: int = WAIT_SECONDS, *, durable: bool = False) -> Iterator[None]:
    """Open a transaction in which nobody waits longer than `seconds` for a lock; raises `GrantBusy`.

    With `durable` it refuses to be part of another transaction (RuntimeError).
    """
    try:
        with transaction.atomic(durable=durable):
            _limit(seconds)
            yield
    except OperationalError as exc:
        if isinstance(exc.__cause__, psycopg.errors.LockNotAvailable):
            raise GrantBusy("another process took too long") from exc
        raise


def _limit(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds}s"])
