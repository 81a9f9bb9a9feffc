"""What mails about ends say: the PATs they announce, as they are when the mail is sent.

Which PATs those are is decided before: `operations` marks what is no longer to be announced.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from patportal.lib.notation import written
from tokens.mail._addresses import person_name
from tokens.mail._letter import address_of
from tokens.mail._reader import clock_of, leave_address, settings_address
from tokens.mail._rows import Row, rows_of
from tokens.mail._unsubscribe import unsubscribe_address
from tokens.models import BackupContact, OutgoingMail, global_stop_at
from tokens.reminder_queries import announced_by

Facts = dict[str, Any]


def digest(mail: OutgoingMail, now: datetime) -> Facts | None:
    """Return what a person is told about their own PATs; None where nothing is left to tell."""
    found = announced_by(mail, now=now)
    if not found or mail.user is None:
        return None
    clock = clock_of(mail.user, now=now)
    rows = rows_of(found, clock=clock)
    return {
        **_facts(rows, total=len(found)),
        "person": person_name(mail.user),
        "list_url": address_of("pat_list"),
        "settings_url": settings_address(),
        "unsubscribe_url": unsubscribe_address(mail.user),
        "zone": clock.place,
        "why": _("You get this because these tokens are yours."),
    }


def backup(mail: OutgoingMail, now: datetime) -> Facts | None:
    """Return what a backup owner is told, who agreed and has not left; None where nothing is left to tell."""
    contact = BackupContact.objects.filter(pk=mail.facts["contact_id"]).select_related("user").first()
    owner = User.objects.filter(pk=mail.facts["owner_id"]).first()
    found = announced_by(mail, now=now)
    if contact is None or owner is None or not found or not contact.is_agreed:
        return None
    clock = clock_of(contact.user, now=now)
    # The PATs' pages are their owner's alone; a person of the portal has a page of those that name them.
    rows = rows_of(found, clock=clock, is_linked=False)
    return {
        **_facts(rows, total=len(found)),
        "owner": person_name(owner),
        "backup_url": address_of("backup") if contact.user else "",
        "leave_url": leave_address(contact),
        "zone": clock.place,
    }


def _facts(rows: Sequence[Row], *, total: int) -> Facts:
    first, others = rows[0], total - 1
    words = {
        "name": first.short_name,
        "verb": first.verb,
        "when": first.relative,
        "moment": first.exact,
        "organization": first.organization,
        "count": others,
    }
    if others:
        heading = ngettext(
            "“%(name)s” %(verb)s %(when)s, and %(count)s more",
            "“%(name)s” %(verb)s %(when)s, and %(count)s more",
            others,
        )
        preview = ngettext(
            "%(moment)s, in %(organization)s, and %(count)s more.",
            "%(moment)s, in %(organization)s, and %(count)s more.",
            others,
        )
    else:
        heading, preview = _("“%(name)s” %(verb)s %(when)s"), _("%(moment)s, in %(organization)s.")
    return {
        "first": first,
        "rows": rows,
        "others": others,
        "more": total - len(rows),
        "stop_day": written(global_stop_at(), "long day"),
        "heading": heading % words,
        "preview": preview % words,
    }
