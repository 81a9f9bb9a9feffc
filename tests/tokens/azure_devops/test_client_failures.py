"""Everything that can go wrong on the wire, a row each, and what a get, a create and a revoke make of it."""

import gzip
import http.client
import inspect
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest
import requests
import trustme
import urllib3.exceptions

from tests.tokens.azure_devops.people import AccessTokens, Clock, Naps
from tests.tokens.azure_devops.stub import StubTransport, response, stub_client, unused
from tests.tokens.azure_devops.wire import (
    PAT_ID,
    RawServer,
    Reply,
    as_html,
    as_json,
    envelope,
    reset,
    result,
    row,
)
from tests.tokens.azure_devops.wire import (
    http as answer,
)
from tokens.azure_devops import (
    AzureDevOpsClient,
    AzureDevOpsError,
    BrokenAnswer,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Refused,
    Rejected,
    ServiceFailed,
    Throttled,
    Timeouts,
    Unreachable,
    build_session,
)

VALID_TO = datetime(2027, 1, 10, tzinfo=UTC)
Use = Callable[[AzureDevOpsClient], object]
Kind = type[AzureDevOpsError] | None


def get(client: AzureDevOpsClient) -> object:
    return client.get_pat("contoso", UUID(PAT_ID))


def create(client: AzureDevOpsClient) -> object:
    return client.create_pat("contoso", display_name="ci", scopes=["vso.code"], valid_to=VALID_TO)


def revoke(client: AzureDevOpsClient) -> object:
    return client.revoke_pat("contoso", UUID(PAT_ID))


def kind_of(use: Use, client: AzureDevOpsClient) -> Kind:
    try:
        use(client)
    except AzureDevOpsError as error:
        return type(error) if error.organization == "contoso" else AzureDevOpsError
    return None


# Every use in these tables meets the same misfortune again and again.

LOST = (Unreachable, OutcomeUnknown, OutcomeUnknown)
GARBAGE = (BrokenAnswer, OutcomeUnknown, None)
REJECTED = (Rejected, Rejected, Rejected)
ENDLESS = ["keep_silent", "drip", "drip_body"]

ROWS: dict[str, tuple[Reply, tuple[Kind, Kind, Kind]]] = {
    "closed without a word": (b"", LOST),
    "reset": (reset, LOST),
    "no HTTP": (b"\x00\xff\xfe\r\n\r\n", LOST),
    "half a status line": (b"HTTP/1.1 20", LOST),
    "half a header": (b"HTTP/1.1 200 OK\r\nContent-Le", GARBAGE),
    "an endless header line": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, LOST),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{", LOST),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", LOST),
    "broken chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", LOST),
    "half a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", LOST),
    "not gzip": (answer(200, b"{}", Content_Encoding="gzip"), GARBAGE),
    "a bomb": (answer(200, gzip.compress(b" " * 11_000_000), Content_Encoding="gzip"), GARBAGE),
    "nothing": (answer(200, Content_Type="application/json"), GARBAGE),
    "half a document": (answer(200, b'{"patToken": {"displayName"'), GARBAGE),
    "bytes that are no text": (answer(200, b'{"a": "\xff\xfe"}'), GARBAGE),
    "a list": (as_json([]), GARBAGE),
    "a text": (as_json("done"), GARBAGE),
    "null": (as_json(None), GARBAGE),
    "the shape of another API": (as_json({"count": 0, "value": []}), GARBAGE),
    "no PAT and no error": (as_json(result(None)), GARBAGE),
    "a PAT without an id": (as_json(result(row(authorizationId=None))), GARBAGE),
    "a date of another kind": (as_json(result(row(validTo="10.01.2027"))), GARBAGE),
    "no content": (answer(204), GARBAGE),
    "401": (answer(401), REJECTED),
    "401 behind a BOM": (
        answer(401, b"\xef\xbb\xbf" + json.dumps(envelope("TF400813: no")).encode()),
        REJECTED,
    ),
    "203 page": (as_html(203), REJECTED),
    "200 page": (as_html(200), REJECTED),
    "302 page": (as_html(302, Location="https://spsprodweu1.vssps.example.test/_signin"), REJECTED),
    "303": (answer(303), REJECTED),
    "403": (as_json(envelope("VS403463: policy"), 403), (Forbidden, Forbidden, Forbidden)),
    "404": (as_html(404), (NotFound, NotFound, None)),
    "400": (as_json(envelope("TF400898: no"), 400), (Refused, Refused, Refused)),
    "408": (answer(408), (ServiceFailed, OutcomeUnknown, OutcomeUnknown)),
    "429": (answer(429, Retry_After="5"), (Throttled, Throttled, Throttled)),
    "429 for ten minutes": (answer(429, Retry_After="619"), (Throttled, Throttled, Throttled)),
    "500": (as_json(envelope("TF400898: no"), 500), (ServiceFailed, OutcomeUnknown, OutcomeUnknown)),
    "503 with a wait": (answer(503, Retry_After="5"), (Throttled, OutcomeUnknown, OutcomeUnknown)),
    "a refusal": (as_json(result(None, "somethingNew")), (Refused, Refused, Refused)),
    "a refusal with 500": (
        as_json(result(None, "failedToReadOrgPolicy"), 500),
        (Refused, OutcomeUnknown, OutcomeUnknown),
    ),
    "half a document that says it is a page": (
        answer(200, b'{"patToken": {"displayName"', Content_Type="text/html"),
        GARBAGE,
    ),
}


