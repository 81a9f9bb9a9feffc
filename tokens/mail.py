"""Mails: whom they may go to, their words, and how one is handed to the mail server.

It knows nothing of jobs, claims and repetitions; `operations/_send_mail` decides when. Names of people and
PATs are text from outside: they come on one line, and as something that no mail program makes a link of.
"""

import hashlib
import re
import smtplib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from tokens.models import AuditCheckpoint, BackupContact, Operation, OutgoingMail

PROOF_SALT = "tokens.backup"
PROOF_AGE = timedelta(days=30)

_NAME_LENGTH = 200
# An invisible character that breaks what mail programs take for an address or a host.
_WORD_JOINER = "\u2060"
_LINKABLE = re.compile(r"(?<=[.:/@])(?=\S)")
# What has one spelling alone: no quotes and no encoded words, no letters that fold into others, no literals.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._+'-]+@[A-Za-z0-9.-]+")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


class MailFailed(Exception):
    """The mail server did not accept a mail; `code` says why, `is_final` that it never will."""

    def __init__(self, code: str, *, is_final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it goes out: the text and the HTML tell the same."""

    address: str
    subject: str
    text: str
    html: str


def is_recipient(address: str) -> bool:
    """Tell whether mail may go to `address`: it is one, and in one of `MAIL_DOMAINS` if there are any.

    Of several spellings of one address, one alone is accepted, so that whoever left is not asked by another.
    """
    if not _PLAIN_ADDRESS.fullmatch(address):
        return False
    try:
        validate_email(address)
    except ValidationError:
        return False
    domains = settings.MAIL_DOMAINS
    return not domains or address.rpartition("@")[2].lower() in domains


def one_line(text: str) -> str:
    """Return a name as it may stand in a mail: one line, nothing hidden, nothing that becomes a link."""
    visible = "".join(" " if unicodedata.category(char) in _HIDDEN else char for char in text)
    short = " ".join(visible.split())
    if len(short) > _NAME_LENGTH:
        short = f"{short[: _NAME_LENGTH - 1]}…"
    return _LINKABLE.sub(_WORD_JOINER, short)


def letter_of(mail: OutgoingMail, *, now: datetime) -> Letter | None:
    """Return the words of a mail as things stand now; None where it is no longer needed."""
    facts = _FACTS[OutgoingMail.Kind(mail.kind)](mail, now)
    if facts is None:
        return None
    address = mail.address or (mail.user.mail_address if mail.user else "")
    subject, text, html = _rendered(mail.kind, facts)
    return Letter(address=address, subject=subject, text=text, html=html)


def _rendered(kind: str, facts: dict[str, Any]) -> tuple[str, str, str]:
    subject, text, html = (
        render_to_string(f"emails/{kind}/{name}", facts) for name in ("subject.txt", "body.txt", "body.html")
    )
    return " ".join(subject.split()), text, html


def _unconfirmed_rotation(mail: OutgoingMail, now: datetime) -> dict[str, Any] | None:
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
        "url": _address("pat_detail", new.id),
    }


def _invitation(mail: OutgoingMail, now: datetime) -> dict[str, Any] | None:  # noqa: ARG001 - as its siblings
    contact = BackupContact.objects.filter(pk=mail.facts["contact_id"], left_at=None).first()
    owner = User.objects.filter(pk=mail.facts["owner_id"]).first()
    if contact is None or owner is None or contact.is_agreed:
        return None
    proof = signing.dumps(contact.pk, salt=PROOF_SALT)
    return {
        "owner": one_line(str(owner)),
        "portal": settings.PORTAL_BASE_URL,
        # How many, never which: an address sees nothing before it has agreed.
        "count": contact.pats.filter(user=owner, revoked_at=None, vanished_at=None).count(),
        "url": _address("backup_answer", proof),
        "days": PROOF_AGE.days,
    }


_FACTS: dict[OutgoingMail.Kind, Callable[[OutgoingMail, datetime], dict[str, Any] | None]] = {
    OutgoingMail.Kind.ROTATION_UNCONFIRMED: _unconfirmed_rotation,
    OutgoingMail.Kind.BACKUP_INVITATION: _invitation,
}


def _address(name: str, *arguments: object) -> str:
    return f"{settings.PORTAL_BASE_URL}{reverse(name, args=arguments)}"


def deliver(letter: Letter, *, mail: OutgoingMail) -> None:
    """Hand a mail to the mail server; returns once it was accepted. Raises MailFailed."""
    _hand_over(letter, name=str(mail.id))


def deliver_checkpoint(checkpoint: AuditCheckpoint, *, address: str) -> None:
    """Hand an auditor's copy of a checkpoint to the mail server. Raises MailFailed."""
    facts = {"checkpoint": checkpoint, "portal": settings.PORTAL_BASE_URL}
    subject, text, html = _rendered("audit_checkpoint", facts)
    recipient = hashlib.sha256(address.encode()).hexdigest()[:16]
    letter = Letter(address=address, subject=subject, text=text, html=html)
    _hand_over(letter, name=f"checkpoint-{checkpoint.position}-{recipient}")


def _hand_over(letter: Letter, *, name: str) -> None:
    if not is_recipient(letter.address):
        raise MailFailed("recipient_not_allowed", is_final=True)
    host = urlsplit(settings.PORTAL_BASE_URL).hostname
    message = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        to=[letter.address],
        headers={"Message-ID": f"<{name}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as exc:
        raise MailFailed("recipient_refused") from exc
    except smtplib.SMTPResponseException as exc:
        raise MailFailed(f"smtp_{exc.smtp_code}") from exc
    except OSError as exc:  # what smtplib raises is one, too
        raise MailFailed("unreachable") from exc
    except ValueError as exc:  # no letter, or an address that cannot be written down; that stays so
        raise MailFailed("not_sendable", is_final=True) from exc
