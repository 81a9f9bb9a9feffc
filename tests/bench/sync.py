"""Measure mirrors that are read by the clock: 1, 2 and 4 workers with 150 ms for each call, in one run.

So many people with several organizations each; every mirror is due at the same moment, and real worker
processes read them all. Told beside the times is how much of a processor each kind of process took, which
says what the limit is: while workers mostly wait for Azure DevOps, more of them read more. A last run gives
one worker as many places as it has by default.

Times of one machine mean little; the ratio does. Ends with 1 where something is not as it must be. The
processors are read from /proc, so only Linux tells them.
"""

import contextlib
import logging
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import django

from sandbox.children import command_line

PEOPLE, ORGANIZATIONS, PATS = 24, 4, 3
LATENCY_SECONDS = 0.15
# Few enough for a worker to wait rather than work, so that what is measured is workers and not processors.
PLACES = 2
DEFAULT_PLACES = 8
LEAST_RATIO = 1.7
GIVE_UP_AFTER_SECONDS = 300
MACHINE = "whole machine"
LOOKS_PER_SECOND = 10


def main() -> int:
    """Set everything up, measure all runs and say what came out."""
    from tests.installation import Installation  # noqa: PLC0415 - settings of the tests must not be read yet

    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ[variable] = installation.url(variable)
        try:
            installation.migrate()
            return measure(installation)
        finally:
            from django.db import connections  # noqa: PLC0415

            connections.close_all()
            installation.remove()


def measure(installation: Any) -> int:
    """Carry out all runs and return the exit code."""
    django.setup()
    logging.disable(logging.INFO)
    from django.conf import settings  # noqa: PLC0415
    from django.test.utils import setup_test_environment  # noqa: PLC0415

    from tests.people import World  # noqa: PLC0415
    from tests.sandbox_control import SandboxControl  # noqa: PLC0415

    setup_test_environment()
    control = SandboxControl(os.environ["SANDBOX_CONTROL_URL"], os.environ["SANDBOX_CA_BUNDLE"])
    names = [f"org{number}-{token_hex(4)}" for number in range(ORGANIZATIONS)]
    people = [{"name": f"Person {n}", "user_name": f"p{n}@example.test"} for n in range(PEOPLE)]
    world = World.create(control, settings, organizations=names, people=people)
    installation.serve(world.tenant)
    fill(world, names)
    world.tenant.fault("pats", latency_seconds=LATENCY_SECONDS)
    print(
        f" {PEOPLE * ORGANIZATIONS} mirrors of {PEOPLE} people, {LATENCY_SECONDS * 1000:.0f} ms for each call"
    )
    runs = {workers: Run(installation).carry_out(workers, places=PLACES) for workers in (1, 2, 4)}
    Run(installation).carry_out(1, places=DEFAULT_PLACES)
    control.close()
    return check(runs)


def fill(world: Any, names: list[str]) -> None:
    """Sign everybody in, give them PATs, and read each mirror for the first time."""
    from django.utils import timezone  # noqa: PLC0415

    from patportal.lib.actors import system_actor  # noqa: PLC0415
    from tokens import operations  # noqa: PLC0415
    from tokens.models import Organization  # noqa: PLC0415

    organizations = Organization.objects.configured(names)
    for number in range(PEOPLE):
        person = world.sign_in(f"p{number}")
        for organization in organizations:
            world.tenant.add_pats(f"p{number}", organization.name, "agent", PATS)
            operations.sync_pats(
                user=person.user,
                organization=organization,
                client=person.client,
                actor=system_actor("bench"),
                now=timezone.now(),
            )


