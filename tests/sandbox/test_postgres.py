"""The embedded Postgres server: roles, rights, crashes, and that it leaves nothing behind."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.children import command_line
from sandbox.folders import FolderInUseError
from sandbox.postgres import PostgresError, PostgresServer

_DATABASE = "portal"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ties children to parents")
as_root = pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="needs root on Linux")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path_factory.mktemp("postgres")) as running:
        running.create_database(_DATABASE)
        with psycopg.connect(running.owner_url(_DATABASE)) as owner:
            owner.execute("CREATE TABLE note (id serial PRIMARY KEY, body text)")
        yield running


def _ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def _do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_the_application_reads_and_writes_rows_of_the_owners_tables(server: PostgresServer) -> None:
    url = server.application_url(_DATABASE)
    assert _ask(url, "INSERT INTO note (body) VALUES ('a') RETURNING body") == [("a",)]
    assert _ask(url, "UPDATE note SET body = 'b' WHERE body = 'a' RETURNING body") == [("b",)]
    assert _ask(url, "DELETE FROM note WHERE body = 'b' RETURNING body") == [("b",)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "TRUNCATE note",
        "DROP TABLE note",
        "ALTER TABLE note ADD COLUMN extra int",
        "CREATE TRIGGER t AFTER TRUNCATE ON note EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE DATABASE another",
        "CREATE ROLE somebody",
    ],
)
def test_the_application_may_not_change_what_the_database_is(server: PostgresServer, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _do(server.application_url(_DATABASE), statement)


def test_a_database_made_by_the_owner_gives_the_application_the_same_rights(
    server: PostgresServer,
) -> None:
    _do(server.owner_url(_DATABASE), "CREATE DATABASE made_by_tests")
    _do(server.owner_url("made_by_tests"), "CREATE TABLE note (body text)")
    assert _ask(server.application_url("made_by_tests"), "SELECT count(*) FROM note") == [(0,)]


def test_creating_a_database_twice_keeps_the_first(server: PostgresServer) -> None:
    server.create_database(_DATABASE)
    assert _ask(server.application_url(_DATABASE), "SELECT to_regclass('note') IS NOT NULL") == [(True,)]


def test_nobody_comes_in_without_the_password(server: PostgresServer) -> None:
    url = f"postgres://patportal_owner:wrong@127.0.0.1:{server.port}/{_DATABASE}"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_it_listens_on_this_machine_only(server: PostgresServer) -> None:
    lines = (server.folder / "postgres.log").read_text("utf-8").splitlines()
    places = [line.partition("listening on ")[2] for line in lines if "listening on " in line]
    assert places == [f'IPv4 address "127.0.0.1", port {server.port}']


def test_passwords_are_kept_in_files_that_only_their_owner_reads(server: PostgresServer) -> None:
    files = list(server.folder.glob("*.password"))
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_second_server_in_the_same_folder_is_refused(server: PostgresServer) -> None:
    with pytest.raises(FolderInUseError, match="in use"):
        PostgresServer(server.folder).start()
    assert server.is_running


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a stopped cluster and a row in it; tests may crash it, but keep the row."""
    folder = tmp_path_factory.mktemp("kept")
    with PostgresServer(folder) as server:
        server.create_database(_DATABASE)
        _do(server.owner_url(_DATABASE), "CREATE TABLE kept AS SELECT 'still here' AS body")
    return folder


def _assert_kept(folder: Path) -> None:
    with PostgresServer(folder) as server:
        assert _ask(server.application_url(_DATABASE), "SELECT body FROM kept") == [("still here",)]


def _assert_within(seconds: float, is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert is_true()


def test_it_starts_again_after_its_server_was_killed(kept: Path) -> None:
    server = PostgresServer(kept)
    server.start()
    port = server.port
    os.kill(server.child.pid, signal.SIGKILL)
    server.child.wait(5)
    assert not server.is_running
    server.start()
    assert server.port == port
    server.stop()
    _assert_kept(kept)


def test_a_server_that_was_left_behind_makes_way(kept: Path) -> None:
    left_behind = PostgresServer(kept)
    left_behind.start()
    assert left_behind._lock is not None
    left_behind._lock.close()
    _assert_kept(kept)
    assert left_behind.child.wait(5)


_STARTER = """
import sys, time
from pathlib import Path
from sandbox.postgres import PostgresServer
server = PostgresServer(Path(sys.argv[1]))
server.start()
print(server.child.pid, flush=True)
time.sleep(60)
"""


def _killed_starter(folder: Path, **environment: str) -> int:
    """Start a server in a process that is killed with -9 right after; return the server's process id."""
    command = [sys.executable, "-c", _STARTER, str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert str(folder) in " ".join(command_line(pid))
        starter.kill()
    return pid


@on_linux
def test_it_ends_when_its_starter_is_killed(kept: Path) -> None:
    pid = _killed_starter(kept)
    _assert_within(10, lambda: not command_line(pid))
    _assert_kept(kept)


@as_root
def test_root_without_namespaces_runs_it_as_nobody(kept: Path) -> None:
    pid = _killed_starter(kept, LEASH_AVOIDS_NAMESPACES="1")
    _assert_within(10, lambda: not command_line(pid))
    assert (kept / "data").stat().st_uid == 65534
    _assert_kept(kept)
    assert (kept / "data").stat().st_uid == 0


def test_a_cluster_whose_making_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("half", "ascii")
    with PostgresServer(tmp_path) as server:
        assert server.is_running


def test_a_cluster_of_another_version_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n", "ascii")
    with pytest.raises(PostgresError, match=r"made by Postgres 9, and this is Postgres \d+"):
        PostgresServer(tmp_path).start()
    # The folder is free again.
    with pytest.raises(PostgresError):
        PostgresServer(tmp_path).start()


def test_a_server_that_cannot_start_says_why(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text((kept / "data" / "PG_VERSION").read_text("ascii"), "ascii")
    with pytest.raises(PostgresError, match="does not start"):
        PostgresServer(tmp_path).start()
