"""`verify_audit` reads the whole audit log and names what is missing, altered, erased or out of order.

It ends with 1 where something is wrong, with 2 where it could not look.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tokens import operations
from tokens.audit_proof.findings import Finding
from tokens.audit_proof.kept import CheckpointUnreadable, kept_checkpoints, opened
from tokens.audit_proof.notes import Checkpoint
from tokens.management.operators import operator_actor
from tokens.models import AuditVerification


class Command(BaseCommand):
    help = "Verifies the audit log: its chain of hashes, its events, and the checkpoints kept elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from-checkpoint",
            type=Path,
            metavar="FILE",
            help="trust this checkpoint and read only what came after it",
        )
        parser.add_argument(
            "--checkpoints",
            type=Path,
            metavar="FOLDER",
            help="where the checkpoints are kept (default: AUDIT_CHECKPOINT_DIR)",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print each fault as it is found, then what was looked at."""
        since, checkpoints = _given(
            options["from_checkpoint"], options["checkpoints"] or settings.AUDIT_CHECKPOINT_DIR
        )
        verification = operations.verify_audit(
            actor=operator_actor("verify_audit"), since=since, checkpoints=checkpoints, report=self._tell
        )
        for line in verdict(verification):
            self.stdout.write(line)
        if not verification.is_whole:
            raise SystemExit(1)

    def _tell(self, finding: Finding) -> None:
        self.stdout.write(f"{finding.kind.value}: {finding.sentence}")


def _given(since: Path | None, folder: Path | str | None) -> tuple[Checkpoint | None, Sequence[Checkpoint]]:
    """Return the checkpoint to begin with and those to compare. Raises CommandError with exit code 2."""
    keys = settings.AUDIT_PUBLIC_KEYS
    if folder and not Path(folder).is_dir():
        sentence = f"There is no folder {folder}. Say with --checkpoints where the checkpoints are kept."
        raise CommandError(sentence, returncode=2)
    try:
        return opened(since, keys) if since else None, kept_checkpoints(Path(folder), keys) if folder else []
    except CheckpointUnreadable as exc:
        sentence = f"{exc} Checkpoints must be signed by one of AUDIT_PUBLIC_KEYS; nothing was verified."
        raise CommandError(sentence, returncode=2) from exc


def verdict(verification: AuditVerification) -> list[str]:
    """Return the closing lines: what was read, against what it was held, and the result."""
    first, last = verification.from_position, verification.to_position
    read = f"Read {_counted(verification.links, 'link')}, positions {first} to {last}"
    lines = [f"{read}; the personal fields of {_counted(verification.erased, 'event')} are erased."]
    if verification.checkpoints:
        lines.append(f"Held against {_counted(verification.checkpoints, 'checkpoint')}.")
    else:
        lines.append("Held against no checkpoint: its end may have been removed, or all rewritten.")
    result = "whole" if verification.is_whole else _counted(verification.faults, "fault")
    return [*lines, f"Result: {result}."]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
