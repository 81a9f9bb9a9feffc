"""Roles as a flag and groups, changed together."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.claims import Role
from accounts.models import User
from accounts.roles import lock_if_role_held
from accounts.roles import set_roles as set_roles_by
from accounts.roles import take_roles as take_roles_by
from patportal.lib.actors import system_actor
from tests.accounts.browsers import Heard

pytestmark = pytest.mark.django_db
BOTH = frozenset(Role)
ACTOR = system_actor("a test")


def set_roles(user: User, roles: frozenset[Role]) -> None:
    set_roles_by(user, roles, actor=ACTOR, now=timezone.now())


def take_roles(user: User, *, but: frozenset[Role] = frozenset()) -> None:
    take_roles_by(user, but=but, actor=ACTOR, now=timezone.now())


@pytest.fixture
def dave() -> User:
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), display_name="Dave Draper")


def stored(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_they_are_set_exactly(dave: User) -> None:
    other = Group.objects.create(name="something else")
    dave.groups.add(other)
    for roles in (BOTH, frozenset({Role.AUDITOR}), frozenset[Role]()):
        set_roles(dave, roles)
        assert dave.roles == stored(dave).roles == roles
        assert stored(dave).is_staff is bool(roles)
    assert list(dave.groups.all()) == [other]


def test_taking_away_gives_none(dave: User) -> None:
    set_roles(dave, frozenset({Role.AUDITOR}))
    take_roles(dave, but=BOTH)
    assert stored(dave).roles == {Role.AUDITOR}
    take_roles(dave, but=frozenset({Role.ADMIN}))
    assert stored(dave).roles == frozenset()
    assert not stored(dave).is_staff


def test_an_older_instance_knows_what_others_have_given_meanwhile(dave: User) -> None:
    assert dave.roles == frozenset()
    set_roles(stored(dave), BOTH)
    take_roles(dave)
    assert stored(dave).roles == frozenset()
    assert not stored(dave).is_staff


def test_every_change_is_told_once(dave: User, heard: Heard) -> None:
    set_roles(dave, BOTH)
    set_roles(dave, BOTH)
    take_roles(dave, but=frozenset({Role.AUDITOR}))
    take_roles(dave, but=frozenset({Role.AUDITOR}))
    take_roles(dave)
    take_roles(dave)
    told = [(one["gained"], one["lost"]) for one in heard.named("roles_changed")]
    assert told == [
        (BOTH, frozenset()),
        (frozenset(), frozenset({Role.ADMIN})),
        (frozenset(), frozenset({Role.AUDITOR})),
    ]
    assert {one["actor"] for one in heard.named("roles_changed")} == {ACTOR}


def test_who_holds_a_role_is_locked(dave: User) -> None:
    with transaction.atomic():
        assert not lock_if_role_held(dave, nowait=False)
        set_roles(stored(dave), BOTH)
        assert lock_if_role_held(dave, nowait=True)
