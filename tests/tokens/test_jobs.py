"""Task bodies: ids in, one call, safe to run twice; what is anticipated ends a job, all else fails it."""

import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.alarms import open_alarms
from accounts.models import Grant, SignIn, User
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations import rotation
from tests.tokens.operations.scene import Interrupted, Killed, Record, die, wait
from tests.tokens.test_lanes import others
from tokens import enqueue, jobs, operations
from tokens.lanes import LANES
from tokens.models import AuditEvent, Operation, OrganizationAccess, Pat
from tokens.presenters._access import WORKER_PATIENCE, is_syncing

NAMES = {
    enqueue.SYNC_PERSON,
    enqueue.SYNC_PATS,
    enqueue.SETTLE_OPERATION,
    enqueue.REVOKE_ORPHAN,
    enqueue.END_PAT,
    enqueue.FINISH_END,
    enqueue.RUN_BULK,
    enqueue.WAKE_BULK,
    enqueue.SEND_MAIL,
    "tokens.sweep",
    "tokens.sweep_clocks",
    "tokens.sweep_mails",
    "tokens.retry_stalled_jobs",
    "tokens.clear_sessions",
    "tokens.watch_credentials",
}


def _run(name: str, **ids: Any) -> None:
    body: Any = app.tasks[name].func
    body(**ids)


def run_jobs_of(name: str) -> None:
    """Run the jobs of that name which wait, and leave alone what they enqueue."""
    found = [ids for waiting, ids, _ in waiting_jobs() if waiting == name]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [name])
    for ids in found:
        _run(name, **ids)


@pytest.fixture
def alice(world: World) -> Person:
    """Alice, with nothing in the queue."""
    person = world.alice
    run_jobs()
    return person


@pytest.fixture
def lost(world: World, alice: Person) -> Operation:
    """A creation that died after its effect, long ago."""
    arguments = world.create_arguments(alice)
    client = Interrupted(arguments["client"], "create_pat", after=die)
    with pytest.raises(Killed):
        operations.create_pat(**arguments | {"client": client})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    wait(world, minutes=10)
    return Operation.objects.get()


def test_the_worker_knows_every_task_by_its_name() -> None:
    assert {name for name in app.tasks if name.startswith("tokens.")} == NAMES


def test_some_run_by_the_clock() -> None:
    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic == {
        "tokens.sweep": "* * * * *",
        "tokens.sweep_clocks": "* * * * *",
        "tokens.sweep_mails": "* * * * *",
        "tokens.retry_stalled_jobs": "* * * * *",
        "tokens.clear_sessions": "17 3 * * *",
        "tokens.watch_credentials": "43 5 * * *",
    }


def test_expired_sessions_are_deleted_and_no_others(db: None) -> None:
    now = timezone.now()
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="b" * 32, session_data="", expire_date=now + timedelta(hours=1))
    _run("tokens.clear_sessions", timestamp=0)
    assert [one.session_key for one in Session.objects.all()] == ["b" * 32]


def test_a_credential_that_ends_soon_raises_an_alarm(settings: Any, db: None) -> None:
    settings.ENTRA_CLIENT_SECRET_EXPIRES_ON = (timezone.now() + timedelta(days=10)).date()
    _run("tokens.watch_credentials", timestamp=0)
    assert [alarm.code for alarm in open_alarms()] == ["credential_expires"]


def test_old_rows_of_sessions_are_deleted_and_no_others(world: World) -> None:
    old, lasting = world.sign_in("alice"), world.sign_in("alice")
    SignIn.objects.filter(pk=old.browser.session["sign_in_id"]).update(
        ended_at=timezone.now() - timedelta(days=2)
    )
    _run("tokens.clear_sessions", timestamp=0)
    assert [one.pk for one in SignIn.objects.all()] == [lasting.browser.session["sign_in_id"]]


def test_what_nobody_did_is_recorded_by_the_clock(world: World, alice: Person) -> None:
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    record, long_ago = Record(), timezone.now() - timedelta(days=2)
    Pat.objects.filter(pk=pat.pk).update(valid_to=long_ago)
    SignIn.objects.update(last_seen_at=long_ago)
    for _ in range(2):
        _run("tokens.sweep_clocks", timestamp=0)
    assert record.types == ["pat.expired", "auth.session_ended"]
    assert len({event.request_id for event in record.events} - {""}) == 1
    assert record.events[1].data == {"reason": "session_idle", "sessions": 1}


def test_no_session_is_cleared_away_untold(world: World, alice: Person) -> None:
    record = Record()
    SignIn.objects.update(started_at=timezone.now() - timedelta(days=9))
    _run("tokens.clear_sessions", timestamp=0)
    assert record.of("auth.session_ended").data == {"reason": "session_too_old", "sessions": 1}
    assert SignIn.objects.count() == 1


