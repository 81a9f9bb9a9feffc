"""The audit log is append-only: by its model, by its queryset, and by triggers that nobody passes."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

import tokens
from patportal.lib.actors import system_actor
from tests.installation import Installation
from tests.tokens.audit_scene import link_now
from tokens import audit
from tokens.models import AuditEvent, EventType
from tokens.models.audit import AppendOnlyError


@pytest.fixture
def event(db: None) -> AuditEvent:
    """An event that is in the log."""
    return audit.record(EventType.PAT_CREATED, actor=system_actor("a test"), pat_name="as it was")


CHANGES: dict[str, Callable[[AuditEvent], object]] = {
    "save": lambda event: event.save(),
    "save some fields": lambda event: event.save(update_fields=["pat_name"]),
    "delete": lambda event: event.delete(),
    "update many": lambda _: AuditEvent.objects.update(pat_name="other"),
    "delete many": lambda _: AuditEvent.objects.all().delete(),
    "update filtered": lambda event: AuditEvent.objects.filter(pk=event.pk).update(pat_name="other"),
    "bulk update": lambda event: AuditEvent.objects.bulk_update([event], ["pat_name"]),
    "update or create": lambda event: AuditEvent.objects.update_or_create(
        pk=event.pk, defaults={"pat_name": "other"}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_model_refuses(event: AuditEvent, change: Callable[[AuditEvent], object]) -> None:
    with pytest.raises(AppendOnlyError), transaction.atomic():
        change(event)
    assert AuditEvent.objects.get().pat_name == "as it was"


def test_an_insertion_that_turns_into_an_update_is_refused(event: AuditEvent) -> None:
    other = AuditEvent(pk=event.pk, type="pat.revoked", outcome="success", actor_kind="system")
    with pytest.raises(DatabaseError, match="append-only: UPDATE refused"), transaction.atomic():
        AuditEvent.objects.bulk_create(
            [other], update_conflicts=True, unique_fields=["id"], update_fields=["type"]
        )


STATEMENTS = {
    "UPDATE": "UPDATE tokens_auditevent SET pat_name = 'other'",
    "UPDATE of nothing visible": "UPDATE tokens_auditevent SET pat_name = pat_name",
    "DELETE": "DELETE FROM tokens_auditevent",
    "TRUNCATE": "TRUNCATE tokens_auditevent",
    "MERGE": "MERGE INTO tokens_auditevent t USING (SELECT 1 AS one) s ON t.id > 0 WHEN MATCHED THEN DELETE",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_the_trigger_refuses_the_owner(event: AuditEvent, statement: str) -> None:
    link_now()  # a table with links that are still to come cannot be altered
    with connection.cursor() as cursor:
        # The tests switch one of them off so that Django can empty the table between them.
        cursor.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_truncate")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert AuditEvent.objects.get().pat_name == "as it was"


@pytest.fixture(scope="module")
def written(installation: Installation) -> Installation:
    """An installation with something in its log."""
    installation.manage(
        "shell",
        "--no-imports",
        "--command",
        "from tokens import audit; from tokens.models import EventType;"
        "from patportal.lib.actors import system_actor;"
        "audit.record(EventType.PAT_CREATED, actor=system_actor('a test'), pat_name='as it was')",
    )
    return installation


@pytest.mark.parametrize("role", ["DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"])
@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_the_trigger_refuses_everybody_in_an_installation(
    written: Installation, role: str, statement: str
) -> None:
    with (
        written.connect(role) as connected,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        connected.execute(statement.encode())


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_the_trigger_refuses_a_session_that_replicates(written: Installation, statement: str) -> None:
    """An ordinary trigger does not fire there."""
    with written.connect("DATABASE_SUPERUSER_URL") as connected:
        connected.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connected.execute(statement.encode())


FORBIDDEN = {
    **{name: statement for name, statement in STATEMENTS.items() if name != "MERGE"},
    "DISABLE TRIGGER": "ALTER TABLE tokens_auditevent DISABLE TRIGGER ALL",
    "DROP TRIGGER": "DROP TRIGGER tokens_audit_no_change ON tokens_auditevent",
    "CREATE TRIGGER": "CREATE TRIGGER x BEFORE INSERT ON tokens_auditevent"
    " EXECUTE FUNCTION tokens_audit_append_only()",
    "ALTER TABLE": "ALTER TABLE tokens_auditevent ADD COLUMN x text",
    "DROP TABLE": "DROP TABLE tokens_auditevent",
    "RENAME": "ALTER TABLE tokens_auditevent RENAME TO x",
    "replace the function": "CREATE OR REPLACE FUNCTION tokens_audit_append_only() RETURNS trigger"
    " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "CREATE TABLE": "CREATE TABLE x (y text)",
    "CREATE SCHEMA": "CREATE SCHEMA x",
    "TRUNCATE another": "TRUNCATE tokens_pat CASCADE",
    "rewrite the history of migrations": "DELETE FROM django_migrations",
    "replicate": "SET session_replication_role = replica",
    "become the owner": "SET ROLE patportal_owner",
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_the_role_of_web_and_worker_has_no_right_to(written: Installation, statement: str) -> None:
    with (
        written.connect("DATABASE_URL") as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege) as caught,
    ):
        application.execute(statement.encode())
    assert "append-only" not in str(caught.value)


def test_the_role_of_web_and_worker_may_write_and_read(written: Installation) -> None:
    assert ("as it was",) in written.rows("SELECT pat_name FROM tokens_auditevent")


def test_nobody_slips_a_function_under_the_trigger(written: Installation) -> None:
    ((is_definer, config),) = written.rows(
        "SELECT prosecdef, proconfig FROM pg_proc WHERE proname = 'tokens_audit_append_only'"
    )
    assert is_definer
    assert config == ["search_path=pg_catalog, pg_temp"]


# --- The registry --------------------------------------------------------------------------------


def test_every_type_has_a_label_and_a_dotted_name_that_fits() -> None:
    limit: Any = AuditEvent._meta.get_field("type")
    for event_type in EventType:
        assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", event_type.value)
        assert len(event_type.value) <= limit.max_length
        assert str(event_type.label) != event_type.name
    assert len({event_type.label for event_type in EventType}) == len(EventType)


def test_every_type_is_recorded_by_something() -> None:
    folder = Path(tokens.__file__ or "").parent
    modules = [
        path
        for path in folder.rglob("*.py")
        if path.parent.name not in {"models", "migrations", "presenters"}
    ]
    nodes = [node for path in modules for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute) and _is_registry(node.value)}
    assert named == {event_type.name for event_type in EventType}


def _is_registry(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "EventType"
