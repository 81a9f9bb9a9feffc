"""Real processes for a tenant of its own; whatever a journey started ends with it."""

from collections.abc import Iterator

import pytest

from tests.installation import Installation
from tests.journeys.visitor import Visitor
from tests.sandbox_control import SandboxControl
from tests.sandbox_tenant import Tenant


@pytest.fixture
def tenant(sandbox_control: SandboxControl) -> Tenant:
    """A tenant of the sandbox."""
    return sandbox_control.create_tenant()


@pytest.fixture
def portal(installation: Installation, tenant: Tenant) -> Iterator[Installation]:
    """The installation set up for the tenant; nothing runs yet, nothing waits in the queue."""
    installation.serve(tenant)
    with installation.connect("DATABASE_URL") as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
        connection.execute("DELETE FROM procrastinate_workers")
    yield installation
    installation.stop()


@pytest.fixture
def alice(portal: Installation, tenant: Tenant) -> Visitor:
    """Alice's browser; she has signed in, so the web server runs."""
    portal.start_web()
    visitor = Visitor(portal, tenant)
    visitor.sign_in("alice")
    return visitor
