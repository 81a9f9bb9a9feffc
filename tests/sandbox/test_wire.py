"""HTTP on loopback, seen from a bare socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import Message

import pytest

from sandbox.wire import Listener, Request, Response


def echo(request: Request) -> Response:
    if request.path == "/cut":
        return Response(is_cut=True)
    if request.path == "/empty":
        return Response(204)
    return Response(200, f"{request.method} {request.path} {request.body.decode()}".encode())


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener(0)
    made.start(echo)
    yield made
    made.stop()


@pytest.fixture
def line(listener: Listener) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as made:
        yield made


def sent(line: socket.socket, head: str, body: str = "") -> str:
    line.sendall(f"{head}\r\n\r\n{body}".encode())
    return line.recv(65536).decode()


def test_a_connection_stays_open(line: socket.socket) -> None:
    for path in ("/one", "/two"):
        answer = sent(line, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1")
        assert answer.startswith("HTTP/1.1 200")


def test_a_body_is_read_before_the_next_request(line: socket.socket) -> None:
    head = "POST /x HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 5"
    line.sendall(f"{head}\r\n\r\nfirst{head}\r\n\r\nother".encode())
    answer = ""
    while "other" not in answer:
        answer += line.recv(65536).decode()
    assert "POST /x first" in answer


def test_a_cut_is_a_reset(line: socket.socket) -> None:
    with pytest.raises(ConnectionResetError):
        sent(line, "GET /cut HTTP/1.1\r\nHost: localhost")


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\nHost: evil.example",
        "GET / HTTP/1.1",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999",
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked",
    ],
)
def test_what_is_not_for_it_is_refused_and_ended(line: socket.socket, head: str) -> None:
    answer = sent(line, head)
    assert answer.startswith("HTTP/1.1 400")
    assert "Connection: close" in answer


def test_head_has_no_body(line: socket.socket) -> None:
    answer = sent(line, "HEAD /x HTTP/1.1\r\nHost: localhost")
    assert answer.endswith("\r\n\r\n")
    assert "Content-Length: 8" in answer


def test_no_content_has_no_length(line: socket.socket) -> None:
    assert "Content-Length" not in sent(line, "GET /empty HTTP/1.1\r\nHost: localhost")


def test_a_visitor_who_leaves_at_once_does_no_harm(listener: Listener) -> None:
    for _ in range(3):
        socket.create_connection(("127.0.0.1", listener.port)).close()
    with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as line:
        assert sent(line, "GET /x HTTP/1.1\r\nHost: localhost").startswith("HTTP/1.1 200")


def test_a_stop_cuts_what_is_open(listener: Listener, line: socket.socket) -> None:
    sent(line, "GET /x HTTP/1.1\r\nHost: localhost")
    listener.stop()
    assert line.recv(10) == b""


def request(query: str = "", body: bytes = b"", kind: str = "application/x-www-form-urlencoded") -> Request:
    headers = Message()
    headers["Content-Type"] = kind
    return Request("POST", "/a%2Fb/c/", query, headers, body)


def test_a_request_decodes_its_path_and_arguments() -> None:
    asked = request("Name=a+b&name=second&empty=")
    assert asked.segments == ["a/b", "c"]
    assert asked.argument("NAME") == "second"
    assert asked.argument("empty") == ""
    assert asked.argument("other") is None


def test_a_form_counts_only_as_one() -> None:
    assert request(body=b"a=1&a=2").form == {"a": "1"}
    assert request(body=b"a=1", kind="text/plain").form == {}


def test_json_may_stand_behind_a_byte_order_mark() -> None:
    assert request(body=b'\xef\xbb\xbf{"a": 1}').json() == {"a": 1}
