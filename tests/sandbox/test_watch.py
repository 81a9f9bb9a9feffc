"""Restarts: always, at growing distances."""

import os
import signal
import sys
import time
from pathlib import Path

from sandbox.children import Child, surroundings
from sandbox.watch import Watch


def _ended_child(folder: Path) -> Child:
    command = [sys.executable, "-I", "-S", "-c", ""]
    child = Child("worker", command, log=folder / "log", environment=surroundings(os.environ))
    child.start()
    assert child.wait(10)
    return child


def test_it_restarts_a_process_that_ended_with_success_as_well(tmp_path: Path) -> None:
    child, said, restarts = _ended_child(tmp_path), list[str](), list[float]()
    assert child.exit_code() == 0
    now = time.monotonic()
    watch = Watch(lambda: child, lambda: restarts.append(1), said.append)
    assert not watch.look(now)
    assert watch.look(now + 1)
    assert len(restarts) == 1
    assert said == [f"worker ended (code 0) and starts again in 1 s. Its log: {child.log}"]


def test_pauses_double_up_to_half_a_minute_and_begin_anew_after_a_steady_minute(tmp_path: Path) -> None:
    child, said, now = _ended_child(tmp_path), list[str](), time.monotonic()
    watch = Watch(lambda: child, lambda: None, said.append)
    for _ in range(7):
        watch.look(now)
        now += 30
        assert watch.look(now)
    now += 61
    watch.look(now)
    pauses = [int(text.partition("again in ")[2].split()[0]) for text in said]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 1]


def test_it_leaves_a_running_process_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
    child = Child("web", command, log=tmp_path / "log", environment=surroundings(os.environ))
    child.start()
    try:
        restarts: list[int] = []
        assert not Watch(lambda: child, lambda: restarts.append(1), lambda _text: None).look(time.monotonic())
        assert restarts == []
    finally:
        child.stop((signal.SIGKILL, 5))
