"""Who reads a mail: where their clock is, and where they go to hear no more."""

from datetime import datetime, timedelta

from django.core import signing

from accounts.models import User
from tokens.mail._letter import address_of
from tokens.mail._times import Clock
from tokens.models import BackupContact, ReminderSettings
from tokens.reminder_queries import zone_of

PROOF_SALT = "tokens.backup"
PROOF_AGE = timedelta(days=30)


def clock_of(user: User | None, *, now: datetime) -> Clock:
    """Return the clock of a person; whoever is none of the portal's reads it by the portal's own."""
    # Nobody needs a row of settings.
    row: ReminderSettings | None = getattr(user, "reminder_settings", None)
    return Clock(now, zone_of(row.time_zone if row else ""))


def settings_address() -> str:
    """Return the page on which people choose when mails come."""
    return address_of("settings")


def answer_address(contact: BackupContact) -> str:
    """Return the page on which whoever reads mail at an invited address agrees or leaves."""
    return address_of("backup_answer", signing.dumps(contact.pk, salt=PROOF_SALT))


def leave_address(contact: BackupContact) -> str:
    """Return where a backup owner leaves: people of the portal on their page, others by the signed link."""
    return address_of("backup") if contact.user_id is not None else answer_address(contact)
