"""Sign a checkpoint of the audit log: say where its chain stands, once it was seen to extend the last one.

Run by the one account that may read the signing key. What was kept outside is believed, the database is not.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.db.models import Min

from patportal.lib.actors import Actor
from tokens import audit, mail
from tokens.audit_proof import kept, notes
from tokens.audit_proof.chain import examine
from tokens.audit_proof.findings import Finding, SigningRefused
from tokens.models import AuditCheckpoint, AuditEvent, AuditLink, EventType, Outcome

log = structlog.get_logger(__name__)

MOST_UNCOVERED = 1_000
LONGEST_UNCOVERED = timedelta(minutes=5)
# Whoever runs the command again and again must not fill a log that cannot be emptied.
_REFUSALS_PAUSE = timedelta(hours=1)


def is_checkpoint_due(*, covered: int, now: datetime) -> bool:
    """Tell whether so many events, or any for so long, stand behind the position `covered`, or it is lost.

    Which position is covered, the folder says: into the database web and worker could write another one.
    """
    last = AuditLink.objects.order_by("-position").values_list("position", flat=True).first() or 0
    if last <= covered or last - covered >= MOST_UNCOVERED:
        return last != covered
    uncovered = AuditLink.objects.filter(position__gt=covered).values("event_id")
    oldest = AuditEvent.objects.filter(pk__in=uncovered).aggregate(at=Min("at"))["at"]
    return oldest is None or oldest <= now - LONGEST_UNCOVERED


def kept_checkpoint(*, key: Ed25519PrivateKey, folder: Path) -> AuditCheckpoint | None:
    """Return the newest checkpoint of `folder` as a row, which is brought back where it is not there.

    Raises CheckpointUnreadable where the newest file is none that this key, or an earlier one, has signed.
    """
    last = kept.newest_checkpoint(folder, _known_keys(key))
    return None if last is None else _row(last, (folder / kept.file_of(last.position)).read_text("utf-8"))


def sign_audit(
    *, actor: Actor, key: Ed25519PrivateKey, folder: Path, now: datetime
) -> AuditCheckpoint | None:
    """Write the next checkpoint into `folder` and return it; None where the chain stands where it stood.

    All of the chain after the folder's newest checkpoint is verified first. Raises SigningRefused, which is
    recorded, where it does not extend that one or something is wrong with it, and OSError where the folder
    cannot be written to.
    """
    found: list[Finding] = []
    try:
        last = kept.newest_checkpoint(folder, _known_keys(key))
    except kept.CheckpointUnreadable as exc:
        raise _refused(str(exc), actor=actor, now=now) from exc
    seen = examine(since=last, checkpoints=[], report=_first_of(found))
    if found:
        raise _refused(found[0].sentence, actor=actor, now=now, faults=seen.faults)
    if seen.to_position < 1:
        return None
    if last is not None and seen.to_position == last.position:
        kept_checkpoint(key=key, folder=folder)
        return None
    checkpoint = notes.Checkpoint(
        origin=notes.origin_of(settings.PORTAL_BASE_URL),
        position=seen.to_position,
        hash=seen.head,
        signed_at=now.replace(microsecond=0),
    )
    note = notes.sign(checkpoint, key)
    kept.keep(folder, checkpoint.position, note)
    log.info("checkpoint signed", position=checkpoint.position)
    return _row(checkpoint, note)


def _known_keys(key: Ed25519PrivateKey) -> list[str | notes.PublicKey]:
    """Return what may have signed the files of the folder: `key`, and those that are named."""
    return [*settings.AUDIT_PUBLIC_KEYS, notes.public_half(notes.origin_of(settings.PORTAL_BASE_URL), key)]


def _first_of(found: list[Finding]) -> Callable[[Finding], None]:
    return lambda finding: None if found else found.append(finding)


def _row(checkpoint: notes.Checkpoint, note: str) -> AuditCheckpoint:
    """Return the row that tells of a checkpoint in the admin; a crash may have left the file without it."""
    # The row may have been written any number of times: web and worker can.
    row = AuditCheckpoint.objects.filter(position=checkpoint.position, note=note).first()
    return row or AuditCheckpoint.objects.create(
        position=checkpoint.position, note=note, hash=checkpoint.hash, signed_at=checkpoint.signed_at
    )


def _refused(sentence: str, *, actor: Actor, now: datetime, faults: int = 1) -> SigningRefused:
    log.error("checkpoint refused", reason=sentence, faults=faults)
    earlier = AuditEvent.objects.filter(type=EventType.AUDIT_SIGNING_REFUSED, at__gt=now - _REFUSALS_PAUSE)
    if not earlier.exists():
        with transaction.atomic():
            audit.record(
                EventType.AUDIT_SIGNING_REFUSED,
                actor=actor,
                outcome=Outcome.REFUSED,
                error_code="signing_refused",
                data={"faults": faults, "finding": sentence},
            )
    return SigningRefused(sentence)


def mail_checkpoint(*, checkpoint: AuditCheckpoint, now: datetime) -> int:
    """Send a checkpoint to the auditors, who then hold a copy of it, and return to how many.

    Raises MailFailed where the mail server did not accept it; a repetition has the same Message-ID.
    """
    for address in settings.AUDIT_RECIPIENTS:
        mail.deliver_checkpoint(checkpoint, address=address)
    if settings.AUDIT_RECIPIENTS:
        AuditCheckpoint.objects.filter(pk=checkpoint.pk).update(mailed_at=now)
    return len(settings.AUDIT_RECIPIENTS)
