"""Measure many PATs at once: 200 revoked one after the other against 200 in four lanes, in one run.

Azure DevOps takes 150 ms for each call. Both times a real worker process carries out what an ordinary bulk
change has enqueued: first one that does one job at a time, then one with four places. Of the second person's
PATs, 20 at random places lie in organizations that refuse, and each must be reported with the reason.

Times of one machine mean little; the ratio does. Ends with 1 where something is not as it must be.
"""

import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from secrets import token_hex
from typing import Any

import django

PATS, FAILURES = 200, 20
LATENCY_SECONDS = 0.15
LEAST_RATIO, MOST_CALLS = 3.0, 4
LOOKS_PER_SECOND = 4
PUT_OFF_EVERY = 5 * LOOKS_PER_SECOND  # well before the quarter of a minute after which they are due
GIVE_UP_AFTER_SECONDS = 300
# What the two organizations that refuse say, and the code by which the portal reports it.
FORBIDDEN, REFUSED = {"status": 403}, {"pat_error": "accessDenied"}
CODES = {"forbids": "conditional_access", "refuses": "accessDenied"}


def main() -> int:
    """Set everything up, measure both runs and say what came out."""
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
    """Run both bulk changes and return the exit code."""
    django.setup()
    logging.disable(logging.INFO)
    from django.conf import settings  # noqa: PLC0415
    from django.test.utils import setup_test_environment  # noqa: PLC0415

    from tests.people import World  # noqa: PLC0415
    from tests.sandbox_control import SandboxControl  # noqa: PLC0415

    setup_test_environment()
    control = SandboxControl(os.environ["SANDBOX_CONTROL_URL"], os.environ["SANDBOX_CA_BUNDLE"])
    names = [f"{name}-{token_hex(4)}" for name in ("alpha", *CODES)]
    world = World.create(control, settings, organizations=names)
    installation.serve(world.tenant)
    plain = fill(world, "bob", ["alpha"] * PATS)
    mixed = fill(world, "alice", places())
    for name, wish in (("forbids", FORBIDDEN), ("refuses", REFUSED)):
        organization = world.tenant.organization(name).name
        world.tenant.fault(
            "pats", verb="revoke", organization=organization, latency_seconds=LATENCY_SECONDS, **wish
        )
    world.tenant.fault("pats", latency_seconds=LATENCY_SECONDS)
    one = Run(installation, world, world.bob, plain)
    one.carry_out(lanes=1)
    four = Run(installation, world, world.alice, mixed)
    four.carry_out(lanes=4)
    flaws = [*check(one, four), *four.flaws()]
    control.close()
    for flaw in flaws:
        print(f" NOT AS IT MUST BE: {flaw}")
    return 1 if flaws else 0


