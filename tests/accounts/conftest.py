"""Fixtures of the accounts tests: a tenant to sign in to, a browser, and an ear for signals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.accounts.browsers import Browser, Heard, listening
from tests.sandbox_control import SandboxControl, Tenant


@pytest.fixture
def tenant(sandbox_control: SandboxControl, settings: Any) -> Iterator[Tenant]:
    """A tenant of its own, for which the portal is set up."""
    made = sandbox_control.create_tenant()
    for name, value in made.settings().items():
        setattr(settings, name, value)
    yield made
    made.remove()


@pytest.fixture
def browser(tenant: Tenant, db: None) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(tenant)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What the accounts app tells its listeners during the test."""
    with listening() as found:
        yield found
