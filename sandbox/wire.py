"""HTTP/1.1 on loopback, plain or over TLS, with connections that stay open and connections that are cut.

It knows nothing of what is served: bytes become a `Request`, the application makes a `Response` of it.
"""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

LOOPBACK = "127.0.0.1"
_LOCAL_NAMES = {"127.0.0.1", "localhost"}
_LARGEST_BODY = 10_000_000
_HANDSHAKE_SECONDS = 10
_IDLE_SECONDS = 300


@dataclass(frozen=True)
class Request:
    """One request as it arrived; argument names are looked up without regard to case."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes

    @property
    def segments(self) -> list[str]:
        """Return the path's decoded segments, without empty ones at the ends."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    @property
    def arguments(self) -> dict[str, str]:
        """Return the query's arguments; of a repeated one, the first counts."""
        return _first_values(self.query)

    def argument(self, name: str) -> str | None:
        """Return one argument of the query, or None."""
        return {key.lower(): value for key, value in self.arguments.items()}.get(name.lower())

    def header(self, name: str) -> str:
        """Return one header, empty when it is missing."""
        return str(self.headers.get(name, ""))

    @property
    def form(self) -> dict[str, str]:
        """Return the fields of a form body; anything that is no form has none."""
        if self.headers.get_content_type() != "application/x-www-form-urlencoded":
            return {}
        return _first_values(self.body.decode("utf-8", "replace"))

    def json(self) -> Any:
        """Return the decoded JSON body. Raises ValueError."""
        return json.loads(self.body.decode("utf-8-sig"))


def _first_values(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        values.setdefault(name, value)
    return values


@dataclass
class Response:
    """One answer; `is_cut` resets the connection instead of answering."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    is_cut: bool = False

    def replace_header(self, name: str, value: str) -> None:
        """Set a header, dropping every earlier one of that name."""
        self.headers = [(key, old) for key, old in self.headers if key.lower() != name.lower()]
        self.headers.append((name, value))


def json_response(
    payload: Any, status: int = 200, content_type: str = "application/json; charset=utf-8"
) -> Response:
    """Return a JSON answer."""
    body = json.dumps(payload, ensure_ascii=False).encode()
    return Response(status, body, [("Content-Type", content_type)])


def html_response(page: str, status: int = 200) -> Response:
    """Return an HTML answer."""
    return Response(status, page.encode(), [("Content-Type", "text/html; charset=utf-8")])


def redirect(location: str) -> Response:
    """Return a redirect that nothing stores."""
    return Response(302, b"", [("Location", location), ("Cache-Control", "no-store")])


Application = Callable[[Request], Response]


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A listening socket with a thread for every connection; the TLS handshake happens in that thread."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    application: Application

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._is_stopping = False
        super().__init__((LOOPBACK, port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """Return the port that is bound."""
        return int(self.server_address[1])

    def start(self, application: Application) -> None:
        """Begin to accept connections and hand their requests to the application."""
        self.application = application
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, cut what is open and wait a moment for its threads."""
        if self._thread.is_alive():  # shutting down a loop that never ran would wait for ever
            self.shutdown()
        self.server_close()
        deadline = time.monotonic() + 2
        with self._changed:
            self._is_stopping = True
            for connection in self._open:
                _wake(connection)
            while self._open and time.monotonic() < deadline:
                self._changed.wait(0.1)
        if self._thread.is_alive():
            self._thread.join(2)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection until it ends."""
        connection = self._secured(request)
        try:
            with self._changed:
                if self._is_stopping:
                    return
                self._open.add(connection)
            _Handler(connection, client_address, self)
        finally:
            with self._changed:
                self._open.discard(connection)
                connection.close()
                self._changed.notify_all()

    def _secured(self, raw: socket.socket) -> socket.socket:
        if self._context is None:
            return raw
        raw.settimeout(_HANDSHAKE_SECONDS)
        return self._context.wrap_socket(raw, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about connections that broke; anything else is a mistake of ours and is printed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _wake(connection: socket.socket) -> None:
    # The method of the plain socket: an SSLSocket's own forgets its TLS state under the reading thread.
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS
    server: Listener

    def _answer(self) -> None:
        request = self._read()
        if request is None:
            self.close_connection = True
            self._write(Response(400))
            return
        response = self.server.application(request)
        if response.is_cut:
            self._cut()
        else:
            self._write(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def _read(self) -> Request | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > _LARGEST_BODY:
            return None
        if self.headers.get("Transfer-Encoding") or not self._is_for_us():
            return None
        target = urlsplit(self.path)
        return Request(self.command, target.path, target.query, self.headers, self.rfile.read(int(length)))

    def _is_for_us(self) -> bool:
        # A page of another site must not reach the sandbox under a name that it made point here.
        host = self.headers.get("Host", "")
        return host.rpartition(":")[0].lower() in _LOCAL_NAMES or host.lower() in _LOCAL_NAMES

    def _write(self, response: Response) -> None:
        has_body = response.status not in {204, 304}
        headers = list(response.headers)
        if "date" not in {name.lower() for name, _ in headers}:
            headers.append(("Date", self.date_time_string()))
        if has_body:
            headers.append(("Content-Length", str(len(response.body))))
        if self.close_connection:
            headers.append(("Connection", "close"))
        phrase = self.responses.get(response.status, ("Unknown", ""))[0]
        lines = [
            f"HTTP/1.1 {response.status} {phrase}",
            *(f"{name}: {value}" for name, value in headers),
            "",
            "",
        ]
        body = response.body if has_body and self.command != "HEAD" else b""
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body)

    def _cut(self) -> None:
        # Closing a socket that does not linger sends a reset, as a dying server or a broken line does.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Write no access log: the control interface records requests."""
