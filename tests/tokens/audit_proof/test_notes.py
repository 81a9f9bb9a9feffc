"""Checkpoints are signed notes: whoever has the public key can check them, with nothing of ours."""

import base64
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tokens.audit_proof.notes import (
    Checkpoint,
    NoteInvalid,
    PublicKey,
    open_note,
    public_half,
    public_key,
    sign,
)

ROOT = Path(__file__).resolve().parents[3]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "pat-portal.example/audit"
AT = datetime(2026, 11, 24, 9, 30, 5, tzinfo=UTC)
CHECKPOINT = Checkpoint(origin=ORIGIN, position=1234, hash=b"h" * 32, signed_at=AT)
PUBLIC = public_half(ORIGIN, KEY)


def test_what_was_signed_is_read_again() -> None:
    assert open_note(sign(CHECKPOINT, KEY), [str(PUBLIC)]) == CHECKPOINT


def test_the_text_has_four_lines() -> None:
    text, signature = sign(CHECKPOINT, KEY).split("\n\n")
    digest = base64.b64encode(b"h" * 32).decode()
    assert text.splitlines() == [ORIGIN, "1234", digest, "2026-11-24T09:30:05Z"]
    assert signature.startswith(f"— {ORIGIN} ")


def test_a_public_key_survives_being_a_line() -> None:
    assert public_key(f" {PUBLIC}\n") == PUBLIC


OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NOTE = sign(CHECKPOINT, KEY)


def _openssl(note: str, key: str, folder: Path) -> int:
    """Run the lines of the documentation: an independent tool, and no code of ours. Returns its exit code."""
    text = (ROOT / "docs" / "audit.md").read_text("utf-8")
    (lines,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    path = folder / "note"
    path.write_text(note, "utf-8")
    variables = {"PATH": os.environ["PATH"], "TMPDIR": str(folder), "NOTE": str(path), "KEY": key}
    command = ["sh", "-c", lines]
    return subprocess.run(command, env=variables, capture_output=True, check=False).returncode


def test_the_documentation_says_how_openssl_checks_it(tmp_path: Path) -> None:
    assert _openssl(NOTE, str(PUBLIC), tmp_path) == 0
    # Signatures of others may stand beside it.
    text, gap, signature = NOTE.partition("\n\n")
    assert _openssl(f"{text}{gap}— witness.example AAAAAAAA\n{signature}", str(PUBLIC), tmp_path) == 0
    for falsified in (NOTE.replace("1234", "1235"), NOTE.replace("2026", "2027"), text, ""):
        assert _openssl(falsified, str(PUBLIC), tmp_path) != 0
    assert _openssl(NOTE, str(public_half(ORIGIN, OTHER)), tmp_path) != 0
    assert _openssl(NOTE, str(PublicKey("other.example/audit", PUBLIC.key)), tmp_path) != 0


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("", "no signature"),
        ("nothing of the kind", "no signature"),
        (NOTE.replace("1234", "1235"), "was changed"),
        (NOTE.replace("2026", "2027"), "was changed"),
        (NOTE.replace("— ", "- "), "no signature"),
        (NOTE.replace("\n— ", "\n\n— "), "was changed"),
        (NOTE[:-5] + "!\n", "base64"),
        (sign(CHECKPOINT, OTHER), "none of the keys"),
    ],
)
def test_a_note_that_is_not_vouched_for_is_refused(note: str, words: str) -> None:
    with pytest.raises(NoteInvalid, match=words):
        open_note(note, [PUBLIC])


def _signed(text: str) -> str:
    return f"{text}\n— {ORIGIN} {base64.b64encode(PUBLIC.id + KEY.sign(text.encode())).decode()}\n"


DIGEST = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n1\n{DIGEST}\n",
        f"{ORIGIN}\n0\n{DIGEST}\n2026-11-24T09:30:05Z\n",
        f"{ORIGIN}\n-1\n{DIGEST}\n2026-11-24T09:30:05Z\n",
        f"{ORIGIN}\n1\nAAAA\n2026-11-24T09:30:05Z\n",
        f"{ORIGIN}\n1\n{DIGEST}\n2026-13-24T09:30:05Z\n",
        f"{ORIGIN}\n1\n{DIGEST}\nyesterday\n",
    ],
)
def test_something_else_that_is_signed_is_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteInvalid):
        open_note(_signed(text), [PUBLIC])


def test_another_log_of_the_same_signer_is_not_taken_for_this_one() -> None:
    text = f"elsewhere.example/audit\n1\n{DIGEST}\n2026-11-24T09:30:05Z\n"
    with pytest.raises(NoteInvalid, match="none of the keys"):
        open_note(_signed(text), [PUBLIC])


def test_signatures_of_others_are_passed_over() -> None:
    assert open_note(f"{NOTE}— witness.example AAAAAAAA\n", [PUBLIC]) == CHECKPOINT


@pytest.mark.parametrize(
    "line",
    ["", "name", "name+00000000+AAAA", f"other+{PUBLIC.id.hex()}+{str(PUBLIC).split('+', 2)[2]}", "a b+1+!!"],
)
def test_a_line_that_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"key|id"):
        public_key(line)


def test_keys_of_different_names_have_different_ids() -> None:
    assert PUBLIC.id != PublicKey("other.example/audit", PUBLIC.key).id
