"""A sandbox of its own for these tests, and one tenant for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox.server import SandboxServer
from tests.sandbox.visitors import Visitor
from tests.sandbox_control import SandboxControl, Tenant


@pytest.fixture(scope="session")
def own_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    server = SandboxServer(tmp_path_factory.mktemp("sandbox"), seed="empty")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def control(own_sandbox: SandboxServer) -> Iterator[SandboxControl]:
    environment = own_sandbox.environment()
    hand = SandboxControl(environment["SANDBOX_CONTROL_URL"], environment["ENTRA_CA_BUNDLE"])
    yield hand
    hand.close()


@pytest.fixture
def tenant(control: SandboxControl) -> Iterator[Tenant]:
    made = control.create_tenant()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def session(control: SandboxControl) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        made.verify = control.ca_bundle
        yield made


@pytest.fixture
def visitor(tenant: Tenant, session: requests.Session) -> Visitor:
    return Visitor(tenant, session)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"
