"""The folder in which checkpoints are kept, outside of what they vouch for.

One file per checkpoint, named by its position, written once and never changed by the portal.
"""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tokens.audit_proof.notes import Checkpoint, NoteInvalid, PublicKey, open_note

_PATTERN = "checkpoint-*.txt"
_READABLE = 0o644


class CheckpointUnreadable(Exception):
    """A file of the folder is no checkpoint that is vouched for; the message names it and says why."""


def file_of(position: int) -> str:
    """Return the name of the file of the checkpoint at `position`; names sort as positions do."""
    return f"checkpoint-{position:019d}.txt"


def kept_checkpoints(folder: Path, keys: Iterable[str | PublicKey]) -> list[Checkpoint]:
    """Return all checkpoints in `folder`, the newest last. Raises CheckpointUnreadable."""
    given = list(keys)
    return [opened(path, given) for path in sorted(folder.glob(_PATTERN))]


def newest_checkpoint(folder: Path, keys: Iterable[str | PublicKey]) -> Checkpoint | None:
    """Return the checkpoint with the highest position, or None. Raises CheckpointUnreadable."""
    paths = sorted(folder.glob(_PATTERN))
    return opened(paths[-1], keys) if paths else None


def opened(path: Path, keys: Iterable[str | PublicKey]) -> Checkpoint:
    """Return the checkpoint of one file. Raises CheckpointUnreadable."""
    try:
        return open_note(path.read_text("utf-8"), keys)
    except OSError as exc:
        raise CheckpointUnreadable(f"{path} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise CheckpointUnreadable(f"{path} is no checkpoint: it is not UTF-8 text.") from exc
    except NoteInvalid as exc:
        raise CheckpointUnreadable(f"{path} is no checkpoint to trust: {exc}.") from exc


def keep(folder: Path, position: int, note: str) -> Path:
    """Write a note into `folder`, whole or not at all, and return its file.

    Raises FileExistsError where there is one of that position, and OSError where it cannot be kept.
    """
    path = folder / file_of(position)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fchmod(file.fileno(), _READABLE)
            os.fsync(file.fileno())
        # Unlike a rename, a link does not replace what is there.
        os.link(name, path)
    finally:
        with suppress(OSError):
            os.unlink(name)
    _sync(folder)
    return path


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
