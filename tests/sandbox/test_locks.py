"""Lock files that belong to pyproject.toml, told without a network."""

from pathlib import Path

import pytest

from sandbox import locks

_PYPROJECT = """
[project]
name = "example"
version = "{version}"
requires-python = ">=3.11"
dependencies = ["django>={django}"]
[dependency-groups]
dev = ["pytest"]
"""
_NAMES = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")


def _checkout(folder: Path, *, django: str = "5", version: str = "1") -> Path:
    (folder / "pyproject.toml").write_text(_PYPROJECT.format(django=django, version=version), "utf-8")
    return folder


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    digest = locks.digest(_checkout(tmp_path))
    for name in _NAMES:
        mark = f"# from pyproject.toml, dependencies sha256:{digest}\n"
        (tmp_path / name).write_text(f"{mark}django==5.0\n", "utf-8")
    return tmp_path


def test_locks_of_the_same_dependencies_pass(locked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert locks.check(_checkout(locked, version="2")) == 0
    assert capsys.readouterr().out == ""


def test_a_changed_dependency_asks_for_new_locks(locked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert locks.check(_checkout(locked, django="6")) == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(_NAMES)


def test_this_checkouts_locks_are_current_and_name_no_registry() -> None:
    assert locks.check(locks.ROOT) == 0
    for name in _NAMES:
        text = (locks.ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
