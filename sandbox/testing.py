"""The tests' launcher: `python -m sandbox.testing [pytest arguments]`.

It starts a Postgres server and the sandbox, runs pytest in their environment and ends them. Browser tests get
a pytest of their own, because Playwright leaves an event loop behind that spoils other tests. Without
arguments it runs everything, measures coverage and holds it against the floor in pyproject.toml: in two
launchers beside each other, each with servers of its own, because one pytest keeps one processor busy.

`python -m sandbox.testing run manage.py makemigrations` runs another Python program in that environment.
Variables: CHROMIUM (a browser's path), REQUIRE_BROWSER=1 (a missing browser is a failure), REQUIRE_NODE=1 (a
missing Node is one, for tests/foreign_openid), and those that configure npm.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from sandbox.background import ROOT, BackgroundSandbox, SandboxError
from sandbox.children import surroundings, tied
from sandbox.folders import FolderInUseError, claim
from sandbox.postgres import PostgresError, PostgresServer
from sandbox.tally import FILE_VARIABLE

_BROWSER_TESTS = "tests/browser"
# About half of the time that all tests take; whoever runs everything has the others run beside them.
_HALF = "tests/tokens"
_BROWSERS = ("chromium", "chromium-headless-shell", "google-chrome", "google-chrome-stable")
_NOTHING_COLLECTED = 5
_DATABASE = "patportal"
# The test of tests/foreign_openid installs packages; npm is told by these where from.
_FOR_NODE = ("NODE_EXTRA_CA_CERTS", "NPM_CONFIG_", "REQUIRE_NODE", "npm_config_")


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One run of pytest: `label` for people, its arguments."""

    label: str
    arguments: list[str]
    needs_browser: bool = False


def phases(arguments: list[str], root: Path) -> list[Phase]:
    """Return the runs of pytest that `arguments` ask for, browser tests apart from the others."""
    browser_tests = root / _BROWSER_TESTS
    paths = [word for word in arguments if (root / word.split("::")[0]).exists() and not word.startswith("-")]
    options = [word for word in arguments if word not in paths]
    places = {word: (root / word.split("::")[0]).resolve() for word in paths}
    in_browser = [word for word in paths if places[word].is_relative_to(browser_tests)]
    others = [word for word in paths if word not in in_browser]
    found = []
    if others or not paths:
        apart = [f"--ignore={_BROWSER_TESTS}", "-m", "not browser"]
        found.append(Phase(label="Tests", arguments=[*apart, *options, *others]))
    reaches_all = not paths or any(browser_tests.is_relative_to(places[word]) for word in others)
    if browser_tests.is_dir() and (in_browser or reaches_all):
        chosen = [_BROWSER_TESTS] if reaches_all else in_browser
        found.append(Phase(label="Browser tests", arguments=[*options, *chosen], needs_browser=True))
    return found


def find_browser(environ: dict[str, str]) -> str:
    """Return the path of a Chromium that starts; empty if there is none."""
    for name in (environ.get("CHROMIUM") or "", *_BROWSERS):
        path = shutil.which(name, path=environ.get("PATH")) if name else None
        if (
            path
            and subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode
            == 0
        ):
            return path
    return ""


@contextmanager
def portal_environment(folder: Path) -> Iterator[dict[str, str]]:
    """Run Postgres and an empty sandbox; yield the environment in which the portal finds them."""
    # Every run begins with an empty sandbox; the database cluster is kept, for its making takes time.
    shutil.rmtree(folder / "sandbox", ignore_errors=True)
    log = folder / "sandbox.log"
    log.unlink(missing_ok=True)
    sandbox = BackgroundSandbox(folder / "sandbox", seed="empty", log=log)
    with PostgresServer(folder / "postgres") as postgres:
        postgres.create_database(_DATABASE)
        try:
            found = sandbox.start()
            yield {
                "DJANGO_SETTINGS_MODULE": "patportal.settings",
                "SECRET_KEY": "a-key-for-tests-" * 4,
                "GRANT_KEYS": "tests:" + b64encode(b"a grant key for tests, 32 bytes.").decode("ascii"),
                "PORTAL_BASE_URL": "http://127.0.0.1:8000",
                "DATABASE_URL": postgres.application_url(_DATABASE),
                "DATABASE_OWNER_URL": postgres.owner_url(_DATABASE),
                "DATABASE_SUPERUSER_URL": postgres.superuser_url(_DATABASE),
                "EMAIL_URL": "memorymail://",
                "AZURE_DEVOPS_ORGANIZATIONS": "example",
                **{name: value for name, value in found.items() if value},
                "SANDBOX_CA_BUNDLE": found["ENTRA_CA_BUNDLE"],
            }
        finally:
            sandbox.stop()


