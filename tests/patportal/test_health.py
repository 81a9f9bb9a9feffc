"""The two answers for load balancers."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from patportal.health import Migrations
from sandbox.children import free_port


@pytest.fixture
def _no_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database server that nobody can reach."""
    with django_db_blocker.unblock():
        connection.close()
        port = connection.settings_dict["PORT"]
        connection.settings_dict["PORT"] = free_port()
        yield
        connection.close()
        connection.settings_dict["PORT"] = port


def test_alive_asks_nobody(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"alive\n")


def test_ready_with_a_migrated_database(client: Client, db: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")


def test_a_migration_that_is_missing_is_noticed_until_all_were_there(db: None) -> None:
    migrations = Migrations()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'tokens'")
        assert not migrations.are_applied()
        transaction.set_rollback(True)
    assert migrations.are_applied()


def test_a_process_that_was_ready_asks_little(db: None) -> None:
    migrations = Migrations()
    assert migrations.are_applied()
    with CaptureQueriesContext(connection) as queries:
        assert migrations.are_applied()
    assert len(queries) == 1


@pytest.mark.usefixtures("_no_database")
def test_not_ready_without_a_database(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_they_answer_whatever_host_is_asked_for(client: Client, db: None, path: str) -> None:
    answer = client.get(path, headers={"host": "10.0.0.7:8000"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_they_are_not_redirected_to_https(client: Client, db: None, settings: Any, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_they_only_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_a_browser_runs_frames_and_guesses_nothing(client: Client, db: None, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/healthz/", "/healthz/x", "/x/healthz"])
def test_they_have_one_address_each(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 404
