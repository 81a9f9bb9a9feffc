"""One tenant of the sandbox for each table; every row has a database, a browser and a sign-in of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.people import World
from tests.sandbox_control import SandboxControl, Tenant


@pytest.fixture(scope="module")
def tenant(sandbox_control: SandboxControl) -> Iterator[Tenant]:
    """The tenant that the rows of a table share; each leaves it as it was, but for PATs."""
    made = sandbox_control.create_tenant(organizations=None)
    yield made
    made.remove()


@pytest.fixture
def world(tenant: Tenant, settings: Any, db: None) -> Iterator[World]:
    """The shared tenant, with nobody signed in, nothing in the queue, and one organization."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    for name, value in tenant.settings().items():
        setattr(settings, name, value)
    settings.AZURE_DEVOPS_ORGANIZATIONS = [tenant.organization("alpha").name]
    tenant.forget_requests()
    yield World(tenant)
    tenant.clear_faults()
    tenant.end_refusals()
    tenant.end_challenge("alice")