class Run:
    """One run of the tests in `folder`, which is this run's alone."""

    def __init__(self, folder: Path, environment: dict[str, str], *, is_measured: bool) -> None:
        self._folder = folder
        self._environment = environment
        self._is_measured = is_measured
        self._parts: list[str] = []
        self._codes: list[int] = []

    def phase(self, phase: Phase) -> None:
        """Run one phase; a missing browser leaves it out, or fails it under REQUIRE_BROWSER=1."""
        environment = dict(self._environment)
        if phase.needs_browser:
            browser = find_browser(environment)
            if not browser:
                self._miss_browser()
                return
            environment |= {"CHROMIUM": browser, "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
        tally = self._folder / "tally.json"
        tally.unlink(missing_ok=True)
        environment[FILE_VARIABLE] = str(tally)
        code = _run_python(["-m", "pytest", "-p", "sandbox.tally", *phase.arguments], environment)
        self._codes.append(code)
        self._parts.append(f"{phase.label}: {_counts(tally, code)}.")

    def others(self, output: str, code: int) -> None:
        """Take in what a launcher beside this one printed and how it ended."""
        print(output, flush=True)
        found = re.findall(r"^(?:PASSED|FAILED) in \d+ s\. (.*)$", output, flags=re.MULTILINE)
        self._codes.append(code)
        self._parts.append(found[-1] if found else f"Other tests: no result (code {code}).")

    def coverage(self) -> None:
        """Report what all processes of this run covered."""
        if not self._is_measured:
            return
        _run_python(["-m", "coverage", "combine", "--quiet"], self._environment)
        code = _run_python(["-m", "coverage", "report"], self._environment)
        self._codes.append(code)
        command = [sys.executable, "-m", "coverage", "report", "--format=total", "--fail-under=0"]
        total = subprocess.run(
            command, env=self._environment, cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()
        self._parts.append(f"Coverage: {total or '?'} %{' (too low)' if code == 2 else ''}.")

    def close(self, seconds: float) -> int:
        """Print the closing line; return the exit code of the whole."""
        failures = [code for code in self._codes if code not in {0, _NOTHING_COLLECTED}]
        code = failures[0] if failures else min(self._codes, default=0)
        verdict = "PASSED" if code == 0 else "FAILED"
        print(f"\n{verdict} in {seconds:.0f} s. {' '.join(self._parts)}", flush=True)
        return code

    def _miss_browser(self) -> None:
        is_failure = self._environment.get("REQUIRE_BROWSER") == "1"
        self._codes.append(1 if is_failure else 0)
        self._parts.append("Browser tests: left out, no Chromium found (install one, or set CHROMIUM).")


def main(arguments: list[str]) -> int:
    """Run the tests, or after `run` another program; return an exit code for the shell."""
    is_program = arguments[:1] == ["run"]
    if "SANDBOX_CONTROL_URL" in os.environ:
        # Somebody has prepared everything already.
        words = arguments[1:] if is_program else ["-m", "pytest", *arguments]
        return _run_python(words, dict(os.environ))
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _own_folder(ROOT / ".test") as folder:
            is_measured = not arguments or os.environ.get("COVERAGE") == "1"
            if is_measured:
                _measure_children(folder / "coverage")
            with portal_environment(folder) as found:
                for_node = {name: os.environ[name] for name in os.environ if name.startswith(_FOR_NODE)}
                environment = surroundings(os.environ) | for_node | found
                if is_program:
                    return _run_python(arguments[1:], environment)
                run = Run(folder, environment, is_measured=is_measured)
                with _others_beside(run, folder / "others.log", is_wanted=not arguments):
                    for phase in phases(arguments or [_HALF], ROOT):
                        run.phase(phase)
            # The sandbox has ended and written down what it covered.
            run.coverage()
            return run.close(time.monotonic() - started)
    except (SandboxError, PostgresError) as exc:
        print(f"\n{exc}", file=sys.stderr, flush=True)
        return 1
    except PermissionError as exc:
        print(f"\nThis user may not use {exc.filename}; whoever made it can.", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr, flush=True)
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _own_folder(base: Path) -> Iterator[Path]:
    """Yield a folder under `base` that no other run uses; folders are kept for later runs."""
    for number in range(1, 100):
        folder = base / str(number)
        try:
            with claim(folder):
                yield folder
                return
        except FolderInUseError:
            continue
    raise SandboxError(f"All folders in {base} are in use.")


def _measure_children(folder: Path) -> None:
    """Have coverage measure every Python process that is started from now on."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.environ["COVERAGE_PROCESS_START"] = str(ROOT / "pyproject.toml")
    os.environ["COVERAGE_FILE"] = str(folder / "data")


@contextmanager
def _others_beside(run: Run, log: Path, *, is_wanted: bool) -> Iterator[None]:
    """Have another launcher run all other tests meanwhile; what it prints follows at the end."""
    if not is_wanted:
        yield
        return
    command = [sys.executable, "-m", "sandbox.testing", *other_tests(ROOT)]
    with (
        log.open("w", encoding="utf-8") as output,
        subprocess.Popen(
            tied(command, when_orphaned=signal.SIGTERM), cwd=ROOT, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield
            code = process.wait()
        except BaseException:
            process.terminate()
            raise
    run.others(log.read_text("utf-8"), code)


def other_tests(root: Path) -> list[str]:
    """Return the paths below tests/ that hold the other half of the tests."""
    found = {str(path.relative_to(root)) for path in (root / "tests").iterdir() if _has_tests(path)}
    return sorted(found - {_HALF})


def _has_tests(path: Path) -> bool:
    return any(path.rglob("test_*.py")) if path.is_dir() else path.match("test_*.py")


def _run_python(words: list[str], environment: dict[str, str]) -> int:
    """Run a Python program in the checkout, at this terminal; it ends with this process."""
    command = tied([sys.executable, *words], when_orphaned=signal.SIGTERM)
    with subprocess.Popen(command, env=environment, cwd=ROOT) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # A terminal's Ctrl-C has reached the program as well; a SIGTERM to this process has not.
            process.terminate()
            raise


def _counts(tally: Path, code: int) -> str:
    """Return what pytest counted, such as "12 passed, 1 skipped"."""
    if not tally.exists():
        return f"no result (code {code})"
    counted = [f"{count} {kind}" for kind, count in json.loads(tally.read_text("utf-8")).items() if count]
    return ", ".join(counted) or "none"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
