"""Fixtures: the foreign server, running, and the portal set up for it. Left out where Node is not found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest

from tests.foreign_openid.packages import PackagesMissing, find_node, installed_packages
from tests.foreign_openid.server import ForeignServer
from tests.foreign_openid.visitor import Visitor


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignServer]:
    """The foreign server; its people and clients are the same for every test."""
    try:
        node, packages = find_node(), installed_packages()
    except PackagesMissing as exc:
        _leave_out(f"The foreign OpenID server is not run. {exc}")
    server = ForeignServer(
        tmp_path_factory.mktemp("foreign"), node=node, packages=packages, portal=os.environ["PORTAL_BASE_URL"]
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _leave_out(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def server(running_server: ForeignServer, settings: Any) -> ForeignServer:
    """The foreign server, with the portal set up for it."""
    for name, value in running_server.settings().items():
        setattr(settings, name, value)
    return running_server


@pytest.fixture
def visit(server: ForeignServer, settings: Any, transactional_db: None) -> Iterator[Callable[[str], Visitor]]:
    """Make a visitor by their name at the server."""
    visitors: list[Visitor] = []

    def make(name: str) -> Visitor:
        visitors.append(Visitor(name, portal_origin=settings.PORTAL_BASE_URL, ca_bundle=server.ca_bundle))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()
