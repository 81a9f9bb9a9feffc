"""Rows that models need, without anybody's sign-in."""

from uuid import uuid4

import pytest

from accounts.models import User
from tokens.models import Organization


@pytest.fixture
def owner(db: None) -> User:
    """Somebody with PATs."""
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), display_name="Alice Archer")


@pytest.fixture
def other(db: None) -> User:
    """Somebody else."""
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), display_name="Bob Baker")


@pytest.fixture
def place(db: None) -> Organization:
    """An organization."""
    return Organization.objects.create(name="alpha")
