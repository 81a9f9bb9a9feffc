"""People and their grants in the database."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.claims import Role
from accounts.models import Grant, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), display_name="Alice Archer")


def test_nobody_exists_twice(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(tenant_id=alice.tenant_id, object_id=alice.object_id)
    assert User.objects.create(tenant_id=uuid4(), object_id=alice.object_id) != alice


def test_nobody_is_superuser(alice: User) -> None:
    alice.is_superuser = True
    with pytest.raises(IntegrityError, match="no_superuser"):
        alice.save()


def test_nobody_has_a_password(alice: User) -> None:
    assert "password" not in {field.name for field in User._meta.get_fields()}
    assert "last_login" not in {field.name for field in User._meta.get_fields()}


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"display_name": "Alice", "user_principal_name": "a@example.test"}, "Alice"),
        ({"user_principal_name": "a@example.test"}, "a@example.test"),
    ],
)
def test_a_person_is_shown_by_name(facts: dict[str, str], shown: str) -> None:
    assert str(User(object_id=uuid4(), **facts)) == shown


def test_a_nameless_person_is_shown_by_id() -> None:
    object_id = uuid4()
    assert str(User(object_id=object_id)) == str(object_id)


def test_roles_are_the_groups_that_stand_for_them(alice: User, django_assert_num_queries: Any) -> None:
    group, _ = Group.objects.get_or_create(name=Role.AUDITOR.group_name)
    alice.groups.add(group, Group.objects.create(name="something else"))
    user = User.objects.get(pk=alice.pk)
    with django_assert_num_queries(1):
        assert user.roles == {Role.AUDITOR}
        assert user.roles == {Role.AUDITOR}


def test_whoever_is_switched_off_has_no_role(alice: User) -> None:
    group, _ = Group.objects.get_or_create(name=Role.ADMIN.group_name)
    alice.groups.add(group)
    alice.is_active = False
    assert alice.roles == frozenset()


def test_the_migration_made_the_groups() -> None:
    names = set(Group.objects.values_list("name", flat=True))
    assert {role.group_name for role in Role} <= names


def test_sessions_hang_on_the_person_and_the_secret_key(alice: User, settings: Any) -> None:
    first = alice.get_session_auth_hash()
    other = User.objects.create(tenant_id=uuid4(), object_id=uuid4())
    assert other.get_session_auth_hash() != first
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" * 5
    assert alice.get_session_auth_hash() != first
    settings.SECRET_KEY_FALLBACKS = [former]
    assert list(alice.get_session_auth_fallback_hash()) == [first]


def test_a_grant_has_a_known_state(alice: User) -> None:
    grant = Grant(user=alice, key_id="k", sealed_cache=b"x", interactive_at=timezone.now(), state="odd")
    with pytest.raises(IntegrityError, match="grant_state"):
        grant.save()
