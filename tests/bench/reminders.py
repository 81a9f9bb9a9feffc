"""Measure reminders: 1,000,000 PATs of 50,000 people, 30,000 of them due, and half as many with as many due.

Each is looked at by one process in a database of its own; the statements that find and claim have to go along
their indexes. Then mails are sent by one worker to a mail server on loopback that is a process as well.

Times of one machine mean little; that they follow what is due and not what exists does. Ends with 1 where
something is not as it must be.
"""

import asyncio
import logging
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

from tests.reminder_crowd import Crowd

WHOLE = Crowd(people=50_000, pats=1_000_000, due=30_000)
HALF = Crowd(people=50_000, pats=500_000, due=30_000)
MOST_SECONDS, MOST_MEGABYTES, LEAST_MAILS_A_SECOND = 30, 300, 100
# The same number is due, so the whole may not take much longer than the half.
MOST_RATIO = 1.5
SENDING = timedelta(seconds=15)
_SCAN = re.compile(r"Seq Scan on (tokens_pat|tokens_reminder|accounts_user)\b")
# Of these there are so few here that reading all is cheaper than 600 keys one by one: they need an index that
# serves, whichever is chosen.
_SCAN_FOR_WANT = re.compile(r"Seq Scan on (tokens_outgoingmail)\b")