def places() -> list[str]:
    """Return in which organization each PAT lies; those that fail are anywhere, half for each reason."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1_000_000)  # noqa: S311
    print(f" {FAILURES} of {PATS} PATs are to fail, at random places (as argument: {seed})")
    found = ["alpha"] * PATS
    for number, place in enumerate(random.Random(seed).sample(range(PATS), FAILURES)):  # noqa: S311
        found[place] = list(CODES)[number % len(CODES)]
    return found


def fill(world: Any, name: str, where: list[str]) -> list[Any]:
    """Make a PAT in each of these organizations and read them all; returned in their order."""
    from django.utils import timezone  # noqa: PLC0415

    from patportal.lib.actors import system_actor  # noqa: PLC0415
    from tokens import operations  # noqa: PLC0415
    from tokens.models import Organization, Pat  # noqa: PLC0415

    person = getattr(world, name)
    made = {
        place: iter(world.tenant.add_pats(name, place, "agent", count))
        for place, count in Counter(where).items()
    }
    for place in made:
        (organization,) = Organization.objects.configured([world.tenant.organization(place).name])
        operations.sync_pats(
            user=person.user,
            organization=organization,
            client=person.client,
            actor=system_actor("bench"),
            now=timezone.now(),
        )
    pats = {str(pat.authorization_id): pat for pat in Pat.objects.filter(user=person.user)}
    return [pats[next(made[place]).authorization_id] for place in where]


class Run:
    """One bulk change, carried out by a worker of its own."""

    def __init__(self, installation: Any, world: Any, person: Any, pats: list[Any]) -> None:
        self._installation, self._world, self._person, self._pats = installation, world, person, pats
        self.seconds = 0.0
        self.most_calls = 0
        self.steps: list[int] = []
        self.bulk: Any = None

    def carry_out(self, *, lanes: int) -> None:
        """Revoke the PATs with a worker that has so many places, then let the revocations be confirmed."""
        from django.utils import timezone  # noqa: PLC0415

        from tokens import operations  # noqa: PLC0415

        self._forget_jobs()
        self._world.tenant.forget_calls()
        worker = self._start_worker(lanes)
        try:
            self.bulk = operations.start_bulk(
                key=token_hex(8),
                actor=self._person.actor,
                owner=self._person.user,
                verb="revoke",
                pats=self._pats,
                now=timezone.now(),
            )
            self._watch(worker, lanes)
            self._confirm(worker)
        finally:
            worker.stop((signal.SIGTERM, 10), (signal.SIGKILL, 5))
        self.most_calls = self._world.tenant.most_calls_at_once(self._person.name)

    def _watch(self, worker: Any, lanes: int) -> None:
        """Look how far it is, as an open page does, until every PAT had its turn."""
        began = time.perf_counter()
        while (view := self._look()).is_running:
            self._must_live(worker, began)
            if len(self.steps) % PUT_OFF_EVERY == 0:
                self._put_off_confirmations()
            self.steps.append(view.done)
            time.sleep(1 / LOOKS_PER_SECOND)
        self.seconds = time.perf_counter() - began
        taken = f"{self.seconds:6.1f} s for {view.total} PATs"
        print(f" {lanes} at once: {taken}, {len(set(self.steps))} steps of progress seen")

    def _look(self) -> Any:
        """Return what the page shows now."""
        from tokens import messages  # noqa: PLC0415
        from tokens.access import own_bulk  # noqa: PLC0415
        from tokens.presenters import bulk_view  # noqa: PLC0415

        found = own_bulk(self._person.user, self.bulk.id)
        return bulk_view(found, reason=messages.reason_of, pause_until=None)

    def _confirm(self, worker: Any) -> None:
        """Let the worker confirm what was sent, and tell with how many lists."""
        self._world.tenant.forget_requests()
        self._run_sql(
            "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = %s AND status = 'todo'"
        )
        began = time.perf_counter()
        while (view := self._look()).is_pending:
            self._must_live(worker, began)
            time.sleep(1 / LOOKS_PER_SECOND)
        lists = len(self._world.tenant.requests("pats", verb="list"))
        print(f"            {view.total - view.again} confirmed by {lists} lists, {view.again} failed")

    def _start_worker(self, places: int) -> Any:
        from sandbox.children import Child  # noqa: PLC0415
        from tests.installation import ROOT  # noqa: PLC0415

        words = f"manage.py procrastinate worker --concurrency={places} --fetch-job-polling-interval=0.1"
        log = self._installation.folder / f"worker-{places}.log"
        environment = self._installation.environment()
        worker = Child("worker", [sys.executable, *words.split()], log=log, environment=environment, cwd=ROOT)
        worker.start()
        began = time.perf_counter()
        while not self._installation.rows("SELECT 1 FROM procrastinate_workers"):
            self._must_live(worker, began)
            time.sleep(0.05)
        return worker

    def _must_live(self, worker: Any, began: float) -> None:
        if not worker.is_running or time.perf_counter() - began > GIVE_UP_AFTER_SECONDS:
            raise SystemExit(f"The worker came to no end.\n{worker.last_lines(40)}")

    def _forget_jobs(self) -> None:
        with self._installation.connect("DATABASE_URL") as connection:
            connection.execute("DELETE FROM procrastinate_jobs")
            connection.execute("DELETE FROM procrastinate_workers")

    def _put_off_confirmations(self) -> None:
        """Keep what follows out of the time that is measured, in both runs."""
        later = "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'"
        self._run_sql(f"{later} WHERE task_name = %s AND status = 'todo'")

    def _run_sql(self, statement: str) -> None:
        from tokens import enqueue  # noqa: PLC0415

        with self._installation.connect("DATABASE_URL") as connection:
            connection.execute(statement.encode(), [enqueue.SETTLE_OPERATION])

    def flaws(self) -> list[str]:
        """Hold the reported results against the truth in the sandbox."""
        from tokens.bulk_queries import Result, bulk_items, item_result  # noqa: PLC0415

        reported = {
            str(item.pat.authorization_id): (item_result(item).result, item_result(item).code)
            for item in bulk_items(self.bulk)
        }
        expected: dict[str, tuple[Result, str]] = {}
        for pat in self._pats:
            code = CODES.get(pat.organization.name.partition("-")[0], "")
            expected[str(pat.authorization_id)] = (Result.FAILED if code else Result.DONE, code)
        alive = {
            one.authorization_id
            for one in self._world.tenant.pats(person=self._person.name)
            if one.status == "active"
        }
        failed = {key for key, (result, _) in reported.items() if result == Result.FAILED}
        found = Counter(code for result, code in reported.values() if result == Result.FAILED)
        by_code = ", ".join(f"{count} {code}" for code, count in sorted(found.items()))
        print(f" {len(failed)} failures reported: {by_code}")
        flaws = [] if reported == expected else ["the results are not those that were to be expected"]
        return flaws if failed == alive else [*flaws, "what is reported as failed is not what still works"]


def check(one: Run, four: Run) -> list[str]:
    """Return what is not as it must be about speed, calls at once and progress."""
    ratio = one.seconds / four.seconds
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    print(f" ratio: {ratio:.2f} (at least {LEAST_RATIO} where nothing else runs; {load})")
    print(f" most calls at once: {one.most_calls} and {four.most_calls} (at most {MOST_CALLS})")
    flaws = [] if ratio >= LEAST_RATIO else [f"four lanes are only {ratio:.2f} times as fast as one"]
    if one.most_calls != 1:
        flaws.append(f"one after the other had {one.most_calls} calls at once")
    if four.most_calls > MOST_CALLS:
        flaws.append(f"{four.most_calls} calls at once for one person")
    if len(set(four.steps)) < 10 or four.steps != sorted(four.steps):
        flaws.append("the progress was not seen to grow")
    return flaws


if __name__ == "__main__":
    sys.exit(main())