def test_the_first_work_of_the_day_without_the_person_is_recorded(world: World, alice: Person) -> None:
    used = AuditEvent.objects.filter(type="auth.grant_used")
    (event,) = used
    assert (event.actor_kind, event.actor_label, event.data) == ("system", "sync", {"reason": "sync"})
    assert event.owner_object_id == alice.user.object_id
    Grant.objects.update(unattended_date=None)
    for _ in range(2):
        _run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
    assert used.all().count() == 2


def test_what_a_person_does_themselves_is_no_work_without_them(world: World, alice: Person) -> None:
    Grant.objects.update(unattended_date=None)
    record = AuditEvent.objects.count()
    operations.create_pat(**world.create_arguments(alice))
    assert not AuditEvent.objects.filter(type="auth.grant_used")[1:].exists()
    assert AuditEvent.objects.count() == record + 2


def test_the_time_is_the_databases(db: None) -> None:
    first, second = jobs.database_now(), jobs.database_now()
    assert first < second
    assert abs(second - timezone.now()) < timedelta(seconds=30)


def test_every_event_of_a_job_has_the_jobs_request_id(world: World, alice: Person, lost: Operation) -> None:
    record = Record()
    _run(enqueue.SETTLE_OPERATION, operation_id=str(lost.id))
    (event,) = record.events
    assert UUID(event.request_id)
    assert structlog.contextvars.get_contextvars().get("request_id") != event.request_id


@pytest.mark.parametrize("name", [enqueue.SETTLE_OPERATION, enqueue.REVOKE_ORPHAN])
def test_a_job_runs_twice_without_harm(world: World, alice: Person, lost: Operation, name: str) -> None:
    _run(enqueue.SETTLE_OPERATION, operation_id=str(lost.id))
    for _ in range(2):
        _run(name, operation_id=str(lost.id))
    run_jobs()
    _run(name, operation_id=str(lost.id))
    run_jobs()
    types = [event.type for event in AuditEvent.objects.all()]
    assert types.count("pat.create_settled") == types.count("pat.revoked") == 1
    assert [one.status for one in world.tenant.pats()] == ["revoked"]


def test_a_sync_runs_twice_without_harm(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "one")
    record = Record()
    for _ in range(2):
        _run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
        _run(enqueue.SYNC_PERSON, user_id=alice.user.pk)
        run_jobs()
    assert record.types == ["pat.found"]
    assert Pat.objects.count() == 1


def test_the_sweep_runs_twice_without_harm(world: World, alice: Person, lost: Operation) -> None:
    for _ in range(2):
        _run("tokens.sweep", timestamp=0)
    assert [name for name, _, _ in waiting_jobs()] == [enqueue.SETTLE_OPERATION]


def test_a_slow_organization_holds_up_no_other(world: World, alice: Person) -> None:
    operations.request_sync(user=alice.user, organizations=[world.alpha, world.beta], now=timezone.now())
    _run(enqueue.SYNC_PERSON, user_id=alice.user.pk)
    syncs = [ids["organization_id"] for name, ids, _ in waiting_jobs() if name == enqueue.SYNC_PATS]
    assert syncs == [world.alpha.pk, world.beta.pk]


def test_a_dead_grant_ends_a_sync_with_a_note_for_the_page(world: World, alice: Person) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    _run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert (access.state, access.error_code) == ("failed", "sign_in_needed")


def test_an_unreachable_entra_ends_a_sync_with_a_note_for_the_page(world: World, alice: Person) -> None:
    world.tenant.change(access_token_seconds=1)
    world.sign_in("alice")
    with world.tenant.fault("token_endpoint", status=503):
        _run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert (access.state, access.error_code) == ("failed", "entra_unavailable")


# --- A person whose lanes are all taken ----------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_sync_without_a_lane_makes_way_and_tries_again(world: World, alice: Person) -> None:
    asked_at = timezone.now()
    operations.request_sync(user=alice.user, organizations=[world.alpha], now=asked_at)
    run_jobs_of(enqueue.SYNC_PERSON)
    began_at = time.monotonic()
    with others(LANES, user_id=alice.user.pk):
        run_jobs_of(enqueue.SYNC_PATS)
    assert time.monotonic() - began_at < 4
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert (access.is_syncing, access.error_code) == (True, "")
    assert is_syncing(access, now=timezone.now())
    ((name, ids, at),) = waiting_jobs()
    assert (name, ids) == (
        enqueue.SYNC_PATS,
        {"user_id": alice.user.pk, "organization_id": world.alpha.pk, "busy_times": 1},
    )
    assert at is not None
    assert timedelta(0) < at - timezone.now() < timedelta(seconds=10)
    run_jobs(until=at)
    access.refresh_from_db()
    assert (access.is_syncing, access.state) == (False, "read")


