"""`export_audit` writes the audit log to a file or to the standard output, for archives and for a SIEM.

It ends with 2 where it could not write; the position that it remembers has then not moved.
"""

import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from patportal.lib.actors import Actor
from tokens import operations
from tokens.management.operators import operator_actor
from tokens.models import AuditEvent, AuditLink

_LOST = "Nothing is lost: the position has not moved, so the next run begins at the same event."


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
        after = _position_in(state) if state else options["after"]
        try:
            last = self._export(operator_actor("export_audit"), after, options)
            if state and last is not None:
                _write_whole(state, f"{last}\n")
        except OSError as exc:
            raise CommandError(f"Not exported: {exc.strerror}. {_LOST}", returncode=2) from exc

    def _export(self, actor: Actor, after: int, options: dict[str, Any]) -> int | None:
        """Write the export; return its last position, None where there is nothing new."""
        if options["format"] == "csv":
            links = AuditLink.objects.filter(position__gt=after)
            links = links.filter(position__lte=options["until"]) if options["until"] else links
            events = AuditEvent.objects.filter(pk__in=links.values("event_id"))
            limits = {name: str(options[name]) for name in ("after", "until") if options[name]}
            self._write(
                operations.export_audit_table(actor=actor, owner=None, events=events, chosen=limits), options
            )
            return None
        export = operations.export_audit(
            actor=actor, owner=None, after=after, until=options["until"], now=timezone.now()
        )
        if export is None:
            self.stderr.write("Nothing new to export.")
            return None
        self._write(export.lines, options)
        self.stderr.write(f"Exported positions {export.first} to {export.last}.")
        return export.last

    def _write(self, lines: Iterator[str], options: dict[str, Any]) -> None:
        output: Path | None = options["output"]
        if output is None:
            self.stdout.ending = ""
            for line in lines:
                self.stdout.write(line)
            self.stdout.flush()
            return
        with _new_file(output) as file:
            file.writelines(lines)


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


def _position_in(state: Path) -> int:
    try:
        text = state.read_text("ascii").strip()
    except FileNotFoundError:
        return 0
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"{state} cannot be read.", returncode=2) from exc
    if not text.isdecimal():
        raise CommandError(f"{state} does not hold a position. Remove it to begin anew.", returncode=2)
    return int(text)
