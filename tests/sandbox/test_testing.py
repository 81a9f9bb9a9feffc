"""How the tests' launcher splits its work and what it reports."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.background import ROOT
from sandbox.testing import Phase, Run, find_browser, other_tests, phases


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("tests/browser", "tests/accounts"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tests/browser/test_pages.py").touch()
    return tmp_path


def _asked(checkout: Path, *arguments: str) -> list[tuple[str, list[str]]]:
    found = phases(list(arguments), checkout)
    assert all(phase.needs_browser == (phase.label == "Browser tests") for phase in found)
    return [(phase.label, phase.arguments) for phase in found]


APART = ["--ignore=tests/browser", "-m", "not browser"]


def test_everything_means_two_runs(checkout: Path) -> None:
    assert _asked(checkout) == [("Tests", APART), ("Browser tests", ["tests/browser"])]


def test_options_go_to_both_runs(checkout: Path) -> None:
    found = _asked(checkout, "-x", "-k", "grant")
    assert found == [
        ("Tests", [*APART, "-x", "-k", "grant"]),
        ("Browser tests", ["-x", "-k", "grant", "tests/browser"]),
    ]


def test_other_paths_need_no_browser(checkout: Path) -> None:
    assert _asked(checkout, "tests/accounts") == [("Tests", [*APART, "tests/accounts"])]


def test_a_browser_test_alone_is_one_run(checkout: Path) -> None:
    path = "tests/browser/test_pages.py::test_it_opens"
    assert _asked(checkout, path) == [("Browser tests", [path])]


def test_a_folder_above_the_browser_tests_means_both(checkout: Path) -> None:
    assert _asked(checkout, "tests") == [
        ("Tests", [*APART, "tests"]),
        ("Browser tests", ["tests/browser"]),
    ]


def test_without_browser_tests_there_is_one_run(tmp_path: Path) -> None:
    assert _asked(tmp_path) == [("Tests", APART)]


def test_a_browser_is_one_that_starts(tmp_path: Path) -> None:
    broken, working = tmp_path / "chromium", tmp_path / "chromium-headless-shell"
    for path, code in ((broken, 1), (working, 0)):
        path.write_text(f"#!/bin/sh\nexit {code}\n", "ascii")
        path.chmod(0o755)
    assert find_browser({"PATH": str(tmp_path)}) == str(working)
    assert find_browser({"PATH": str(tmp_path), "CHROMIUM": str(working)}) == str(working)
    assert find_browser({"PATH": str(tmp_path / "empty")}) == ""


def test_with_everything_prepared_it_just_runs_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one():\n    assert False, 'as wished'\n", "ascii")
    environment = {**os.environ, "SANDBOX_CONTROL_URL": "https://127.0.0.1:1/control"}
    options = ["-c", os.devnull, "--rootdir", str(tmp_path), "-p", "no:django", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "sandbox.testing", *options, str(tmp_path / "test_one.py")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "as wished" in done.stdout
    assert "1 failed" in done.stdout


def _launch(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher as a person would, with nothing prepared."""
    environment = {name: value for name, value in os.environ.items() if name != "SANDBOX_CONTROL_URL"}
    command = [sys.executable, "-m", "sandbox.testing", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_it_ends_with_one_plain_line() -> None:
    done = _launch("tests/sandbox/test_folders.py", "-q", "-k", "private")
    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"PASSED in \d+ s\. Tests: 2 passed\.", done.stdout.splitlines()[-1])


def test_a_program_finds_the_tests_environment_and_keeps_its_exit_code() -> None:
    program = (
        "import os, sys; print(os.environ['SANDBOX_CONTROL_URL'], os.environ['DATABASE_URL']); sys.exit(7)"
    )
    done = _launch("run", "-c", program)
    assert done.returncode == 7
    assert re.match(r"https://127\.0\.0\.1:\d+/control postgres://patportal:", done.stdout)


@pytest.mark.parametrize(("required", "code", "verdict"), [("", 0, "PASSED"), ("1", 1, "FAILED")])
def test_a_missing_browser_is_told_and_fails_where_it_is_required(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], required: str, code: int, verdict: str
) -> None:
    environment = {"PATH": str(tmp_path), "REQUIRE_BROWSER": required}
    run = Run(tmp_path, environment, is_measured=False)
    run.phase(Phase(label="Browser tests", arguments=[], needs_browser=True))
    assert run.close(2.4) == code
    said = "Browser tests: left out, no Chromium found (install one, or set CHROMIUM)."
    assert capsys.readouterr().out == f"\n{verdict} in 2 s. {said}\n"


def test_both_halves_together_hold_every_test() -> None:
    halves = {"tests/tokens", *other_tests(ROOT)}
    files = {path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    assert files
    assert {path for path in files if not halves & {str(path), *map(str, path.parents)}} == set()
    assert len(other_tests(ROOT)) == len(halves) - 1


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        (
            "...\nPASSED in 7 s. Tests: 2 passed. Browser tests: 1 passed.\n",
            0,
            "Tests: 2 passed. Browser tests: 1 passed.",
        ),
        ("FAILED in 7 s. Tests: 1 failed.\n", 1, "Tests: 1 failed."),
        ("Traceback", 1, "Other tests: no result (code 1)."),
    ],
)
def test_what_ran_beside_counts_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str, code: int, said: str
) -> None:
    run = Run(tmp_path, {}, is_measured=False)
    run.others(output, code)
    assert run.close(2.4) == code
    assert capsys.readouterr().out.splitlines()[-1] == f"{'FAILED' if code else 'PASSED'} in 2 s. {said}"
