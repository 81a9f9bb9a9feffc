"""All processes of one demo, in order and watched: Postgres, sandbox, web server, worker, signer.

It knows the portal by manage.py, gunicorn and the environment only, and writes into one folder.
"""

import base64
import http.client
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, NoReturn

from sandbox.audit_key import kept_audit_key
from sandbox.background import ROOT, BackgroundSandbox
from sandbox.children import Child, end_leftovers, is_port_free, remember, surroundings
from sandbox.folders import FolderInUseError, claim, kept_secret, write_private
from sandbox.postgres import PostgresServer
from sandbox.watch import Watch

_DATABASE = "patportal"
_GUNICORN = "-m gunicorn patportal.wsgi:application --no-control-socket --worker-class=gthread --workers=2"
_GUNICORN += " --graceful-timeout=3"
_WORKER = "manage.py procrastinate worker --shutdown-graceful-timeout=3"
_SIGNER = "manage.py sign_audit --watch"
# What a program beside a running demo reads; it is there while the demo is ready.
ENVIRONMENT_FILE = "environment.json"


class DemoError(RuntimeError):
    """The demo cannot start or go on; the message is for the person at the terminal."""


class Demo:
    """All processes of one demo in `folder`; the portal answers on `port` of 127.0.0.1.

    `report` gets a sentence for people on each step.
    """

    def __init__(self, folder: Path, port: int, report: Callable[[str], None]) -> None:
        self._report = report
        self.folder = folder.absolute()
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self._logs = self.folder / "logs"
        self._notes = self.folder / "children.json"
        self._audit_key = self.folder / "audit-key.pem"
        self._environment: dict[str, str] = {}
        self._lock: IO[str] | None = None
        self._postgres = PostgresServer(self.folder / "postgres")
        self._sandbox = BackgroundSandbox(
            self.folder / "sandbox",
            seed="demo",
            log=self._logs / "sandbox.log",
            first_port=port + 1,
        )
        self._web = self._program("web", f"{_GUNICORN} --bind=127.0.0.1:{port}", orphaned=signal.SIGINT)
        self._worker = self._program("worker", _WORKER)
        self._signer = self._program("signer", _SIGNER)

    def start(self) -> None:
        """Start everything in order; the portal answers when this returns.

        Raises DemoError, SandboxError, PostgresError or FolderInUseError.
        """
        self._lock = _claim_patiently(self.folder)
        (self.folder / ENVIRONMENT_FILE).unlink(missing_ok=True)
        self._logs.mkdir(exist_ok=True)
        for log in self._logs.glob("*.log"):
            log.unlink()
        self._require_port(patience_seconds=10 if end_leftovers(self._notes) else 0)
        self._report("Starting Postgres ...")
        self._postgres.start()
        self._postgres.create_database(_DATABASE)
        self._report("Starting the sandbox ...")
        self._environment |= self._portal_environment(self._sandbox.start())
        self._note()
        self._report("Migrating the database ...")
        self._migrate()
        self._report("Starting the web server and the worker ...")
        self._web.start()
        self._worker.start()
        self._start_signer()
        self._note()
        self._await_web()
        write_private(self.folder / ENVIRONMENT_FILE, json.dumps(self._environment))

    def people(self) -> list[str]:
        """Return a line on each person who can sign in."""
        return self._sandbox.people()

    def mailbox_url(self) -> str:
        """Return the page on which mails arrive."""
        return self._sandbox.mailbox_url()

    def watch(self) -> NoReturn:
        """Keep everything running until the demo is ended. Raises DemoError when the web server ends."""
        watches = [
            Watch(lambda: self._postgres.child, self._postgres.start, self._report),
            Watch(lambda: self._sandbox.child, self._sandbox.start, self._report),
            Watch(lambda: self._worker, self._worker.start, self._report),
            Watch(lambda: self._signer, self._signer.start, self._report),
        ]
        while self._web.is_running:
            restarted = [watch.look(time.monotonic()) for watch in watches]
            if any(restarted):
                self._note()
            time.sleep(0.2)
        raise DemoError(
            f"The web server ended (code {self._web.exit_code()}). Its last words:\n{self._web.last_lines()}"
        )

    def stop(self) -> None:
        """Stop what runs: web server, worker, sandbox, Postgres; takes seconds."""
        for child in (self._signer, self._web, self._worker):
            child.stop((signal.SIGTERM, 6), (signal.SIGKILL, 3))
        self._sandbox.stop()
        self._postgres.stop()
        if self._lock is not None:
            (self.folder / ENVIRONMENT_FILE).unlink(missing_ok=True)
            self._notes.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _program(self, name: str, words: str, *, orphaned: signal.Signals = signal.SIGKILL) -> Child:
        """Prepare a Python program in the portal's environment, as which it reads what start() fills in."""
        log = self._logs / f"{name}.log"
        command = [sys.executable, *words.split()]
        return Child(name, command, log=log, environment=self._environment, cwd=ROOT, when_orphaned=orphaned)

    def _note(self) -> None:
        remember((self._sandbox.child, self._web, self._worker, self._signer), self._notes)

    def _require_port(self, *, patience_seconds: float) -> None:
        """Raise DemoError unless the port is free; after a crash the last owner may need a moment."""
        deadline = time.monotonic() + patience_seconds
        while not is_port_free(self.port):
            if time.monotonic() >= deadline:
                raise DemoError(
                    f"Port {self.port} is in use by another program. "
                    f"Choose another one: PORT={self.port + 100} make demo"
                )
            time.sleep(0.2)

    def _portal_environment(self, sandbox_environment: dict[str, str]) -> dict[str, str]:
        checkpoints = self.folder / "checkpoints"
        checkpoints.mkdir(exist_ok=True)
        grant_key = self.folder / "grant-key"
        if not grant_key.exists():
            write_private(grant_key, "demo:" + base64.b64encode(secrets.token_bytes(32)).decode("ascii"))
        return {
            **surroundings(os.environ),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "patportal.settings",
            "SECRET_KEY": kept_secret(self.folder / "secret-key"),
            "GRANT_KEYS": grant_key.read_text("ascii").strip(),
            "PORTAL_BASE_URL": self.base_url,
            "DATABASE_URL": self._postgres.application_url(_DATABASE),
            "AUDIT_CHECKPOINT_DIR": str(checkpoints),
            "AUDIT_PUBLIC_KEYS": kept_audit_key(self._audit_key, f"127.0.0.1:{self.port}/audit"),
            "EMAIL_URL": sandbox_environment["SANDBOX_SMTP_URL"],
            **sandbox_environment,
        }

    def _migrate(self) -> None:
        migration = self._program("migrate", "manage.py migrate --no-input")
        owner_url = self._postgres.owner_url(_DATABASE)
        migration.environment = {**self._environment, "DATABASE_OWNER_URL": owner_url}
        migration.start()
        if not migration.wait(120) or migration.exit_code() != 0:
            migration.stop((signal.SIGKILL, 3))
            raise DemoError(f"The database could not be migrated:\n{migration.last_lines(40)}")

    def _start_signer(self) -> None:
        """Start what signs checkpoints of the audit log; it alone gets the key."""
        self._signer.environment = {**self._environment, "AUDIT_SIGNING_KEY_FILE": str(self._audit_key)}
        self._signer.start()

    def _await_web(self) -> None:
        deadline = time.monotonic() + 60
        while self._web.is_running and time.monotonic() < deadline:
            if _is_ready(self.port):
                return
            time.sleep(0.1)
        raise DemoError(f"The web server does not answer. Its last words:\n{self._web.last_lines(40)}")


def _claim_patiently(folder: Path) -> IO[str]:
    """Take the folder; a demo that was just ended may need some seconds to let go of it."""
    deadline = time.monotonic() + 8
    while True:
        try:
            return claim(folder)
        except FolderInUseError as exc:
            if time.monotonic() > deadline:
                raise DemoError(
                    f"A demo is already running: {exc} Another one needs a folder and a port of its own: "
                    "DEMO_FOLDER=another-folder PORT=8100 make demo"
                ) from exc
        time.sleep(0.2)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
