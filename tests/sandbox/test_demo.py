"""The demo from outside: one command up, one Ctrl-C down, and up again after a kill -9."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from sandbox.background import ROOT
from sandbox.children import command_line, free_port, is_port_free, surroundings
from sandbox.folders import claim, write_private


class RunningDemo:
    """A demo in a process of its own, in a folder and at a port of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._output = folder.with_suffix(".out")
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.demo"],
                cwd=ROOT,
                env={**surroundings(os.environ), "DEMO_FOLDER": str(folder), "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8")

    def await_output(self, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.output and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert text in self.output, self.output

    def status(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return int(answer.status)

    def processes(self) -> dict[str, int]:
        """Return the process ids of all that this demo started, by name."""
        web, worker, sandbox = "gunicorn", "procrastinate", "sandbox.server"
        noted = json.loads((self.folder / "children.json").read_text("utf-8"))
        found = {name: pid for pid, command in noted for name in (web, worker, sandbox) if name in command}
        postmaster = (self.folder / "postgres" / "data" / "postmaster.pid").read_text("utf-8").split()[0]
        return {**found, "postgres": int(postmaster)}

    def end(self) -> None:
        """Ask the demo to end and wait for it."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


def _assert_all_end(processes: dict[str, int]) -> None:
    deadline = time.monotonic() + 10
    while any(command_line(pid) for pid in processes.values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {name for name, pid in processes.items() if command_line(pid)} == set()


def test_it_serves_restarts_its_worker_survives_a_kill_and_ends_in_order(tmp_path: Path) -> None:
    folder, port = tmp_path / "a demo", free_port()
    demo = RunningDemo(folder, port)
    try:
        demo.await_output("Ctrl-C stops everything")
        assert f"http://127.0.0.1:{port}" in demo.output
        assert "Mira Lindqvist" in demo.output
        assert re.search(r"Mails arrive at: +http://127\.0\.0\.1:\d+/mail\n", demo.output)
        assert demo.status("/healthz") == demo.status("/readyz") == 200
        processes = demo.processes()
        assert set(processes) == {"gunicorn", "procrastinate", "sandbox.server", "postgres"}

        os.kill(processes["procrastinate"], signal.SIGKILL)
        demo.await_output("worker ended (code -9) and starts again in 1 s")
        _assert_restarted(demo, processes["procrastinate"])

        processes = demo.processes()
        demo.process.kill()
        demo.process.wait(10)
        demo = RunningDemo(folder, port)
        demo.await_output("Ctrl-C stops everything")
        _assert_all_end(processes)
        assert demo.status("/readyz") == 200

        processes = demo.processes()
        started = time.monotonic()
        demo.end()
        assert time.monotonic() - started < 15
        assert demo.process.returncode == 0
        assert demo.output.endswith("Everything is stopped.\n")
        _assert_all_end(processes)
        assert is_port_free(port)
    finally:
        demo.process.kill()
        demo.process.wait(10)


def _assert_restarted(demo: RunningDemo, old_pid: int) -> None:
    deadline = time.monotonic() + 10
    while demo.processes().get("procrastinate", old_pid) == old_pid and time.monotonic() < deadline:
        time.sleep(0.05)
    assert demo.processes()["procrastinate"] != old_pid


def _refusal(**environment: str) -> str:
    """Return what a demo says that ends by itself; it must not end well."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.demo"],
        cwd=ROOT,
        env={**surroundings(os.environ), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_in_use_is_told_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = _refusal(DEMO_FOLDER=str(tmp_path / "demo"), PORT=str(port))
    assert f"Port {port} is in use by another program. Choose another one: PORT=" in said
    assert not (tmp_path / "demo" / "postgres").exists()


@pytest.mark.parametrize("port", ["0", "65535", "http", "-1", "²"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    said = _refusal(DEMO_FOLDER=str(tmp_path / "demo"), PORT=port)
    assert "PORT must be a number" in said
    assert not (tmp_path / "demo").exists()


def _command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox.demo", *words]
    environment = {**surroundings(os.environ), "DEMO_FOLDER": str(folder)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_program_beside_the_demo_needs_a_running_demo(tmp_path: Path) -> None:
    done = _command(tmp_path / "demo", "run", "manage.py", "check")
    assert done.returncode == 1
    assert "No demo is running" in done.stderr


def test_a_program_beside_the_demo_gets_its_environment(tmp_path: Path) -> None:
    with claim(tmp_path):
        write_private(tmp_path / "environment.json", '{"PORTAL_BASE_URL": "http://127.0.0.1:1"}')
        done = _command(tmp_path, "run", "-c", "import os; print(os.environ['PORTAL_BASE_URL'])")
    assert (done.returncode, done.stdout) == (0, "http://127.0.0.1:1\n")


def test_a_reset_removes_the_data_unless_the_demo_runs(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with claim(folder):
        done = _command(folder, "reset")
        assert done.returncode == 1
        assert "A demo is running" in done.stderr
    assert folder.exists()
    assert _command(folder, "reset").returncode == 0
    assert not folder.exists()
