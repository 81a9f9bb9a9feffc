"""An installation as an operator makes it: a database of its own, two roles, manage.py, gunicorn, a worker.

It knows the portal by its commands and its environment only.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg import sql

from sandbox.children import Child, free_port
from tests.passing_time import pass_time
from tests.sandbox_tenant import Tenant

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 60

# A worker is there, and every job that is due has had its turn; what a dead worker holds does not count.
_IS_IDLE = """
    SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - interval '10 seconds')
        AND NOT EXISTS (
            SELECT FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()
        )
        AND NOT EXISTS (
            SELECT FROM procrastinate_jobs job JOIN procrastinate_workers worker ON worker.id = job.worker_id
            WHERE job.status = 'doing' AND worker.last_heartbeat > now() - interval '10 seconds'
        )
"""

Connection = psycopg.Connection[tuple[Any, ...]]


class Installation:
    """One database, not migrated at first, and the processes on it, which never see the owner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = f"installation_{secrets.token_hex(4)}"
        self.base_url = f"http://127.0.0.1:{free_port()}"
        self._children: list[Child] = []
        self._tenant: dict[str, str] = {}
        self._served: Tenant | None = None
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.database)))

    def serve(self, tenant: Tenant) -> None:
        """Have every process that is started from now on work for a tenant of the sandbox."""
        self._served = tenant
        settings = tenant.settings()
        settings["AZURE_DEVOPS_ORGANIZATIONS"] = ",".join(settings["AZURE_DEVOPS_ORGANIZATIONS"])
        self._tenant = {name: str(value) for name, value in settings.items()}

    def url(self, variable: str) -> str:
        """Return the address of this database for the role that a variable of the tests names."""
        return f"{os.environ[variable].rpartition('/')[0]}/{self.database}"

    def environment(self) -> dict[str, str]:
        """Return what the processes of the portal see."""
        hidden = {"DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"}
        own = {
            "DATABASE_URL": self.url("DATABASE_URL"),
            "PORTAL_BASE_URL": self.base_url,
            "PYTHONUNBUFFERED": "1",
        }
        return {name: value for name, value in os.environ.items() if name not in hidden} | self._tenant | own

    def manage(self, *words: str, **variables: str) -> str:
        """Run a management command to its end and return what it wrote."""
        ended = subprocess.run(
            [sys.executable, "manage.py", *words],
            env=self.environment() | variables,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout + ended.stderr

    def migrate(self) -> str:
        """Migrate as the owner."""
        return self.manage("migrate", DATABASE_OWNER_URL=self.url("DATABASE_OWNER_URL"))

    def connect(self, variable: str) -> Connection:
        """Connect to the database as the role that a variable of the tests names."""
        return psycopg.connect(self.url(variable), autocommit=True)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a statement finds, as the application's role."""
        with self.connect("DATABASE_URL") as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def wait(self, **span: float) -> None:
        """Let time pass for the portal and the tenant it works for: `wait(minutes=7)`."""
        with self.connect("DATABASE_URL") as connection:
            pass_time(connection, timedelta(**span), tenant=self._served)

    def defer(self, task: str) -> None:
        """Have a periodic task run now."""
        statement = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', %s, %s)"
        with self.connect("DATABASE_URL") as connection:
            connection.execute(statement, [task, '{"timestamp": 0}'])

    def start_web(self) -> Child:
        """Start the web server and wait until it answers."""
        bind = self.base_url.rpartition("/")[2]
        words = f"-m gunicorn patportal.wsgi:application --workers=1 --threads=4 --bind={bind}"
        child = self._start("web", words)
        self._wait(child, lambda: self.status("/healthz") == 200)
        return child

    def start_worker(self) -> Child:
        """Start a worker that goes on until it is killed."""
        options = "--concurrency=4 --fetch-job-polling-interval=0.1 --shutdown-graceful-timeout=1"
        return self._start("worker", f"manage.py procrastinate worker {options}")

    def work(self) -> None:
        """Let a worker do what is due and what follows from it, and end."""
        worker = self.start_worker()
        self._wait(worker, lambda: self.rows(_IS_IDLE) == [(True,)])
        worker.stop((signal.SIGTERM, 5), (signal.SIGKILL, 5))
        self._children.remove(worker)

    def running(self, name: str) -> Child:
        """Return the process of a name that runs."""
        (found,) = [child for child in self._children if child.name == name]
        return found

    def kill(self, child: Child) -> None:
        """End a process and its children at once, without a word of warning."""
        assert child.is_running, child.last_lines(40)
        assert child.stop((signal.SIGKILL, 10))
        self._children.remove(child)

    def status(self, path: str) -> int:
        """Return the status that the web server answers with, 0 if nobody answers."""
        try:
            return requests.get(f"{self.base_url}{path}", timeout=10, allow_redirects=False).status_code
        except requests.ConnectionError:
            return 0

    def logs(self) -> str:
        """Return everything that the processes have written."""
        return "\n".join(log.read_text("utf-8", "replace") for log in self.folder.glob("*.log"))

    def stop(self) -> None:
        """End every process."""
        for child in self._children:
            child.stop((signal.SIGKILL, 10))
        self._children.clear()

    def remove(self) -> None:
        """End every process and drop the database."""
        self.stop()
        with psycopg.connect(os.environ["DATABASE_SUPERUSER_URL"], autocommit=True) as connection:
            statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(statement.format(sql.Identifier(self.database)))

    def _start(self, name: str, words: str) -> Child:
        command = [sys.executable, *words.split()]
        log = self.folder / f"{name}.log"
        child = Child(name, command, log=log, environment=self.environment(), cwd=ROOT)
        child.start()
        self._children.append(child)
        return child

    def _wait(self, child: Child, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not is_there():
            assert child.is_running, child.last_lines(40)
            assert time.monotonic() < deadline, child.last_lines(40)
            time.sleep(0.05)
