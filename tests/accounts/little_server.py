"""A web server of one function on this machine, for what the sandbox does not play."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import trustme


@dataclass(frozen=True)
class Asked:
    """A request as it came: header names in lower case, the last value of each field."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


# Status and body; a body that is no text is sent as JSON.
Answering = Callable[[Asked], tuple[int, Any]]


@contextmanager
def serving(answer: Answering, *, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answer every request by `answer` for the length of the block; gives the server's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = answer(Asked(parts.path, dict(parse_qsl(parts.query)), headers, form))
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tls(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Return what a server needs to speak https, and the path of what makes others believe it."""
    bundle = folder / "ca.pem"
    _authority().cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _authority().issue_cert("127.0.0.1").configure_cert(context)
    return context, str(bundle)


@cache
def _authority() -> trustme.CA:
    return trustme.CA()
