"""The stand-in for Microsoft in a process of its own, as the demo and the tests run it."""

import json
import os
import signal
import ssl
import sys
import time
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.children import Child, free_port, is_port_free, surroundings

ROOT = Path(__file__).resolve().parent.parent
# The last line of what the server prints when it is ready.
_LAST_NAME = "SANDBOX_CONTROL_URL"
_START_SECONDS = 30
_PORTS = ("--https-port", "--pages-port", "--smtp-port")


class SandboxError(RuntimeError):
    """The stand-in does not start; the message holds its own last words."""


class BackgroundSandbox:
    """A `python -m sandbox.server`, on `first_port` and the next two if they are free, else on any.

    It keeps them, so that it may be started again.
    """

    def __init__(self, folder: Path, *, seed: str, log: Path, first_port: int | None = None) -> None:
        self._first_port = first_port
        self._environment: dict[str, str] = {}
        self.child = Child(
            "sandbox",
            [sys.executable, "-m", "sandbox.server", "--folder", str(folder), "--seed", seed],
            log=log,
            environment=surroundings(os.environ) | {"PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
            when_orphaned=signal.SIGTERM,
        )

    def start(self) -> dict[str, str]:
        """Start the process; return the environment that the portal needs to find it. Raises SandboxError."""
        if "--https-port" not in self.child.command:
            for option, port in zip(_PORTS, self._choose_ports(), strict=True):
                self.child.command += [option, str(port)]
        begin = self.child.log.stat().st_size if self.child.log.exists() else 0
        self.child.start()
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            found = _assignments(self.child.log.read_bytes()[begin:])
            if _LAST_NAME in found:
                self._environment = found
                return found
            if not self.child.is_running:
                break
            time.sleep(0.02)
        self.stop()
        raise SandboxError(f"The sandbox does not start:\n{self.child.last_lines()}")

    def people(self) -> list[str]:
        """Return a line on each person who can sign in: their name and what they show."""
        connection = HTTPSConnection(
            urlsplit(self._environment[_LAST_NAME]).netloc,
            timeout=10,
            context=ssl.create_default_context(cafile=self._environment["ENTRA_CA_BUNDLE"]),
        )
        try:
            connection.request("GET", urlsplit(self._environment[_LAST_NAME]).path + "/tenants")
            tenants = json.load(connection.getresponse())["tenants"]
        finally:
            connection.close()
        found = [person for tenant in tenants for person in tenant["people"]]
        width = max((len(person["name"]) for person in found), default=0)
        return [f"{person['name']:<{width}}  {person['shows']}" for person in found]

    def mailbox_url(self) -> str:
        """Return where what the portal sends can be read."""
        return self._environment["SANDBOX_MAILBOX_URL"]

    def _choose_ports(self) -> list[int]:
        wished = [self._first_port + number for number in range(len(_PORTS))] if self._first_port else []
        if wished and all(is_port_free(port) for port in wished):
            return wished
        return [free_port() for _ in _PORTS]

    def stop(self) -> None:
        """Stop the process; its state is on the disk at any moment."""
        self.child.stop((signal.SIGTERM, 5), (signal.SIGKILL, 5))


def _assignments(output: bytes) -> dict[str, str]:
    """Return the NAME=value lines that are there whole."""
    lines = output.decode("utf-8", "replace").split("\n")[:-1]
    pairs = (line.partition("=") for line in lines)
    return {name: value.strip() for name, equals, value in pairs if equals and name.isupper()}
