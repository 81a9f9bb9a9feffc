"""The serving role's rights, and the triggers that protect the audit log."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from environ import Env
from pytest_django.plugin import DjangoDbBlocker

from patportal.lib.findings import Finding, Level
from tests.installation import Installation
from tokens.diagnosis._rights import audit_triggers, serving_role


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


# --- The role ------------------------------------------------------------------------------------------


@pytest.fixture
def serving(installation: Installation, django_db_blocker: DjangoDbBlocker) -> Iterator[Installation]:
    """An installation whose serving role is the one that is looked at."""
    with connected(installation, "DATABASE_URL", django_db_blocker):
        yield installation


@contextmanager
def connected(installation: Installation, variable: str, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let Django's connection be one to the installation, as the role that a variable of the tests names."""
    login = Env.db_url_config(os.environ[variable])
    changes = {"NAME": installation.database, "USER": login["USER"], "PASSWORD": login["PASSWORD"]}
    usual = connections["default"]
    other = DatabaseWrapper({**usual.settings_dict, **changes}, alias="default")
    connections["default"] = other
    try:
        with blocker.unblock():
            yield
    finally:
        other.close()
        connections["default"] = usual


def test_a_role_with_exactly_its_rights_is_fine(serving: Installation) -> None:
    assert only(serving_role()).level is Level.OK
    assert only(audit_triggers()).level is Level.OK


@pytest.mark.parametrize(
    ("grant", "revoke", "words"),
    [
        (
            "GRANT UPDATE (actor_label) ON tokens_auditevent TO patportal",
            "REVOKE UPDATE (actor_label) ON tokens_auditevent FROM patportal",
            "change or delete audit events",
        ),
        (
            "GRANT DELETE ON tokens_auditevent TO patportal",
            "REVOKE DELETE ON tokens_auditevent FROM patportal",
            "change or delete audit events",
        ),
        (
            "GRANT TRUNCATE ON tokens_pat TO PUBLIC",
            "REVOKE TRUNCATE ON tokens_pat FROM PUBLIC",
            "refer to tables: tokens_pat",
        ),
        (
            "GRANT TRIGGER ON accounts_grant TO patportal",
            "REVOKE TRIGGER ON accounts_grant FROM patportal",
            "refer to tables: accounts_grant",
        ),
        (
            "REVOKE INSERT ON tokens_auditevent FROM patportal",
            "GRANT INSERT ON tokens_auditevent TO patportal",
            "all that it needs: tokens_auditevent",
        ),
        (
            "GRANT INSERT ON tokens_auditlink TO patportal",
            "REVOKE INSERT ON tokens_auditlink FROM patportal",
            "change or delete audit events",
        ),
        (
            "REVOKE DELETE ON procrastinate_jobs FROM patportal",
            "GRANT DELETE ON procrastinate_jobs TO patportal",
            "all that it needs: procrastinate_jobs",
        ),
    ],
)
def test_rights_too_many_or_too_few_are_a_problem(
    serving: Installation, grant: str, revoke: str, words: str
) -> None:
    with serving.connect("DATABASE_OWNER_URL") as owner:
        owner.execute(grant.encode())
        try:
            finding = only(serving_role())
        finally:
            owner.execute(revoke.encode())
    assert finding.level is Level.PROBLEM
    assert words in finding.found
    assert "migrate" in finding.next_step


def test_a_role_that_may_create_tables_is_a_problem(serving: Installation) -> None:
    with serving.connect("DATABASE_SUPERUSER_URL") as superuser:
        superuser.execute("GRANT CREATE ON SCHEMA public TO patportal")
        try:
            finding = only(serving_role())
        finally:
            superuser.execute("REVOKE CREATE ON SCHEMA public FROM patportal")
    assert finding.level is Level.PROBLEM
    assert "create tables" in finding.found


@pytest.mark.parametrize(
    ("variable", "words"),
    [("DATABASE_OWNER_URL", "owns the tables"), ("DATABASE_SUPERUSER_URL", "is a superuser")],
)
def test_a_role_with_all_rights_is_warned_of(
    installation: Installation, django_db_blocker: DjangoDbBlocker, variable: str, words: str
) -> None:
    with connected(installation, variable, django_db_blocker):
        finding = only(serving_role())
    assert finding.level is Level.WARNING
    assert words in finding.found
    assert "Two database roles" in finding.next_step


# --- The triggers --------------------------------------------------------------------------------------


