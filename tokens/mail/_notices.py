"""What mails about one thing that happened say; None where it is no longer so."""

from datetime import datetime
from typing import Any

from accounts.models import User
from tokens.mail._addresses import one_line, person_name
from tokens.mail._letter import address_of
from tokens.mail._reader import PROOF_AGE, answer_address, clock_of, settings_address
from tokens.mail._unsubscribe import unsubscribe_address
from tokens.models import BackupContact, Operation, OutgoingMail, ReminderSettings

Facts = dict[str, Any]


def unconfirmed_rotation(mail: OutgoingMail, now: datetime) -> Facts | None:
    """Return what the owner is told of a successor whose secret nobody said to have stored."""
    rows = Operation.objects.select_related("pat__organization", "replaces__organization")
    operation = rows.filter(pk=mail.facts["operation_id"]).first()
    if operation is None or operation.pat is None or operation.replaces is None:
        return None
    old, new = operation.replaces, operation.pat
    if new.received_at is not None or not new.is_active(now=now):
        return None
    clock = clock_of(mail.user, now=now)
    return {
        "person": person_name(mail.user),
        "old_name": one_line(str(old)),
        "old_is_active": old.is_active(now=now),
        "new_name": one_line(str(new)),
        "organization": one_line(new.organization.name),
        "made_at": clock.exact(new.issued_at or operation.requested_at),
        "zone": clock.place,
        "url": address_of("pat_detail", new.id),
    }


def invitation(mail: OutgoingMail, now: datetime) -> Facts | None:  # noqa: ARG001 - as its siblings
    """Return what an address is told that somebody named as backup owner."""
    contact = BackupContact.objects.filter(pk=mail.facts["contact_id"], left_at=None).first()
    owner = User.objects.filter(pk=mail.facts["owner_id"]).first()
    if contact is None or owner is None or contact.is_agreed:
        return None
    return {
        "owner": person_name(owner),
        # How many, never which: an address sees nothing before it has agreed.
        "count": contact.pats.filter(user=owner, revoked_at=None, vanished_at=None).count(),
        "url": answer_address(contact),
        "days": PROOF_AGE.days,
    }


def test_mail(mail: OutgoingMail, now: datetime) -> Facts:
    """Return what a person is told who wants to see whether mail arrives."""
    clock = clock_of(mail.user, now=now)
    return {
        "person": person_name(mail.user or ""),
        "now": clock.exact(now),
        "zone": clock.place,
        "settings_url": settings_address(),
    }


def unsubscribed(mail: OutgoingMail, now: datetime) -> Facts | None:
    """Return what a person is told whose reminders the link of a mail stopped; None once they come again."""
    wishes = ReminderSettings.objects.filter(user=mail.user_id).first()
    until = wishes.unsubscribed_until if wishes is not None else None
    if mail.user is None or until is None or until <= now:
        return None
    clock = clock_of(mail.user, now=now)
    return {
        "person": person_name(mail.user),
        "until": clock.exact(until),
        "until_day": clock.day(until),
        "is_last_day_told": wishes.is_told_of_last_day(now=now) if wishes else True,
        "zone": clock.place,
        "settings_url": settings_address(),
        "unsubscribe_url": unsubscribe_address(mail.user),
    }
