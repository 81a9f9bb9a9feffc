"""The letter of each kind of mail, of what is true when it is sent; None where it is no longer needed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core import signing

from accounts.models import User
from tokens.mail import _reminders
from tokens.mail._addresses import one_line
from tokens.mail._letter import Letter, address_of, written
from tokens.models import BackupContact, Operation, OutgoingMail

PROOF_SALT = "tokens.backup"
PROOF_AGE = timedelta(days=30)

Facts = dict[str, Any]


def letter_of(mail: OutgoingMail, *, now: datetime) -> Letter | None:
    """Return the words of a mail as things stand now; None where it is no longer needed."""
    facts = _FACTS[OutgoingMail.Kind(mail.kind)](mail, now)
    if facts is None:
        return None
    address = mail.address or (mail.user.mail_address if mail.user else "")
    return written(mail.kind, facts, address=address, name=str(mail.id))


def _unconfirmed_rotation(mail: OutgoingMail, now: datetime) -> Facts | None:
    rows = Operation.objects.select_related("pat__organization", "replaces__organization")
    operation = rows.filter(pk=mail.facts["operation_id"]).first()
    if operation is None or operation.pat is None or operation.replaces is None:
        return None
    old, new = operation.replaces, operation.pat
    if new.received_at is not None or not new.is_active(now=now):
        return None
    return {
        "person": one_line(str(mail.user)),
        "old_name": one_line(old.name),
        "old_is_active": old.is_active(now=now),
        "new_name": one_line(new.name),
        "organization": one_line(new.organization.name),
        "made_at": new.issued_at,
        "url": address_of("pat_detail", new.id),
    }


def _invitation(mail: OutgoingMail, now: datetime) -> Facts | None:  # noqa: ARG001 - as its siblings
    contact = BackupContact.objects.filter(pk=mail.facts["contact_id"], left_at=None).first()
    owner = User.objects.filter(pk=mail.facts["owner_id"]).first()
    if contact is None or owner is None or contact.is_agreed:
        return None
    return {
        "owner": one_line(str(owner)),
        # How many, never which: an address sees nothing before it has agreed.
        "count": contact.pats.filter(user=owner, revoked_at=None, vanished_at=None).count(),
        "url": address_of("backup_answer", signing.dumps(contact.pk, salt=PROOF_SALT)),
        "days": PROOF_AGE.days,
    }


_FACTS: dict[OutgoingMail.Kind, Callable[[OutgoingMail, datetime], Facts | None]] = {
    OutgoingMail.Kind.ROTATION_UNCONFIRMED: _unconfirmed_rotation,
    OutgoingMail.Kind.BACKUP_INVITATION: _invitation,
    OutgoingMail.Kind.REMINDER_DIGEST: _reminders.digest,
    OutgoingMail.Kind.WELCOME_DIGEST: _reminders.digest,
    OutgoingMail.Kind.GLOBAL_STOP: _reminders.digest,
    OutgoingMail.Kind.BACKUP_REMINDER: _reminders.backup,
    OutgoingMail.Kind.TEST_MAIL: _reminders.test_mail,
    OutgoingMail.Kind.UNSUBSCRIBED: _reminders.unsubscribed,
}
