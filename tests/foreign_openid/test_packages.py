"""How the packages of the foreign server are got: once, whole, or with a reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.foreign_openid.packages import PackagesMissing, find_node, installed_packages


def program(folder: Path, *lines: str, name: str = "npm") -> str:
    """Return the path of a program that notes each call and stands in for another one."""
    file = folder / name
    file.write_text("\n".join(["#!/bin/sh", f"echo called >> {folder}/calls", *lines, ""]), "utf-8")
    file.chmod(0o755)
    return str(file)


def calls(folder: Path) -> int:
    return len((folder / "calls").read_text("utf-8").splitlines())


def test_two_at_once_install_once(tmp_path: Path) -> None:
    npm = program(tmp_path, "sleep 0.3", "mkdir node_modules")
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(installed_packages, tmp_path / "cache", npm=npm) for _ in range(2)]
        folders = {one.result() for one in asked}
    assert len(folders) == 1
    assert (folders.pop() / "node_modules").is_dir()
    assert calls(tmp_path) == 1


def test_what_is_half_installed_is_not_used(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(PackagesMissing, match=r"the registry is away / try later"):
        installed_packages(
            cache,
            npm=program(tmp_path, "mkdir half", "echo 'the registry is away\ntry later' >&2", "exit 1"),
        )
    folder = installed_packages(cache, npm=program(tmp_path, "mkdir node_modules"))
    assert not (folder / "half").exists()
    assert calls(tmp_path) == 2


def test_npm_writes_into_the_cache_and_runs_no_scripts(tmp_path: Path) -> None:
    npm = program(tmp_path, 'echo "$npm_config_cache $DATABASE_URL" > said', 'echo "$@" >> said')
    said = (installed_packages(tmp_path / "cache", npm=npm) / "said").read_text("utf-8")
    where, words = said.splitlines()
    assert where.strip() == str(tmp_path / "cache" / "downloads")
    assert {"ci", "--ignore-scripts"} <= set(words.split())


def test_a_place_that_cannot_be_used_is_a_reason(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder", "utf-8")
    with pytest.raises(PackagesMissing, match="cannot be used: Not a directory"):
        installed_packages(tmp_path / "cache", npm=program(tmp_path))


@pytest.mark.parametrize(("said", "reason"), [("18.20.4", "not 18.20.4"), ("", "not one that fails")])
def test_a_node_that_is_too_old_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, reason: str
) -> None:
    program(tmp_path, f"echo {said}", name="node")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackagesMissing, match=reason):
        find_node()
    (tmp_path / "node").unlink()
    with pytest.raises(PackagesMissing, match="not installed"):
        find_node()


def test_the_lock_file_pins_by_hash_and_names_no_address() -> None:
    text = Path(__file__).with_name("package-lock.json").read_text("utf-8")
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/') > 30
    assert '"resolved"' not in text
