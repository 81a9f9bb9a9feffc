"""The demo: `python -m sandbox.demo` runs the whole portal on this machine, against the sandbox.

It starts a Postgres server, the sandbox, the production web server and the worker, watches them, and stops
them in order. All it writes lies in one folder. It knows the portal by manage.py, gunicorn and the
environment only.

Variables: PORT (8000), DEMO_FOLDER (.demo in the checkout). `python -m sandbox.demo run manage.py shell`
runs a Python program in the environment of the demo that is running.
"""

import base64
import ctypes
import http.client
import json
import os
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from sandbox.background import ROOT, BackgroundSandbox, SandboxError
from sandbox.children import Child, end_leftovers, is_port_free, remember, surroundings
from sandbox.folders import FolderInUseError, claim, kept_secret, write_private
from sandbox.postgres import PostgresError, PostgresServer
from sandbox.watch import Watch

_DATABASE = "patportal"
_GUNICORN = "-m gunicorn patportal.wsgi:application --no-control-socket --worker-class=gthread --workers=2"
_GUNICORN += " --threads=4 --graceful-timeout=3"
_WORKER = "manage.py procrastinate worker --shutdown-graceful-timeout=3"
_PR_SET_PDEATHSIG = 1


class DemoError(RuntimeError):
    """The demo cannot start or go on; the message is for the person at the terminal."""


class Ended(BaseException):
    """Somebody asked the demo to end: Ctrl-C, a closed terminal, a SIGTERM."""


class Demo:
    """All processes of one demo in `folder`; the portal answers on `port` of 127.0.0.1."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self._logs = self.folder / "logs"
        self._notes = self.folder / "children.json"
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

    def start(self) -> None:
        """Start everything in order; the portal answers when this returns.

        Raises DemoError, SandboxError, PostgresError or FolderInUseError.
        """
        self._lock = _claim_patiently(self.folder)
        self._logs.mkdir(exist_ok=True)
        for log in self._logs.glob("*.log"):
            log.unlink()
        self._require_port(patience_seconds=10 if end_leftovers(self._notes) else 0)
        say("Starting Postgres ...")
        self._postgres.start()
        self._postgres.create_database(_DATABASE)
        say("Starting the sandbox ...")
        self._environment |= self._portal_environment(self._sandbox.start())
        self._note()
        say("Migrating the database ...")
        self._migrate()
        say("Starting the web server and the worker ...")
        self._web.start()
        self._worker.start()
        self._note()
        self._await_web()
        write_private(self.folder / "environment.json", json.dumps(self._environment))

    def people(self) -> list[str]:
        """Return a line on each person who can sign in."""
        return self._sandbox.people()

    def watch(self) -> NoReturn:
        """Keep everything running until the demo is ended. Raises DemoError when the web server ends."""
        watches = [
            Watch(lambda: self._postgres.child, self._postgres.start, say),
            Watch(lambda: self._sandbox.child, self._sandbox.start, say),
            Watch(lambda: self._worker, self._worker.start, say),
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
        for child in (self._web, self._worker):
            child.stop((signal.SIGTERM, 6), (signal.SIGKILL, 3))
        self._sandbox.stop()
        self._postgres.stop()
        if self._lock is not None:
            self._notes.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _program(self, name: str, words: str, *, orphaned: signal.Signals = signal.SIGKILL) -> Child:
        """Prepare a Python program in the portal's environment, as which it reads what start() fills in."""
        log = self._logs / f"{name}.log"
        command = [sys.executable, *words.split()]
        return Child(name, command, log=log, environment=self._environment, cwd=ROOT, when_orphaned=orphaned)

    def _note(self) -> None:
        remember((self._sandbox.child, self._web, self._worker), self._notes)

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
            # Mail goes to the log of whoever sends it.
            "EMAIL_URL": "consolemail://",
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

    def _await_web(self) -> None:
        deadline = time.monotonic() + 60
        while self._web.is_running and time.monotonic() < deadline:
            if _is_ready(self.port):
                return
            time.sleep(0.1)
        raise DemoError(f"The web server does not answer. Its last words:\n{self._web.last_lines(40)}")


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def banner(demo: Demo) -> str:
    """Return what a person needs to know when the demo is up."""
    lines = [
        "",
        f"  PAT Portal is ready:  {demo.base_url}",
        "",
        "  Sign in as any of these people; the sandbox asks for no password.",
        *(f"    {person}" for person in demo.people()),
        "",
        f"  Everything is kept in {demo.folder} (see logs/ there); remove it to begin anew.",
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run the demo until it is ended, or a program beside it; return an exit code for the shell."""
    folder = Path(os.environ.get("DEMO_FOLDER") or ROOT / ".demo")
    if arguments[:1] == ["run"]:
        return _run_beside(folder, arguments[1:])
    if arguments == ["reset"]:
        return _reset(folder)
    if "--tied" in arguments:
        _tie_to_starter()
    try:
        demo = Demo(folder, _port(os.environ.get("PORT") or "8000"))
        _listen_for_the_end()
        return _run(demo)
    except (DemoError, SandboxError, PostgresError, FolderInUseError) as exc:
        print(f"\n{exc}", file=sys.stderr, flush=True)
        return 1
    except Ended:
        return 0


def _run(demo: Demo) -> int:
    started = time.monotonic()
    try:
        demo.start()
        say(f"Ready after {time.monotonic() - started:.1f} s.")
        say(banner(demo))
        demo.watch()
    except Ended:
        say("\nStopping ...")
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()
        say("Everything is stopped.")


def _listen_for_the_end() -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise Ended

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Who started it with nohup wants no end with the terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


def _tie_to_starter() -> None:
    """End this demo when its starter ends, even by a kill -9 (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _run_beside(folder: Path, words: list[str]) -> int:
    """Become a Python program in the environment of the running demo."""
    try:
        if folder.is_dir():
            claim(folder).close()
    except FolderInUseError:
        environment = json.loads((folder / "environment.json").read_text("utf-8"))
        os.execve(sys.executable, [sys.executable, *words], {**os.environ, **environment})  # noqa: S606
    print("No demo is running. Start one with make demo.", file=sys.stderr)
    return 1


def _reset(folder: Path) -> int:
    """Remove the demo's folder, unless a demo runs in it."""
    try:
        claim(folder).close()
    except FolderInUseError as exc:
        print(f"A demo is running: {exc} End it first.", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    print(f"{folder} is removed; the next demo begins anew.")
    return 0


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
                    "DEMO_FOLDER=.demo/second PORT=8100 make demo"
                ) from exc
        time.sleep(0.2)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_533:
        raise DemoError(f"PORT must be a number from 1 to 65533, not {text!r}.")
    return int(text)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
