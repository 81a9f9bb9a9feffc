"""The connection's three promises, on real sockets, with a clock that obeys."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import trustme
from urllib3.exceptions import (
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from tests.tokens.azure_devops.people import Clock
from tests.tokens.azure_devops.wire import RawServer, as_json
from tokens.azure_devops._connection import (
    NotConnected,
    TimedConnection,
    TimedPool,
    TimedResponse,
    root_of,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connection(server: RawServer, ca_bundle: Path, clock: Clock) -> Iterator[TimedConnection]:
    class ObedientResponse(TimedResponse):
        @staticmethod
        def clock() -> float:
            return clock()

    class ObedientConnection(TimedConnection):
        response_class = ObedientResponse

        @staticmethod
        def clock() -> float:
            return clock()

    made = ObedientConnection(
        "127.0.0.1", server.port, timeout=5, ca_certs=str(ca_bundle), cert_reqs="CERT_REQUIRED"
    )
    yield made
    made.close()


def test_a_connection_that_lay_idle_is_not_used_again(
    connection: TimedConnection, server: RawServer, clock: Clock
) -> None:
    server.script(as_json({}))
    connection.connect()
    clock.advance(TimedConnection.trusted_idle_seconds)
    connection.request("GET", "/", preload_content=False)
    connection.getresponse().read()
    clock.advance(TimedConnection.trusted_idle_seconds)
    assert connection.is_connected
    clock.advance(0.1)
    assert not connection.is_connected


def test_it_is_not_connected_before_it_connects(connection: TimedConnection) -> None:
    assert not connection.is_connected


def test_connecting_too_slowly_is_no_connection(server: RawServer, ca_bundle: Path, clock: Clock) -> None:
    class Late(TimedConnection):
        @staticmethod
        def clock() -> float:
            clock.advance(4)
            return clock()

    late = Late("127.0.0.1", server.port, timeout=3, ca_certs=str(ca_bundle), cert_reqs="CERT_REQUIRED")
    with pytest.raises(NotConnected):
        late.connect()
    assert late.is_closed


def test_a_stranger_s_certificate_is_no_connection(server: RawServer, tmp_path: Path) -> None:
    bundle = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    made = TimedConnection(
        "127.0.0.1", server.port, timeout=5, ca_certs=str(bundle), cert_reqs="CERT_REQUIRED"
    )
    with pytest.raises(NotConnected) as caught:
        made.connect()
    made.close()
    assert root_of(caught.value).startswith("SSLCertVerificationError: ")


def test_a_closed_port_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotConnected) as caught:
        TimedConnection("127.0.0.1", port, timeout=5).connect()
    assert root_of(caught.value) == "ConnectionRefusedError: Connection refused"


def test_the_whole_answer_has_to_come_in_time(
    connection: TimedConnection, server: RawServer, clock: Clock
) -> None:
    def late_body(sock: ssl.SSLSocket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        server.released.wait(20)

    server.script(late_body)
    connection.connect()
    connection.request("GET", "/", preload_content=False)
    answer = connection.getresponse()
    clock.advance(5)
    with pytest.raises((TimeoutError, ReadTimeoutError)):
        answer.read()


def test_without_a_timeout_an_answer_may_take_as_long_as_it_likes(
    connection: TimedConnection, server: RawServer, clock: Clock
) -> None:
    server.script(as_json({}))
    connection.timeout = None
    connection.connect()
    connection.request("GET", "/", preload_content=False)
    answer = connection.getresponse()
    clock.advance(1_000_000)
    assert answer.read() == b"{}"


def blaming(failure: Exception, cause: Exception) -> Exception:
    failure.__cause__ = cause
    return failure


NOWHERE = TimedConnection("host.example.test", 443)
POOL = TimedPool("host.example.test", 443)
NO_NAME = socket.gaierror(-2, "Name or service not known")
UNREACHABLE = OSError(101, "Network is unreachable")


@pytest.mark.parametrize(
    ("failure", "named"),
    [
        (OSError(111, "Connection refused"), "ConnectionRefusedError: Connection refused"),
        (OSError("Tunnel connection failed: Bearer x"), "OSError"),
        (TimeoutError("timed out"), "TimeoutError"),
        (requests.ConnectionError(UNREACHABLE), "OSError: Network is unreachable"),
        (
            requests.ConnectionError(MaxRetryError(POOL, "/", NotConnected(TimeoutError("x")))),
            "TimeoutError",
        ),
        (ProxyError("Cannot connect to proxy", UNREACHABLE), "OSError: Network is unreachable"),
        (blaming(NewConnectionError(NOWHERE, "x"), UNREACHABLE), "OSError: Network is unreachable"),
        (
            blaming(NameResolutionError("host", NOWHERE, NO_NAME), NO_NAME),
            "gaierror: Name or service not known",
        ),
        (requests.exceptions.InvalidHeader("Bearer x"), "InvalidHeader"),
    ],
)
def test_a_failure_is_named_by_its_root_and_quotes_nothing(failure: Exception, named: str) -> None:
    assert root_of(failure) == named


def test_a_failure_that_blames_itself_has_a_name_too() -> None:
    failure = OSError(5, "Input/output error")
    failure.__cause__ = failure
    assert root_of(failure) == "OSError: Input/output error"
