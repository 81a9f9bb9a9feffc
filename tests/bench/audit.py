"""Measure the audit log with one million events: its pages, the plans of their queries, its verification.

Each page is asked for as an auditor's browser does and has to come within 300 ms in the middle of several; no
query may read the table of events as a whole. Exports must need no more memory for all of it than for a part.
Ends with 1 where something is not as it must be.

Times of one machine mean little; that nothing grows with the log does. Where others keep it busy, the
times of the processors tell what would be without them.
"""

import logging
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import django

ROUNDS = 9
MOST_MILLISECONDS = 300
LEAST_VERIFIED = 50_000
MOST_GROWTH_MEGABYTES = 16
LIST = "/admin/tokens/auditevent/"
_SCAN = re.compile(r"Seq Scan on (tokens_auditevent|tokens_auditlink)\b")


def main() -> int:
    """Build the log in a database of its own, measure it and drop it."""
    from tests.bench.audit_log import build  # noqa: PLC0415 - settings of the tests must not be read yet
    from tests.installation import Installation  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ[variable] = installation.url(variable)
        try:
            installation.migrate()
            with installation.connect("DATABASE_OWNER_URL") as owner:
                build(owner)
            return measure()
        finally:
            from django.db import connections  # noqa: PLC0415

            connections.close_all()
            installation.remove()


