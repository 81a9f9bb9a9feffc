"""What mails about ends say: the PATs they announce, as they are when the mail is sent.

Which PATs those are is decided before: `operations` marks what is no longer to be announced.
"""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from accounts.models import User
from tokens.mail._addresses import one_line
from tokens.mail._letter import address_of
from tokens.models import BackupContact, OutgoingMail
from tokens.reminder_queries import announced_by

MOST_ROWS = 25


def digest(mail: OutgoingMail, now: datetime) -> dict[str, Any] | None:
    """Return what a person is told about their own PATs; None where nothing is left to tell."""
    rows = _rows(mail, now)
    return None if rows is None else {**rows, "person": one_line(str(mail.user))}


def backup(mail: OutgoingMail, now: datetime) -> dict[str, Any] | None:
    """Return what a backup owner is told, who agreed and has not left; None where nothing is left to tell."""
    contact = BackupContact.objects.filter(pk=mail.facts["contact_id"]).select_related("user").first()
    owner = User.objects.filter(pk=mail.facts["owner_id"]).first()
    rows = _rows(mail, now)
    if contact is None or owner is None or rows is None or not contact.is_agreed:
        return None
    return {**rows, "owner": one_line(str(owner))}


def test_mail(mail: OutgoingMail, now: datetime) -> dict[str, Any]:  # noqa: ARG001 - as its siblings
    """Return what a person is told who wants to see whether mail arrives."""
    return {"person": one_line(str(mail.user))}


def unsubscribed(mail: OutgoingMail, now: datetime) -> dict[str, Any]:  # noqa: ARG001 - as its siblings
    """Return what a person is told whose reminders were muted by one click."""
    return {"person": one_line(str(mail.user)), "until": parse_datetime(mail.facts["until"])}


def _rows(mail: OutgoingMail, now: datetime) -> dict[str, Any] | None:
    found = announced_by(mail, now=now)
    if not found:
        return None
    rows = [
        {
            "name": one_line(one.pat.name),
            "organization": one_line(one.pat.organization.name),
            "stops_at": one.stops_at,
            "as_of": one.as_of,
            "url": address_of("pat_detail", one.pat.pk),
        }
        for one in found[:MOST_ROWS]
    ]
    return {"rows": rows, "others": len(found) - 1, "more": len(found) - len(rows)}
