"""Whom the portal serves while they are away."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Grant, User
from accounts.sessions import PERSON_REFUSED
from accounts.standing import may_be_served
from tests.people import World

MONTH = timedelta(days=30)


@pytest.fixture
def user(world: World) -> User:
    """Alice, who has just signed in."""
    return world.alice.user


def is_served(user: User, *, later: timedelta = timedelta(0)) -> bool:
    fresh = User.objects.get(pk=user.pk)
    return may_be_served(fresh, now=timezone.now() + later, within=MONTH)


def test_whoever_signed_in_lately_is_served(user: User) -> None:
    assert is_served(user)
    assert is_served(user, later=MONTH - timedelta(minutes=5))
    assert not is_served(user, later=MONTH + timedelta(minutes=5))


def test_without_a_grant_nobody_is_served(user: User) -> None:
    Grant.objects.all().delete()
    assert not is_served(user)


@pytest.mark.parametrize("code", sorted(PERSON_REFUSED))
def test_whom_entra_refuses_as_such_is_not_served(user: User, code: str) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED, lost_code=code)
    assert not is_served(user)


def test_who_only_has_to_sign_in_again_is_served(user: User) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED, lost_code="mfa_needed")
    assert is_served(user)


def test_inactive_people_are_not_served(user: User) -> None:
    User.objects.update(is_active=False)
    assert not is_served(user)


def test_where_a_role_is_required_others_are_not_served(user: User, settings: Any) -> None:
    settings.SIGN_IN_REQUIRES_ROLE = True
    assert not is_served(user)
    User.objects.update(is_staff=True)
    assert is_served(user)


def test_people_of_a_directory_that_is_let_in_no_more_are_not_served(user: User, settings: Any) -> None:
    other = uuid4()
    User.objects.update(tenant_id=other)
    assert not is_served(user)
    settings.ENTRA_ADDITIONAL_TENANTS = {other: "Partner"}
    assert is_served(user)


def test_a_grant_that_is_too_old_to_be_used_serves_nobody(user: User, settings: Any) -> None:
    settings.GRANT_MAX_DAYS = 3
    assert is_served(user, later=timedelta(days=2))
    assert not is_served(user, later=timedelta(days=4))
