"""Folders that one process at a time may use, and small private files in them."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO


class FolderInUseError(RuntimeError):
    """Another living process uses the folder."""


def claim(folder: Path) -> IO[str]:
    """Make `folder` private and take it until the returned file is closed or this process ends.

    Raises FolderInUseError when somebody else has it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise FolderInUseError(f"{folder} is in use by process {holder}.") from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def write_private(path: Path, text: str) -> None:
    """Write `text` for this user alone; a crash leaves the old content or the new, never half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def kept_secret(path: Path) -> str:
    """Return the random secret kept in `path`; make it at the first call."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text("utf-8").strip()
