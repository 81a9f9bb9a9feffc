"""Processes that a launcher starts, watches and stops; none of them outlives it.

Knows nothing of what the processes do. Start them from the main thread: Linux ties a child to the thread
that started it.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.folders import write_private

_LEASH = str(Path(__file__).with_name("leash.py"))
# What children may see of the surroundings: nothing that could configure the portal by accident.
_PASSED_ON = {
    "CHROMIUM", "CI", "COLUMNS", "DYLD_LIBRARY_PATH", "FORCE_COLOR", "HOME", "LANG", "LANGUAGE",
    "LD_LIBRARY_PATH", "LEASH_AVOIDS_NAMESPACES", "LOGNAME", "LOG_LEVEL", "NO_COLOR", "PATH",
    "REQUIRE_BROWSER", "SHELL", "SYSTEMROOT", "TERM", "TMPDIR", "USER", "VIRTUAL_ENV",
}  # fmt: skip
_PASSED_ON_PREFIXES = ("COVERAGE_", "HYPOTHESIS_", "LC_", "PLAYWRIGHT_", "PYTEST_", "PYTHON")


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the part of `environ` that every child may see; portal settings of the shell stay out."""
    return {
        name: value
        for name, value in environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }


def is_port_free(port: int) -> bool:
    """Tell whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tied(command: list[str], *, when_orphaned: signal.Signals, owned_folder: str = "") -> list[str]:
    """Return `command` on a leash: it gets the signal when this process ends without stopping it (Linux)."""
    starter = [str(int(when_orphaned)), str(os.getpid()), owned_folder]
    return [sys.executable, "-I", "-S", _LEASH, *starter, *command]


class Child:
    """One process with its log file, tied to the life of this one.

    `when_orphaned` is the signal that it gets when this process ends without stopping it (Linux).
    `owned_folder` is what the process must own; root is given up for it.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        cwd: Path | None = None,
        when_orphaned: signal.Signals = signal.SIGKILL,
        owned_folder: Path | None = None,
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.environment = environment
        self._cwd = cwd
        self._when_orphaned = when_orphaned
        self._owned_folder = str(owned_folder or "")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the last start; 0 before it."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process; its output goes to the end of the log."""
        command = tied(self.command, when_orphaned=self._when_orphaned, owned_folder=self._owned_folder)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                cwd=self._cwd,
                start_new_session=True,
            )

    def exit_code(self) -> int | None:
        """Return how the process ended; None while it runs. Raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the process; tell whether it came within `seconds`."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, *steps: tuple[signal.Signals, float]) -> bool:
        """Send one signal after the other, each with its seconds to obey; tell whether the process ended."""
        for number, seconds in steps:
            if not self.is_running:
                return True
            with contextlib.suppress(ProcessLookupError):
                if number == signal.SIGKILL:
                    os.killpg(self.pid, number)
                else:
                    os.kill(self.pid, number)
            self.wait(seconds)
        return not self.is_running

    def last_lines(self, count: int = 20) -> str:
        """Return the end of the log."""
        return last_lines(self.log, count)


def last_lines(log: Path, count: int) -> str:
    """Return the last `count` lines of a file; nothing if there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-count:])


def command_line(pid: int) -> list[str]:
    """Return the words of a running process; none if there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return []
        return [os.fsdecode(word) for word in words[:-1]]
    ps = ["/bin/ps", "-p", str(pid), "-o", "command="]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout.split()


def remember(children: Iterable[Child], path: Path) -> None:
    """Note the running children, so that a start after a crash can end what was left."""
    write_private(path, json.dumps([[child.pid, child.command] for child in children if child.is_running]))


def end_leftovers(path: Path, *, seconds: float = 10) -> bool:
    """Kill what an earlier launcher noted in `path` and left behind; tell whether there was such a note."""
    try:
        noted = [(int(pid), " ".join(command)) for pid, command in json.loads(path.read_text("utf-8"))]
    except FileNotFoundError:
        return False
    except (ValueError, TypeError):
        noted = []
    deadline = time.monotonic() + seconds
    for pid, command in noted:
        # Process ids are used again: only one that still runs this very command is ours.
        while " ".join(command_line(pid)) == command and time.monotonic() < deadline:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            time.sleep(0.05)
    path.unlink()
    return True
