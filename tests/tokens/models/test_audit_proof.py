"""The chain of the audit log as Postgres makes it: whatever writes an event, its commit links it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.installation import Connection, Installation

EVENT = "INSERT INTO tokens_auditevent ({columns}) VALUES ({values}) RETURNING id"
PLAIN = {
    "type": "pat.created",
    "outcome": "success",
    "actor_kind": "system",
    **dict.fromkeys(("actor_label", "owner_label", "organization", "pat_name", "request_id"), ""),
    **dict.fromkeys(("activity_id", "error_code", "address", "user_agent"), ""),
    "data": "{}",
    "personal_data": "{}",
}
CHAIN = "SELECT position, event_id, hash_version, canonical, hash FROM tokens_auditlink ORDER BY position"


def write(connection: Connection, **values: Any) -> int:
    """Insert an event by SQL and return its id."""
    row = {**PLAIN, **values}
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    statement = EVENT.format(columns=names, values=places).encode()
    found = connection.execute(statement, list(row.values())).fetchone()
    assert found is not None
    return int(found[0])


def linked(connection: Connection) -> list[int]:
    """Return the ids of the events in the order of the chain, after a look at every hash."""
    previous = "0" * 64
    ids: list[int] = []
    for position, event_id, version, canonical, digest in connection.execute(CHAIN.encode()).fetchall():
        told = json.loads(canonical)
        assert (told["version"], told["position"], told["id"]) == (version, position, event_id)
        assert position == len(ids) + 1
        assert told["previous"] == previous
        assert hashlib.sha256(canonical.encode()).digest() == digest
        previous, ids = digest.hex(), [*ids, event_id]
    return ids


@pytest.fixture
def application(installation: Installation) -> Iterator[Connection]:
    """The role of web and worker, in transactions."""
    with psycopg.connect(installation.url("DATABASE_URL")) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def owner(installation: Installation) -> Iterator[Connection]:
    """The owner of the database; each statement is a transaction."""
    with installation.connect("DATABASE_OWNER_URL") as connection:
        yield connection


def test_an_event_is_linked_when_its_transaction_commits(application: Connection, owner: Connection) -> None:
    before = linked(owner)
    ids = [write(application) for _ in range(3)]
    assert linked(application) == before
    application.commit()
    assert linked(owner) == [*before, *ids]


def test_what_is_rolled_back_leaves_no_gap(application: Connection, owner: Connection) -> None:
    before = linked(owner)
    write(application)
    application.rollback()
    first = write(application)
    application.execute("SAVEPOINT before")
    write(application)
    # Linked at once, and taken back all the same.
    application.execute("SET CONSTRAINTS ALL IMMEDIATE")
    application.execute("ROLLBACK TO SAVEPOINT before")
    second = write(application)
    application.commit()
    assert linked(owner) == [*before, first, second]


def test_the_order_is_that_of_the_commits(
    installation: Installation, application: Connection, owner: Connection
) -> None:
    before = linked(owner)
    early = write(application)
    with installation.connect("DATABASE_URL") as other:
        late = write(other)
    application.commit()
    assert early < late
    assert linked(owner) == [*before, late, early]


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_from_before_another_link_forks_nothing(
    installation: Installation, application: Connection, owner: Connection, level: str
) -> None:
    before = linked(owner)
    application.execute(f"SET TRANSACTION ISOLATION LEVEL {level}".encode())
    write(application)
    with installation.connect("DATABASE_URL") as other:
        late = write(other)
    with pytest.raises((psycopg.errors.UniqueViolation, psycopg.errors.SerializationFailure)):
        application.commit()
    assert linked(owner) == [*before, late]


def test_time_salt_and_erasure_are_not_the_applications_to_choose(application: Connection) -> None:
    chosen = write(application, at=datetime(2020, 1, 1, tzinfo=UTC), salt=b"known", erased_by=1)
    application.commit()
    found = application.execute(
        "SELECT at, salt, erased_by FROM tokens_auditevent WHERE id = %s", [chosen]
    ).fetchone()
    assert found is not None
    assert (datetime.now(UTC) - found[0]).total_seconds() < 60
    assert len(found[1]) == 32
    assert found[1] != b"known"
    assert found[2] is None


FORBIDDEN = {
    "write a link": "INSERT INTO tokens_auditlink VALUES (1000000, 1000000, 1, '', '')",
    "copy links": "COPY tokens_auditlink FROM STDIN",
    "change a link": "UPDATE tokens_auditlink SET hash = ''",
    "delete a link": "DELETE FROM tokens_auditlink",
    "empty the chain": "TRUNCATE tokens_auditlink",
    "delete checkpoints": "DELETE FROM tokens_auditcheckpoint",
    "change a verification": "UPDATE tokens_auditverification SET faults = 0",
    "erase": "SELECT tokens_audit_erase(1, NULL, NULL, now())",
    "switch a trigger off": "ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_link",
    "drop a trigger": "DROP TRIGGER tokens_audit_link ON tokens_auditevent",
    "replace the text": "CREATE OR REPLACE FUNCTION tokens_audit_personal(event tokens_auditevent)"
    " RETURNS text LANGUAGE sql AS 'SELECT NULL::text'",
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_the_role_of_web_and_worker_may_not(application: Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as caught:
        application.execute(statement.encode())
    assert "append-only" not in str(caught.value)


@pytest.mark.parametrize("function", ["tokens_audit_stamp", "tokens_audit_link", "tokens_audit_append_only"])
def test_the_role_of_web_and_worker_hangs_no_function_on_a_table_of_its_own(
    application: Connection, function: str
) -> None:
    application.execute("CREATE TEMPORARY TABLE mine (LIKE tokens_auditevent)")
    statement = f"CREATE TRIGGER own BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION {function}()"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(statement.encode())


def test_a_table_of_its_own_that_bears_the_name_changes_nothing(
    application: Connection, owner: Connection
) -> None:
    before = linked(owner)
    application.execute("CREATE TEMPORARY TABLE tokens_auditlink (LIKE public.tokens_auditlink)")
    application.execute("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'")
    application.execute("SET search_path = pg_temp, public")
    written = write(application)
    application.commit()
    assert linked(owner) == [*before, written]


def test_not_even_the_owner_writes_a_link_without_an_event(owner: Connection) -> None:
    before = linked(owner)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only: INSERT refused"):
        owner.execute("INSERT INTO tokens_auditlink VALUES (1000000, 1000000, 1, '', '')")
    assert linked(owner) == before


def test_a_session_that_replicates_writes_links_all_the_same(
    installation: Installation, owner: Connection
) -> None:
    before = linked(owner)
    with installation.connect("DATABASE_SUPERUSER_URL") as replicating:
        replicating.execute("SET session_replication_role = replica")
        written = write(replicating)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            replicating.execute("INSERT INTO tokens_auditlink VALUES (1000000, 1000000, 1, '', '')")
    assert linked(owner) == [*before, written]


def test_events_of_earlier_releases_are_linked_when_it_is_installed(tmp_path: Path) -> None:
    """There and back: the chain goes, the events stay as they were, and are linked again."""
    made = Installation(tmp_path)
    try:
        made.migrate()
        with made.connect("DATABASE_URL") as application:
            data = {"kind": "create", "purpose": "Żółw 😀", "expires": 2.50}
            ids = [write(application, data=json.dumps(data), pat_name=f"ci-{number}") for number in range(3)]
        back = made.url("DATABASE_OWNER_URL")
        made.manage("migrate", "tokens", "0004_whole_life", DATABASE_OWNER_URL=back)
        with made.connect("DATABASE_OWNER_URL") as owner:
            told = "SELECT id, data FROM tokens_auditevent WHERE type = 'pat.created' ORDER BY id"
            assert owner.execute(told.encode()).fetchall() == [(number, data) for number in ids]
        made.migrate()
        with made.connect("DATABASE_OWNER_URL") as owner:
            events = owner.execute("SELECT id FROM tokens_auditevent ORDER BY id").fetchall()
            assert linked(owner) == [event_id for (event_id,) in events]
            parts = owner.execute(
                "SELECT DISTINCT data, personal_data, length(salt) FROM tokens_auditevent"
                " WHERE type = 'pat.created'"
            )
            lasting = {"kind": "create", "expires": 2.5}
            assert parts.fetchall() == [(lasting, {"purpose": "Żółw 😀"}, 32)]
            newest = write(owner)
            assert linked(owner)[-1] == newest
        assert made.manage("verify_audit").strip().endswith("Result: whole.")
    finally:
        made.remove()