@pytest.mark.django_db(transaction=True)
def test_a_sync_does_not_try_for_ever(world: World, alice: Person) -> None:
    operations.request_sync(user=alice.user, organizations=[world.alpha], now=timezone.now())
    run_jobs_of(enqueue.SYNC_PERSON)
    assert sum(jobs.BUSY_PAUSES_SECONDS) + len(jobs.BUSY_PAUSES_SECONDS) < WORKER_PATIENCE.total_seconds()
    with others(LANES, user_id=alice.user.pk):
        ran = run_jobs(until=timezone.now() + timedelta(hours=1))
    assert ran == [enqueue.SYNC_PATS] * (len(jobs.BUSY_PAUSES_SECONDS) + 1)
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert (access.is_syncing, access.state, access.error_code) == (False, "failed", "busy")


@pytest.mark.django_db(transaction=True)
def test_settling_without_a_lane_makes_way_and_tries_again(
    world: World, alice: Person, lost: Operation
) -> None:
    with others(LANES, user_id=alice.user.pk):
        _run(enqueue.SETTLE_OPERATION, operation_id=str(lost.id))
        ((name, ids, _),) = waiting_jobs()
        assert (name, ids) == (enqueue.SETTLE_OPERATION, {"operation_id": str(lost.id), "busy_times": 1})
        ran = run_jobs(until=timezone.now() + timedelta(hours=1))
    assert ran == [enqueue.SETTLE_OPERATION] * len(jobs.BUSY_PAUSES_SECONDS)
    lost.refresh_from_db()
    assert (lost.is_open, lost.attempts) == (True, 0)
    _run(enqueue.SETTLE_OPERATION, operation_id=str(lost.id))
    lost.refresh_from_db()
    assert lost.state == Operation.State.ORPHANED


def test_what_is_anticipated_is_logged_by_its_code(
    world: World, alice: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with world.tenant.fault("pats", verb="list", status=403):
        _run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
    (entry,) = [one.msg for one in caplog.records if "ended early" in str(one.msg)]
    assert isinstance(entry, dict)
    assert (entry["code"], entry["job"], entry["level"]) == ("conditional_access", enqueue.SYNC_PATS, "info")
    assert entry["activity_id"]
    assert "exception" not in entry


def test_anything_else_fails_the_job(db: None) -> None:
    with pytest.raises(User.DoesNotExist):
        _run(enqueue.SYNC_PERSON, user_id=0)
    with pytest.raises(Operation.DoesNotExist):
        _run(enqueue.SETTLE_OPERATION, operation_id=str(uuid4()))


def test_nothing_is_asked_of_azure_devops_for_a_finished_operation(world: World, alice: Person) -> None:
    operations.create_pat(**world.create_arguments(alice))
    world.tenant.forget_requests()
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    _run(enqueue.SETTLE_OPERATION, operation_id=str(Operation.objects.get().id))
    assert world.tenant.requests("pats") == []


# --- The end of a PAT that was replaced ----------------------------------------------------------


@pytest.fixture
def replaced(world: World, alice: Person) -> Pat:
    """A PAT that lives for a day beside its successor."""
    old = rotation.issue(world, alice)
    rotation.take_over(alice, old)
    return old


@pytest.mark.parametrize("name", [enqueue.END_PAT, enqueue.FINISH_END])
def test_a_job_of_an_end_runs_twice_without_harm(
    world: World, alice: Person, replaced: Pat, name: str
) -> None:
    if name == enqueue.FINISH_END:
        wait(world, hours=25)
    record = Record()
    for _ in range(2):
        _run(name, pat_id=str(replaced.id))
    done = {enqueue.END_PAT: "pat.end_set", enqueue.FINISH_END: "pat.revocation_sent"}
    assert record.types.count(done[name]) == 1
    assert {UUID(event.request_id) for event in record.events}
    assert {event.actor_label for event in record.events} == {"rotation"}


def test_the_sweep_asks_for_each_lost_end_once(world: World, alice: Person, replaced: Pat) -> None:
    for hours, name in ((0, enqueue.END_PAT), (25, enqueue.FINISH_END)):
        wait(world, hours=hours)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        for _ in range(2):
            _run("tokens.sweep", timestamp=0)
        ends = [(found, ids) for found, ids, _ in waiting_jobs() if found.endswith(("end_pat", "finish_end"))]
        assert ends == [(name, {"pat_id": str(replaced.id)})]


def test_a_dead_grant_leaves_the_end_to_the_sweep(world: World, alice: Person, replaced: Pat) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    record = Record()
    run_jobs(until=timezone.now() + timedelta(hours=25))
    assert record.types == []
    world.sign_in("alice")
    _run("tokens.sweep", timestamp=0)
    run_jobs()
    assert "pat.end_set" in record.types
