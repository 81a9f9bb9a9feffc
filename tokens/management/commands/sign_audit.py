"""`sign_audit` signs checkpoints of the audit log; it alone knows the key.

It ends with 1 where the log is not what the newest checkpoint vouches for, with 2 where it could not work.
"""

import os
import stat
import time
from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from patportal.lib.actors import Actor
from tokens import operations
from tokens.audit_proof import notes
from tokens.audit_proof.findings import SigningRefused
from tokens.mail import MailFailed
from tokens.management.operators import operator_actor
from tokens.models import AuditCheckpoint

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 10
_MAIL_EVERY = timedelta(days=1)
_MAIL_AGAIN = timedelta(minutes=10)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Command(BaseCommand):
    help = "Signs a checkpoint of the audit log, after it has verified what came since the last one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--new-key", type=Path, metavar="FILE", help="make a key, print its public half, sign nothing"
        )
        which.add_argument(
            "--watch",
            action="store_true",
            help="go on: sign after 1,000 events or 5 minutes, mail once a day; end where signing is refused",
        )
        parser.add_argument(
            "--mail", action="store_true", help="mail the newest checkpoint to AUDIT_RECIPIENTS"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Sign once, or again and again."""
        if options["new_key"]:
            self.stdout.write(
                str(notes.public_half(notes.origin_of(settings.PORTAL_BASE_URL), new_key(options["new_key"])))
            )
            return
        key, folder, actor = _key(), _folder(), operator_actor("sign_audit")
        try:
            if options["watch"]:
                self._watch(actor, key, folder)
            self._sign(actor, key, folder)
            if options["mail"]:
                self._mail(operations.kept_checkpoint(key=key, folder=folder), timezone.now())
        except SigningRefused as exc:
            raise CommandError(f"Not signed: {exc}", returncode=1) from exc
        except MailFailed as exc:
            raise CommandError(f"The checkpoint is signed, but was not mailed: {exc}.", returncode=2) from exc
        except OSError as exc:
            raise CommandError(f"{folder} cannot be written to: {exc.strerror}.", returncode=2) from exc

    def _sign(self, actor: Actor, key: Ed25519PrivateKey, folder: Path) -> None:
        made = operations.sign_audit(actor=actor, key=key, folder=folder, now=timezone.now())
        self.stdout.write(f"Signed up to position {made.position}." if made else "Nothing new to sign.")

    def _mail(self, newest: AuditCheckpoint | None, now: datetime) -> None:
        count = operations.mail_checkpoint(checkpoint=newest, now=now) if newest else 0
        self.stdout.write(f"Mailed to {count} addresses.")

    def _watch(self, actor: Actor, key: Ed25519PrivateKey, folder: Path) -> None:
        newest: AuditCheckpoint | None = None
        mail_at = _next_mail()
        while True:
            now = timezone.now()
            if operations.is_checkpoint_due(covered=newest.position if newest else 0, now=now):
                self._sign(actor, key, folder)
                newest = operations.kept_checkpoint(key=key, folder=folder)
            if settings.AUDIT_RECIPIENTS and now >= mail_at:
                mail_at = self._try_to_mail(newest, now)
            # Between two looks nobody needs the connection, and the server may be restarted.
            connection.close()
            time.sleep(_LOOK_SECONDS)

    def _try_to_mail(self, newest: AuditCheckpoint | None, now: datetime) -> datetime:
        """Mail the newest checkpoint, and return when to do it next."""
        try:
            self._mail(newest, now)
        except MailFailed as exc:
            log.warning("checkpoint not mailed", code=exc.code)
            return now + _MAIL_AGAIN
        return now + _MAIL_EVERY


def _next_mail() -> datetime:
    """Return when the next mail is due, so that a restart sends none."""
    mailed = AuditCheckpoint.objects.exclude(mailed_at=None).order_by("-mailed_at").first()
    return timezone.now() if mailed is None or mailed.mailed_at is None else mailed.mailed_at + _MAIL_EVERY


def new_key(path: Path) -> Ed25519PrivateKey:
    """Make a key and write it to a file that nobody else can read. Raises CommandError where there is one."""
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as exc:
        raise CommandError(f"{path} cannot be made: {exc.strerror}.", returncode=2) from exc
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return key


def _key() -> Ed25519PrivateKey:
    if not settings.AUDIT_SIGNING_KEY_FILE:
        raise CommandError("AUDIT_SIGNING_KEY_FILE is not set. --new-key FILE makes a key.", returncode=2)
    path = Path(settings.AUDIT_SIGNING_KEY_FILE)
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
        key = load_pem_private_key(content, password=None)
    except OSError as exc:
        raise CommandError(f"The key in {path} cannot be read: {exc.strerror}.", returncode=2) from exc
    except (TypeError, ValueError) as exc:
        raise CommandError(f"{path} holds no private key in PEM without a password.", returncode=2) from exc
    if mode & _OTHERS:
        raise CommandError(f"Others may read {path}: chmod 600 it, and make a new key.", returncode=2)
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError(f"The key in {path} is not one for Ed25519.", returncode=2)
    return key


def _folder() -> Path:
    folder = Path(settings.AUDIT_CHECKPOINT_DIR or "")
    if not settings.AUDIT_CHECKPOINT_DIR or not folder.is_dir():
        raise CommandError("AUDIT_CHECKPOINT_DIR has to name the folder for the checkpoints.", returncode=2)
    return folder
