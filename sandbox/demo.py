"""The demo: `python -m sandbox.demo` runs the whole portal on this machine, against the sandbox.

It starts a Postgres server, the sandbox, the production web server and the worker, watches them, and stops
them in order. All it writes lies in one folder.

Variables: PORT (8000), DEMO_FOLDER (.demo in the checkout). `python -m sandbox.demo run manage.py shell`
runs a Python program in the environment of the demo that is running, `reset` forgets the demo's data.
"""

import ctypes
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from sandbox.background import ROOT, SandboxError
from sandbox.ensemble import ENVIRONMENT_FILE, Demo, DemoError
from sandbox.folders import FolderInUseError, claim
from sandbox.postgres import PostgresError

_PR_SET_PDEATHSIG = 1


class Ended(BaseException):
    """Somebody asked the demo to end: Ctrl-C, a closed terminal, a SIGTERM."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def banner(demo: Demo) -> str:
    """Return what a person needs to know when the demo is up."""
    lines = [
        "",
        f"  PAT Portal is ready:  {demo.base_url}",
        f"  Mails arrive at:      {demo.mailbox_url()}",
        "  Reminders go out at nine in the morning; make remind sends them now, to those who have signed in.",
        "",
        "  Sign in as any of these people; the sandbox asks for no password.",
        *(f"    {person}" for person in demo.people()),
        "",
        f"  Everything is kept in {demo.folder} (see logs/ there); remove it to begin anew.",
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run the demo until it is ended, or a program beside it; return an exit code for the shell."""
    folder = Path(os.environ.get("DEMO_FOLDER") or ROOT / ".demo")
    if arguments[:1] == ["run"]:
        return _run_beside(folder, arguments[1:])
    if arguments == ["reset"]:
        return _reset(folder)
    if "--tied" in arguments:
        _tie_to_starter()
    try:
        demo = Demo(folder, _port(os.environ.get("PORT") or "8000"), say)
        _listen_for_the_end()
        return _run(demo)
    except (DemoError, SandboxError, PostgresError, FolderInUseError) as exc:
        print(f"\n{exc}", file=sys.stderr, flush=True)
        return 1
    except PermissionError as exc:
        print(f"\nThis user may not use {exc.filename}; whoever made it can.", file=sys.stderr, flush=True)
        return 1
    except Ended:
        return 0


def _run(demo: Demo) -> int:
    started = time.monotonic()
    try:
        demo.start()
        say(f"Ready after {time.monotonic() - started:.1f} s.")
        say(banner(demo))
        demo.watch()
    except Ended:
        say("\nStopping ...")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()
    say("Everything is stopped.")
    return 0


def _listen_for_the_end() -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise Ended

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Who started it with nohup wants no end with the terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


def _tie_to_starter() -> None:
    """End this demo when its starter ends, even by a kill -9 (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _run_beside(folder: Path, words: list[str]) -> int:
    """Become a Python program in the environment of the running demo."""
    try:
        environment = json.loads((folder / ENVIRONMENT_FILE).read_text("utf-8"))
        claim(folder).close()
    except FileNotFoundError:
        pass
    except FolderInUseError:
        os.execve(sys.executable, [sys.executable, *words], {**os.environ, **environment})  # noqa: S606
    print("No demo is running, or it is not ready yet. Start one with make demo.", file=sys.stderr)
    return 1


def _reset(folder: Path) -> int:
    """Remove the demo's folder, unless a demo runs in it."""
    try:
        with claim(folder):
            shutil.rmtree(folder)
    except FolderInUseError as exc:
        print(f"A demo is running: {exc} End it first.", file=sys.stderr)
        return 1
    print(f"{folder} is removed; the next demo begins anew.")
    return 0


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_532:
        raise DemoError(f"PORT must be a number from 1 to 65532, not {text!r}.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