def main() -> int:
    """Measure both crowds, each in a process of its own, and say what came out."""
    if sys.argv[1:2] == ["sink"]:
        return asyncio.run(serve_sink())
    if sys.argv[1:2] == ["look"]:
        return look(WHOLE if sys.argv[2] == "whole" else HALF)
    seconds, flaws = {}, []
    for name in ("half", "whole"):
        seconds[name], found = run(name)
        flaws += [f"{name}: {flaw}" for flaw in found]
    ratio = seconds["whole"] / seconds["half"]
    print(f" twice as many PATs, as many due: {ratio:.2f} times as long")
    if ratio > MOST_RATIO:
        flaws.append(f"{ratio:.2f} times as long")
    print(f" load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for flaw in flaws:
        print(f" NOT AS IT MUST BE: {flaw}")
    return 1 if flaws else 0


def run(name: str) -> tuple[float, list[str]]:
    """Measure one crowd in another process; returns the seconds of its look and what is wrong with it."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench.reminders", "look", name],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    print(ended.stdout, end="", flush=True)
    seconds = re.search(r"made in ([\d.]+) s", ended.stdout)
    assert seconds is not None, ended.stdout
    return float(seconds[1]), re.findall(r"^ WRONG: (.*)$", ended.stdout, re.MULTILINE)


def look(crowd: Crowd) -> int:
    """Build a crowd in a database of its own, look at it, send some of the mails, and drop it."""
    from tests.installation import Installation  # noqa: PLC0415 - settings of the tests must not be read yet

    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ[variable] = installation.url(variable)
        try:
            installation.migrate()
            began = time.perf_counter()
            with installation.connect("DATABASE_OWNER_URL") as owner:
                crowd.build(owner)
            seconds = time.perf_counter() - began
            print(f" {crowd.pats:,} PATs of {crowd.people:,} people built in {seconds:.0f} s", flush=True)
            for flaw in measure(crowd, installation):
                print(f" WRONG: {flaw}", flush=True)
            return 0
        finally:
            from django.db import connections  # noqa: PLC0415

            connections.close_all()
            installation.remove()


def measure(crowd: Crowd, installation: Any) -> Iterator[str]:
    """Look at everybody, print what came out and yield what is wrong with it."""
    django.setup()
    logging.disable(logging.INFO)
    from django.utils import timezone  # noqa: PLC0415

    from tokens import operations  # noqa: PLC0415
    from tokens.models import Pat, Reminder  # noqa: PLC0415

    now = timezone.now()
    statements = first_look(now)
    began, worked = time.perf_counter(), time.process_time()
    mails = operations.remind(now=now)
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f" {Reminder.objects.count():,} reminders and {mails:,} mails made in {seconds:.1f} s"
        f" ({processor:.1f} s of this process), {megabytes:.0f} MB at most",
        flush=True,
    )
    if seconds > MOST_SECONDS:
        yield f"{seconds:.0f} s"
    if megabytes > MOST_MEGABYTES:
        yield f"{megabytes:.0f} MB"
    if Reminder.objects.count() != crowd.due or Pat.objects.filter(remind_at__lte=now).exists():
        yield "not everything that was due was made"
    with installation.connect("DATABASE_OWNER_URL") as owner:
        owner.execute("ANALYZE")
    yield from read_whole(statements)
    began = time.perf_counter()
    operations.remind(now=now)
    print(f" a look at nothing takes {(time.perf_counter() - began) * 1000:.0f} ms")
    if crowd is WHOLE:
        yield from measure_sending()


def first_look(now: Any) -> list[str]:
    """Look at the first people, print the plan that finds everybody, and return the statements that read."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from tokens import operations  # noqa: PLC0415
    from tokens.reminder_queries import people_to_look_at  # noqa: PLC0415

    with CaptureQueriesContext(connection) as context:
        ids = people_to_look_at(now=now)
        operations.remind(now=now, people=ids[:200])
    reading = [one["sql"] for one in context.captured_queries if one["sql"].startswith(("SELECT", "("))]
    print("\n".join(f"   {line}" for line in plan_of(reading[0])), flush=True)
    return reading


def plan_of(statement: str) -> list[str]:
    """Return how Postgres carries out a statement."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return [row[0] for row in cursor.fetchall()]


def read_whole(statements: list[str]) -> Iterator[str]:
    """Yield which of the statements read a table as a whole now that there is something in each."""
    from django.db import connection, transaction  # noqa: PLC0415

    with transaction.atomic():
        for scan in (_SCAN, _SCAN_FOR_WANT):
            if scan is _SCAN_FOR_WANT:
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL enable_seqscan = off")
            for statement in statements:
                if found := scan.search("\n".join(plan_of(statement))):
                    yield f"{found[0]} for {statement[:100]}"


def measure_sending() -> Iterator[str]:
    """Send mails for a while, in one lane and then as a worker does, which must send so many a second."""
    from django.conf import settings  # noqa: PLC0415

    from tokens.enqueue import MAIL_LANES  # noqa: PLC0415

    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.reminders", "sink"], stdout=subprocess.PIPE, text=True
    ) as sink:
        assert sink.stdout is not None
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sink.stdout.readline())
        # A worker does eight jobs at once, and each lane is one.
        rates = [rate_of(lanes) for lanes in (1, MAIL_LANES)]
        sink.terminate()
    if rates[-1] < LEAST_MAILS_A_SECOND:
        yield f"{rates[-1]:.0f} mails a second of a worker"


def rate_of(lanes: int) -> float:
    """Send in so many lanes of one process, print what came out, and return how many mails went a second."""
    began, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(lanes) as threads:
        count = sum(threads.map(send_in_lane, range(lanes)))
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    rate = count / seconds
    print(
        f" {count:,} mails in {seconds:.1f} s in {lanes} lanes of one process: {rate:.0f} a second"
        f" ({processor:.1f} s of this process)",
        flush=True,
    )
    return rate


def send_in_lane(number: int) -> int:
    """Send mails for a while, as a worker's thread does; returns how many had their turn."""
    from django.db import connections  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from patportal.lib.actors import system_actor  # noqa: PLC0415
    from tokens import operations  # noqa: PLC0415

    try:
        return operations.send_mails(actor=system_actor(f"bench {number}"), now=timezone.now(), lasts=SENDING)
    finally:
        connections.close_all()


async def serve_sink() -> int:
    """Be a mail server that takes everything and keeps nothing; print its port."""
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415

    class Sink:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002
            return "250 OK"

    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink()), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