class Run:
    """All mirrors read once by so many workers."""

    def __init__(self, installation: Any) -> None:
        self._installation = installation
        self.seconds = 0.0
        self.processors: Counter[str] = Counter()

    def carry_out(self, workers: int, *, places: int) -> "Run":
        """Start the workers, make everything due, and wait until it is read."""
        from django.utils import timezone  # noqa: PLC0415

        from tokens import operations  # noqa: PLC0415
        from tokens.models import OrganizationAccess  # noqa: PLC0415

        self._run_sql("DELETE FROM procrastinate_jobs")
        children = [self._start_worker(number, places) for number in range(workers)]
        try:
            self._await_workers(children, workers)
            long_ago = timezone.now() - timedelta(hours=7)
            OrganizationAccess.objects.update(read_at=long_ago, next_sync_at=long_ago)
            before, began = processor_seconds(children), time.perf_counter()
            operations.ask_for_due_syncs(now=timezone.now())
            unread = OrganizationAccess.objects.filter(read_at=long_ago)
            while unread.exists():
                self._must_live(children, began)
                time.sleep(1 / LOOKS_PER_SECOND)
            self.seconds = time.perf_counter() - began
            self.processors = processor_seconds(children) - before
        finally:
            for child in children:
                child.stop((signal.SIGTERM, 10), (signal.SIGKILL, 5))
        self._tell(workers, places)
        return self

    def _tell(self, workers: int, places: int) -> None:
        shares = ", ".join(
            f"{kind} {seconds / self.seconds:.2f}" for kind, seconds in sorted(self.processors.items())
        )
        count = PEOPLE * ORGANIZATIONS
        said = f"{workers} worker{'s' if workers > 1 else ''} with {places} places"
        rate = f"{self.seconds:6.1f} s, {count / self.seconds:5.1f} a second"
        print(f" {said:26}{rate}; processors: {shares or 'not told here'}")

    def _start_worker(self, number: int, places: int) -> Any:
        from sandbox.children import Child  # noqa: PLC0415
        from tests.installation import ROOT  # noqa: PLC0415

        words = f"manage.py procrastinate worker --concurrency={places} --fetch-job-polling-interval=0.1"
        log = self._installation.folder / f"worker-{number}.log"
        environment = self._installation.environment()
        worker = Child("worker", [sys.executable, *words.split()], log=log, environment=environment, cwd=ROOT)
        worker.start()
        return worker

    def _await_workers(self, children: list[Any], count: int) -> None:
        statement = (
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '15 seconds'"
        )
        began = time.perf_counter()
        while self._installation.rows(statement)[0][0] < count:
            self._must_live(children, began)
            time.sleep(0.05)
        time.sleep(1)  # what the clock has them do at their start is over

    def _must_live(self, children: list[Any], began: float) -> None:
        if not all(one.is_running for one in children) or time.perf_counter() - began > GIVE_UP_AFTER_SECONDS:
            raise SystemExit(f"The workers came to no end.\n{children[0].last_lines(40)}")

    def _run_sql(self, statement: str) -> None:
        with self._installation.connect("DATABASE_URL") as connection:
            connection.execute(statement.encode())


def processor_seconds(workers: list[Any]) -> Counter[str]:
    """Return how many seconds of a processor the workers, Postgres and the sandbox have taken until now.

    What has ended meanwhile counts for whoever started it. Postgres and the sandbox are children of whoever
    started this program, or of those.
    """
    stats = dict(_stats())
    machine = Path("/proc/stat").read_text().split()[1:9] if stats else []
    kinds = {worker.pid: "workers" for worker in workers}
    taken: Counter[str] = Counter()
    if machine:  # all of its time; the fourth part is idle, the fifth waits for disks
        busy = sum(map(int, machine)) - int(machine[3]) - int(machine[4])
        taken[MACHINE] = busy / os.sysconf("SC_CLK_TCK")  # type: ignore[assignment]
    for pid, stat in stats.items():
        kind = _kind_of(pid, stats, kinds)
        if kind:
            # User and system time of the process and of those that it waited for, in ticks.
            ticks = sum(map(int, stat[11:15]))
            taken[kind] += ticks / os.sysconf("SC_CLK_TCK")  # type: ignore[assignment]
    return taken


def _stats() -> Iterator[tuple[int, list[str]]]:
    """Yield each process with what /proc says of it: state, parent and so on; none without a /proc."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            yield int(path.parent.name), path.read_text().rpartition(")")[2].split()


def _kind_of(pid: int, stats: dict[int, list[str]], kinds: dict[int, str]) -> str:
    line = []
    while pid in stats and pid != os.getppid():
        line.append(pid)
        pid = int(stats[pid][1])
    if pid != os.getppid() or os.getpid() in line[:1]:
        return ""
    found = next((kinds[one] for one in line if one in kinds), "")
    if found or os.getpid() in line:
        return found
    words = " ".join(command_line(line[-1])) if line else ""
    return "Postgres" if "postgres" in words else "sandbox" if "sandbox" in words else ""


def check(runs: dict[int, Run]) -> int:
    """Say what the ratios are and return the exit code."""
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    ratio = runs[1].seconds / runs[2].seconds
    least = f"at least {LEAST_RATIO} where nothing else runs"
    print(f" one to two workers: {ratio:.2f} times as fast ({least}; {load})")
    print(f" two to four: {runs[2].seconds / runs[4].seconds:.2f}; {_limit(runs[4])}")
    if ratio >= LEAST_RATIO:
        return 0
    print(f" NOT AS IT MUST BE: two workers are only {ratio:.2f} times as fast as one")
    return 1


def _limit(run: Run) -> str:
    """Return what the limit is after that."""
    if not run.processors:
        return "what the limit is, only Linux tells"
    ours = Counter({kind: seconds for kind, seconds in run.processors.items() if kind != MACHINE})
    busiest, seconds = ours.most_common(1)[0]
    busy, taken, share = (one / run.seconds for one in (run.processors[MACHINE], ours.total(), seconds))
    if busy < 0.8 * (os.cpu_count() or 1):
        return f"the limit is then the calls: {busy:.2f} processors are busy, {taken:.2f} of them with this"
    if taken > busy / 2:
        return f"the limit is then the processors, {share:.2f} of which {busiest} take"
    return f"the limit is then others on this machine, who keep {busy - taken:.2f} processors busy"


if __name__ == "__main__":
    sys.exit(main())
