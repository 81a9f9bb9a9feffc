"""`verify_audit` prints every fault and ends as a script expects it."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection

from patportal.lib.actors import Actor, ActorKind
from tests.tokens.audit_scene import link_now
from tokens import audit
from tokens.audit_proof.notes import Checkpoint, public_half, sign
from tokens.models import AuditEvent, AuditLink, AuditVerification, EventType

ORIGIN = "portal.example/audit"


@pytest.fixture
def folder(tmp_path: Path, settings: Any, db: None) -> Path:
    """Three events, and a folder elsewhere with a checkpoint of two of them."""
    actor = Actor(ActorKind.OPERATOR, "somebody")
    audit.record_all(audit.build(EventType.PAT_CREATED, actor=actor) for _ in range(3))
    link_now()
    key = Ed25519PrivateKey.generate()
    settings.AUDIT_PUBLIC_KEYS = [str(public_half(ORIGIN, key))]
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    digest = bytes(AuditLink.objects.get(position=2).hash)
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    note = sign(Checkpoint(origin=ORIGIN, position=2, hash=digest, signed_at=at), key)
    (tmp_path / "checkpoint-2.txt").write_text(note, "utf-8")
    return tmp_path


def run(*words: str) -> tuple[list[str], int]:
    """Run the command; return its lines and its exit code."""
    written = StringIO()
    try:
        call_command("verify_audit", *words, stdout=written)
    except SystemExit as exc:
        return written.getvalue().splitlines(), int(exc.code or 0)
    return written.getvalue().splitlines(), 0


def test_a_whole_log_ends_with_0(folder: Path) -> None:
    lines, code = run()
    assert code == 0
    assert lines == [
        "Read 3 links, positions 1 to 3; the personal fields of 0 events are erased.",
        "Held against 1 checkpoint.",
        "Result: whole.",
    ]
    assert AuditEvent.objects.get(type="audit.verified").actor_kind == "operator"


def test_from_a_checkpoint_the_rest_is_read(folder: Path) -> None:
    lines, code = run("--from-checkpoint", str(folder / "checkpoint-2.txt"))
    assert code == 0
    assert lines[0].startswith("Read 2 links, positions 2 to 3;")


def test_without_checkpoints_it_says_what_is_not_known(folder: Path, settings: Any) -> None:
    settings.AUDIT_CHECKPOINT_DIR = ""
    lines, code = run()
    assert code == 0
    assert "Held against no checkpoint" in lines[1]


def test_a_fault_is_printed_and_ends_with_1(folder: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tokens_auditevent DISABLE TRIGGER tokens_audit_no_change")
        cursor.execute(
            "UPDATE tokens_auditevent SET outcome = 'failed' WHERE id = (SELECT min(id) FROM"
            " tokens_auditevent)"
        )
        cursor.execute("ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER tokens_audit_no_change")
    lines, code = run()
    assert code == 1
    assert lines[0].startswith("altered: Event ")
    assert lines[-1] == "Result: 1 fault."


def test_a_file_that_nobody_signed_is_no_checkpoint(folder: Path) -> None:
    path = folder / "checkpoint-2.txt"
    path.write_text(path.read_text("utf-8").replace("\n2\n", "\n3\n"), "utf-8")
    for words in ([], ["--checkpoints", str(folder)], ["--from-checkpoint", str(path)]):
        with pytest.raises(CommandError, match="nothing was verified") as caught:
            run(*words)
        assert caught.value.returncode == 2
    assert not AuditVerification.objects.exists()


def test_a_folder_that_is_not_there_is_not_passed_over(folder: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder") as caught:
        run("--checkpoints", str(folder / "gone"))
    assert caught.value.returncode == 2
