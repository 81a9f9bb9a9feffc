"""What protects the audit log in the database: the serving role's rights, and the triggers."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import Error, connection

from accounts.database_role import is_owner
from accounts.diagnosis import unreadable
from patportal.lib.findings import Finding, Level, in_words

_SQL = Path(__file__).parents[1] / "sql"
# Where a function stands twice, the later file is what holds.
_SOURCES = ("audit_append_only.sql", "audit_canonical.sql", "audit_chain.sql", "audit_erasure.sql")
_DEFINITION = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\(.*?\bAS \$\$(.*?)\$\$", re.DOTALL)
_MIGRATE = "Run `python manage.py migrate` with DATABASE_OWNER_URL set: it gives the role exactly its rights."

# Bits of pg_trigger.tgtype: for each row 1, before 2, insert 4, delete 8, update 16, truncate 32.
_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 4, 8, 16, 32
_EVENTS, _LINKS, _REFUSE = "tokens_auditevent", "tokens_auditlink", "tokens_audit_append_only"
_TRIGGERS = {
    "tokens_audit_no_change": (_EVENTS, _ROW + _BEFORE + _DELETE + _UPDATE, "", _REFUSE),
    "tokens_audit_no_truncate": (_EVENTS, _BEFORE + _TRUNCATE, "", _REFUSE),
    "tokens_audit_stamp": (_EVENTS, _ROW + _BEFORE + _INSERT, "", "tokens_audit_stamp"),
    "tokens_audit_link": (_EVENTS, _ROW + _INSERT, "", "tokens_audit_link"),
    "tokens_audit_link_no_change": (_LINKS, _ROW + _BEFORE + _DELETE + _UPDATE, "", _REFUSE),
    "tokens_audit_link_no_truncate": (_LINKS, _BEFORE + _TRUNCATE, "", _REFUSE),
    "tokens_audit_link_no_insert": (_LINKS, _ROW + _BEFORE + _INSERT, "pg_trigger_depth() = 0", _REFUSE),
}
# What the serving role must not do with single tables; it reads all, and writes all others.
_WITHHELD = {
    "django_migrations": {"INSERT", "UPDATE", "DELETE"},
    _EVENTS: {"UPDATE", "DELETE"},
    _LINKS: {"INSERT", "UPDATE", "DELETE"},
    "tokens_auditcheckpoint": {"DELETE"},
    "tokens_auditverification": {"UPDATE", "DELETE"},
}

# One row: superuser, may create in the schema.
_ROLE = """
    SELECT rolsuper, has_schema_privilege(current_schema(), 'CREATE')
    FROM pg_roles WHERE rolname = current_user
"""
# Tables with which the current role may do more than read and write rows.
_TOO_MUCH = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
        AND has_table_privilege(oid, 'TRUNCATE, TRIGGER, REFERENCES')
    ORDER BY relname
"""
# For each table and right: whether the role has it for whole rows, and for any column.
_RIGHTS = """
    SELECT relname, wanted, has_table_privilege(oid, wanted),
        CASE wanted WHEN 'DELETE' THEN has_table_privilege(oid, wanted)
            ELSE has_any_column_privilege(oid, wanted) END
    FROM pg_class CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS wanted
    WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
    ORDER BY relname
"""
# tgattr holds the columns of an UPDATE OF: it would let the others through.
_FOUND_TRIGGERS = """
    SELECT tgname, relname, tgenabled = 'A', tgtype, tgattr::text = '', pg_get_triggerdef(pg_trigger.oid),
        proname
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relname IN ('tokens_auditevent', 'tokens_auditlink')
        AND relnamespace = current_schema()::regnamespace AND NOT tgisinternal
"""
_FOUND_FUNCTIONS = """
    SELECT proname, prosrc, prosecdef, proconfig, prorettype = 'trigger'::regtype FROM pg_proc
    WHERE proname LIKE 'tokens\\_audit\\_%' AND pronamespace = current_schema()::regnamespace
"""


def serving_role() -> list[Finding]:
    """Judge the rights of the role in DATABASE_URL: all that it needs, nothing that undoes the audit log."""
    title = "Role"
    try:
        if not _has_table():
            return [_not_migrated(title)]
        is_superuser, may_create = _rows(_ROLE)[0]
        if is_superuser or is_owner(connection):
            return [_powerful(title, is_superuser=is_superuser)]
        too_much, rights = _names(_TOO_MUCH), [_Right(*facts) for facts in _rows(_RIGHTS)]
    except Error as exc:
        return [unreadable(title, exc)]
    too_little = sorted({one.table for one in rights if not one.is_withheld and not one.is_whole})
    may_change_audit = any(one.is_withheld and one.is_partial for one in rights)
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
    """Judge what refuses changes of the audit log and links its events, and the functions behind it."""
    title = "Audit log"
    try:
        if not _has_table():
            return [_not_migrated(title)]
        found = {name: _Trigger(*facts) for name, *facts in _rows(_FOUND_TRIGGERS)}
        functions = {name: _Function(*facts) for name, *facts in _rows(_FOUND_FUNCTIONS)}
    except Error as exc:
        return [unreadable(title, exc)]
    wrong = [fault for name in _TRIGGERS if (fault := _fault(name, found.get(name)))]
    wrong += [
        f"function {name} is not the one that this release brings"
        for name, body in _expected_bodies().items()
        if name not in functions or not functions[name].is_right(body)
    ]
    if not wrong:
        return [Finding(Level.OK, title, "Its triggers refuse every change and link every event, always.")]
    step = (
        "Find out who changed this and since when: events may have been altered meanwhile (`python manage.py "
        "verify_audit`). Then restore it, as the owner, with the statements in tokens/sql/audit_*.sql."
    )
    return [Finding(Level.PROBLEM, title, f"It is not protected: {'; '.join(wrong)}.", step)]


@dataclass(frozen=True, slots=True)
class _Right:
    table: str
    name: str
    is_whole: bool
    is_partial: bool

    @property
    def is_withheld(self) -> bool:
        return self.name in _WITHHELD.get(self.table, ())


@dataclass(frozen=True, slots=True)
class _Trigger:
    table: str
    is_always_on: bool
    kind: int
    is_for_all_columns: bool
    definition: str
    function: str

    @property
    def condition(self) -> str:
        match = re.search(r" WHEN \((.*)\) EXECUTE ", self.definition, re.DOTALL)
        return match[1].removeprefix("(").removesuffix(")") if match else ""


@dataclass(frozen=True, slots=True)
class _Function:
    body: str
    is_owners: bool
    settings: list[str] | None
    is_for_trigger: bool

    def is_right(self, body: str) -> bool:
        is_closed = self.is_owners and self.settings == ["search_path=pg_catalog, pg_temp"]
        return self.body == body and (is_closed or not self.is_for_trigger)


def _fault(name: str, trigger: _Trigger | None) -> str:
    if trigger is None:
        return f"trigger {name} is missing"
    if not trigger.is_always_on:
        return f"trigger {name} is not always on"
    found = (trigger.table, trigger.kind, trigger.condition, trigger.function)
    is_right = trigger.is_for_all_columns and found == _TRIGGERS[name]
    return "" if is_right else f"trigger {name} does not do what it should"


def _expected_bodies() -> dict[str, str]:
    texts = [(_SQL / name).read_text("utf-8") for name in _SOURCES]
    return {name: body for text in texts for name, body in _DEFINITION.findall(text)}


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
