"""Neither the secret of a PAT nor an access token gets into an exception or a log line."""

import dataclasses
import gzip
import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import requests

from tests.tokens.azure_devops.people import AccessTokens
from tests.tokens.azure_devops.stub import StubTransport, response, stub_client
from tests.tokens.azure_devops.wire import (
    PAT_ID,
    PAT_SECRET,
    RawServer,
    Reply,
    as_json,
    envelope,
    http,
    result,
    row,
)
from tokens.azure_devops import AzureDevOpsClient, AzureDevOpsError, NewPat, Refused

BEARER = "bearer-1"
MADE = result(row(token=PAT_SECRET))
BODY = json.dumps(MADE).encode()


def create(client: AzureDevOpsClient) -> NewPat:
    return client.create_pat(
        "contoso", display_name="ci", scopes=["vso.code"], valid_to=datetime(2027, 1, 10, tzinfo=UTC)
    )


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Walk over an exception and all that it hides behind `from None`."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if current is not None and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [current.__cause__, current.__context__]


def everything_in(error: BaseException) -> str:
    """Return all that a tool could print of an exception, the locals of our frames included."""
    texts: list[str] = []
    for link in chain(error):
        texts += [repr(link), str(link), repr(link.args), repr(vars(link)), repr(dir_values(link))]
        below_the_test = link.__traceback__.tb_next if link is error and link.__traceback__ else None
        told = traceback.TracebackException(type(link), link, below_the_test, capture_locals=True)
        texts += list(told.format(chain=False))
    return "\n".join(texts)


def dir_values(error: BaseException) -> list[object]:
    return [getattr(error, name, None) for name in ("doc", "object", "request", "response", "filename")]


BROKEN: dict[str, Reply] = {
    "cut off within the document": http(200, BODY[:-40]),
    "cut off on the wire": http(200, BODY, Content_Length=str(len(BODY) + 9), Connection="close"),
    "bytes that are no text": http(200, BODY + b"\xff"),
    "more after the end": http(200, BODY + b"{"),
    "a flaw in the date": as_json(result(row(token=PAT_SECRET, validTo=17))),
    "a flaw in the id": as_json(result(row(token=PAT_SECRET, authorizationId="x"))),
    "a refusal all the same": as_json({**MADE, "patTokenError": "accessDenied"}),
    "a failure all the same": as_json(MADE, 500),
    "a refusal by status": as_json(MADE, 400),
    "forbidden": as_json(MADE, 403),
    "rejected": as_json(MADE, 401),
    "wrongly packed": http(200, gzip.compress(BODY)[:-40], Content_Encoding="gzip"),
    "nested too deep": http(200, BODY[:-1] + b', "x": ' + b"[" * 100_000),
    "chunks that break": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + f"{len(BODY):x}\r\n".encode()
    + BODY
    + b"\r\nzz\r\n",
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_no_error_of_a_create_holds_what_came(
    client: AzureDevOpsClient, server: RawServer, reply: Reply
) -> None:
    server.script(reply, reply)
    with pytest.raises(AzureDevOpsError) as caught:
        create(client)
    told = everything_in(caught.value)
    assert PAT_SECRET not in told
    assert PAT_SECRET[:12] not in told
    assert BEARER not in told


def test_a_secret_in_the_answer_to_an_update_is_dropped(
    client: AzureDevOpsClient, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(as_json(MADE), *[as_json({**MADE, "patTokenError": "accessDenied"})] * 2)
    with caplog.at_level(logging.DEBUG):
        changed = client.update_pat("contoso", UUID(PAT_ID), display_name="new")
        with pytest.raises(AzureDevOpsError) as caught:
            client.update_pat("contoso", UUID(PAT_ID), display_name="new")
    assert PAT_SECRET not in repr(dataclasses.asdict(changed)) + everything_in(caught.value) + caplog.text


@pytest.mark.parametrize(
    "failure",
    [
        requests.exceptions.InvalidHeader(f"Bearer {BEARER}"),
        requests.exceptions.ConnectionError(f"Bearer {BEARER}", request=requests.Request("POST")),
        requests.exceptions.JSONDecodeError("wrong", PAT_SECRET, 0),
        OSError(f"Bearer {BEARER}"),
    ],
)
def test_no_exception_of_a_library_stays_behind_ours(failure: Exception) -> None:
    def fail(request: requests.PreparedRequest) -> requests.Response:
        raise failure

    with pytest.raises(AzureDevOpsError) as caught:
        create(stub_client(StubTransport(fail), access_token=AccessTokens()))
    assert list(chain(caught.value)) == [caught.value]
    assert BEARER not in everything_in(caught.value)


def test_an_echo_of_the_request_does_not_reach_the_detail() -> None:
    def echo(request: requests.PreparedRequest) -> requests.Response:
        said = envelope(f"unexpected header {request.headers['Authorization']}")
        return response(400, json.dumps(said).encode())

    with pytest.raises(Refused) as caught:
        create(stub_client(StubTransport(echo), access_token=AccessTokens()))
    assert caught.value.detail == "unexpected header Bearer [removed]"


def test_a_full_journey_leaves_no_secret_in_the_log(
    client: AzureDevOpsClient, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(as_json(MADE), http(204), as_json(MADE, 500), b"")
    with caplog.at_level(logging.DEBUG):
        made = create(client)
        client.revoke_pat("contoso", UUID(PAT_ID))
        for _ in range(2):
            with pytest.raises(AzureDevOpsError):
                create(client)
        logging.getLogger("any").info("made %s", made)
    assert "POST in contoso: Answer(status=200" in caplog.text
    assert PAT_SECRET not in caplog.text
    assert BEARER not in caplog.text
