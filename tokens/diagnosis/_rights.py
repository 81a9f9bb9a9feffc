"""What protects the audit log in the database: the serving role's rights, and the triggers."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import Error, connection

from accounts.database_role import is_owner
from accounts.diagnosis import unreadable
from patportal.lib.findings import Finding, Level, in_words

_FUNCTION = "tokens_audit_append_only"
_SOURCE = Path(__file__).parents[1] / "sql" / "audit_append_only.sql"
_MIGRATE = "Run `python manage.py migrate` with DATABASE_OWNER_URL set: it gives the role exactly its rights."

# Bits of pg_trigger.tgtype: for each row 1, before 2, delete 8, update 16, truncate 32.
_TRIGGERS = {"tokens_audit_no_change": 1 + 2 + 8 + 16, "tokens_audit_no_truncate": 2 + 32}

# One row: superuser, may create in the schema, may change or delete audit events.
_ROLE = """
    SELECT rolsuper, has_schema_privilege(current_schema(), 'CREATE'),
        has_any_column_privilege('tokens_auditevent', 'UPDATE')
        OR has_table_privilege('tokens_auditevent', 'DELETE')
    FROM pg_roles WHERE rolname = current_user
"""
# Tables with which the current role may do more than read and write rows.
_TOO_MUCH = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
        AND has_table_privilege(oid, 'TRUNCATE, TRIGGER, REFERENCES')
    ORDER BY relname
"""
# Tables whose rows it cannot read, add to or change, but for the two that it must not.
_TOO_LITTLE = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
        AND NOT (
            has_table_privilege(oid, 'SELECT')
            AND (relname = 'django_migrations' OR has_table_privilege(oid, 'INSERT'))
            AND (
                relname IN ('django_migrations', 'tokens_auditevent')
                OR (has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
            )
        )
    ORDER BY relname
"""
# tgattr holds the columns of an UPDATE OF, tgqual the condition of a WHEN: either would let changes through.
_FOUND_TRIGGERS = """
    SELECT tgname, tgenabled = 'A', tgtype, tgqual IS NULL AND tgattr::text = '', proname
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgrelid = 'tokens_auditevent'::regclass AND NOT tgisinternal
"""
_FOUND_FUNCTION = """
    SELECT prosrc, prosecdef, proconfig FROM pg_proc
    WHERE proname = 'tokens_audit_append_only' AND pronamespace = current_schema()::regnamespace
"""


def serving_role() -> list[Finding]:
    """Judge the rights of the role in DATABASE_URL: all that it needs, nothing that undoes the audit log."""
    title = "Role"
    try:
        if not _has_table():
            return [_not_migrated(title)]
        is_superuser, may_create, may_change_audit = _rows(_ROLE)[0]
        if is_superuser or is_owner(connection):
            return [_powerful(title, is_superuser=is_superuser)]
        too_much, too_little = _names(_TOO_MUCH), _names(_TOO_LITTLE)
    except Error as exc:
        return [unreadable(title, exc)]
    on_14 = "On Postgres 14 run `REVOKE CREATE ON SCHEMA public FROM PUBLIC` as superuser first."
    faults = (
        (may_change_audit, "It may change or delete audit events.", _MIGRATE),
        (too_much, f"It may empty, watch or refer to tables: {in_words(too_much)}.", _MIGRATE),
        (may_create, "It may create tables in the schema.", f"{_MIGRATE} {on_14}"),
        (too_little, f"It cannot read and write all that it needs: {in_words(too_little)}.", _MIGRATE),
    )
    found = [Finding(Level.PROBLEM, title, text, step) for is_fault, text, step in faults if is_fault]
    return found or [
        Finding(Level.OK, title, "It reads and writes rows, and can change neither audit events nor tables.")
    ]


def audit_triggers() -> list[Finding]:
    """Judge the triggers that refuse changes of the audit log, and the function behind them."""
    title = "Audit log"
    try:
        if not _has_table():
            return [_not_migrated(title)]
        found = {name: _Trigger(*facts) for name, *facts in _rows(_FOUND_TRIGGERS)}
        functions = _rows(_FOUND_FUNCTION)
    except Error as exc:
        return [unreadable(title, exc)]
    wrong = [fault for name in _TRIGGERS if (fault := _fault(name, found.get(name)))]
    if functions != [(_expected_body(), True, ["search_path=pg_catalog, pg_temp"])]:
        wrong.append(f"function {_FUNCTION} is not the one that this release brings")
    if not wrong:
        return [Finding(Level.OK, title, "Its triggers refuse every change, always.")]
    step = (
        "Find out who changed this and since when: events may have been altered meanwhile. Then restore it, "
        f"as the owner, with the statements in tokens/sql/{_SOURCE.name}."
    )
    return [Finding(Level.PROBLEM, title, f"It is not protected: {'; '.join(wrong)}.", step)]


@dataclass(frozen=True, slots=True)
class _Trigger:
    is_always_on: bool
    kind: int
    is_unconditional: bool
    function: str


def _fault(name: str, trigger: _Trigger | None) -> str:
    if trigger is None:
        return f"trigger {name} is missing"
    if not trigger.is_always_on:
        return f"trigger {name} is not always on"
    is_right = trigger.kind == _TRIGGERS[name] and trigger.is_unconditional and trigger.function == _FUNCTION
    return "" if is_right else f"trigger {name} does not do what it should"


def _expected_body() -> str:
    body = re.search(r"AS \$\$(.*?)\$\$", _SOURCE.read_text("utf-8"), re.DOTALL)
    return body[1] if body else ""


def _powerful(title: str, *, is_superuser: bool) -> Finding:
    what = "is a superuser of Postgres" if is_superuser else "owns the tables"
    return Finding(
        Level.WARNING,
        title,
        f"The role in DATABASE_URL {what}: it could switch off what protects the audit log.",
        "Give web and worker a role of their own (docs/configuration.md, Two database roles). If you ran "
        "this command with the owner's address on purpose, run it again with that of web and worker.",
    )


def _not_migrated(title: str) -> Finding:
    return Finding(Level.PROBLEM, title, "There is no audit log yet.", _MIGRATE)


def _has_table() -> bool:
    return bool(_rows("SELECT to_regclass('tokens_auditevent') IS NOT NULL")[0][0])


def _names(statement: str) -> list[str]:
    return [name for (name,) in _rows(statement)]


def _rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
