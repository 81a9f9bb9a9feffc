"""A TLS listener that answers with exactly the bytes a test scripts, and builders for such bytes.

The sandbox speaks the protocol as it should be; this speaks it as it should not.
"""

import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAT_ID = "aaaaaaaa-0000-0000-0000-000000000001"
ORGANIZATION_ID = "11111111-2222-3333-4444-555555555555"
ACTIVITY_ID = "5f0c2a9e-1111-2222-3333-444455556666"
PAT_SECRET = "made-up-pat-secret-" + "x7" * 20
SIGN_IN_PAGE = b"<!DOCTYPE html><html><title>Azure DevOps Services | Sign In</title></html>"

Custom = Callable[[ssl.SSLSocket], None]
Reply = bytes | Custom


@dataclass(frozen=True)
class Seen:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}


class RawServer:
    """One scripted reply per request; a custom reply writes what it likes, then the connection is closed."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._replies: deque[Reply] = deque()
        self._threads: list[threading.Thread] = []
        self.seen: list[Seen] = []
        self.connections = 0
        self.released = threading.Event()
        self.port: int = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self._run(self._accept)

    def script(self, *replies: Reply) -> None:
        """Add replies; a request beyond them is answered by closing the connection."""
        self._replies.extend(replies)

    def restart(self, *replies: Reply) -> None:
        """Forget the replies that nobody asked for, then add others."""
        self._replies.clear()
        self.script(*replies)

    def keep_silent(self, _sock: ssl.SSLSocket) -> None:
        """Reply with nothing until the test is over."""
        self.released.wait(20)

    def drip(self, sock: ssl.SSLSocket) -> None:
        """Reply with a header that never ends, one byte at a time."""
        self._drip(sock, b"HTTP/1.1 200 OK\r\nX-Endless: ")

    def drip_body(self, sock: ssl.SSLSocket) -> None:
        """Reply with a body that never ends, one byte at a time."""
        self._drip(sock, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")

    def stop(self) -> None:
        self.released.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)

    def _drip(self, sock: ssl.SSLSocket, start: bytes) -> None:
        sock.sendall(start)
        while not self.released.wait(0.02):
            sock.sendall(b"[")

    def _run(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._run(self._serve, plain)

    def _serve(self, plain: socket.socket) -> None:
        plain.settimeout(20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with self._context.wrap_socket(plain, server_side=True) as sock:
                self._converse(sock)
        except OSError:
            plain.close()

    def _converse(self, sock: ssl.SSLSocket) -> None:
        with sock.makefile("rb") as stream:
            while (request := _read_request(stream)) is not None:
                self.seen.append(request)
                reply = self._replies.popleft() if self._replies else b""
                if callable(reply):
                    reply(sock)
                    return
                sock.sendall(reply)
                if b"Content-Length" not in reply or b"Connection: close" in reply:
                    return


def _read_request(stream: Any) -> Seen | None:
    start = stream.readline().decode()
    if not start:
        return None
    headers: dict[str, str] = {}
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    method, target, _ = start.split(" ", 2)
    return Seen(method, target, headers, body)


def reset(sock: ssl.SSLSocket) -> None:
    """Reply by resetting the connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def http(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Return an answer; underscores in header names stand for hyphens."""
    lines = {"Content-Length": str(len(body)), "ActivityId": ACTIVITY_ID}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Unknown"
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode("latin-1") + body


def as_json(document: object, status: int = 200, **headers: str) -> bytes:
    """Return an answer with a JSON body."""
    return http(
        status, json.dumps(document).encode(), Content_Type="application/json; charset=utf-8", **headers
    )


def as_html(status: int = 200, **headers: str) -> bytes:
    """Return a sign-in page."""
    return http(status, SIGN_IN_PAGE, Content_Type="text/html; charset=utf-8", **headers)


def row(**changes: object) -> dict[str, object]:
    """Return one PAT as the API shows it."""
    return {
        "displayName": "ci read",
        "validTo": "2027-01-10T08:00:00.123Z",
        "scope": "vso.code vso.work_write",
        "targetAccounts": [ORGANIZATION_ID],
        "validFrom": "2026-11-23T17:20:05.4566667Z",
        "authorizationId": PAT_ID,
        "token": None,
    } | changes


def result(pat: object, error: object = "none", **more: object) -> dict[str, object]:
    """Return the answer to a get or a create."""
    return {"patToken": pat, "patTokenError": error, **more}


def page(*rows: object, continuation: object = "") -> dict[str, object]:
    """Return one page of a list."""
    return {"continuationToken": continuation, "patTokens": list(rows)}


def envelope(message: str, type_key: str = "VssServiceException") -> dict[str, object]:
    """Return the service's error envelope."""
    return {"$id": "1", "innerException": None, "message": message, "typeKey": type_key, "errorCode": 0}
