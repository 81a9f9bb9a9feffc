"""Checkpoints are kept in a folder: whole, in order, never overwritten."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tokens.audit_proof.kept import CheckpointUnreadable, file_of, keep, kept_checkpoints, newest_checkpoint
from tokens.audit_proof.notes import Checkpoint, public_half, sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = public_half("x.example/audit", KEY)


def _checkpoint(position: int) -> Checkpoint:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    return Checkpoint(origin="x.example/audit", position=position, hash=bytes(32), signed_at=at)


def test_the_newest_is_the_one_with_the_highest_position(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path, [PUBLIC]) is None
    for position in (9, 1_000_000, 10):
        keep(tmp_path, position, sign(_checkpoint(position), KEY))
    assert newest_checkpoint(tmp_path, [PUBLIC]) == _checkpoint(1_000_000)
    assert [one.position for one in kept_checkpoints(tmp_path, [str(PUBLIC)])] == [9, 10, 1_000_000]


def test_nothing_is_overwritten_and_nothing_is_left_over(tmp_path: Path) -> None:
    keep(tmp_path, 1, "first")
    with pytest.raises(FileExistsError):
        keep(tmp_path, 1, "second")
    assert [path.name for path in tmp_path.iterdir()] == [file_of(1)]
    assert (tmp_path / file_of(1)).read_text() == "first"


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff", "not UTF-8"), (b"text", "no checkpoint to trust"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_trusted_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / file_of(7)
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(CheckpointUnreadable, match=words):
        newest_checkpoint(tmp_path, [PUBLIC])
