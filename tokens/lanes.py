"""At most four calls to Azure DevOps at once for one person, over all processes of the portal.

Azure DevOps makes the person pay for what is sent in their name: too much of it slows their own browser down.
A lane is a lock of Postgres that belongs to a database session, so that a killed process frees it, and no row
or clock has to be looked after. Knows nothing of what is done in a lane. It needs a session of its own for as
long as a lane is held: a pool that hands sessions around between transactions would break it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import SystemRandom

from django.db import DatabaseError, InterfaceError, connection, transaction

from tokens.errors import Busy

LANES = 4
# Short: whoever waits holds a thread of the web or of the worker, which then serve nobody else.
PATIENCE_SECONDS = 1.0

# Postgres knows 64-bit keys; ours begin with "lane", then follow the person and the number of the lane.
_KEYS_BEGIN_AT = int.from_bytes(b"lane") << 32
_PAUSE_SECONDS = 0.05
# CASE tries one after the other and stops at the first that is free, which OR or LIMIT do not promise.
_TAKE = f"SELECT CASE {' '.join(f'WHEN pg_try_advisory_lock(%s) THEN {n}' for n in range(LANES))} END"
_LEAVE = "SELECT pg_advisory_unlock(%s)"
_random = SystemRandom()


@contextmanager
def lane_for(user_id: int, *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold one of the person's four lanes; waits up to `patience_seconds` for a free one.

    Raises Busy where none became free, and RuntimeError inside a transaction: a call may take minutes.
    """
    key = _enter(user_id, until=time.monotonic() + patience_seconds)
    try:
        yield
    finally:
        _leave(key)


def lane_keys(user_id: int) -> list[int]:
    """Return the keys of the person's lanes among Postgres' advisory locks."""
    first = _KEYS_BEGIN_AT + user_id * LANES
    return [first + number for number in range(LANES)]


def _enter(user_id: int, *, until: float) -> int:
    keys = lane_keys(user_id)
    while (number := _take(keys)) is None:
        pause = _random.uniform(0.5, 1.5) * _PAUSE_SECONDS
        if time.monotonic() + pause > until:
            raise Busy
        time.sleep(pause)
    return keys[number]


def _take(keys: list[int]) -> int | None:
    # The lock outlives the transaction, which is there because a durable one refuses to be inside another.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_TAKE, keys)
        number: int | None = cursor.fetchone()[0]
    return number


def _leave(key: int) -> None:
    """Give the lane back; what was done in it must not fail because the database has gone."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_LEAVE, [key])
    except (DatabaseError, InterfaceError):
        connection.close()  # with the session its locks go, and the next query gets a new one
