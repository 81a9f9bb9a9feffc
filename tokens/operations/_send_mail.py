"""Send a mail that is due: claim it, look whether it still holds, hand it over, tick it off.

A process that dies between the handing over and the tick sends it twice, with one Message-ID.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue
from tokens.mail import MailFailed, deliver, letter_of
from tokens.models import EventType, Operation, Outcome, OutgoingMail

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 12
# Why a mail was given up whose attempts ended in an error of our own, or with the process.
BROKEN_OFF = "broken_off"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# Longer than a mail server is waited for.
_CLAIM = timedelta(minutes=2)
_OPEN = Q(sent_at=None, given_up_at=None, not_needed_at=None)


def mails_due(*, now: datetime) -> list[OutgoingMail]:
    """Return mails whose own job got lost: due for a minute, and in nobody's hands; the oldest 100."""
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    overdue = OutgoingMail.objects.filter(_OPEN, unclaimed, due_at__lt=now - timedelta(minutes=1))
    return list(overdue.order_by("due_at")[:100])


def send_mail(*, mail_id: UUID | str, actor: Actor, now: datetime) -> None:
    """Send one mail if it is due, open, and nobody else has it; refusals are tried again, later and later."""
    mail = _claim(mail_id, actor=actor, now=now)
    if mail is None:
        return
    letter = letter_of(mail, now=now)
    if letter is None:
        OutgoingMail.objects.filter(pk=mail.pk).update(not_needed_at=now, claimed_until=None)
        return
    try:
        deliver(letter)
    except MailFailed as exc:
        _note_failure(mail, exc, actor=actor, now=now)
    else:
        _note_sent(mail, actor=actor, now=now)


def _claim(mail_id: UUID | str, *, actor: Actor, now: datetime) -> OutgoingMail | None:
    with transaction.atomic(durable=True):
        rows = OutgoingMail.objects.select_for_update(of=("self",), skip_locked=True).select_related("user")
        free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        mail = rows.filter(_OPEN, free, pk=mail_id, due_at__lte=now).first()
        if mail is None:
            return None
        if mail.attempts >= MAX_ATTEMPTS:
            # The last attempt came to no end that was noted, and one more would not either.
            _give_up(mail, BROKEN_OFF, actor=actor, now=now)
            return None
        mail.claimed_until, mail.attempts = now + _CLAIM, mail.attempts + 1
        mail.save(update_fields=["claimed_until", "attempts"])
    return mail


def _note_sent(mail: OutgoingMail, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic(durable=True):
        OutgoingMail.objects.filter(pk=mail.pk).update(sent_at=now, claimed_until=None, error_code="")
        _record(EventType.MAIL_SENT, mail, Outcome.SUCCESS, actor=actor)


def _note_failure(mail: OutgoingMail, error: MailFailed, *, actor: Actor, now: datetime) -> None:
    if error.is_final or mail.attempts >= MAX_ATTEMPTS:
        _give_up(mail, error.code, actor=actor, now=now)
        return
    again_at = now + pause_after(mail.attempts)
    with transaction.atomic(durable=True):
        OutgoingMail.objects.filter(pk=mail.pk).update(
            due_at=again_at, claimed_until=None, error_code=error.code
        )
        enqueue.send_mail(mail_id=mail.id, at=again_at)
    log.info("mail not accepted", mail_id=str(mail.id), kind=mail.kind, code=error.code)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: a minute, doubled each time, an hour at most."""
    doublings: int = 2 ** (attempts - 1)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)


def _give_up(mail: OutgoingMail, code: str, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        OutgoingMail.objects.filter(pk=mail.pk).update(given_up_at=now, claimed_until=None, error_code=code)
        _record(EventType.MAIL_FAILED, mail, Outcome.FAILED, actor=actor, error_code=code)
    log.error("mail given up", mail_id=str(mail.id), kind=mail.kind, code=code, attempts=mail.attempts)


def _record(
    event_type: EventType, mail: OutgoingMail, outcome: Outcome, *, actor: Actor, error_code: str = ""
) -> None:
    owner = mail.user or User.objects.filter(pk=mail.facts.get("owner_id")).first()
    operation = _operation_of(mail)
    audit.record(
        event_type,
        actor=actor,
        outcome=outcome,
        owner=owner,
        pat=operation.pat if operation else None,
        operation_id=operation.id if operation else None,
        error_code=error_code,
        data={"kind": mail.kind, "mail_id": str(mail.id), "attempts": mail.attempts},
    )


def _operation_of(mail: OutgoingMail) -> Operation | None:
    """Return the operation that a mail is about, None for one about something else."""
    about = Operation.objects.select_related("pat__organization")
    return about.filter(pk=mail.facts.get("operation_id")).first()
