"""A whole sandbox: its folder, its restarts, its environment, its command."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.server import SandboxServer
from tests.sandbox.visitors import DEFAULT_SCOPES, Visitor
from tests.sandbox_control import SandboxControl, Tenant

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[SandboxServer]:
    server = SandboxServer(folder, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def visited(environment: dict[str, str]) -> Iterator[Visitor]:
    control = SandboxControl(environment["SANDBOX_CONTROL_URL"], environment["ENTRA_CA_BUNDLE"])
    session = requests.Session()
    session.trust_env = False
    session.verify = environment["ENTRA_CA_BUNDLE"]
    try:
        yield Visitor(control.tenant(environment["ENTRA_AUTHORITY"].rpartition("/")[2]), session)
    finally:
        session.close()
        control.close()


def test_everything_survives_a_restart_on_other_ports(folder: Path) -> None:
    with running(folder) as server, visited(server.environment()) as visitor:
        application = visitor.application()
        bearer = visitor.signed_in(application, "mira")["access_token"]
        cache = application.token_cache
        visitor.create(person="mira", organization="fabrikam", name="made before")
        before = visitor.tenant.pats()
    with running(folder) as server, visited(server.environment()) as visitor:
        application = visitor.application(token_cache=cache)
        account = application.get_accounts()[0]
        result = application.acquire_token_silent_with_error(DEFAULT_SCOPES, account, force_refresh=True)
        assert result["token_source"] == "identity_provider"
        assert visitor.tenant.pats() == before
        headers = {"Authorization": f"Bearer {bearer}"}
        answer = visitor.call(person=None, organization="fabrikam", headers=headers)
        assert "made before" in [one["displayName"] for one in answer.json()["patTokens"]]


def test_the_environment_points_at_the_demo(folder: Path) -> None:
    with running(folder) as server:
        environment = server.environment()
        people = server.people()
    assert environment["ENTRA_CLIENT_SECRET"] == "sandbox-client-secret"
    assert environment["AZURE_DEVOPS_ORGANIZATIONS"] == "fabrikam,tailwind,northwind"
    assert environment["ALLOW_OTHER_HOSTS"] == "true"
    assert Path(environment["ENTRA_CA_BUNDLE"]).is_file()
    assert [one.role for one in people] == ["", "Auditor", "Administrator", "", "", "Guest", "", "", ""]
    assert people[0].user_name == "mira@fabrikam.example"


def tenants_of(server: SandboxServer, *, made: int) -> int:
    environment = server.environment()
    hand = SandboxControl(environment["SANDBOX_CONTROL_URL"], environment["ENTRA_CA_BUNDLE"])
    for _ in range(made):
        hand.create_tenant()
    count = len(hand.call("GET", "tenants")["tenants"])
    hand.close()
    return count


def test_an_empty_sandbox_forgets(folder: Path) -> None:
    with running(folder, seed="empty") as server:
        assert server.people() == []
        assert server.environment()["AZURE_DEVOPS_ORGANIZATIONS"] == "nowhere"
        assert tenants_of(server, made=2) == 2
    with running(folder, seed="empty") as server:
        assert tenants_of(server, made=0) == 0
    assert not (folder / "state.json").exists()


def test_only_its_owner_reads_the_folder(folder: Path) -> None:
    with running(folder):
        modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert set(modes.values()) == {0o600}
    assert {"ca.pem", "server.pem", "signing-keys.pem", "state.json"} <= set(modes)


def test_an_unknown_seed_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="seed"):
        SandboxServer(folder, seed="random")


def test_a_taken_port_is_told_and_leaves_nothing_open(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = SandboxServer(folder, seed="empty", pages_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            server.start()
    server.stop()


def test_a_start_that_failed_can_be_stopped(folder: Path) -> None:
    folder.mkdir()
    (folder / "state.json").write_text("{broken")
    server = SandboxServer(folder)
    with pytest.raises(ValueError, match="Expecting"):
        server.start()
    server.stop()


def test_a_stop_lets_go_of_what_waits(folder: Path) -> None:
    with running(folder, seed="empty") as server:
        environment = server.environment()
        hand = SandboxControl(environment["SANDBOX_CONTROL_URL"], environment["ENTRA_CA_BUNDLE"])
        tenant: Tenant = hand.create_tenant()
        tenant.fault("discovery", latency_seconds=60)
        context = ssl.create_default_context(cafile=environment["ENTRA_CA_BUNDLE"])
        port = int(environment["SANDBOX_CONTROL_URL"].split(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port)) as plain:
            line = context.wrap_socket(plain, server_hostname="127.0.0.1")
            path = f"/{tenant.tenant_id}/v2.0/.well-known/openid-configuration"
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            while not tenant.requests("discovery"):
                time.sleep(0.01)
            hand.close()
            begun = time.monotonic()
            server.stop()
            line.close()
    assert time.monotonic() - begun < 10


class Command:
    """The sandbox as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.server", "--folder", str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        assert self.process.stdout is not None
        self.environment: dict[str, str] = {}
        while "SANDBOX_CONTROL_URL" not in self.environment:
            name, _, value = self.process.stdout.readline().rstrip("\n").partition("=")
            assert name, "the sandbox ended before it was ready"
            self.environment[name] = value

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def test_a_killed_sandbox_loses_nothing_older_than_a_moment(folder: Path) -> None:
    command = Command(folder)
    with visited(command.environment) as visitor:
        visitor.create(person="mira", organization="fabrikam", name="made just before")
    time.sleep(0.5)
    assert command.end(signal.SIGKILL) == -signal.SIGKILL
    again = Command(folder)
    with visited(again.environment) as visitor:
        found = [one for one in visitor.tenant.pats() if one.display_name == "made just before"]
    assert again.end(signal.SIGTERM) == 0
    assert found[0].valid_to - found[0].valid_from > timedelta(days=29)


def test_an_interrupt_ends_it_in_order(folder: Path) -> None:
    command = Command(folder)
    with visited(command.environment) as visitor:
        visitor.create(person="mira", organization="fabrikam", name="made at the last moment")
    assert command.end(signal.SIGINT) == 0
    assert "made at the last moment" in (folder / "state.json").read_text()