def measure() -> int:
    """Measure pages and verification, print what came out and return the exit code."""
    django.setup()
    logging.disable(logging.INFO)
    from django.conf import settings  # noqa: PLC0415
    from django.test.utils import setup_test_environment  # noqa: PLC0415

    from tests.people import World  # noqa: PLC0415
    from tests.sandbox_control import SandboxControl  # noqa: PLC0415

    setup_test_environment()
    control = SandboxControl(os.environ["SANDBOX_CONTROL_URL"], os.environ["SANDBOX_CA_BUNDLE"])
    browser = World.create(control, settings).carol.browser
    flaws = [flaw for label, path in pages(browser) for flaw in measure_page(browser, label, path)]
    flaws += measure_verification()
    flaws += measure_exports()
    print(f" load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    control.close()
    for flaw in flaws:
        print(f" NOT AS IT MUST BE: {flaw}")
    return 1 if flaws else 0


def pages(browser: Any) -> Iterator[tuple[str, str]]:
    """Yield a label and an address for everything that is measured."""
    from tests.bench.audit_log import ENDED_TYPE, RETIRED_ORGANIZATION, WHO_LEFT  # noqa: PLC0415
    from tokens.models import AuditEvent  # noqa: PLC0415

    middle = AuditEvent.objects.filter(pk__gte=500_000, type="pat.created").order_by("pk").first()
    assert middle is not None
    older = browser.get(LIST).context["cl"].older_url
    rare = browser.get(f"{LIST}?type=pat.created").context["cl"].older_url
    for label, query in {
        "newest page": "",
        "next page": older,
        "page in the middle of the year": f"?older={middle.at:%Y%m%dT%H%M%S%f}-{middle.pk}",
        "event: common": "?type=auth.signed_in",
        "event: next page": rare,
        "event: none for long": f"?type={ENDED_TYPE}",
        "event: never": "?type=audit.erased",
        "outcome: common": "?outcome=success",
        "outcome: rare, none for long": "?outcome=unknown",
        "organization": "?organization=organization-7",
        "organization: none for long": f"?organization={RETIRED_ORGANIZATION}",
        "organization: never": "?organization=nowhere",
        "actor: person": "?actor_kind=person",
        "actor: operator": "?actor_kind=operator",
        "days: long ago": f"?from={middle.at:%Y-%m-%d}&to={middle.at:%Y-%m-%d}",
        "days: before all": "?to=2001-01-01",
        "event and days": f"?type=pat.created&to={middle.at:%Y-%m-%d}",
        "event and organization": f"?type={ENDED_TYPE}&organization={RETIRED_ORGANIZATION}",
        "search: person": f"?q={quote_plus(middle.owner_label)}",
        "search: person, none for months": f"?q={quote_plus(WHO_LEFT)}",
        "search: family name": "?q=okafor",
        "search: PAT": f"?q={middle.pat_name}",
        "search: part of a PAT": "?q=nightly-agent",
        "search: nobody": "?q=nobody-at-all",
        "search: two letters": "?q=ad",
        "search: person and event": f"?type=pat.created&q={quote_plus(middle.owner_label)}",
        "search: authorization id": f"?q={middle.authorization_id}",
        "search: request id": f"?q={middle.request_id}",
        "search: Microsoft's id": f"?q={middle.activity_id}",
    }.items():
        yield label, f"{LIST}{query}"
    yield "one event", f"{LIST}{middle.pk}/change/"


def measure_page(browser: Any, label: str, path: str) -> Iterator[str]:
    """Print how long a page takes and yield what is wrong with it."""
    seconds = []
    worked = processor_seconds()
    for _ in range(ROUNDS):
        with captured() as queries:
            began = time.perf_counter()
            answer = browser.get(path)
            seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, (path, answer.status_code)
    here, there = (
        1000 * (now - then) / ROUNDS for now, then in zip(processor_seconds(), worked, strict=True)
    )
    milliseconds = statistics.median(seconds) * 1000
    in_database = sum(float(one["time"]) for one in queries) * 1000
    rows = len(getattr(answer.context.get("cl"), "result_list", ())) if answer.context else 0
    print(
        f" {label:32} {milliseconds:7.1f} ms, {in_database:6.1f} in the database, {rows:3} rows;"
        f" processors: {here:.0f} + {there:.0f} ms",
        flush=True,
    )
    if milliseconds > MOST_MILLISECONDS:
        yield f"{label}: {milliseconds:.0f} ms"
    for plan in plans(queries):
        if found := _SCAN.search(plan):
            yield f"{label}: {found[0]}\n{plan}"


@contextmanager
def captured() -> Iterator[list[dict[str, str]]]:
    """Collect the queries that are run meanwhile."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    queries: list[dict[str, str]] = []
    with CaptureQueriesContext(connection) as context:
        yield queries
    queries.extend(context.captured_queries)


def plans(queries: list[dict[str, str]]) -> Iterator[str]:
    """Yield the plan of each query that reads the log."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        for query in queries:
            if query["sql"].startswith("SELECT") and '"tokens_audit' in query["sql"]:
                cursor.execute(f"EXPLAIN {query['sql']}".replace("%", "%%"), [])
                yield "\n".join(line for (line,) in cursor.fetchall())


def measure_verification() -> Iterator[str]:
    """Print how many events a second are verified; yield what is wrong."""
    from tokens import operations  # noqa: PLC0415
    from tokens.management.operators import operator_actor  # noqa: PLC0415

    began, worked = time.perf_counter(), processor_seconds()
    found = operations.verify_audit(actor=operator_actor("bench"), since=None, checkpoints=[], report=print)
    seconds = time.perf_counter() - began
    here, there = (now - then for now, then in zip(processor_seconds(), worked, strict=True))
    speed = found.links / seconds
    print(f" verified: {found.links:,} events in {seconds:.1f} s, {speed:,.0f} a second;", end="")
    print(f" processors, side by side: {here:.1f} and {there:.1f} s", flush=True)
    if not found.is_whole:
        yield f"{found.faults} faults found"
    if speed < LEAST_VERIFIED:
        yield f"only {speed:,.0f} events a second verified (at least {LEAST_VERIFIED:,})"


def processor_seconds() -> tuple[float, float]:
    """Return how long this process has worked, and the one of Postgres that serves it (0 where unknown)."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return time.process_time(), 0.0
    return time.process_time(), (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def measure_exports() -> Iterator[str]:
    """Print how long exports take and how much memory; yield what is wrong."""
    for kind in ("jsonl", "csv"):
        _, little = export(kind, until=1_000)
        seconds, much = export(kind)
        print(
            f" exported as {kind}: {seconds:.1f} s, at most {much:.0f} MB; a thousand: {little:.0f} MB",
            flush=True,
        )
        if much - little > MOST_GROWTH_MEGABYTES:
            yield f"the export as {kind} takes {much - little:.0f} MB more for the whole log"


def export(kind: str, *, until: int | None = None) -> tuple[float, float]:
    """Export as an operator does; return the seconds and the most memory in MB."""
    words = [sys.executable, "manage.py", "export_audit", "--format", kind]
    began = time.perf_counter()
    with subprocess.Popen(
        [*words, *(["--until", str(until)] if until else [])],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as exporter:
        _, status, used = os.wait4(exporter.pid, 0)
        exporter.returncode = os.waitstatus_to_exitcode(status)
    assert exporter.returncode == 0
    return time.perf_counter() - began, used.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
