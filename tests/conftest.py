"""Fixtures that every test may use: the database, the sandbox and people in a tenant of their own."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from pytest_django.plugin import DjangoDbBlocker

from tests.installation import Installation
from tests.people import World
from tests.sandbox_control import SandboxControl
from tests.sandbox_mail import SandboxMail


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Run as the database's owner: Django empties tables between tests, and the other role may not."""
    owner = settings.DATABASE_OWNER
    connections["default"].settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let Django empty the audit log between tests; the triggers against changes stay."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_no_truncate")
        cursor.execute("ALTER TABLE tokens_auditlink DISABLE TRIGGER tokens_audit_link_no_truncate")


@pytest.fixture(scope="session", autouse=True)
def _static_files_on_demand() -> None:
    """Look static files up when they are asked for: each new browser of a test would read them all first."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def sandbox_control() -> Iterator[SandboxControl]:
    """The control interface of the sandbox that runs beside the tests."""
    control = SandboxControl(os.environ["SANDBOX_CONTROL_URL"], os.environ["SANDBOX_CA_BUNDLE"])
    yield control
    control.close()


@pytest.fixture
def mail_server(sandbox_control: SandboxControl, settings: Any) -> Iterator[SandboxMail]:
    """The sandbox's mail server, empty and without faults, to which the portal sends over real SMTP."""
    server = SandboxMail(sandbox_control, os.environ["SANDBOX_SMTP_URL"])
    server.forget()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = server.host, server.port, 5
    yield server
    server.forget()


@pytest.fixture
def world(sandbox_control: SandboxControl, settings: Any, db: None) -> World:
    """A tenant of its own with Alice, Bob, Carol and Dave, and the portal set up for it.

    The queue is empty: tests that commit leave jobs behind, for Django's flush knows only its own tables.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    return World.create(sandbox_control, settings)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A database that manage.py has migrated as the owner; for tests of processes and of the other role."""
    made = Installation(tmp_path_factory.mktemp("installation"))
    try:
        made.migrate()
        yield made
    finally:
        made.remove()
