"""Fixtures for the client: a listener that misbehaves as scripted, and a client that trusts it."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import trustme

from tests.tokens.azure_devops.people import AccessTokens, Naps
from tests.tokens.azure_devops.wire import RawServer
from tokens.azure_devops import AzureDevOpsClient, Timeouts, build_session


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def server(server_context: ssl.SSLContext) -> Iterator[RawServer]:
    running = RawServer(server_context)
    yield running
    running.stop()


@pytest.fixture
def session(ca_bundle: Path) -> Iterator[requests.Session]:
    with build_session(ca_bundle=str(ca_bundle), proxy=None) as built:
        yield built


@pytest.fixture
def access_tokens() -> AccessTokens:
    return AccessTokens()


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def client(
    server: RawServer, session: requests.Session, access_tokens: AccessTokens, naps: Naps
) -> AzureDevOpsClient:
    """A client of the scripted listener whose waits are written down and not slept."""
    return AzureDevOpsClient(
        access_token=access_tokens,
        session=session,
        vssps_url=server.url,
        devops_url=f"{server.url}/devops",
        timeouts=Timeouts(connect=5, read=5),
        version="1.2",
        sleep=naps,
    )


@pytest.fixture
def hasty_client(
    server: RawServer, session: requests.Session, access_tokens: AccessTokens, naps: Naps
) -> AzureDevOpsClient:
    """A client that waits a tenth of a second for an answer."""
    return AzureDevOpsClient(
        access_token=access_tokens,
        session=session,
        vssps_url=server.url,
        devops_url=server.url,
        timeouts=Timeouts(connect=5, read=0.1),
        sleep=naps,
    )
