"""What a mail's end means: events, and what becomes of the reminders that it was made for.

A mail about ends writes one event for each PAT that it announced instead of one of its own: whoever asks in
the log whether somebody was told of a PAT finds it by that PAT, and so does its page.
"""

from datetime import datetime

from django.db import connection

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.models import EventType, Operation, Outcome, OutgoingMail, Reminder
from tokens.reminder_queries import Announced, announced_by, untrue_of

ABOUT_ENDS = {
    OutgoingMail.Kind.REMINDER_DIGEST,
    OutgoingMail.Kind.WELCOME_DIGEST,
    OutgoingMail.Kind.GLOBAL_STOP,
    OutgoingMail.Kind.BACKUP_REMINDER,
}
# One statement, because each mail has a tick of its own: it is run tens of thousands of times a morning.
_TICK_OFF = """
    WITH mail AS (
        UPDATE tokens_outgoingmail SET sent_at = %(now)s, claimed_until = NULL, error_code = ''
        WHERE id = %(mail)s
    )
    UPDATE tokens_reminder SET state = 'sent'
    WHERE id = ANY(%(told)s::bigint[]) AND mail_id = %(mail)s AND state = 'waiting'
"""


def drop_untrue(mail: OutgoingMail, *, now: datetime) -> None:
    """Mark what a mail was made for and is not true any more; it announces the rest alone."""
    if mail.kind not in ABOUT_ENDS or mail.kind == OutgoingMail.Kind.BACKUP_REMINDER:
        return
    if untrue := untrue_of(mail, now=now):
        Reminder.objects.filter(pk__in=untrue).update(state=Reminder.State.NOT_NEEDED)


def has_nothing_left(mail: OutgoingMail, *, now: datetime) -> bool:
    """Tell whether a mail about ends has none left to announce."""
    return mail.kind in ABOUT_ENDS and not announced_by(mail, now=now)


def note_not_needed(mail: OutgoingMail, *, now: datetime) -> None:
    """Note that a mail has nothing to say any more."""
    OutgoingMail.objects.filter(pk=mail.pk).update(not_needed_at=now, claimed_until=None)


def tick_off(mail: OutgoingMail, *, actor: Actor, now: datetime) -> None:
    """Note that a mail was accepted, and record it. Part of the caller's transaction.

    `now` is that of its letter, so that what is recorded is what the letter told.
    """
    about = _about(mail, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_TICK_OFF, {"now": now, "mail": mail.pk, "told": _own(mail, about)})
    _record(mail, about, Outcome.SUCCESS, actor=actor)


def note_given_up(mail: OutgoingMail, code: str, *, actor: Actor, now: datetime) -> None:
    """Note that a mail was given up, and record it. Part of the caller's transaction."""
    about = _about(mail, now=now)
    OutgoingMail.objects.filter(pk=mail.pk).update(
        given_up_at=now, claimed_until=None, attempts=mail.attempts, error_code=code
    )
    missed = Reminder.objects.filter(pk__in=_own(mail, about), mail=mail, state=Reminder.State.WAITING)
    missed.update(state=Reminder.State.FAILED)
    _record(mail, about, Outcome.FAILED, actor=actor, error_code=code)


def _about(mail: OutgoingMail, *, now: datetime) -> list[Announced]:
    return announced_by(mail, now=now) if mail.kind in ABOUT_ENDS else []


def _own(mail: OutgoingMail, about: list[Announced]) -> list[int]:
    """Return the reminders that a mail settles; those in one to a backup owner are the owner's own mail's."""
    is_backup = mail.kind == OutgoingMail.Kind.BACKUP_REMINDER
    return [] if is_backup else [one.reminder_id for one in about]


def _record(
    mail: OutgoingMail, about: list[Announced], outcome: Outcome, *, actor: Actor, error_code: str = ""
) -> None:
    if about:
        _record_reminders(mail, about, outcome, actor=actor, error_code=error_code)
    else:
        _record_mail(mail, outcome, actor=actor, error_code=error_code)


def _record_reminders(
    mail: OutgoingMail, about: list[Announced], outcome: Outcome, *, actor: Actor, error_code: str
) -> None:
    is_sent = outcome == Outcome.SUCCESS
    audit.record_all(
        audit.build(
            EventType.REMINDER_SENT if is_sent else EventType.REMINDER_FAILED,
            actor=actor,
            outcome=outcome,
            owner=one.pat.user,
            pat=one.pat,
            error_code=error_code,
            data={**_data(mail), "step_days": one.step_days, "valid_to": one.stops_at.isoformat()},
        )
        for one in about
    )


def _record_mail(mail: OutgoingMail, outcome: Outcome, *, actor: Actor, error_code: str) -> None:
    operation = _operation_of(mail)
    audit.record(
        EventType.MAIL_SENT if outcome == Outcome.SUCCESS else EventType.MAIL_FAILED,
        actor=actor,
        outcome=outcome,
        owner=mail.user or User.objects.filter(pk=mail.facts.get("owner_id")).first(),
        pat=operation.pat if operation else None,
        operation_id=operation.id if operation else None,
        error_code=error_code,
        data=_data(mail),
    )


def _data(mail: OutgoingMail) -> dict[str, object]:
    data: dict[str, object] = {"kind": mail.kind, "mail_id": str(mail.id), "attempts": mail.attempts}
    if mail.kind == OutgoingMail.Kind.BACKUP_REMINDER:
        data["backup_email"] = mail.address or str(mail.user)
    return data


def _operation_of(mail: OutgoingMail) -> Operation | None:
    """Return the operation that a mail is about, None for one about something else."""
    about = Operation.objects.select_related("pat__organization")
    return about.filter(pk=mail.facts.get("operation_id")).first()
