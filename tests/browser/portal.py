"""The portal as it runs in production: the web server and the worker as processes, on a database of its own.

Knows the portal by manage.py, gunicorn and the environment only, as an operator does.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import psycopg
import requests
from psycopg import sql

from sandbox.children import Child, free_port
from tests.sandbox_tenant import Tenant

_ROOT = Path(__file__).resolve().parents[2]
# Every run of the tests has a Postgres server to itself. A run that was killed leaves the database behind.
_DATABASE = "patportal_browser"
_GUNICORN = "-m gunicorn patportal.wsgi:application --workers=2 --threads=4 --graceful-timeout=2"
_WORKER = "manage.py procrastinate worker --shutdown-graceful-timeout=2"
_START_SECONDS = 60


class PortalError(RuntimeError):
    """A process of the portal does not do what it should; the message holds its last words."""


class Portal:
    """The portal for one tenant of the sandbox; a context manager that starts and ends it."""

    def __init__(self, tenant: Tenant, folder: Path) -> None:
        self.tenant = tenant
        self.base_url = f"http://127.0.0.1:{free_port()}"
        self._folder = folder
        self._environment = _environment(tenant, self.base_url)
        # In this order they are stopped as well.
        self._web = self._program("web", f"{_GUNICORN} --bind={self.base_url.removeprefix('http://')}")
        self._worker = self._program("worker", _WORKER)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop()

    def logs(self) -> str:
        """Return everything that the processes have written."""
        return "\n".join(child.log.read_text("utf-8", "replace") for child in (self._web, self._worker))

    def execute(self, statement: sql.Composed, values: Sequence[object]) -> None:
        """Run one SQL statement as the application's role."""
        with psycopg.connect(self._environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statement, values)

    def _program(self, name: str, words: str) -> Child:
        command = [sys.executable, *words.split()]
        log = self._folder / f"{name}.log"
        return Child(name, command, log=log, environment=self._environment, cwd=_ROOT)

    def _start(self) -> None:
        _remake_database()
        migration = self._program("migrate", "manage.py migrate --no-input")
        # Only the migration is told the owner: the others must do without.
        migration.environment = {**self._environment, "DATABASE_OWNER_URL": _url("DATABASE_OWNER_URL")}
        migration.start()
        if not migration.wait(_START_SECONDS) or migration.exit_code() != 0:
            migration.stop((signal.SIGKILL, 3))
            raise PortalError(f"The database could not be migrated:\n{migration.last_lines(40)}")
        self._web.start()
        self._worker.start()
        self._await_web()

    def _await_web(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while self._web.is_running and time.monotonic() < deadline:
            if _is_ready(self.base_url):
                return
            time.sleep(0.05)
        raise PortalError(f"The web server does not answer. Its last words:\n{self._web.last_lines(40)}")

    def _stop(self) -> None:
        for child in (self._web, self._worker):
            child.stop((signal.SIGTERM, 6), (signal.SIGKILL, 3))
        _drop_database()


def _environment(tenant: Tenant, base_url: str) -> dict[str, str]:
    """Return the surroundings of the tests, turned towards the tenant and the database of the portal."""
    settings = tenant.settings()
    settings["AZURE_DEVOPS_ORGANIZATIONS"] = ",".join(settings["AZURE_DEVOPS_ORGANIZATIONS"])
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    return {
        **inherited,
        **{name: str(value) for name, value in settings.items()},
        "DATABASE_URL": _url("DATABASE_URL"),
        "PORTAL_BASE_URL": base_url,
        # Whatever the day, tokens for all organizations still work.
        "GLOBAL_PATS_STOP_ON": f"{datetime.now(UTC).date() + timedelta(days=7)}",
        "PYTHONUNBUFFERED": "1",
    }


def _url(name: str, environ: Mapping[str, str] = os.environ) -> str:
    return f"{environ[name].rpartition('/')[0]}/{_DATABASE}"


def _remake_database() -> None:
    _drop_database()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))


def _drop_database() -> None:
    """Remove the database; connections of processes that have just ended may need a moment to go away."""
    deadline = time.monotonic() + 10
    statement = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(_DATABASE))
    while True:
        try:
            with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
                connection.execute(statement)
                return
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _is_ready(base_url: str) -> bool:
    try:
        return requests.get(f"{base_url}/readyz", timeout=5).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False
