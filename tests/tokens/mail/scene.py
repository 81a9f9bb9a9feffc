"""Mails of every kind, about rows that are made for them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from tests.people import Person, World
from tests.tokens.views.rows import make_operation, make_pat, set_access
from tokens.models import BackupContact, Operation, OutgoingMail, Pat, Place, Reminder, ReminderSettings

Kind = OutgoingMail.Kind
OWN_ENDS = (Kind.REMINDER_DIGEST, Kind.WELCOME_DIGEST, Kind.GLOBAL_STOP)


def make_mail(kind: Kind, person: Person | None, **changes: Any) -> OutgoingMail:
    """Write a mail that is due now."""
    fields: dict[str, Any] = {
        "kind": kind,
        "key": f"{kind}:{uuid4()}",
        "user": person.user if person else None,
        "due_at": timezone.now(),
        **changes,
    }
    return OutgoingMail.objects.create(**fields)


def announce(mail: OutgoingMail, pats: Sequence[Pat], *, step_days: int = 7) -> list[Reminder]:
    """Write the reminders that a mail was made for."""
    now = timezone.now()
    made = [
        Reminder(pat=pat, valid_to=pat.stops_at, step_days=step_days, made_at=now, mail=mail) for pat in pats
    ]
    return Reminder.objects.bulk_create(made)


def noted(pat: Pat, *, purpose: str = "", places: Sequence[str] = ()) -> Pat:
    """Note what a PAT is for and where it is used."""
    Pat.objects.filter(pk=pat.pk).update(purpose=purpose)
    Place.objects.bulk_create(
        Place(pat=pat, position=position, text=text) for position, text in enumerate(places)
    )
    pat.refresh_from_db()
    return pat


def digest(world: World, pats: Sequence[Pat], *, kind: Kind = Kind.REMINDER_DIGEST) -> OutgoingMail:
    """Return a mail to Alice that announces these PATs, read a moment ago."""
    set_access(world.alice, world, at=timezone.now())
    mail = make_mail(kind, world.alice)
    announce(mail, pats)
    return mail


def backup_reminder(world: World, pats: Sequence[Pat], contact: BackupContact) -> OutgoingMail:
    """Return a mail to a backup owner of Alice's, who was not seen for long."""
    User.objects.filter(pk=world.alice.user.pk).update(signed_in_at=timezone.now() - timedelta(days=20))
    Pat.objects.filter(pk__in=[pat.pk for pat in pats]).update(backup_contact=contact)
    own = digest(world, pats)
    reminders = Reminder.objects.filter(mail=own).values_list("pk", flat=True)
    facts = {"contact_id": contact.pk, "owner_id": world.alice.user.pk, "reminder_ids": list(reminders)}
    address = {} if contact.user else {"address": contact.email}
    return make_mail(Kind.BACKUP_REMINDER, None, facts=facts, user=contact.user, **address)


def rotation(world: World, *, name: str = "ci-deploy") -> OutgoingMail:
    """Return the mail about a successor of Alice's that nobody confirmed."""
    old = make_pat(world, world.alice, name)
    new = make_pat(world, world.alice, name, replaces=old, issued_at=timezone.now())
    operation = make_operation(
        world, world.alice, verb=Operation.Verb.ROTATE, state=Operation.State.DONE, pat=new, replaces=old
    )
    return make_mail(Kind.ROTATION_UNCONFIRMED, world.alice, facts={"operation_id": str(operation.pk)})


def invitation(world: World) -> OutgoingMail:
    """Return the mail to an address that Alice named."""
    contact = BackupContact.objects.create(
        tenant_id=world.alice.user.tenant_id, email=f"{uuid4()}@example.com"
    )
    facts = {"contact_id": contact.pk, "owner_id": world.alice.user.pk}
    return make_mail(Kind.BACKUP_INVITATION, None, address=contact.email, facts=facts)


def unsubscribed(world: World, *, until: datetime | None = None) -> OutgoingMail:
    """Return the mail that confirms that Alice's reminders are stopped."""
    until = until or timezone.now() + timedelta(days=30)
    ReminderSettings.objects.update_or_create(user=world.alice.user, defaults={"unsubscribed_until": until})
    return make_mail(Kind.UNSUBSCRIBED, world.alice, facts={"until": until.isoformat()})


def mail_of(kind: Kind, world: World, pats: Sequence[Pat], *, name: str = "ci-deploy") -> OutgoingMail:
    """Return a mail of that kind, about these PATs if it is about ends; what was announced is forgotten."""
    Reminder.objects.all().delete()
    makers: dict[Kind, Callable[[], OutgoingMail]] = {
        Kind.ROTATION_UNCONFIRMED: lambda: rotation(world, name=name),
        Kind.BACKUP_INVITATION: lambda: invitation(world),
        Kind.TEST_MAIL: lambda: make_mail(Kind.TEST_MAIL, world.alice),
        Kind.UNSUBSCRIBED: lambda: unsubscribed(world),
        Kind.BACKUP_REMINDER: lambda: backup_reminder(world, pats, agreed_contact(world)),
    }
    return makers[kind]() if kind in makers else digest(world, pats, kind=kind)


def agreed_contact(world: World) -> BackupContact:
    """Return an address that agreed to be told of Alice's PATs."""
    contact, _ = BackupContact.objects.get_or_create(
        tenant_id=world.alice.user.tenant_id,
        email="ops@example.com",
        defaults={"confirmed_at": timezone.now()},
    )
    return contact
