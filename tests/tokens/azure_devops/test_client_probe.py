"""What anybody may learn about an organization without an access token."""

import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest
import requests

from tests.tokens.azure_devops.wire import ORGANIZATION_ID, RawServer, as_html, http
from tokens.azure_devops import Timeouts, probe_organization


def test_it_asks_without_an_access_token(server: RawServer, session: requests.Session) -> None:
    ahead = datetime.now(UTC) + timedelta(minutes=7)
    moment = format_datetime(ahead, usegmt=True)
    server.script(http(401, X_VSS_ResourceTenant=ORGANIZATION_ID, Date=moment))
    probe = probe_organization(session, devops_url=server.url, organization="contoso", version="1.2")
    assert (probe.status, probe.is_reachable, probe.is_found) == (401, True, True)
    assert probe.tenant_id == UUID(ORGANIZATION_ID)
    assert abs((probe.clock_offset or timedelta(0)) - timedelta(minutes=7)) < timedelta(seconds=5)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", "/contoso/_apis/connectionData")
    assert "authorization" not in seen.headers
    assert seen.headers["x-tfs-fedauthredirect"] == "Suppress"
    assert seen.headers["user-agent"] == "pat-portal/1.2"


@pytest.mark.parametrize(
    ("reply", "expected"),  # status, found, offline
    [
        (as_html(404), (404, False, False)),
        (as_html(203), (203, True, False)),
        (http(503, X_VSS_HostOfflineError="off"), (503, False, True)),
        (http(302, Location="https://127.0.0.1:9/_signin"), (302, True, False)),
    ],
)
def test_it_tells_what_is_there(
    server: RawServer, session: requests.Session, reply: bytes, expected: tuple[int, bool, bool]
) -> None:
    server.script(reply)
    probe = probe_organization(session, devops_url=server.url, organization="contoso")
    assert (probe.status, probe.is_found, probe.is_offline) == expected
    assert (probe.tenant_id, probe.clock_offset) == (None, None)
    assert len(server.seen) == 1


def test_it_says_why_nobody_answers(session: requests.Session) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    probe = probe_organization(session, devops_url=url, organization="contoso")
    assert not probe.is_reachable
    assert "refused" in probe.reason.lower()


def test_it_does_not_wait_for_ever(server: RawServer, session: requests.Session) -> None:
    server.script(server.keep_silent)
    timeouts = Timeouts(connect=5, read=0.1)
    probe = probe_organization(session, devops_url=server.url, organization="contoso", timeouts=timeouts)
    assert not probe.is_reachable


def test_it_asks_plain_https_addresses_alone(session: requests.Session) -> None:
    with pytest.raises(ValueError, match="https"):
        probe_organization(session, devops_url="http://127.0.0.1", organization="contoso")
