"""`migrate` runs as the owner, and gives web and worker the rights they need and no more."""

import pytest
from django.core.management import call_command
from django.db import connection

from tests.installation import Installation


def test_the_tables_belong_to_the_owner(installation: Installation) -> None:
    owners = installation.rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert owners == [("patportal_owner",)]


_RIGHTS = """
    SELECT array_agg(privilege_type::text ORDER BY privilege_type::text)
    FROM information_schema.role_table_grants WHERE grantee = 'patportal' AND table_name = %s
"""


@pytest.mark.parametrize(
    ("table", "rights"),
    [
        ("tokens_auditevent", ["INSERT", "SELECT"]),
        ("django_migrations", ["SELECT"]),
        ("tokens_pat", ["DELETE", "INSERT", "SELECT", "UPDATE"]),
        ("accounts_grant", ["DELETE", "INSERT", "SELECT", "UPDATE"]),
        ("procrastinate_jobs", ["DELETE", "INSERT", "SELECT", "UPDATE"]),
    ],
)
def test_the_other_role_has_the_rights_it_needs(
    installation: Installation, table: str, rights: list[str]
) -> None:
    assert installation.rows(_RIGHTS, table) == [(rights,)]


def test_no_table_can_be_emptied_or_watched_by_the_other_role(installation: Installation) -> None:
    statement = """
        SELECT table_name, privilege_type FROM information_schema.role_table_grants
        WHERE grantee IN ('patportal', 'PUBLIC') AND table_schema = 'public'
        AND privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')
    """
    assert installation.rows(statement) == []


def test_it_may_be_run_again_and_takes_back_what_was_given_too_much(installation: Installation) -> None:
    with installation.connect("DATABASE_OWNER_URL") as owner:
        owner.execute("GRANT UPDATE, DELETE, TRUNCATE ON tokens_auditevent TO patportal")
    assert "No migrations to apply." in installation.migrate()
    assert installation.rows(_RIGHTS, "tokens_auditevent") == [(["INSERT", "SELECT"],)]


def test_web_and_worker_cannot_migrate_even_by_mistake(installation: Installation) -> None:
    with installation.connect("DATABASE_OWNER_URL") as owner:
        applied = owner.execute(
            "DELETE FROM django_migrations WHERE app = 'tokens' RETURNING app, name, applied"
        ).fetchall()
        try:
            with pytest.raises(AssertionError, match=r"already exists|permission denied"):
                installation.manage("migrate")
        finally:
            owner.cursor().executemany(
                "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", applied
            )


def test_one_role_alone_can_migrate(db: None) -> None:
    """The database of the tests was made like this: one role for everything."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_truncate")
        before = connection.settings_dict["USER"]
        call_command("migrate", verbosity=0)
        cursor.execute(
            "SELECT current_user, (SELECT tableowner FROM pg_tables WHERE tablename = 'tokens_pat')"
        )
        assert cursor.fetchone() == (before, before)
    assert connection.settings_dict["USER"] == before
