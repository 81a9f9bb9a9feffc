"""The tamper table: what becomes of every way to falsify the audit log, and by whom.

The same table stands in docs/audit.md, and a test compares them. Each attempt is direct SQL in a log of
twelve events, of which a checkpoint kept elsewhere covers none or ten.
"""
# ruff: noqa: S608 - the attempts are put together from the parts below, and from nothing else

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

import tokens
from patportal.lib.actors import Actor, ActorKind, Origin
from tests.installation import Connection
from tokens import audit, operations
from tokens.audit_proof.findings import Finding
from tokens.audit_proof.notes import Checkpoint
from tokens.models import AuditEvent, AuditLink, EventType

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED, NOT_PROVABLE, NOT_FORGED = "refused", "not provable", "nothing is falsified"
EVENTS, COVERED = 12, 10
ROOT = Path(__file__).resolve().parents[1]
ACTOR = Actor(kind=ActorKind.OPERATOR, label="somebody", origin=Origin(address="203.0.113.7"))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One attempt: in words, as SQL, and what becomes of it as which role.

    `before` and `after`: by the owner with triggers off, before a checkpoint covers the place and after.
    """

    what: str
    statement: str
    application: str = REFUSED
    owner: str = REFUSED
    before: str
    after: str = ""

    @property
    def cells(self) -> list[str]:
        """The row as the table shows it."""
        return [self.what, self.application, self.owner, self.before, self.after or self.before]


# Makes the chain anew from position {first} on: gapless, every hash right. What an insider would run.
RELINK = """
    DO $$
    DECLARE
        old tokens_auditevent;
        place bigint := {first} - 1;
        previous bytea := coalesce(
            (SELECT hash FROM tokens_auditlink WHERE position = {first} - 1), decode(repeat('00', 32), 'hex')
        );
        made text;
        ids bigint[] := ARRAY(
            SELECT event.id FROM tokens_auditevent AS event
            LEFT JOIN tokens_auditlink AS link ON link.event_id = event.id
            WHERE coalesce(link.position, {first}) >= {first} ORDER BY event.id
        );
    BEGIN
        DELETE FROM tokens_auditlink WHERE position >= {first};
        FOR old IN SELECT * FROM tokens_auditevent WHERE id = ANY (ids) ORDER BY id LOOP
            place := place + 1;
            made := tokens_audit_canonical(old, place, encode(previous, 'hex'),
                encode(sha256(old.salt || convert_to(tokens_audit_personal(old), 'UTF8')), 'hex'));
            previous := sha256(convert_to(made, 'UTF8'));
            INSERT INTO tokens_auditlink VALUES (place, old.id, 1, made, previous);
        END LOOP;
    END
    $$
"""
INSERT = """
    INSERT INTO tokens_auditevent
    SELECT (event).* FROM (
        SELECT jsonb_populate_record(event, '{{"id": {id}, "outcome": "refused"}}') AS event
        FROM tokens_auditevent AS event WHERE pat_name = 'pat-5'
    ) AS forged
