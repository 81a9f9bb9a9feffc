"""What a person wants to hear, and when: reminder days, time zone, quiet for a while, a mail to try it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue, rules
from tokens.errors import SettingRefused
from tokens.mail import is_recipient
from tokens.models import EventType, Outcome, OutgoingMail, Pat, ReminderSettings

TEST_MAILS_AN_HOUR = 3


def choose_reminder_days(*, actor: Actor, owner: User, days: Iterable[int]) -> None:
    """Remind `owner` so many days before each end from now on; with no days, never."""
    chosen = set(days)
    steps = [step for step in rules.REMINDER_STEPS_DAYS if step in chosen]
    _change(actor=actor, owner=owner, steps=steps)


def choose_time_zone(*, actor: Actor, owner: User, name: str) -> None:
    """Take `name`, a zone of the IANA database, as the one in which `owner` reads dates and gets mail."""
    _change(actor=actor, owner=owner, time_zone=name)


def mute_reminders(*, actor: Actor, owner: User, until: datetime) -> None:
    """Send `owner` no reminder at all before `until`."""
    _change(actor=actor, owner=owner, muted_until=until)


def unmute_reminders(*, actor: Actor, owner: User) -> None:
    """Send `owner` reminders again, whether the settings or the link of a mail had stopped them."""
    _change(actor=actor, owner=owner, muted_until=None, unsubscribed_until=None)


def _change(*, actor: Actor, owner: User, **wishes: Any) -> None:
    """Save what is wanted and record what differs; where nothing does, nothing is recorded."""
    with transaction.atomic(durable=True):
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=owner.pk)
        row, _ = ReminderSettings.objects.get_or_create(user=owner)
        before = {name: getattr(row, name) for name in wishes}
        changes = {
            name: [_plain(before[name]), _plain(value)]
            for name, value in wishes.items()
            if before[name] != value
        }
        if not changes:
            return
        for name in changes:
            setattr(row, name, wishes[name])
        row.save(update_fields=list(changes))
        audit.record(EventType.SETTINGS_CHANGED, actor=actor, owner=owner, data=changes)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def mute_pat(*, actor: Actor, owner: User, pat: Pat, until: datetime | None) -> None:
    """Send no reminder about `pat` before `until`; with None, send them again."""
    with transaction.atomic(durable=True):
        row = Pat.objects.select_for_update(of=("self",), no_key=True).get(pk=pat.pk)
        before = row.reminders_muted_until
        if before == until:
            return
        row.reminders_muted_until = until
        row.save(update_fields=["reminders_muted_until"])
        data = {"muted_until": [_plain(before), _plain(until)]}
        event_type = EventType.PAT_UNMUTED if until is None else EventType.PAT_MUTED
        audit.record(event_type, actor=actor, owner=owner, pat=pat, data=data)


def send_test_mail(*, actor: Actor, owner: User, now: datetime) -> OutgoingMail:
    """Have a mail sent to `owner`, to see whether mail arrives; the row tells what becomes of it.

    Raises SettingRefused.
    """
    if not is_recipient(owner.mail_address):
        raise SettingRefused(detail="no_mail_address")
    kind = OutgoingMail.Kind.TEST_MAIL
    with transaction.atomic(durable=True):
        # Of two at once, the second counts the first.
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=owner.pk)
        recent = OutgoingMail.objects.filter(user=owner, kind=kind, due_at__gt=now - timedelta(hours=1))
        if recent.count() >= TEST_MAILS_AN_HOUR:
            raise SettingRefused(detail="too_many_test_mails")
        mail = OutgoingMail.objects.create(
            kind=kind, key=f"{kind}:{owner.pk}:{uuid4().hex}", user=owner, due_at=now
        )
        enqueue.send_mail(mail_id=mail.id)
        audit.record(
            EventType.MAIL_TEST_ASKED,
            actor=actor,
            owner=owner,
            outcome=Outcome.REQUESTED,
            data={"mail_id": str(mail.id)},
        )
    return mail