@pytest.fixture
def protected(db: None) -> None:
    """The audit log as migrations leave it; the tests' own database has two triggers switched off."""
    execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_truncate")
    execute("ALTER TABLE tokens_auditlink ENABLE ALWAYS TRIGGER tokens_audit_link_no_truncate")


@pytest.mark.usefixtures("protected")
def test_triggers_as_migrations_make_them_are_fine() -> None:
    assert only(audit_triggers()).level is Level.OK


_WATERED_DOWN = """
    CREATE OR REPLACE FUNCTION tokens_audit_append_only() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END'
"""
_ANOTHER_FUNCTION = """
    CREATE FUNCTION lenient() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE OR REPLACE TRIGGER tokens_audit_no_change BEFORE UPDATE OR DELETE ON tokens_auditevent
    FOR EACH ROW EXECUTE FUNCTION lenient();
    ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_change
"""
_UNCONDITIONAL = """
    CREATE OR REPLACE TRIGGER tokens_audit_link_no_insert BEFORE INSERT ON tokens_auditlink
    FOR EACH ROW WHEN (pg_trigger_depth() > 9) EXECUTE FUNCTION tokens_audit_append_only();
    ALTER TABLE tokens_auditlink ENABLE ALWAYS TRIGGER tokens_audit_link_no_insert
"""
_OTHER_TEXT = """
    CREATE OR REPLACE FUNCTION tokens_audit_personal(event tokens_auditevent) RETURNS text
    LANGUAGE sql STABLE AS 'SELECT $$constant$$'
"""
_CONDITION = """
    CREATE OR REPLACE TRIGGER tokens_audit_no_change BEFORE {events} ON tokens_auditevent
    FOR EACH ROW {condition} EXECUTE FUNCTION tokens_audit_append_only();
    ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_change
"""


@pytest.mark.usefixtures("protected")
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DROP TRIGGER tokens_audit_no_change ON tokens_auditevent", "tokens_audit_no_change is missing"),
        (
            "ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_no_truncate",
            "tokens_audit_no_truncate is not always on",
        ),
        (
            "ALTER TABLE tokens_auditevent ENABLE TRIGGER tokens_audit_no_change",
            "tokens_audit_no_change is not always on",
        ),
        ("DROP TRIGGER tokens_audit_link ON tokens_auditevent", "tokens_audit_link is missing"),
        (_UNCONDITIONAL, "tokens_audit_link_no_insert does not do what it should"),
        (_OTHER_TEXT, "function tokens_audit_personal is not the one"),
        (_WATERED_DOWN, "function tokens_audit_append_only is not the one"),
        (
            "ALTER FUNCTION tokens_audit_append_only() RESET search_path",
            "tokens_audit_append_only is not the one",
        ),
        (
            "ALTER FUNCTION tokens_audit_append_only() SECURITY INVOKER",
            "tokens_audit_append_only is not the one",
        ),
        (_ANOTHER_FUNCTION, "tokens_audit_no_change does not do what it should"),
        (
            _CONDITION.format(events="UPDATE", condition=""),
            "tokens_audit_no_change does not do what it should",
        ),
        (
            _CONDITION.format(events="UPDATE OF actor_label OR DELETE", condition=""),
            "tokens_audit_no_change does not do what it should",
        ),
        (
            _CONDITION.format(events="UPDATE OR DELETE", condition="WHEN (OLD.id > 100)"),
            "tokens_audit_no_change does not do what it should",
        ),
    ],
)
def test_a_damaged_protection_is_a_problem(damage: str, words: str) -> None:
    execute(damage)
    finding = only(audit_triggers())
    assert finding.level is Level.PROBLEM
    assert words in finding.found
    assert "tokens/sql/audit_" in finding.next_step


@pytest.mark.django_db
def test_a_database_without_an_audit_log_is_to_be_migrated() -> None:
    execute("ALTER TABLE tokens_auditevent RENAME TO somewhere_else")
    for finding in (only(serving_role()), only(audit_triggers())):
        assert finding.level is Level.PROBLEM
        assert "migrate" in finding.next_step


@pytest.mark.django_db
def test_what_the_database_refuses_to_tell_is_a_finding_and_no_error() -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="no such"):
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'no such thing'; END $$")
    for finding in (only(serving_role()), only(audit_triggers())):
        assert finding.level is Level.PROBLEM
        assert "aborted" in finding.found
