"""Organizations by their configured names, and how a person's mirror of one stands."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from tokens.models import Organization, OrganizationAccess

NOW = timezone.now()
STALE = timedelta(minutes=1)


def test_they_come_in_the_order_of_the_configuration(db: None) -> None:
    names = ["zeta", "Alpha", "mid"]
    assert [row.name for row in Organization.objects.configured(names)] == names
    assert [row.name for row in Organization.objects.configured(reversed(names))] == names[::-1]
    assert Organization.objects.count() == 3


def test_case_makes_no_other_organization(db: None) -> None:
    (first,) = Organization.objects.configured(["Alpha"])
    assert Organization.objects.configured(["ALPHA"]) == [first]
    with pytest.raises(IntegrityError, match="tokens_organization_name"), transaction.atomic():
        Organization.objects.create(name="alpha")


def test_asking_again_is_one_query(db: None, django_assert_num_queries: object) -> None:
    Organization.objects.configured(["alpha", "beta"])
    with django_assert_num_queries(1):  # type: ignore[operator]
        Organization.objects.configured(["alpha", "beta"])


@pytest.mark.parametrize(
    ("requested_at", "finished_at", "expected"),
    [
        (None, None, False),
        (NOW, None, True),
        (NOW, NOW - STALE, True),
        (NOW, NOW, False),
        (NOW, NOW + STALE, False),
        (None, NOW, False),
    ],
)
def test_a_sync_is_under_way_until_it_ended(
    requested_at: datetime | None, finished_at: datetime | None, expected: bool
) -> None:
    access = OrganizationAccess(requested_at=requested_at, finished_at=finished_at)
    assert access.is_syncing == expected


@pytest.mark.parametrize(
    ("state", "age", "expected"),
    [
        ("read", None, True),
        ("read", STALE, False),
        ("read", STALE + timedelta(seconds=1), True),
        ("failed", STALE + timedelta(seconds=1), True),
        ("no_access", timedelta(hours=23), False),
        ("no_access", timedelta(days=1, seconds=1), True),
    ],
)
def test_it_is_due_by_its_age_and_daily_without_access(
    state: str, age: timedelta | None, expected: bool
) -> None:
    for column in ("requested_at", "finished_at"):
        access = OrganizationAccess(state=state, **{column: None if age is None else NOW - age})
        assert access.is_due(now=NOW, after=STALE) == expected


@pytest.mark.parametrize("code", ["organization_not_found", "organization_gone"])
def test_an_organization_that_is_not_there_is_asked_for_daily(code: str) -> None:
    access = OrganizationAccess(state="failed", error_code=code, finished_at=NOW - timedelta(hours=23))
    assert not access.is_due(now=NOW, after=STALE)
    access.finished_at = NOW - timedelta(days=1, seconds=1)
    assert access.is_due(now=NOW, after=STALE)


def test_what_counts_is_the_later_of_asked_and_ended() -> None:
    access = OrganizationAccess(state="read", requested_at=NOW, finished_at=NOW - timedelta(days=3))
    assert not access.is_due(now=NOW, after=STALE)


def test_a_person_has_one_row_for_each(owner: User, place: Organization) -> None:
    OrganizationAccess.objects.create(user=owner, organization=place)
    with pytest.raises(IntegrityError, match="tokens_access_person_organization"), transaction.atomic():
        OrganizationAccess.objects.create(user=owner, organization=place)
    with pytest.raises(IntegrityError, match="tokens_access_state"), transaction.atomic():
        OrganizationAccess.objects.filter(user=owner).update(state="invented")
