"""Reads the chain of the audit log as a stream, each link beside its event as it is now.

Knows nothing of right and wrong. What is hashed is rendered by Postgres, from the text of our own functions
and not by those in the database; hashing is left to whoever reads.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction

_SQL = Path(__file__).parents[1] / "sql"
_FUNCTION = re.compile(r"CREATE FUNCTION (\w+)\(.*?AS \$\$\s*SELECT (.*?)\$\$", re.DOTALL)
_TYPES = ["int8", "int8", "int2", "text", "bytea", "int8", "text", "bytea", "text", "int8", "int8"]
# Nobody slips a function or a policy under the statements, and Postgres walks along the keys.
_SETTINGS = """
    SET LOCAL search_path = pg_catalog, pg_temp;
    SET LOCAL row_security = off;
    SET LOCAL statement_timeout = 0;
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_material = off;
    SET LOCAL enable_memoize = off;
    SET LOCAL enable_sort = off;
    SET LOCAL enable_mergejoin = {mergejoin}
"""
# Events that were written while the trigger was off; both sides are read along an index.
_UNLINKED = """
    COPY (
        SELECT event.id
        FROM public.tokens_auditevent AS event
        WHERE NOT EXISTS (SELECT FROM public.tokens_auditlink AS link WHERE link.event_id = event.id)
        ORDER BY event.id
    ) TO STDOUT (FORMAT BINARY)
"""
# Owners may write any number into the column; a chain begins with 1.
FROM_THE_START, TO_THE_END = -(2**63), 2**63 - 1


class StoredLink(NamedTuple):
    """One link and what its event holds now.

    `rendered` is the event's canonical text with both hashes left empty, `personal` its personal text. Of an
    event that is missing all of it is None, `found_id` too. `told_at` is the position of the audit.erased
    event that `erased_by` names.
    """

    position: int
    event_id: int
    hash_version: int
    canonical: str
    hash: bytes
    found_id: int | None
    rendered: str
    salt: bytes | None
    personal: str
    erased_by: int | None
    told_at: int | None


def stored_links(*, first: int = FROM_THE_START, last: int = TO_THE_END) -> Iterator[StoredLink]:
    """Yield the links from position `first` to `last`, in their order, all as they were at one moment.

    No other statement may be run on this connection meanwhile.
    """
    statement = _statement().replace("{first}", str(int(first))).replace("{last}", str(int(last)))
    with _reading(mergejoin="off"):
        yield from map(StoredLink._make, _copied(statement, _TYPES))


def unlinked_events() -> Iterator[int]:
    """Yield the ids of events that no link holds."""
    with _reading(mergejoin="on"):
        for (event_id,) in _copied(_UNLINKED, ["int8"]):
            yield event_id


@contextmanager
def _reading(*, mergejoin: str) -> Iterator[None]:
    """Give the connection the settings of `_SETTINGS`; they end with the transaction, which keeps nothing."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_SETTINGS.format(mergejoin=mergejoin))
        yield
        transaction.set_rollback(True)


def _copied(statement: str, types: list[str]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        yield from copy.rows()


@cache
def _statement() -> str:
    rendered = dict(_FUNCTION.findall((_SQL / "audit_canonical.sql").read_text("utf-8")))
    statement = "\n".join(
        line
        for line in (_SQL / "audit_read.sql").read_text("utf-8").splitlines()
        if not line.startswith("--")
    )
    for name in ("canonical", "personal"):
        statement = statement.replace(f"{{{name}}}", rendered[f"tokens_audit_{name}"].strip())
    return statement
