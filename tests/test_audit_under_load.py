"""The chain stays whole while sixteen write at once, and when the server is killed in the middle of it."""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.postgres import PostgresServer
from tests.installation import Connection, Installation
from tests.tokens.models.test_audit_proof import linked, write

WRITERS, TRANSACTIONS = 16, 25
# Every session renders times, bytes and numbers its own way.
SESSIONS = (
    "SET timezone = 'Asia/Kathmandu'; SET datestyle = 'German, DMY'",
    "SET timezone = 'America/St_Johns'; SET datestyle = 'SQL, MDY'; SET bytea_output = 'escape'",
    "SET timezone = 'UTC'; SET extra_float_digits = -15; SET intervalstyle = 'sql_standard'",
    "SET timezone = 'Pacific/Kiritimati'; SET client_encoding = 'LATIN1'",
)


class Writer(threading.Thread):
    """Writes transactions of one to five events, some rolled back, and remembers what was committed."""

    def __init__(self, url: str, number: int, *, transactions: int) -> None:
        super().__init__()
        self._url = url
        self._number = number
        self._transactions = transactions
        self._random = random.Random(number)  # noqa: S311 - a test's choice
        self.committed: list[int] = []
        self.was_cut_off = False
        self.longest = 0.0

    def run(self) -> None:
        """Write until all is written or the server is gone."""
        try:
            with psycopg.connect(self._url) as connected:
                connected.execute(SESSIONS[self._number % len(SESSIONS)].encode())
                connected.commit()
                for _ in range(self._transactions):
                    self._write(connected)
        except psycopg.OperationalError:
            self.was_cut_off = True

    def _write(self, connected: Connection) -> None:
        count = self._random.randint(1, 5)
        ids = [write(connected, pat_name=f"é{self._number}", data='{"expires": 0.1}') for _ in range(count)]
        if self._random.random() < 0.2:
            connected.rollback()
            return
        began = time.monotonic()
        connected.commit()
        self.longest = max(self.longest, time.monotonic() - began)
        self.committed += ids


@contextmanager
def writing(url: str, *, transactions: int) -> Iterator[list[Writer]]:
    """Have sixteen write; wait for them at the end."""
    writers = [Writer(url, number, transactions=transactions) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    yield writers
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()


def test_sixteen_writers_make_one_chain(installation: Installation) -> None:
    with installation.connect("DATABASE_OWNER_URL") as owner:
        before = linked(owner)
        with writing(installation.url("DATABASE_URL"), transactions=TRANSACTIONS) as writers:
            pass
        ids = linked(owner)
    committed = [event_id for writer in writers for event_id in writer.committed]
    assert not any(writer.was_cut_off for writer in writers)
    assert sorted(ids) == sorted([*before, *committed])
    # The events of one transaction stand together and in their order.
    for writer in writers:
        mine = set(writer.committed)
        assert [event_id for event_id in ids if event_id in mine] == writer.committed
    assert installation.manage("verify_audit").strip().endswith("Result: whole.")


def test_a_long_transaction_keeps_nobody_waiting(installation: Installation) -> None:
    with psycopg.connect(installation.url("DATABASE_URL")) as slow:
        write(slow)
        with writing(installation.url("DATABASE_URL"), transactions=5) as writers:
            pass
        assert not any(writer.was_cut_off for writer in writers)
        assert max(writer.longest for writer in writers) < 5
        slow.commit()


class OwnServer(Installation):
    """An installation on a server of its own, which may be killed."""

    def __init__(self, folder: Path, server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_OWNER_URL", server.owner_url("postgres"))
        monkeypatch.setenv("DATABASE_URL", server.application_url("postgres"))
        monkeypatch.setenv("DATABASE_SUPERUSER_URL", server.superuser_url("postgres"))
        super().__init__(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="The processes of the server are found in /proc.")
def test_a_server_that_is_killed_leaves_a_chain_that_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PostgresServer(tmp_path / "postgres") as server:
        made = OwnServer(tmp_path, server, monkeypatch)
        made.migrate()
        acknowledged: list[int] = []
        for kill_after_seconds in (0.4, 0.7, 1.0):
            acknowledged += _killed_while_writing(made, server, after_seconds=kill_after_seconds)
        with made.connect("DATABASE_OWNER_URL") as owner:
            ids = linked(owner)
            events: list[tuple[Any, ...]] = owner.execute("SELECT id FROM tokens_auditevent").fetchall()
        assert len(acknowledged) > WRITERS
        assert set(acknowledged) <= set(ids)
        assert sorted(ids) == sorted(event_id for (event_id,) in events)
        assert made.manage("verify_audit").strip().endswith("Result: whole.")


def _killed_while_writing(made: Installation, server: PostgresServer, *, after_seconds: float) -> list[int]:
    """Kill all processes of the server while sixteen write; return what it had confirmed."""
    with writing(made.url("DATABASE_URL"), transactions=10_000) as writers:
        time.sleep(after_seconds)
        postmaster = server.child.pid
        backends = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text("ascii").split()
        assert server.child.stop((signal.SIGKILL, 10))
        for backend in backends:
            with suppress(ProcessLookupError):
                os.kill(int(backend), signal.SIGKILL)
    assert all(writer.was_cut_off for writer in writers)
    server.start()
    return [event_id for writer in writers for event_id in writer.committed]
