"""Folders that one process at a time may use."""

import os
import stat
from pathlib import Path

import pytest

from sandbox.folders import FolderInUseError, claim, kept_secret, write_private


def test_a_claimed_folder_is_refused_to_others_until_it_is_let_go(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    with claim(folder), pytest.raises(FolderInUseError, match=f"in use by process {os.getpid()}"):
        claim(folder)
    claim(folder).close()


def test_a_claimed_folder_is_made_private(tmp_path: Path) -> None:
    claim(tmp_path / "new" / "one").close()
    assert stat.S_IMODE((tmp_path / "new" / "one").stat().st_mode) == 0o700


def test_private_text_replaces_the_old_and_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "note"
    write_private(path, "a longer old text")
    write_private(path, "new")
    assert path.read_text("utf-8") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_kept_secret_stays_the_same_and_differs_from_others(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "a")
    assert kept_secret(tmp_path / "a") == first
    assert kept_secret(tmp_path / "b") != first
    assert len(first) >= 50
