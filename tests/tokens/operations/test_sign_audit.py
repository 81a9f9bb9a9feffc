"""A checkpoint is signed only where the chain extends the one that is kept outside."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection
from django.utils import timezone

from patportal.lib.actors import Actor, ActorKind, system_actor
from tests.tokens.audit_scene import link_now
from tokens import audit, operations
from tokens.audit_proof.findings import SigningRefused
from tokens.audit_proof.kept import file_of, keep, newest_checkpoint
from tokens.audit_proof.notes import Checkpoint, origin_of, public_half, sign
from tokens.mail import MailFailed
from tokens.models import AuditCheckpoint, AuditEvent, AuditLink, EventType

pytestmark = pytest.mark.django_db

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = origin_of(django_settings.PORTAL_BASE_URL)
ACTOR = Actor(kind=ActorKind.OPERATOR, label="signer (uid 4)")


def _write(count: int) -> None:
    for _ in range(count):
        audit.record(EventType.PAT_CREATED, actor=system_actor("a test"))
    link_now()


def _sign(folder: Path, key: Ed25519PrivateKey = KEY) -> AuditCheckpoint | None:
    return operations.sign_audit(actor=ACTOR, key=key, folder=folder, now=timezone.now())


def _as_owner(statement: str) -> None:
    """Change what the triggers protect, as its owner can who switches them off."""
    with connection.cursor() as cursor:
        for table in ("tokens_auditevent", "tokens_auditlink"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)


def test_it_says_where_the_chain_stands(tmp_path: Path) -> None:
    _write(3)
    made = _sign(tmp_path)
    last = AuditLink.objects.get(position=3)
    assert made is not None
    assert (made.position, bytes(made.hash)) == (3, bytes(last.hash))
    kept = newest_checkpoint(tmp_path, [public_half(ORIGIN, KEY)])
    assert kept is not None
    assert (kept.position, kept.hash) == (3, bytes(last.hash))
    assert made.note == (tmp_path / file_of(3)).read_text()


def test_an_empty_log_and_one_that_stands_still_get_none(tmp_path: Path) -> None:
    assert _sign(tmp_path) is None
    _write(1)
    assert _sign(tmp_path) is not None
    assert _sign(tmp_path) is None
    assert len(list(tmp_path.iterdir())) == 1
    _write(1)
    following = _sign(tmp_path)
    assert following is not None
    assert following.position == 2


def test_a_row_that_a_crash_left_out_is_written_by_the_next_run(tmp_path: Path) -> None:
    _write(2)
    made = _sign(tmp_path)
    AuditCheckpoint.objects.all().delete()
    assert _sign(tmp_path) is None
    row = AuditCheckpoint.objects.get()
    assert made is not None
    assert (row.position, row.note, bytes(row.hash)) == (2, made.note, bytes(made.hash))


CHANGES: dict[str, str] = {
    "an event changed": "UPDATE tokens_auditevent SET outcome = 'failed'"
    " WHERE id = (SELECT max(id) FROM tokens_auditevent)",
    "the end removed": "DELETE FROM tokens_auditlink WHERE position >= 2",
    "what it covers rewritten": "UPDATE tokens_auditlink SET hash = sha256('x') WHERE position = 2",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES.keys())
def test_it_refuses_what_does_not_extend_the_last_one(tmp_path: Path, statement: str) -> None:
    _write(2)
    _sign(tmp_path)
    _write(2)
    _as_owner(statement)
    for _ in range(3):
        with pytest.raises(SigningRefused):
            _sign(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [file_of(2)]
    (told,) = AuditEvent.objects.filter(type=EventType.AUDIT_SIGNING_REFUSED)
    assert (told.actor_label, told.outcome) == ("signer (uid 4)", "refused")


def test_it_refuses_where_the_newest_file_was_not_signed_by_a_known_key(tmp_path: Path) -> None:
    _write(1)
    other = Ed25519PrivateKey.generate()
    checkpoint = Checkpoint(origin=ORIGIN, position=1, hash=bytes(32), signed_at=timezone.now())
    keep(tmp_path, 1, sign(checkpoint, other))
    with pytest.raises(SigningRefused, match="none of the keys"):
        _sign(tmp_path)


def test_a_new_key_goes_on_where_an_earlier_one_that_is_named_ended(tmp_path: Path, settings: Any) -> None:
    _write(1)
    _sign(tmp_path)
    _write(1)
    following = Ed25519PrivateKey.generate()
    with pytest.raises(SigningRefused):
        _sign(tmp_path, following)
    settings.AUDIT_PUBLIC_KEYS = [str(public_half(ORIGIN, KEY))]
    link_now()
    made = _sign(tmp_path, following)
    assert made is not None
    assert made.position == 3


@pytest.mark.parametrize(
    ("events", "age", "is_due"),
    [
        (0, timedelta(hours=1), False),
        (1, timedelta(minutes=4), False),
        (1, timedelta(minutes=5), True),
        (999, timedelta(0), False),
        (1_000, timedelta(0), True),
    ],
)
def test_it_is_due_after_so_many_events_or_so_long(events: int, age: timedelta, is_due: bool) -> None:
    _write(1)
    AuditEvent.objects.bulk_create(
        [AuditEvent(type="pat.created", outcome="success", actor_kind="system") for _ in range(events)]
    )
    link_now()
    assert operations.is_checkpoint_due(covered=1, now=timezone.now() + age) is is_due


def test_it_is_due_at_once_where_the_end_was_removed() -> None:
    _write(1)
    assert operations.is_checkpoint_due(covered=2, now=timezone.now())


def test_the_folder_says_what_is_covered_whatever_web_and_worker_write(tmp_path: Path) -> None:
    _write(2)
    assert operations.kept_checkpoint(key=KEY, folder=tmp_path) is None
    made = _sign(tmp_path)
    AuditCheckpoint.objects.create(position=9_000, hash=bytes(32), note="trust me")
    assert made is not None
    for _ in range(2):
        # The same row twice changes nothing either.
        assert operations.kept_checkpoint(key=KEY, folder=tmp_path) == made
        AuditCheckpoint.objects.create(position=made.position, hash=made.hash, note=made.note)
    _write(1)
    following = _sign(tmp_path)
    assert following is not None
    assert following.position == 3


@pytest.mark.parametrize("addresses", [[], ["one@example.com", "two@example.com"]])
def test_auditors_get_a_copy(tmp_path: Path, settings: Any, addresses: list[str]) -> None:
    settings.AUDIT_RECIPIENTS = addresses
    _write(1)
    made = _sign(tmp_path)
    assert made is not None
    for _ in range(2):
        assert operations.mail_checkpoint(checkpoint=made, now=timezone.now()) == len(addresses)
    assert [one.to for one in mail.outbox[: len(addresses)]] == [[address] for address in addresses]
    assert all(made.note in str(one.body) for one in mail.outbox)
    # Whoever gets one twice sees one.
    assert len({one.extra_headers["Message-ID"] for one in mail.outbox}) == len(addresses)
    made.refresh_from_db()
    assert (made.mailed_at is not None) is bool(addresses)


def test_a_mail_that_may_not_go_out_is_told(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_RECIPIENTS, settings.MAIL_DOMAINS = ["auditor@elsewhere.example"], ["example.com"]
    _write(1)
    made = _sign(tmp_path)
    assert made is not None
    with pytest.raises(MailFailed):
        operations.mail_checkpoint(checkpoint=made, now=timezone.now())
    made.refresh_from_db()
    assert made.mailed_at is None