"""
E5 = "(SELECT id FROM tokens_auditevent WHERE pat_name = 'pat-5')"
E6 = "(SELECT id FROM tokens_auditevent WHERE pat_name = 'pat-6')"
END = "(SELECT id FROM tokens_auditevent WHERE pat_name IN ('pat-9', 'pat-10', 'pat-11', 'pat-12'))"

TABLE = [
    Row(
        what="change a lasting field of an event",
        statement=f"UPDATE tokens_auditevent SET outcome = 'refused' WHERE id = {E5}",
        before="altered",
    ),
    Row(
        what="change a personal field of an event",
        statement=f"UPDATE tokens_auditevent SET address = '198.51.100.1' WHERE id = {E5}",
        before="personal_altered",
    ),
    Row(
        what="erase personal fields, and no event tells of it",
        statement="UPDATE tokens_auditevent SET actor_label = '', owner_label = '', pat_name = '',"
        f" address = '', user_agent = '', personal_data = '{{}}', salt = NULL WHERE id = {E5}",
        before="erased_without_record",
    ),
    Row(
        what="change a field, and the text of its link",
        statement=f"UPDATE tokens_auditevent SET outcome = 'refused' WHERE id = {E5};"
        "UPDATE tokens_auditlink SET canonical = replace(canonical, 'success', 'refused') WHERE position = 5",
        before="wrong_hash",
    ),
    Row(
        what="change a field, the text and the hash of its link",
        statement=f"UPDATE tokens_auditevent SET outcome = 'refused' WHERE id = {E5};"
        "UPDATE tokens_auditlink SET canonical = replace(canonical, 'success', 'refused'),"
        " hash = sha256(convert_to(replace(canonical, 'success', 'refused'), 'UTF8')) WHERE position = 5",
        before="wrong_predecessor",
    ),
    Row(
        what="delete an event in the middle",
        statement=f"DELETE FROM tokens_auditevent WHERE id = {E5}",
        before="missing",
    ),
    Row(
        what="delete an event in the middle, and its link",
        statement=f"DELETE FROM tokens_auditlink WHERE event_id = {E5};"
        f"DELETE FROM tokens_auditevent WHERE id = {E5}",
        before="gap",
    ),
    Row(
        what="delete the events at the end",
        statement=f"DELETE FROM tokens_auditevent WHERE id IN {END}",
        before="missing",
    ),
    Row(
        what="delete the events at the end, and their links",
        statement=f"DELETE FROM tokens_auditlink WHERE event_id IN {END};"
        f"DELETE FROM tokens_auditevent WHERE id IN {END}",
        before=NOT_PROVABLE,
        after="behind_checkpoint",
    ),
    Row(
        what="swap what two events tell",
        statement="UPDATE tokens_auditevent AS event SET type = other.type, request_id = other.request_id"
        " FROM tokens_auditevent AS other WHERE (event.pat_name, other.pat_name)"
        " IN (('pat-5', 'pat-6'), ('pat-6', 'pat-5'))",
        before="altered",
    ),
    Row(
        what="swap the links of two events",
        statement="UPDATE tokens_auditlink SET event_id = -event_id WHERE position IN (5, 6);"
        f"UPDATE tokens_auditlink SET event_id = CASE position WHEN 5 THEN {E6} ELSE {E5} END"
        " WHERE position IN (5, 6)",
        before="out_of_order",
    ),
    Row(
        what="swap the positions of two links",
        statement="UPDATE tokens_auditlink SET position = -position WHERE position IN (5, 6);"
        "UPDATE tokens_auditlink SET position = 11 + position WHERE position < 0",
        before="out_of_order",
    ),
    Row(
        what="insert an event as an ordinary one",
        statement="INSERT INTO tokens_auditevent (type, outcome, actor_kind, actor_label, owner_label,"
        " organization, pat_name, request_id, activity_id, error_code, address, user_agent, data,"
        " personal_data, at) VALUES ('pat.created', 'success', 'system', '', '', '', '', '', '', '', '', '',"
        " '{}', '{}', '2020-01-01')",
        application=NOT_FORGED,
        owner=NOT_FORGED,
        before="unlinked",
    ),
    Row(
        what="insert a link in front",
        statement="INSERT INTO tokens_auditlink SELECT 0, 1000000, 1, canonical, hash FROM tokens_auditlink"
        " WHERE position = 5",
        before="out_of_order",
    ),
    Row(
        what="insert an event in the middle, and make the chain anew from there",
        statement=f"UPDATE tokens_auditevent SET id = 1000000 + id WHERE id > {E5};"
        f"{INSERT.format(id=1000000)};{RELINK.format(first=6)}",
        before=NOT_PROVABLE,
        after="checkpoint_differs",
    ),
    Row(
        what="empty the events",
        statement="TRUNCATE tokens_auditevent",
        before="missing",
    ),
    Row(
        what="empty the links",
        statement="TRUNCATE tokens_auditlink",
        before="unlinked",
    ),
    Row(
        what="empty both",
        statement="TRUNCATE tokens_auditevent, tokens_auditlink",
        before=NOT_PROVABLE,
        after="behind_checkpoint",
    ),
    Row(
        what="change a field, and make the chain anew from there",
        statement=f"UPDATE tokens_auditevent SET outcome = 'refused' WHERE id = {E5};"
        f"{RELINK.format(first=5)}",
        before=NOT_PROVABLE,
        after="checkpoint_differs",
    ),
    Row(
        what="make the whole chain anew",
        statement=f"DELETE FROM tokens_auditevent WHERE id = {E5};{RELINK.format(first=1)}",
        before=NOT_PROVABLE,
        after="checkpoint_differs",
    ),
]
ROWS = pytest.mark.parametrize("row", TABLE, ids=[row.what for row in TABLE])

APPLICATION, OWNER, TRIGGERS_OFF = "application", "owner", "owner with triggers off"
_TRIGGERS = "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'tokens_audit%'"
_RIGHTS = Path(tokens.__file__ or "").parent / "sql" / "application_rights.sql"


def connect(role: str) -> Connection:
    """Connect to the database of the tests as one of the two roles."""
    variable = "DATABASE_URL" if role == APPLICATION else "DATABASE_OWNER_URL"
    address = f"{os.environ[variable].rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    return psycopg.connect(address, autocommit=True)


def set_triggers(state: str, *, only: str = "") -> None:
    """Switch the audit log's triggers, or those of a name, to ENABLE ALWAYS or DISABLE."""
    with connect(OWNER) as owner:
        for table, name in owner.execute(_TRIGGERS).fetchall():
            if only in name:
                owner.execute(f"ALTER TABLE {table} {state} TRIGGER {name}".encode())


