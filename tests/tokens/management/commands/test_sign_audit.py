"""`sign_audit`: it makes keys, guards them, signs once or goes on, and says plainly what is in its way."""

import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from patportal.lib.actors import system_actor
from tests.installation import ROOT, Installation
from tests.tokens.audit_scene import link_now
from tokens import audit
from tokens.audit_proof.kept import file_of, newest_checkpoint
from tokens.management.commands.sign_audit import Command, _next_mail, new_key
from tokens.models import AuditCheckpoint, EventType


def run(*words: str, **options: Any) -> str:
    said = StringIO()
    call_command("sign_audit", *words, stdout=said, **options)
    return said.getvalue()


@pytest.fixture
def signer(tmp_path: Path, settings: Any) -> Path:
    """A key and a folder of its own; returns the folder."""
    folder = tmp_path / "kept"
    folder.mkdir()
    settings.AUDIT_SIGNING_KEY_FILE = str(tmp_path / "key.pem")
    settings.AUDIT_CHECKPOINT_DIR = str(folder)
    settings.AUDIT_PUBLIC_KEYS = [run(new_key=tmp_path / "key.pem").strip()]
    return folder


@pytest.fixture
def events(db: None) -> None:
    """Three events that are linked."""
    for _ in range(3):
        audit.record(EventType.PAT_CREATED, actor=system_actor("a test"))
    link_now()


@pytest.mark.usefixtures("events")
def test_it_signs_with_the_key_that_it_made(signer: Path, settings: Any) -> None:
    assert run() == "Signed up to position 3.\n"
    assert run() == "Nothing new to sign.\n"
    made = newest_checkpoint(signer, settings.AUDIT_PUBLIC_KEYS)
    assert made is not None
    assert made.position == 3


@pytest.mark.usefixtures("events")
def test_it_mails_what_is_newest(signer: Path, settings: Any) -> None:
    settings.AUDIT_RECIPIENTS = ["auditor@example.com"]
    assert run(mail=True) == "Signed up to position 3.\nMailed to 1 addresses.\n"
    assert mail.outbox[0].to == ["auditor@example.com"]
    assert (signer / file_of(3)).read_text("utf-8") in str(mail.outbox[0].body)
    # A restart does not send it again before a day is over.
    assert _next_mail() > timezone.now()


def test_nobody_else_can_read_a_new_key_and_none_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    new_key(path)
    content = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="cannot be made"):
        new_key(path)
    assert path.read_bytes() == content


def _foreign_key(path: Path) -> None:
    key = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.chmod(0o640), "Others may read"),
        (lambda path: path.write_text("nothing of the kind"), "no private key"),
        (_foreign_key, "not one for Ed25519"),
    ],
)
@pytest.mark.usefixtures("events")
def test_a_key_that_is_none_or_no_secret_signs_nothing(
    signer: Path, settings: Any, spoil: Any, words: str
) -> None:
    spoil(Path(settings.AUDIT_SIGNING_KEY_FILE))
    with pytest.raises(CommandError, match=words) as caught:
        run()
    assert caught.value.returncode == 2
    assert list(signer.iterdir()) == []


@pytest.mark.parametrize("setting", ["AUDIT_SIGNING_KEY_FILE", "AUDIT_CHECKPOINT_DIR"])
@pytest.mark.usefixtures("events", "signer")
def test_what_is_not_set_is_named(settings: Any, setting: str) -> None:
    setattr(settings, setting, None)
    with pytest.raises(CommandError, match=setting):
        run()


@pytest.mark.usefixtures("events")
def test_it_ends_with_1_where_it_refuses(signer: Path) -> None:
    run()
    (signer / file_of(3)).write_text("something else")
    with pytest.raises(CommandError, match="Not signed") as caught:
        run()
    assert caught.value.returncode == 1


@pytest.fixture
def migrated(installation: Installation) -> Iterator[Installation]:
    """An installation with a thousand events that no checkpoint covers."""
    record = "audit.record(EventType.PAT_CREATED, actor=system_actor('a test'))"
    installation.manage(
        "shell",
        "--no-imports",
        "--command",
        "from tokens import audit; from tokens.models import EventType;"
        f"from patportal.lib.actors import system_actor; [{record} for _ in range(1000)]",
    )
    yield installation
    installation.stop()


def test_it_goes_on_signing_as_the_serving_role(migrated: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    public = migrated.manage("sign_audit", "--new-key", str(tmp_path / "key.pem")).strip().splitlines()[-1]
    variables = {
        "AUDIT_SIGNING_KEY_FILE": str(tmp_path / "key.pem"),
        "AUDIT_CHECKPOINT_DIR": str(folder),
        "AUDIT_PUBLIC_KEYS": public,
    }
    command = [sys.executable, "manage.py", "sign_audit", "--watch"]
    watching = subprocess.Popen(
        command, env=migrated.environment() | variables, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while migrated.rows("SELECT 1 FROM tokens_auditcheckpoint") == []:
            assert watching.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        watching.kill()
        watching.wait(10)
    ((position,),) = migrated.rows("SELECT position FROM tokens_auditcheckpoint")
    assert position >= 1_000
    assert [path.name for path in folder.iterdir()] == [file_of(position)]
    assert "Result: whole." in migrated.manage("verify_audit", **variables)


def test_watching_and_making_a_key_exclude_each_other() -> None:
    with pytest.raises(CommandError, match="not allowed with"):
        call_command(Command(), "--watch", "--new-key", "x")


@pytest.mark.django_db
def test_the_first_mail_is_due_at_once() -> None:
    assert not AuditCheckpoint.objects.exists()
    assert _next_mail() <= timezone.now()
