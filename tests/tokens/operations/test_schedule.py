"""Which mirrors are read by themselves, and when: found by the clock, asked for once, kept by the sync."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Grant, User
from tests.job_runner import waiting_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import sync
from tests.tokens.views.rows import make_pat
from tokens import enqueue, errors, operations, rules
from tokens.models import Organization, OrganizationAccess

State = OrganizationAccess.State
HOUR = timedelta(hours=1)


def _access(world: World, person: Person) -> OrganizationAccess:
    return OrganizationAccess.objects.get(user=person.user, organization=world.alpha)


def _left_alone(world: World, person: Person, now: datetime) -> timedelta:
    """Return for how long the mirror is left alone from `now` on."""
    at = _access(world, person).next_sync_at
    assert at is not None
    return at - now


def _within(span: timedelta, limit: timedelta) -> bool:
    return limit * 0.8 <= span <= limit


def _unasked() -> list[dict[str, Any]]:
    return [ids for name, ids, _ in waiting_jobs() if name == enqueue.SYNC_UNASKED]


def _make_due(**which: Any) -> None:
    OrganizationAccess.objects.filter(**which).update(next_sync_at=timezone.now() - HOUR)


# --- What a sync leaves behind ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("away_days", "ends_in_days", "hours"), [(0, 60, 6), (0, 2, 1), (20, 60, 24), (20, 2, 1), (0, None, 6)]
)
def test_a_sync_says_when_the_next_one_is(
    world: World, reader: Person, away_days: float, ends_in_days: float | None, hours: float
) -> None:
    now = timezone.now()
    User.objects.filter(pk=reader.user.pk).update(signed_in_at=now - timedelta(days=away_days))
    if ends_in_days is not None:
        world.tenant.add_pat("alice", "alpha", "one", valid_to=now + timedelta(days=ends_in_days))
    sync(world, reader, now=now)
    assert _within(_left_alone(world, reader, now), hours * HOUR)


def test_what_the_portal_ends_itself_needs_no_closer_look(world: World, reader: Person) -> None:
    now = timezone.now()
    make_pat(world, reader, valid_to=now + timedelta(days=2), ends_at=now + timedelta(days=1))
    sync(world, reader, now=now)
    assert _within(_left_alone(world, reader, now), 6 * HOUR)


def test_the_stop_of_global_pats_is_an_end(world: World, reader: Person, settings: Any) -> None:
    now = timezone.now()
    settings.GLOBAL_PATS_STOP_ON = (now + timedelta(days=2)).date()
    world.tenant.add_pat("alice", "alpha", "all", all_orgs=True, valid_to=now + timedelta(days=60))
    sync(world, reader, now=now)
    assert _within(_left_alone(world, reader, now), HOUR)


@pytest.mark.parametrize(("status", "hours"), [(404, 24), (401, 24), (500, 1)])
def test_a_failure_is_tried_again_soon_and_a_closed_door_daily(
    world: World, reader: Person, status: int, hours: float
) -> None:
    now = timezone.now()
    with world.tenant.fault("pats", verb="list", status=status), pytest.raises(errors.TokensError):
        sync(world, reader, now=now)
    assert _within(_left_alone(world, reader, now), hours * HOUR)


def test_nothing_is_read_before_azure_devops_allows_it(world: World, reader: Person) -> None:
    now = timezone.now()
    world.tenant.add_pat("alice", "alpha", "one", valid_to=now + timedelta(days=1))
    with (
        world.tenant.throttle(person="alice", retry_after=3600, times=9),
        pytest.raises(errors.Throttled),
    ):
        sync(world, reader, now=now)
    access = _access(world, reader)
    assert access.not_before_at is not None
    assert access.next_sync_at is not None
    assert access.next_sync_at >= access.not_before_at
    _make_due()
    assert operations.ask_for_due_syncs(now=timezone.now()) == 2  # beta was never read
    assert _access(world, reader).next_sync_at == access.not_before_at
    assert [ids["organization_id"] for ids in _unasked()] == [world.beta.pk]


def test_a_sync_of_a_grant_that_is_lost_plans_no_other(world: World, reader: Person) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    operations.note_sync_failure(
        user=reader.user, organization=world.alpha, error=errors.SignInNeeded(), now=timezone.now()
    )
    assert _access(world, reader).next_sync_at is None


# --- What is asked for -------------------------------------------------------------------------------


def test_only_what_is_due_is_asked_for_and_once(world: World, reader: Person) -> None:
    now = timezone.now()
    OrganizationAccess.objects.update(next_sync_at=now + HOUR)
    assert operations.ask_for_due_syncs(now=now) == 0
    _make_due(organization=world.alpha)
    assert (operations.ask_for_due_syncs(now=now), operations.ask_for_due_syncs(now=now)) == (1, 0)
    assert _unasked() == [{"user_id": reader.user.pk, "organization_id": world.alpha.pk}]


def test_one_that_gets_lost_is_asked_for_again(world: World, reader: Person) -> None:
    _make_due(organization=world.alpha)
    now = timezone.now()
    operations.ask_for_due_syncs(now=now)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert operations.ask_for_due_syncs(now=now + HOUR / 2) == 0
    operations.ask_for_due_syncs(now=now + HOUR)
    assert len(_unasked()) >= 1


@pytest.mark.parametrize("why", ["grant", "age", "no grant", "organization"])
def test_what_cannot_be_read_is_left_alone_until_somebody_comes(
    world: World, reader: Person, settings: Any, why: str
) -> None:
    match why:
        case "grant":
            Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
        case "age":
            Grant.objects.update(interactive_at=timezone.now() - timedelta(days=31))
        case "no grant":
            operations.forget_access(actor=reader.actor, owner=reader.user, now=timezone.now())
        case _:
            settings.AZURE_DEVOPS_ORGANIZATIONS = ["another"]
    _make_due()
    looked_at = operations.ask_for_due_syncs(now=timezone.now())
    assert looked_at == OrganizationAccess.objects.count()
    assert _unasked() == []
    assert not OrganizationAccess.objects.exclude(next_sync_at=None).exists()
    assert operations.ask_for_due_syncs(now=timezone.now()) == 0


def test_it_begins_again_with_the_next_sign_in(world: World, reader: Person) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED)
    _make_due()
    operations.ask_for_due_syncs(now=timezone.now())
    world.sign_in("alice")
    assert not OrganizationAccess.objects.filter(next_sync_at=None).exists()


def test_without_access_in_the_background_nothing_is_asked_for(
    world: World, reader: Person, settings: Any
) -> None:
    settings.BACKGROUND_ACCESS = "off"
    _make_due()
    assert operations.ask_for_due_syncs(now=timezone.now()) == 0
    sync(world, reader, now=timezone.now())
    assert _access(world, reader).next_sync_at is None


@pytest.mark.django_db(transaction=True)
def test_two_at_once_ask_for_each_sync_once(world: World, settings: Any) -> None:
    person, now = world.alice, timezone.now()
    organizations = Organization.objects.bulk_create(Organization(name=f"many-{n}") for n in range(300))
    OrganizationAccess.objects.all().delete()
    OrganizationAccess.objects.bulk_create(
        OrganizationAccess(user=person.user, organization=one, next_sync_at=now - HOUR)
        for one in organizations
    )
    settings.AZURE_DEVOPS_ORGANIZATIONS = [one.name for one in organizations]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    start = Barrier(2)

    def ask(_: int) -> int:
        try:
            start.wait(10)
            return operations.ask_for_due_syncs(now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(ask, range(2)))
    asked = sorted(ids["organization_id"] for ids in _unasked())
    assert sum(counts) == 300
    assert asked == sorted(one.pk for one in organizations)


def test_finding_what_is_due_reads_an_index(world: World, reader: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        due = OrganizationAccess.objects.filter(next_sync_at__lte=timezone.now()).order_by("next_sync_at")
        plan = due[:10].explain()
    assert "tokens_access_next_sync" in plan


# --- What is read when its turn has come -------------------------------------------------------------


def _to_read(world: World, person: Person) -> OrganizationAccess | None:
    return operations.access_to_read(
        user_id=person.user.pk, organization_id=world.alpha.pk, now=timezone.now()
    )


def test_what_somebody_had_read_meanwhile_is_not_read_again(world: World, reader: Person) -> None:
    assert _to_read(world, reader) is None
    OrganizationAccess.objects.update(read_at=timezone.now() - HOUR)
    assert _to_read(world, reader) == _access(world, reader)
    OrganizationAccess.objects.update(read_at=timezone.now(), state=State.FAILED)
    assert _to_read(world, reader) == _access(world, reader)


def test_what_is_gone_or_not_set_up_any_more_is_not_read(world: World, reader: Person, settings: Any) -> None:
    OrganizationAccess.objects.update(read_at=timezone.now() - HOUR)
    settings.AZURE_DEVOPS_ORGANIZATIONS = ["another"]
    assert _to_read(world, reader) is None
    OrganizationAccess.objects.all().delete()
    assert _to_read(world, reader) is None
    assert not OrganizationAccess.objects.exists()


def test_a_sync_that_finds_no_place_comes_some_minutes_later(world: World, reader: Person) -> None:
    now = timezone.now()
    operations.put_sync_off(access=_access(world, reader), now=now)
    assert _within(_left_alone(world, reader, now), timedelta(minutes=5))


def test_the_rules_are_those_of_the_house() -> None:
    assert (rules.SYNC_EVERY, rules.SYNC_EVERY_NEAR_AN_END, rules.SYNC_EVERY_WHILE_AWAY) == (
        6 * HOUR,
        HOUR,
        24 * HOUR,
    )