@pytest.fixture
def log(db: None) -> Iterator[list[AuditLink]]:
    """Twelve events in the chain, guarded as in an installation; the other tests' state comes back."""
    with connect(OWNER) as owner:
        role = sql.Identifier(urlsplit(os.environ["DATABASE_URL"]).username or "").as_string(owner)
        owner.execute(_RIGHTS.read_text("utf-8").replace("{role}", role).encode())
    set_triggers("ENABLE ALWAYS")
    for number in range(1, EVENTS + 1):
        event_type = EventType.PAT_CREATED if number % 2 else EventType.PAT_REVOKED
        audit.record(event_type, actor=ACTOR, pat_name=f"pat-{number}", data={"purpose": "a test"})
    yield list(AuditLink.objects.order_by("position"))
    set_triggers("ENABLE ALWAYS")
    # Django empties the tables between tests.
    set_triggers("DISABLE", only="no_truncate")


def checkpoint(log: list[AuditLink]) -> Checkpoint:
    """What is kept elsewhere: how the chain stood after ten events."""
    link = log[COVERED - 1]
    now = datetime.now(UTC)
    return Checkpoint(origin="portal/audit", position=link.position, hash=bytes(link.hash), signed_at=now)


def attempt(statement: str, role: str) -> None:
    """Run a statement; with triggers off, they are on again afterwards, as if nothing had been."""
    if role == TRIGGERS_OFF:
        set_triggers("DISABLE")
    with connect(role) as connected:
        connected.execute(statement.encode())
    if role == TRIGGERS_OFF:
        set_triggers("ENABLE ALWAYS")


def verified(*checkpoints: Checkpoint) -> list[Finding]:
    """Return what a verification finds, after a look at what it records."""
    found: list[Finding] = []
    row = operations.verify_audit(actor=ACTOR, since=None, checkpoints=checkpoints, report=found.append)
    assert row.faults == len(found)
    assert row.findings == [finding.sentence for finding in found]
    return found


def expected(row: Row, role: str, *, is_covered: bool) -> str:
    """Return the cell of the table."""
    if role == APPLICATION:
        return row.application
    if role == OWNER:
        return row.owner
    return row.cells[-1] if is_covered else row.before


@pytest.mark.parametrize("is_covered", [False, True], ids=["before a checkpoint", "after a checkpoint"])
@pytest.mark.parametrize("role", [APPLICATION, OWNER, TRIGGERS_OFF])
@ROWS
def test_the_table_says_what_becomes_of_it(
    log: list[AuditLink],
    row: Row,
    role: str,
    is_covered: bool,
) -> None:
    kept = [checkpoint(log)] if is_covered else []
    outcome = expected(row, role, is_covered=is_covered)
    if outcome == REFUSED:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(row.statement, role)
        assert list(AuditLink.objects.order_by("position").values_list("hash")) == [
            (link.hash,) for link in log
        ]
    else:
        attempt(row.statement, role)
    found = verified(*kept)
    if outcome in {REFUSED, NOT_PROVABLE, NOT_FORGED}:
        assert found == []
    else:
        assert outcome in {finding.kind.value for finding in found}


def test_an_ordinary_event_stands_at_the_end_with_the_time_of_the_database(log: list[AuditLink]) -> None:
    (row,) = [row for row in TABLE if row.application == NOT_FORGED]
    attempt(row.statement, APPLICATION)
    newest = AuditLink.objects.latest("position")
    assert newest.position == EVENTS + 1
    assert AuditEvent.objects.get(pk=newest.event_id).at.year > 2020


def test_the_documentation_shows_the_same_table() -> None:
    text = (ROOT / "docs" / "audit.md").read_text("utf-8")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    begin = next(number for number, cells in enumerate(lines) if cells[0] == "Attempt")
    shown = [
        [cell.strip().strip("`") for cell in cells] for cells in lines[begin + 2 : begin + 2 + len(TABLE)]
    ]
    assert shown == [row.cells for row in TABLE]
