"""Bringing the mirror of one person and organization up to date: what is read when, what a failure means."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Grant
from sandbox.children import free_port
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import (
    SYNCER,
    Interrupted,
    Killed,
    Record,
    die,
    failing_event,
    hasty_client,
    statuses,
    sync,
)
from tokens import enqueue, errors, operations
from tokens.models import AuditEvent, Organization, OrganizationAccess, Pat

State = OrganizationAccess.State


def _access(world: World, person: Person, organization: str = "alpha") -> OrganizationAccess:
    return OrganizationAccess.objects.get(user=person.user, organization=getattr(world, organization))


def _filters(world: World) -> list[str]:
    """Return which lists were read, in order."""
    lists = world.tenant.requests("pats", verb="list")
    return [one.query.partition("displayFilterOption=")[2].partition("&")[0] for one in lists]


def _sync_with(world: World, person: Person, client: Any, *, now: datetime | None = None) -> None:
    operations.sync_pats(
        user=person.user,
        organization=world.alpha,
        client=client,
        actor=SYNCER,
        now=now or timezone.now(),
    )


# --- What is read, and when ----------------------------------------------------------------------


def test_the_first_reading_takes_everything_and_says_so_once(
    world: World, alice: Person, record: Record
) -> None:
    now = timezone.now()
    world.tenant.add_pat("alice", "alpha", "works")
    world.tenant.add_pat("alice", "alpha", "revoked", revoked=True)
    past = now - timedelta(days=2)
    world.tenant.add_pat("alice", "alpha", "expired", valid_from=past, valid_to=now - timedelta(days=1))
    world.tenant.add_pat("bob", "alpha", "of somebody else")
    world.tenant.add_pat("alice", "beta", "elsewhere")
    sync(world, alice, now=now)

    assert statuses(now) == {"works": "active", "revoked": "revoked", "expired": "expired"}
    assert {pat.organization for pat in Pat.objects.all()} == {world.alpha}
    assert all(pat.first_seen_at == pat.written_at == now for pat in Pat.objects.all())
    assert record.types == ["pats.first_read"]
    event = record.events[0]
    assert event.recorded == {"active": 1, "revoked": 1, "expired": 1}
    assert (event.organization, event.owner_object_id) == (world.alpha.name, alice.user.object_id)
    access = _access(world, alice)
    assert (access.state, access.read_at, access.ended_read_at) == (State.READ, now, now)
    assert not access.is_syncing


def test_ended_pats_are_read_daily_or_when_something_is_missing(world: World, reader: Person) -> None:
    made = world.tenant.add_pat("alice", "alpha", "one")
    start = timezone.now()
    everything = ["active", "revoked", "expired"]
    for after, expected in (
        (timedelta(minutes=1), ["active"]),
        (timedelta(hours=23), ["active"]),
        (timedelta(hours=25), everything),
        (timedelta(hours=26), ["active"]),
    ):
        world.tenant.forget_requests()
        sync(world, reader, now=start + after)
        assert _filters(world) == expected
    world.tenant.change_pat(made, revoked=True)
    world.tenant.forget_requests()
    sync(world, reader, now=start + timedelta(hours=27))
    assert _filters(world) == everything


def test_which_organization_it_is_is_asked_daily(world: World, alice: Person) -> None:
    for hours, asked in ((0, 1), (1, 1), (23, 1), (25, 2), (26, 2)):
        sync(world, alice, now=timezone.now() + timedelta(hours=hours))
        assert len(world.tenant.requests("connection_data")) == asked
    organization = Organization.objects.get(pk=world.alpha.pk)
    assert str(organization.instance_id) == world.tenant.organization("alpha").instance_id


# --- When it goes wrong --------------------------------------------------------------------------

FAILURES = {
    "403": (errors.ConditionalAccess, {"status": 403}),
    "404": (errors.OrganizationGone, {"status": 404}),
    "offline": (errors.OrganizationOffline, {"status": 503, "headers": {"X-VSS-HostOfflineError": "off"}}),
    "no person": (
        errors.NotAPerson,
        {"status": 403, "body": {"typeKey": "InvalidAccessException", "message": "not allowed"}},
    ),
    "429": (errors.Throttled, {"status": 429, "headers": {"Retry-After": "120"}}),
    "500": (errors.AzureDevOpsFailed, {"status": 500}),
    "garbage": (errors.AzureDevOpsFailed, {"status": 200, "body": "{not json"}),
    "refusal": (errors.Refused, {"pat_error": "accessDenied"}),
    "cut": (errors.AzureDevOpsUnreachable, {"drop": "before"}),
}


@pytest.mark.parametrize(("error", "wish"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_noted_for_the_page_and_forgotten_after_a_success(
    world: World, reader: Person, record: Record, error: type[errors.TokensError], wish: dict[str, Any]
) -> None:
    world.tenant.add_pat("alice", "alpha", "one")
    read_at = _access(world, reader).read_at
    now = timezone.now() + timedelta(minutes=5)
    with world.tenant.fault("pats", verb="list", **wish), pytest.raises(error) as caught:
        sync(world, reader, now=now)

    access = _access(world, reader)
    assert (access.state, access.error_code, access.finished_at) == (State.FAILED, error.code, now)
    assert access.activity_id == caught.value.activity_id
    assert bool(access.activity_id) == ("drop" not in wish)
    assert access.read_at == read_at
    assert record.types == []

    sync(world, reader, now=now + timedelta(minutes=1))
    access = _access(world, reader)
    assert (access.state, access.error_code, access.activity_id) == (State.READ, "", "")
    assert record.types == ["pat.found"]


def test_no_connection_is_noted_too(world: World, alice: Person) -> None:
    client = hasty_client(alice, vssps_url=f"https://127.0.0.1:{free_port()}/vssps")
    with pytest.raises(errors.AzureDevOpsUnreachable):
        _sync_with(world, alice, client)
    access = _access(world, alice)
    assert (access.state, access.error_code) == (State.FAILED, "unreachable")


def test_a_failure_in_the_middle_of_a_reading_changes_nothing(
    world: World, reader: Person, record: Record
) -> None:
    world.tenant.add_pats("alice", "alpha", "one of many", count=101)
    now = timezone.now() + timedelta(days=2)
    lists = iter(range(10))
    client = Interrupted(hasty_client(reader), "list_pats", before=lambda: next(lists) and die())
    with pytest.raises(Killed):
        _sync_with(world, reader, client, now=now)
    assert not Pat.objects.exists()
    assert record.types == []


def test_no_access_is_a_quiet_matter_and_not_the_end_of_the_grant(
    world: World, alice: Person, record: Record
) -> None:
    world.tenant.change_organization("alpha", members=["bob@example.test"])
    world.tenant.add_pat("alice", "beta", "one")
    with pytest.raises(errors.NoAccess):
        sync(world, alice, now=timezone.now())
    sync(world, alice, now=timezone.now(), organization="beta")

    assert _access(world, alice).state == State.NO_ACCESS
    assert _access(world, alice, "beta").state == State.READ
    assert Grant.objects.get(user=alice.user).is_active
    assert record.types == ["pats.first_read"]


def test_where_there_was_no_access_is_tried_again_after_a_day(world: World, alice: Person) -> None:
    world.tenant.change_organization("alpha", members=[])
    now = timezone.now()
    with pytest.raises(errors.NoAccess):
        sync(world, alice, now=now)
    access, stale = _access(world, alice), timedelta(minutes=1)
    assert not access.is_due(now=now + timedelta(hours=23), after=stale)
    assert access.is_due(now=now + timedelta(hours=25), after=stale)

    world.tenant.change_organization("alpha", members=None)
    sync(world, alice, now=now + timedelta(hours=25))
    access = _access(world, alice)
    assert access.state == State.READ
    assert access.is_due(now=now + timedelta(hours=25, minutes=2), after=stale)


def test_an_organization_of_another_directory_is_a_quiet_matter_too(world: World, alice: Person) -> None:
    elsewhere = {"X-VSS-ResourceTenant": str(uuid4())}
    now = timezone.now()
    with (
        world.tenant.fault("connection_data", status=429, headers=elsewhere | {"Retry-After": "619"}),
        pytest.raises(errors.OtherDirectory),
    ):
        sync(world, alice, now=now)
    assert len(world.tenant.requests("connection_data")) == 1
    assert world.tenant.requests("pats") == []
    access = _access(world, alice)
    assert (access.state, access.error_code) == (State.NO_ACCESS, "other_directory")
    assert not access.is_due(now=now + timedelta(hours=23), after=timedelta(minutes=1))
    assert Grant.objects.get(user=alice.user).is_active


def test_an_organization_that_is_gone_is_tried_daily_and_is_not_the_end_of_the_grant(
    world: World, reader: Person
) -> None:
    now, stale = timezone.now(), timedelta(minutes=1)
    with world.tenant.fault("pats", status=404, html=True), pytest.raises(errors.OrganizationGone):
        sync(world, reader, now=now)
    access = _access(world, reader)
    assert (access.state, access.error_code) == (State.FAILED, "organization_gone")
    assert not access.is_due(now=now + timedelta(hours=23), after=stale)
    assert access.is_due(now=now + timedelta(hours=25), after=stale)
    assert Grant.objects.get(user=reader.user).is_active
    sync(world, reader, now=now + timedelta(hours=25))
    assert _access(world, reader).state == State.READ


def test_an_organization_that_never_was_is_not_called_gone(world: World, alice: Person) -> None:
    with (
        world.tenant.fault("connection_data", status=404, html=True),
        pytest.raises(errors.OrganizationNotFound) as caught,
    ):
        sync(world, alice, now=timezone.now())
    assert type(caught.value) is errors.OrganizationNotFound


def test_nobody_asks_again_before_the_pause_that_azure_devops_wants_is_over(
    world: World, alice: Person
) -> None:
    throttled = world.tenant.fault("pats", verb="list", status=429, headers={"Retry-After": "619"})
    with throttled, pytest.raises(errors.Throttled):
        sync(world, alice, now=timezone.now())
    access, now = _access(world, alice), timezone.now()
    assert access.not_before_at is not None
    assert timedelta(seconds=600) < access.not_before_at - now <= timedelta(seconds=619)
    assert not access.is_due(now=now + timedelta(minutes=9), after=timedelta(minutes=1))
    assert access.is_due(now=now + timedelta(minutes=11), after=timedelta(minutes=1))

    operations.request_sync(user=alice.user, organizations=[world.alpha, world.beta], now=now)
    assert operations.requested_organizations(user=alice.user) == [world.beta.pk]
    sync(world, alice, now=now)
    assert _access(world, alice).not_before_at is None


def test_a_claims_challenge_asks_for_a_sign_in_and_is_not_taken_for_no_access(
    world: World, alice: Person
) -> None:
    challenge = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'}
    with (
        world.tenant.fault("pats", verb="list", status=401, headers=challenge),
        pytest.raises(errors.SignInNeeded),
    ):
        sync(world, alice, now=timezone.now())
    access = _access(world, alice)
    assert (access.state, access.error_code) == (State.FAILED, "sign_in_needed")


def test_a_grant_that_dies_in_the_middle_is_noted_for_the_page(world: World, alice: Person) -> None:
    client = hasty_client(alice)
    world.tenant.revoke_refresh("alice")
    with (
        world.tenant.fault("pats", verb="list", status=401, times=1),
        pytest.raises(errors.SignInNeeded),
    ):
        _sync_with(world, alice, client)
    access = _access(world, alice)
    assert (access.state, access.error_code) == (State.FAILED, "sign_in_needed")
    assert not access.is_syncing


# --- Who asks for it -----------------------------------------------------------------------------


def test_a_sign_in_asks_for_every_organization(world: World) -> None:
    world.tenant.add_pat("alice", "alpha", "one")
    world.tenant.add_pat("alice", "beta", "two")
    user = world.alice.user
    assert [_access(world, world.alice, name).is_syncing for name in ("alpha", "beta")] == [True, True]
    assert operations.requested_organizations(user=user) == [world.alpha.pk, world.beta.pk]

    assert run_jobs() == [enqueue.SYNC_PERSON, enqueue.SYNC_PATS, enqueue.SYNC_PATS]
    assert statuses(timezone.now()) == {"one": "active", "two": "active"}
    assert operations.requested_organizations(user=user) == []


def test_asking_twice_makes_one_job(world: World, alice: Person) -> None:
    ask: dict[str, Any] = {"user": alice.user, "organizations": [world.alpha], "now": timezone.now()}
    assert operations.request_sync(**ask)
    assert not operations.request_sync(**ask)
    assert [name for name, _, _ in waiting_jobs()] == [enqueue.SYNC_PERSON]


def test_asking_for_nothing_does_nothing(world: World, alice: Person) -> None:
    assert not operations.request_sync(user=alice.user, organizations=[], now=timezone.now())
    assert waiting_jobs() == []


def test_a_request_that_comes_during_a_sync_is_not_answered_by_it(world: World, reader: Person) -> None:
    """Somebody presses Refresh after the list was read and before it was written down."""
    ask: dict[str, Any] = {"user": reader.user, "organizations": [world.alpha]}
    now = timezone.now()
    operations.request_sync(**ask, now=now)
    client = Interrupted(
        hasty_client(reader),
        "list_pats",
        after=lambda: operations.request_sync(**ask, now=now + timedelta(seconds=1)),
    )
    _sync_with(world, reader, client, now=now)
    assert _access(world, reader).is_syncing
    run_jobs()
    assert not _access(world, reader).is_syncing


def test_the_clock_of_the_web_server_may_be_ahead(world: World, reader: Person) -> None:
    now = timezone.now()
    operations.request_sync(user=reader.user, organizations=[world.alpha], now=now + timedelta(seconds=90))
    sync(world, reader, now=now)
    assert not _access(world, reader).is_syncing


# --- Many at once, and many ----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_syncs_at_the_same_moment_do_each_other_no_harm(world: World) -> None:
    """Two of the same organization and two of another, which list the same global PATs."""
    alice = world.alice
    world.tenant.add_pats("alice", "alpha", "good everywhere", count=60, all_orgs=True)
    world.tenant.add_pats("alice", "alpha", "alpha only", count=20)
    world.tenant.add_pats("alice", "beta", "beta only", count=20)
    now, start = timezone.now(), Barrier(4)

    def work(organization: str) -> None:
        try:
            start.wait(10)
            sync(world, alice, now=now, organization=organization)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, ["alpha", "beta", "alpha", "beta"]))

    assert Pat.objects.filter(is_global=True).count() == 60
    assert Pat.objects.count() == 100
    assert AuditEvent.objects.filter(type="pats.first_read").count() == 2
    assert not AuditEvent.objects.filter(type__in=["pat.found", "pat.vanished"]).exists()


@pytest.mark.django_db(transaction=True)
def test_a_creation_that_is_answered_while_a_sync_is_written_keeps_its_pat(world: World) -> None:
    alice = world.alice
    run_jobs()
    now = timezone.now()
    created: list[Pat] = []

    def create() -> None:
        try:
            created.append(operations.create_pat(**world.create_arguments(alice)).pat)
        finally:
            connections.close_all()

    def read_then_create() -> None:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(create).result(timeout=20)

    client = Interrupted(hasty_client(alice), "list_pats", before=read_then_create)
    _sync_with(world, alice, client, now=now)
    assert [pat.pk for pat in Pat.objects.all()] == [created[0].pk]
    assert not AuditEvent.objects.filter(type="pat.found").exists()


@contextmanager
def _few_queries() -> Iterator[None]:
    """Allow what a sync of ten PATs needs; each page of a list costs one look at the grant besides."""
    with CaptureQueriesContext(connection) as found:
        yield
    texts = [one["sql"] for one in found.captured_queries if "accounts_grant" not in one["sql"]]
    assert len(texts) <= 30, texts


def test_the_number_of_queries_does_not_follow_the_number_of_pats(world: World, alice: Person) -> None:
    """A first fill of a thousand, hundreds found later, all of them gone."""
    sync(world, alice, now=timezone.now(), organization="beta")
    now = timezone.now()
    world.tenant.add_pats("alice", "alpha", "at first", count=1000)
    with _few_queries():
        sync(world, alice, now=now)
    assert Pat.objects.count() == 1000

    world.tenant.add_pats("alice", "alpha", "later", count=300)
    now += timedelta(minutes=10)
    with _few_queries():
        sync(world, alice, now=now)
    assert AuditEvent.objects.filter(type="pat.found").count() == 300

    nothing = {"patTokens": [], "continuationToken": ""}
    now += timedelta(minutes=10)
    with world.tenant.fault("pats", verb="list", body=nothing), _few_queries():
        sync(world, alice, now=now)
    assert AuditEvent.objects.filter(type="pat.vanished").count() == 1300
    assert set(statuses(now).values()) == {"vanished"}


def test_a_reading_that_cannot_be_written_leaves_no_half(world: World, reader: Person) -> None:
    world.tenant.add_pats("alice", "alpha", "one", count=3)
    now = timezone.now() + timedelta(minutes=5)
    with failing_event("pat.found"), pytest.raises(Exception, match="no space left"):
        sync(world, reader, now=now)
    assert not Pat.objects.exists()
    sync(world, reader, now=now)
    assert Pat.objects.count() == 3
