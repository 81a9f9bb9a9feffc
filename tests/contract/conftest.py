"""One tenant of the running sandbox per test, and the client as its people use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.visitors import Visitor
from tests.sandbox_control import SandboxControl, Tenant
from tests.tokens.azure_devops.people import Naps
from tokens.azure_devops import AzureDevOpsClient, build_session

ClientOf = Callable[..., AzureDevOpsClient]


class SignedIn:
    """A person's access token as Entra gave it; there is no fresher one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.asked: list[bool] = []
        self.claims: list[str] = []

    def __call__(self, *, fresh: bool = False, claims: str = "") -> str:
        self.asked.append(fresh)
        self.claims.append(claims)
        return self._text


@pytest.fixture
def tenant(sandbox_control: SandboxControl) -> Iterator[Tenant]:
    made = sandbox_control.create_tenant()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def pooled_session(sandbox_control: SandboxControl) -> Iterator[requests.Session]:
    with build_session(ca_bundle=sandbox_control.ca_bundle, proxy=None) as built:
        yield built


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def client_of(tenant: Tenant, pooled_session: requests.Session, naps: Naps) -> ClientOf:
    """Return a builder: the client of a person of the tenant, with parts of it replaced."""
    visitor = Visitor(tenant, pooled_session)

    def build(name: str = "alice", **parts: Any) -> AzureDevOpsClient:
        given: dict[str, Any] = {
            "access_token": parts.get("access_token") or SignedIn(visitor.bearer(name)),
            "session": pooled_session,
            "vssps_url": tenant.vssps_url,
            "devops_url": tenant.devops_url,
            "sleep": naps,
        }
        return AzureDevOpsClient(**(given | parts))

    return build


@pytest.fixture
def alpha(tenant: Tenant) -> str:
    return tenant.organization("alpha").name


@pytest.fixture
def beta(tenant: Tenant) -> str:
    return tenant.organization("beta").name