@pytest.mark.parametrize(("reply", "kinds"), ROWS.values(), ids=ROWS)
def test_an_answer_that_is_none_means(
    client: AzureDevOpsClient, server: RawServer, reply: Reply, kinds: tuple[Kind, Kind, Kind]
) -> None:
    for use, kind in zip((get, create, revoke), kinds, strict=True):
        server.restart(*[reply] * 4)
        assert kind_of(use, client) is kind


@pytest.mark.parametrize("manner", ENDLESS)
@pytest.mark.parametrize("use", [get, create, revoke])
def test_an_answer_that_does_not_end_is_given_up(
    hasty_client: AzureDevOpsClient, server: RawServer, naps: Naps, manner: str, use: Use
) -> None:
    server.script(*[getattr(server, manner)] * 4)
    assert kind_of(use, hasty_client) is (Unreachable if use is get else OutcomeUnknown)
    assert len(server.seen) == (1 if use is create else 3)
    assert len(naps.taken) == len(server.seen) - 1


@pytest.mark.parametrize("use", [get, create, revoke])
def test_a_closed_port_means_that_nothing_was_sent(use: Use, session: requests.Session) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    client = stub_client(unused(), session=session, vssps_url=url)
    assert kind_of(use, client) is Unreachable


@pytest.mark.parametrize("use", [get, create, revoke])
def test_a_stranger_s_certificate_means_that_nothing_was_sent(
    use: Use, server: RawServer, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    with build_session(ca_bundle=str(bundle), proxy=None) as session:
        client = stub_client(unused(), session=session, vssps_url=server.url)
        assert kind_of(use, client) is Unreachable
    assert server.seen == []


@pytest.fixture
def mute_listener() -> Iterator[str]:
    """An address that takes connections and then says nothing, not even in TLS."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("use", [get, create, revoke])
def test_a_handshake_that_gets_no_answer_means_that_nothing_was_sent(
    use: Use, session: requests.Session, mute_listener: str
) -> None:
    client = stub_client(
        unused(),
        session=session,
        vssps_url=mute_listener,
        timeouts=Timeouts(connect=0.1, read=20),
    )
    assert kind_of(use, client) is Unreachable


def kinds_in(module: ModuleType) -> list[type[Exception]]:
    """Return every exception that a module defines, warnings apart."""
    members = (member for _, member in inspect.getmembers(module, inspect.isclass))
    return [
        kind
        for kind in members
        if kind.__module__ == module.__name__
        and issubclass(kind, Exception)
        and not issubclass(kind, Warning)
    ]


LIBRARY_KINDS = sorted(
    {*kinds_in(requests.exceptions), *kinds_in(urllib3.exceptions), *kinds_in(http.client)}
    | {OSError, TimeoutError, ConnectionResetError, socket.gaierror},
    key=lambda kind: (kind.__module__, kind.__name__),
)
NOTHING_SENT = (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)


@pytest.mark.parametrize("kind", LIBRARY_KINDS)
def test_every_exception_of_the_libraries_is_mapped(kind: type[Exception]) -> None:
    def fail(request: requests.PreparedRequest) -> requests.Response:
        raise kind.__new__(kind)

    client = stub_client(StubTransport(fail))
    of_a_write = Unreachable if issubclass(kind, NOTHING_SENT) else OutcomeUnknown
    assert [kind_of(use, client) for use in (get, create, revoke)] == [Unreachable, of_a_write, of_a_write]


@pytest.mark.parametrize("use", [create, revoke])
def test_a_slow_service_cannot_stretch_the_budget_of_a_write(use: Use) -> None:
    clock, timeouts = Clock(), Timeouts(connect=0.1, read=0.7)
    ended_at: list[float] = []

    def time_out(request: requests.PreparedRequest) -> requests.Response:
        clock.advance(timeouts.attempt_seconds * 0.75)
        ended_at.append(clock.time)
        raise requests.ReadTimeout

    client = stub_client(StubTransport(time_out), timeouts=timeouts, clock=clock, sleep=clock.advance)
    assert kind_of(use, client) is OutcomeUnknown
    assert ended_at[-1] <= client.write_budget_seconds
    assert len(ended_at) == 1


def test_a_slow_rejection_leaves_time_for_a_fresh_access_token() -> None:
    clock, source = Clock(), AccessTokens()

    def reject(request: requests.PreparedRequest) -> requests.Response:
        clock.advance(client.write_budget_seconds / 2)
        return response(401)

    client = stub_client(StubTransport(reject), access_token=source, clock=clock, sleep=clock.advance)
    assert kind_of(create, client) is Rejected
    assert clock.time == client.write_budget_seconds
    assert source.asked == [False, True]
