"""The database's version, migrations and clock."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.diagnosis import database, database_clock, is_reachable, migrations
from patportal.lib.findings import Level

pytestmark = pytest.mark.django_db


def test_it_tells_version_database_and_role() -> None:
    (finding,) = database()
    assert finding.level is Level.OK
    assert connection.settings_dict["NAME"] in finding.found
    assert connection.settings_dict["USER"] in finding.found
    assert connection.settings_dict["PASSWORD"] not in finding.found


def test_it_says_whether_the_database_is_there() -> None:
    assert is_reachable()


def test_all_migrations_are_applied() -> None:
    assert [finding.level for finding in migrations()] == [Level.OK]


def test_a_missing_migration_is_named() -> None:
    MigrationRecorder.Migration.objects.filter(app="accounts", name__gte="0002").delete()
    (finding,) = migrations()
    assert finding.level is Level.PROBLEM
    assert "accounts.0002" in finding.found
    assert "migrate" in finding.next_step


def test_a_database_of_a_later_release_is_told() -> None:
    MigrationRecorder.Migration.objects.create(app="tokens", name="0999_from_the_future")
    (finding,) = migrations()
    assert finding.level is Level.WARNING
    assert "tokens.0999_from_the_future" in finding.found


def test_what_the_database_refuses_to_tell_is_a_finding_and_no_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations DROP COLUMN applied")
    (finding,) = migrations()
    assert finding.level is Level.PROBLEM
    assert "applied" in finding.found
    assert "\n" not in finding.found


def test_its_clock_is_ours() -> None:
    assert [finding.level for finding in database_clock()] == [Level.OK]
