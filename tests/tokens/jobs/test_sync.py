"""Syncs are safe to run twice, hold up nobody, and leave a note for the page where they cannot run."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Grant
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.jobs.runs import run, run_jobs_of
from tests.tokens.operations.scene import Record
from tests.tokens.test_lanes import others
from tokens import enqueue, operations
from tokens.jobs._job import BUSY_PAUSES_SECONDS
from tokens.lanes import LANES
from tokens.models import OrganizationAccess, Pat
from tokens.presenters._access import WORKER_PATIENCE, is_syncing


def test_a_sync_runs_twice_without_harm(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "one")
    record = Record()
    for _ in range(2):
        run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
        run(enqueue.SYNC_PERSON, user_id=alice.user.pk)
        run_jobs()
    assert record.types == ["pat.found"]
    assert Pat.objects.count() == 1


def test_a_slow_organization_holds_up_no_other(world: World, alice: Person) -> None:
    operations.request_sync(user=alice.user, organizations=[world.alpha, world.beta], now=timezone.now())
    run(enqueue.SYNC_PERSON, user_id=alice.user.pk)
    syncs = [ids["organization_id"] for name, ids, _ in waiting_jobs() if name == enqueue.SYNC_PATS]
    assert syncs == [world.alpha.pk, world.beta.pk]


def test_a_dead_grant_ends_a_sync_with_a_note_for_the_page(world: World, alice: Person) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert (access.state, access.error_code) == ("failed", "sign_in_needed")


def test_an_unreachable_entra_ends_a_sync_with_a_note_for_the_page(world: World, alice: Person) -> None:
    world.tenant.change(access_token_seconds=1)
    world.sign_in("alice")
    with world.tenant.fault("token_endpoint", status=503):
        run(enqueue.SYNC_PATS, user_id=alice.user.pk, organization_id=world.alpha.pk)
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert (access.state, access.error_code) == ("failed", "entra_unavailable")


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
    assert sum(BUSY_PAUSES_SECONDS) + len(BUSY_PAUSES_SECONDS) < WORKER_PATIENCE.total_seconds()
    with others(LANES, user_id=alice.user.pk):
        ran = run_jobs(until=timezone.now() + timedelta(hours=1))
    assert ran == [enqueue.SYNC_PATS] * (len(BUSY_PAUSES_SECONDS) + 1)
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert (access.is_syncing, access.state, access.error_code) == (False, "failed", "busy")


# --- What the clock asks for -------------------------------------------------------------------------


def _make_due() -> None:
    hour = timedelta(hours=1)
    OrganizationAccess.objects.update(next_sync_at=timezone.now() - hour, read_at=timezone.now() - hour)


def test_the_clock_has_mirrors_read_and_says_when_again(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "made elsewhere")
    _make_due()
    for _ in range(2):
        run("tokens.sync_due", timestamp=0)
    ran = run_jobs()
    assert ran == [enqueue.SYNC_UNASKED] * 2
    assert Pat.objects.get().name == "made elsewhere"
    assert not OrganizationAccess.objects.filter(next_sync_at__lt=timezone.now()).exists()
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert not access.is_syncing


def test_a_sync_by_the_clock_runs_twice_without_harm(world: World, alice: Person) -> None:
    world.tenant.add_pat("alice", "alpha", "one")
    _make_due()
    record = Record()
    for _ in range(2):
        run(enqueue.SYNC_UNASKED, user_id=alice.user.pk, organization_id=world.alpha.pk)
    assert record.types == ["pat.found"]


def test_a_dead_grant_stops_the_clock_and_a_sign_in_starts_it(world: World, alice: Person) -> None:
    world.tenant.revoke_refresh("alice")
    world.tenant.forget_requests()
    Grant.objects.update(access_ends_at=None)
    _make_due()
    run("tokens.sync_due", timestamp=0)
    with world.tenant.fault("pats", verb="list", status=401):
        run_jobs()
    assert not Grant.objects.get().is_active
    assert not OrganizationAccess.objects.exclude(next_sync_at=None).exists()
    world.tenant.forget_requests()
    run("tokens.sync_due", timestamp=0)
    assert run_jobs() == []
    assert world.tenant.requests() == []
    world.sign_in("alice")
    run_jobs()
    assert not OrganizationAccess.objects.filter(next_sync_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_sync_by_the_clock_without_a_lane_makes_way(world: World, alice: Person) -> None:
    _make_due()
    OrganizationAccess.objects.exclude(organization=world.alpha).update(next_sync_at=None)
    run("tokens.sync_due", timestamp=0)
    with others(LANES, user_id=alice.user.pk):
        assert run_jobs() == [enqueue.SYNC_UNASKED]
    access = OrganizationAccess.objects.get(user=alice.user, organization=world.alpha)
    assert (access.state, access.error_code) == ("read", "")
    assert access.next_sync_at is not None
    assert access.next_sync_at - timezone.now() < timedelta(minutes=5)
