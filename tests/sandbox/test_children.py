"""Child processes: their end, their surroundings, and what a crash left of them."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.children import (
    Child,
    command_line,
    end_leftovers,
    free_port,
    is_port_free,
    remember,
    surroundings,
)

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ties children to parents")


def _child(folder: Path, program: str) -> Child:
    return Child(
        "child",
        [sys.executable, "-c", program],
        log=folder / "child.log",
        environment=surroundings(os.environ),
    )


def _await_log(child: Child, text: str) -> None:
    deadline = time.monotonic() + 10
    while text not in child.last_lines() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert text in child.last_lines()


def test_a_child_writes_to_its_log_and_tells_its_exit_code(tmp_path: Path) -> None:
    child = _child(tmp_path, "print('first'); print('second'); raise SystemExit(3)")
    child.start()
    assert child.wait(10)
    assert child.exit_code() == 3
    assert child.last_lines(1) == "second"


def test_a_child_that_was_never_started_does_not_run_and_stops_at_once(tmp_path: Path) -> None:
    child = _child(tmp_path, "")
    assert not child.is_running
    assert child.stop((signal.SIGTERM, 1))
    with pytest.raises(RuntimeError, match="never started"):
        child.exit_code()


def test_a_deaf_child_gets_the_next_signal(tmp_path: Path) -> None:
    child = _child(
        tmp_path,
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
    )
    child.start()
    _await_log(child, "deaf")
    assert not child.stop((signal.SIGTERM, 0.1))
    assert child.stop((signal.SIGTERM, 0.1), (signal.SIGKILL, 5))
    assert child.exit_code() == -signal.SIGKILL


@on_linux
def test_a_child_gets_its_signal_when_its_starter_is_killed(tmp_path: Path) -> None:
    program = """
import os, signal, sys, time
from pathlib import Path
from sandbox.children import Child
told = "import signal,sys,time;signal.signal(12,lambda *a:sys.exit(print('orphaned',flush=True)));"
told += "print('up',flush=True);time.sleep(60)"
child = Child("child", [sys.executable, "-c", told], log=Path(sys.argv[1]), environment=os.environ,
              when_orphaned=signal.SIGUSR2)
child.start()
while "up" not in child.last_lines():
    time.sleep(0.01)
print(child.pid, flush=True)
time.sleep(60)
"""
    log = tmp_path / "log"
    command = [sys.executable, "-c", program, str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        starter.kill()
    deadline = time.monotonic() + 10
    while command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert log.read_text("utf-8").split() == ["up", "orphaned"]


def test_noted_children_that_were_left_behind_are_killed(tmp_path: Path) -> None:
    child = _child(tmp_path, "print('up', flush=True); import time; time.sleep(60)")
    child.start()
    _await_log(child, "up")
    notes = tmp_path / "children.json"
    remember([child], notes)
    assert end_leftovers(notes)
    assert child.wait(5)
    assert child.exit_code() == -signal.SIGKILL
    assert not end_leftovers(notes)


def test_a_process_that_only_got_the_id_of_a_child_is_spared(tmp_path: Path) -> None:
    notes = tmp_path / "children.json"
    notes.write_text(f'[[{os.getpid()}, ["another", "command"]]]', "utf-8")
    assert end_leftovers(notes)
    assert not notes.exists()


def test_notes_that_a_crash_spoilt_are_dropped(tmp_path: Path) -> None:
    notes = tmp_path / "children.json"
    notes.write_text("[[12, ", "utf-8")
    assert end_leftovers(notes)
    assert not notes.exists()


def test_settings_of_the_shell_do_not_reach_children() -> None:
    shell = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "SECRET_KEY": "x",
        "DATABASE_URL": "y",
        "DEBUG": "1",
        "CI": "true",
    }
    assert surroundings(shell) == {"PATH": "/bin", "LC_ALL": "C", "CI": "true"}


def test_a_port_is_free_until_somebody_listens() -> None:
    port = free_port()
    assert is_port_free(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_port_free(port)
