"""`export_audit` writes the audit log to a file or to the standard output, for archives and for a SIEM.

It ends with 1 where the log is not the one that it exported before, with 2 where it could not write; the
position that it remembers has then not moved.
"""

import io
import os
import re
import stat
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from patportal.lib.actors import Actor
from tokens import operations
from tokens.audit_proof.findings import ExportRefused
from tokens.management.operators import operator_actor
from tokens.models import AuditEvent, AuditLink

_LOST = "Nothing is lost: the position has not moved, so the next run begins at the same event."
# A position alone is what somebody writes who wants to begin there.
_STATE = re.compile(r"(\d{1,18})(?: ([0-9a-f]{64}))?\n?", re.ASCII)


class _Place(NamedTuple):
    """How far a file of the state says that was exported: the position, and its hash where it is known."""

    position: int
    hash: bytes | None

    def __str__(self) -> str:
        return f"{self.position} {self.hash.hex() if self.hash else ''}".rstrip() + "\n"


class Command(BaseCommand):
    help = "Exports the audit log as JSON Lines that prove themselves, or as a table for reading."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["jsonl", "csv"], default="jsonl")
        begin = parser.add_mutually_exclusive_group()
        begin.add_argument(
            "--after", type=int, default=0, metavar="POSITION", help="begin behind this position"
        )
        begin.add_argument(
            "--state",
            type=Path,
            metavar="FILE",
            help="begin where the last run with this file ended; only for JSON Lines",
        )
        parser.add_argument("--until", type=int, metavar="POSITION", help="end with this position")
        parser.add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help="a new file that others cannot read (default: standard output)",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Export, and then remember how far."""
        state: Path | None = options["state"]
        if state and options["format"] != "jsonl":
            raise CommandError("--state is for JSON Lines: a table has no positions.", returncode=2)
        actor, after = operator_actor("export_audit"), options["after"]
        try:
            if options["format"] == "csv":
                self._export_table(actor, after, options)
                return
            last = self._export(actor, _place_in(state) if state else _Place(after, None), options)
            if state and last is not None:
                _write_whole(state, str(last))
        except ExportRefused as exc:
            sentence = f"Not exported: {exc} Run verify_audit, and remove the file of --state to begin anew."
            raise CommandError(sentence, returncode=1) from exc
        except OSError as exc:
            raise CommandError(f"Not exported: {exc.strerror}. {_LOST}", returncode=2) from exc

    def _export_table(self, actor: Actor, after: int, options: dict[str, Any]) -> None:
        given = {"after": after or None, "until": options["until"]}
        limits = {name: str(value) for name, value in given.items() if value is not None}
        links = AuditLink.objects.filter(position__gt=after)
        if options["until"] is not None:
            links = links.filter(position__lte=options["until"])
        events = AuditEvent.objects.filter(pk__in=links.values("event_id"))
        self._write(
            operations.export_audit_table(actor=actor, owner=None, events=events, chosen=limits), options
        )

    def _export(self, actor: Actor, begin: _Place, options: dict[str, Any]) -> _Place | None:
        """Write the export; return its last place, None where there is nothing new."""
        export = operations.export_audit(
            actor=actor,
            owner=None,
            after=begin.position,
            until=options["until"],
            now=timezone.now(),
            is_resumed=options["state"] is not None,
            known=begin.hash,
        )
        if export is None:
            self.stderr.write("Nothing new to export.")
            return None
        self._write(export.lines, options)
        self.stderr.write(f"Exported positions {export.first} to {export.last}.")
        return _Place(export.last, export.last_hash)

    def _write(self, lines: Iterator[str], options: dict[str, Any]) -> None:
        output: Path | None = options["output"]
        if output is not None:
            with _new_file(output) as file:
                file.writelines(lines)
            return
        # UTF-8 whatever the locale, as the formats say.
        file = io.TextIOWrapper(cast("IO[bytes]", self.stdout.buffer), encoding="utf-8", newline="")
        try:
            file.writelines(lines)
            file.flush()
            _sync_if_file(file)
        finally:
            file.detach()


def _sync_if_file(output: IO[str]) -> None:
    """Have what was written on the disk before the position moves; a pipe has no disk."""
    with suppress(io.UnsupportedOperation):
        if stat.S_ISREG(os.fstat(output.fileno()).st_mode):
            os.fsync(output.fileno())


@contextmanager
def _new_file(path: Path) -> Iterator[IO[str]]:
    """Give a file that appears under its name once it is whole. Raises FileExistsError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    finally:
        with suppress(OSError):
            os.unlink(name)


def _write_whole(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)


def _place_in(state: Path) -> _Place:
    try:
        found = _STATE.fullmatch(state.read_text("ascii"))
    except FileNotFoundError:
        return _Place(0, None)
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"{state} cannot be read.", returncode=2) from exc
    if found is None:
        raise CommandError(f"{state} does not hold a position. Remove it to begin anew.", returncode=2)
    return _Place(int(found[1]), bytes.fromhex(found[2]) if found[2] else None)
