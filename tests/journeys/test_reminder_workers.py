"""Reminders by real processes: several at once, and kill -9 in the middle; nobody gets two or misses one."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.mail import MailDesk
from tests.installation import ROOT, Installation
from tests.reminder_crowd import Crowd

# More than are looked at in one transaction, and more than one lane of mails.
CROWD = Crowd(people=450, pats=900, due=900)
SECONDS = 90
WAITING = "wait_event_type = 'Lock' AND datname = current_database()"


class Office:
    """An installation with a crowd of whom all are due, and the mail server that it sends to."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.held, self.released = threading.Event(), threading.Event()
        self.desk = MailDesk(0, None, self._hold)
        self.desk.listener.start()
        self._events = self.count("tokens_auditevent", "type = 'reminder.sent'")

    def _hold(self, name: str) -> None:  # noqa: ARG002 - there is one
        self.held.set()
        self.released.wait(SECONDS)

    def start(self) -> "subprocess.Popen[str]":
        """Start a process that makes and sends what is due."""
        return subprocess.Popen(
            [sys.executable, "manage.py", "send_reminders"],
            env=self.installation.environment() | {"EMAIL_URL": self.desk.listener.url},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, count: int = 1) -> None:
        """Let so many of them run at once, to their ends."""
        processes = [self.start() for _ in range(count)]
        for process in processes:
            written, _ = process.communicate(timeout=SECONDS)
            assert process.returncode == 0, written

    def finish(self) -> None:
        """Go on as the worker does in the minutes after a crash, until nothing is left."""
        for _ in range(4):
            if not self.count("tokens_outgoingmail", "sent_at IS NULL"):
                self.installation.wait(minutes=3)
                self.run()
                return
            self.installation.wait(minutes=3)
            self.run()

    def count(self, table: str, condition: str = "true") -> int:
        ((found,),) = self.installation.rows(f"SELECT count(*) FROM {table} WHERE {condition}")  # noqa: S608
        return int(found)

    def check(self, *, twice: int = 0) -> None:
        """Everybody was told of each of their PATs, once; so many mails were accepted twice, as one."""
        accepted = self.desk.mailbox.accepted()
        assert sorted(accepted.values()) == [1] * (CROWD.people - twice) + [2] * twice
        assert self.count("tokens_outgoingmail", "sent_at IS NOT NULL") == CROWD.people
        assert self.count("tokens_outgoingmail") == CROWD.people
        assert self.count("tokens_reminder", "state = 'sent' AND step_days = 7") == CROWD.pats
        assert self.count("tokens_reminder") == CROWD.pats
        events = self.count("tokens_auditevent", "type = 'reminder.sent'") - self._events
        assert events == CROWD.pats
        told = {address for mail in self.desk.mailbox.newest_first() for address in mail.recipients}
        assert len(told) == CROWD.people
        assert self.count("tokens_pat", "remind_at <= now()") == 0

    def stop(self) -> None:
        self.released.set()
        self.desk.listener.stop()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One of its own: the crowd is written by the database's owner."""
    made = Installation(tmp_path_factory.mktemp("crowded"))
    try:
        made.migrate()
        with made.connect("DATABASE_OWNER_URL") as owner:
            CROWD.build(owner)
        yield made
    finally:
        made.remove()


@pytest.fixture
def office(crowded: Installation) -> Iterator[Office]:
    """Its crowd as it was at first: everything is due, and nobody was told."""
    with crowded.connect("DATABASE_OWNER_URL") as owner:
        for table in ("tokens_reminder", "tokens_outgoingmail", "procrastinate_jobs"):
            owner.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        owner.execute("UPDATE tokens_pat SET remind_at = now() - interval '1 minute'")
    made = Office(crowded)
    try:
        yield made
    finally:
        made.stop()


def kill(process: "subprocess.Popen[str]") -> None:
    """End a process at once, without a word of warning."""
    assert process.poll() is None, process.communicate()[0]
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=SECONDS)


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("count", [2, 4])
def test_several_at_once_tell_everybody_once(office: Office, count: int) -> None:
    office.run(count)
    office.finish()
    office.check()


def test_killed_while_it_makes_them_nothing_is_lost_or_made_twice(office: Office) -> None:
    with office.installation.connect("DATABASE_OWNER_URL") as owner, owner.transaction():
        # Of somebody in the second lot: the first one is committed by then, the second has begun.
        owner.execute(
            "SELECT FROM tokens_pat WHERE user_id = (SELECT max(id) FROM accounts_user) LIMIT 1 FOR UPDATE"
        )
        process = office.start()
        wait_for(lambda: office.count("tokens_reminder"))
        wait_for(lambda: office.count("pg_stat_activity", WAITING))
        kill(process)
    made = office.count("tokens_reminder")
    assert 0 < made < CROWD.pats
    office.run(2)
    office.finish()
    office.check()


@pytest.mark.parametrize(
    ("stage", "twice"),
    [("data", 0), ("end", 1)],
    ids=["before the server has the mail", "after the server has accepted it"],
)
def test_killed_while_it_sends_only_what_was_accepted_may_come_again(
    office: Office, stage: str, twice: int
) -> None:
    recipient = "person-40@example.com"
    office.desk.faults.add({"stage": stage, "hold": "the kill", "times": 1, "recipient": recipient})
    process = office.start()
    assert office.held.wait(SECONDS)
    before = office.count("tokens_outgoingmail", "sent_at IS NOT NULL")
    kill(process)
    office.released.set()
    # What was ticked off before is not begun again.
    assert before < CROWD.people
    office.run(2)
    office.finish()
    office.check(twice=twice)
