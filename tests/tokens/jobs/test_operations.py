"""Settling and ends are safe to run twice, and what got lost is found."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.grant_store import put_cache
from accounts.models import Grant
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.jobs.runs import run
from tests.tokens.operations import rotation
from tests.tokens.operations.scene import Record, wait
from tests.tokens.test_lanes import others
from tokens import enqueue, operations
from tokens.jobs._job import BUSY_PAUSES_SECONDS
from tokens.lanes import LANES
from tokens.models import AuditEvent, Operation, Pat


@pytest.mark.parametrize("name", [enqueue.SETTLE_OPERATION, enqueue.REVOKE_ORPHAN])
def test_a_job_runs_twice_without_harm(world: World, alice: Person, lost: Operation, name: str) -> None:
    run(enqueue.SETTLE_OPERATION, operation_id=str(lost.id))
    for _ in range(2):
        run(name, operation_id=str(lost.id))
    run_jobs()
    run(name, operation_id=str(lost.id))
    run_jobs()
    types = [event.type for event in AuditEvent.objects.all()]
    assert types.count("pat.create_settled") == types.count("pat.revoked") == 1
    assert [one.status for one in world.tenant.pats()] == ["revoked"]


def test_the_sweep_runs_twice_without_harm(world: World, alice: Person, lost: Operation) -> None:
    for _ in range(2):
        run("tokens.sweep", timestamp=0)
    assert [name for name, _, _ in waiting_jobs()] == [enqueue.SETTLE_OPERATION]


@pytest.mark.django_db(transaction=True)
def test_settling_without_a_lane_makes_way_and_tries_again(
    world: World, alice: Person, lost: Operation
) -> None:
    with others(LANES, user_id=alice.user.pk):
        run(enqueue.SETTLE_OPERATION, operation_id=str(lost.id))
        ((name, ids, _),) = waiting_jobs()
        assert (name, ids) == (enqueue.SETTLE_OPERATION, {"operation_id": str(lost.id), "busy_times": 1})
        ran = run_jobs(until=timezone.now() + timedelta(hours=1))
    assert ran == [enqueue.SETTLE_OPERATION] * len(BUSY_PAUSES_SECONDS)
    lost.refresh_from_db()
    assert (lost.is_open, lost.attempts) == (True, 0)
    run(enqueue.SETTLE_OPERATION, operation_id=str(lost.id))
    lost.refresh_from_db()
    assert lost.state == Operation.State.ORPHANED


def test_nothing_is_asked_of_azure_devops_for_a_finished_operation(world: World, alice: Person) -> None:
    operations.create_pat(**world.create_arguments(alice))
    world.tenant.forget_requests()
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    run(enqueue.SETTLE_OPERATION, operation_id=str(Operation.objects.get().id))
    assert world.tenant.requests("pats") == []


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
        run(name, pat_id=str(replaced.id))
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
            run("tokens.sweep", timestamp=0)
        ends = [(found, ids) for found, ids, _ in waiting_jobs() if found.endswith(("end_pat", "finish_end"))]
        assert ends == [(name, {"pat_id": str(replaced.id)})]


def test_a_dead_grant_leaves_the_end_to_the_sweep(world: World, alice: Person, replaced: Pat) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    record = Record()
    run_jobs(until=timezone.now() + timedelta(hours=25))
    assert record.types == []
    world.sign_in("alice")
    run("tokens.sweep", timestamp=0)
    run_jobs()
    assert "pat.end_set" in record.types


def test_without_access_in_the_background_an_end_comes_by_the_expiry_alone(
    world: World, alice: Person, settings: Any
) -> None:
    settings.BACKGROUND_ACCESS = "off"
    person = world.sign_in("alice")
    run_jobs()
    old = rotation.issue(world, person)
    rotation.take_over(person, old)
    run_jobs()  # while the access token lives
    (ended,) = [one for one in world.tenant.pats() if one.authorization_id == str(old.authorization_id)]
    old.refresh_from_db()
    assert old.ends_at is not None
    assert abs(old.valid_to - old.ends_at) < timedelta(seconds=1)
    assert ended.status == "active"
    grant = Grant.objects.get()
    put_cache(grant, person.user, "{}")  # the access token is over
    grant.save()
    world.tenant.forget_requests()
    wait(world, hours=25)
    run_jobs()
    run("tokens.sweep", timestamp=0)
    assert [name for name, _, _ in waiting_jobs() if name == enqueue.FINISH_END] == []
    assert world.tenant.requests("pats") == []
    assert world.tenant.requests("token_endpoint") == []
