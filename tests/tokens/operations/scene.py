"""What tests of operations share: crash points, jobs and passing time, and what was recorded since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app

from patportal.lib.actors import Actor, system_actor
from tests.job_runner import run_jobs
from tests.passing_time import pass_time
from tests.people import Person, World
from tokens import operations
from tokens.azure_devops.client import AzureDevOpsClient, build_session
from tokens.delegation import DelegatedAccess
from tokens.models import AuditEvent, EventType, Operation, Pat

SETTLER: Actor = system_actor("settling", request_id="a-job")
SYNCER: Actor = system_actor("sync", request_id="a-job")


class Killed(BaseException):
    """The process ended here: nothing that comes after runs, no handler either."""


def die(*_: Any) -> NoReturn:
    """End the process, as far as the code under test can tell."""
    raise Killed


class Interrupted:
    """The real client; something happens before or after the effect of one of its calls."""

    def __init__(
        self,
        client: AzureDevOpsClient,
        call: str,
        *,
        before: Callable[[], object] | None = None,
        after: Callable[[], object] | None = None,
    ) -> None:
        self._client = client
        self._call = call
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return self._around(found) if name == self._call else found

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if self._before:
                self._before()
            answer = call(*args, **kwargs)
            if self._after:
                self._after()
            return answer

        return run


@cache
def _session(ca_bundle: str | None) -> Any:
    """Return the session that all clients of the tests share, as those of a process do."""
    return build_session(ca_bundle=ca_bundle, proxy=None)


def hasty_client(person: Person, *, vssps_url: str = "") -> AzureDevOpsClient:
    """Return a client for a person that does not wait between its attempts."""
    user = person.user
    return AzureDevOpsClient(
        access_token=DelegatedAccess(user),
        session=_session(settings.AZURE_DEVOPS_CA_BUNDLE),
        vssps_url=vssps_url or settings.AZURE_DEVOPS_VSSPS_URL,
        devops_url=settings.AZURE_DEVOPS_URL,
        tenant_id=user.tenant_id,
        sleep=lambda _: None,
    )


@contextmanager
def failing_event(event_type: str) -> Iterator[None]:
    """Have Postgres refuse the event of a type, as a full disk would, and with it its transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse_event BEFORE INSERT ON tokens_auditevent FOR EACH ROW"
            f" WHEN (NEW.type = '{event_type}') EXECUTE FUNCTION refuse_event()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse_event CASCADE")


class Record:
    """The audit events that are written from its making on.

    But for the word of the day that a job works with somebody's grant: it comes with whatever job is first.
    """

    def __init__(self) -> None:
        self._since = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0

    @property
    def events(self) -> list[AuditEvent]:
        found = AuditEvent.objects.filter(id__gt=self._since).exclude(type=EventType.GRANT_USED)
        return list(found.order_by("id"))

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def of(self, event_type: str) -> AuditEvent:
        """Return the only event of a type."""
        (event,) = [one for one in self.events if one.type == event_type]
        return event


def wait(world: World, **span: float) -> None:
    """Let time pass: `wait(world, minutes=5)`."""
    with connection.cursor() as cursor:
        pass_time(cursor, timedelta(**span), tenant=world.tenant)


def sweep() -> None:
    """Run the periodic job that finds what was left lying."""
    body: Any = app.tasks["tokens.sweep"].func
    body(timestamp=0)


def recover(world: World, *, rounds: int = 4) -> list[str]:
    """Do what the worker does in the half hour after a crash; return the jobs that ran."""
    ran = run_jobs()
    for _ in range(rounds):
        wait(world, minutes=7)
        sweep()
        ran += run_jobs()
    return ran


def settle(operation: Operation, person: Person, *, now: datetime, client: Any = None) -> Operation:
    """Settle an operation at a moment, and return it as it stands then."""
    operations.settle_operation(
        operation_id=str(operation.pk), client=client or hasty_client(person), actor=SETTLER, now=now
    )
    return Operation.objects.get(pk=operation.pk)


def sync(world: World, person: Person, *, now: datetime, organization: str = "alpha") -> None:
    """Bring the mirror of one organization up to date, as the job does."""
    operations.sync_pats(
        user=person.user,
        organization=getattr(world, organization),
        client=hasty_client(person),
        actor=SYNCER,
        now=now,
    )


def statuses(now: datetime) -> dict[str, str]:
    """Return the status of every PAT in the mirror by name, "vanished" apart."""
    found = {}
    for pat in Pat.objects.all():
        gone = "vanished" if pat.vanished_at else "revoked" if pat.revoked_at else ""
        found[pat.name] = gone or ("active" if pat.is_active(now=now) else "expired")
    return found
