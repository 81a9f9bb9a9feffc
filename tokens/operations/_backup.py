"""Backup owners: who may be named, how an address is asked once, and how either leaves.

A backup owner sees metadata and can do nothing with it. An address sees nothing before it has agreed.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from patportal.lib.actors import Actor, ActorKind, Origin
from tokens import audit, enqueue
from tokens.errors import BackupRefused
from tokens.mail import PROOF_AGE, PROOF_SALT, is_recipient
from tokens.models import BackupContact, EventType, Outcome, OutgoingMail, Pat
from tokens.operations._backup_person import take_over_invited

INVITATIONS_A_DAY = 10


def find_backup(
    *, email: str, owner: User, now: datetime, present: BackupContact | None = None
) -> BackupContact | None:
    """Return who `email` stands for, perhaps as a row that is not saved yet; None for "".

    A person of the owner's directory, where exactly one has that address, else the address itself; `present`
    is who is named already, and stays allowed. Raises BackupRefused.
    """
    if not email:
        return None
    person = _person_of(email, owner)
    if person == owner or email in _addresses_of(owner):
        raise BackupRefused(detail="yourself")
    contact = _contact_of(person, email, owner)
    if present is not None and contact == present:
        return contact
    if BackupContact.objects.filter(tenant_id=owner.tenant_id, email=email, left_at__isnull=False).exists():
        raise BackupRefused(detail="left")
    if person is None:
        _check_address(contact, owner=owner, now=now)
    return contact


def _person_of(email: str, owner: User) -> User | None:
    named = Q(email__iexact=email) | Q(user_principal_name__iexact=email)
    found = list(User.objects.filter(named, tenant_id=owner.tenant_id, is_active=True)[:2])
    # Of two people with one address, either may be the wrong one.
    return found[0] if len(found) == 1 else None


def _addresses_of(user: User) -> set[str]:
    return {user.email.lower(), user.user_principal_name.lower()}


def _contact_of(person: User | None, email: str, owner: User) -> BackupContact:
    if person is not None:
        fresh = BackupContact(tenant_id=owner.tenant_id, user=person)
        return BackupContact.objects.filter(user=person).first() or fresh
    fresh = BackupContact(tenant_id=owner.tenant_id, email=email)
    return BackupContact.objects.filter(tenant_id=owner.tenant_id, email=email, user=None).first() or fresh


def _check_address(contact: BackupContact, *, owner: User, now: datetime) -> None:
    if not is_recipient(contact.email):
        raise BackupRefused(detail="outside")
    if contact.asked_at is None and not _may_invite(owner, now=now):
        raise BackupRefused(detail="too_many")


def _may_invite(owner: User, *, now: datetime) -> bool:
    invitations = OutgoingMail.objects.filter(
        kind=OutgoingMail.Kind.BACKUP_INVITATION,
        facts__owner_id=owner.pk,
        due_at__gt=now - timedelta(days=1),
    )
    return invitations.count() < INVITATIONS_A_DAY


def lock_inviter(owner: User) -> None:
    """Let others who name a backup owner for `owner` wait for this transaction: invitations are counted."""
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=owner.pk)


def saved_backup(
    contact: BackupContact | None, *, owner: User, pat: Pat, actor: Actor, now: datetime
) -> BackupContact | None:
    """Return the row of what `find_backup` found, inside the transaction that names it.

    An address that was never asked gets its invitation; `asked_at` of the row is `now` then. If others have
    used up the day's invitations since, it stays unasked.
    """
    if contact is None:
        return None
    lock_inviter(owner)
    if contact._state.adding:  # noqa: SLF001 - Django has no other word for "not saved yet"
        contact, _ = BackupContact.objects.get_or_create(
            tenant_id=contact.tenant_id, user=contact.user, email=contact.email
        )
    unasked = BackupContact.objects.filter(pk=contact.pk, user=None, asked_at=None, left_at=None)
    if _may_invite(owner, now=now) and unasked.update(asked_at=now):
        contact.asked_at = now
        _invite(contact, owner=owner, pat=pat, actor=actor, now=now)
    return contact


def _invite(contact: BackupContact, *, owner: User, pat: Pat, actor: Actor, now: datetime) -> None:
    mail = OutgoingMail.objects.create(
        kind=OutgoingMail.Kind.BACKUP_INVITATION,
        key=f"{OutgoingMail.Kind.BACKUP_INVITATION}:{contact.pk}",
        address=contact.email,
        facts={"contact_id": contact.pk, "owner_id": owner.pk},
        due_at=now,
    )
    enqueue.send_mail(mail_id=mail.id)
    audit.record(
        EventType.BACKUP_ASKED,
        actor=actor,
        outcome=Outcome.REQUESTED,
        owner=owner,
        pat=pat,
        data={"backup_email": contact.email},
    )


def contact_of_proof(*, proof: str, to_agree: bool = False) -> BackupContact | None:
    """Return the address that an invitation with this link went to; None for a foreign one.

    A link serves to leave for ever; `to_agree` it serves for 30 days, and an old one is None as well.
    """
    try:
        contact_id = signing.loads(proof, salt=PROOF_SALT, max_age=PROOF_AGE if to_agree else None)
    except signing.BadSignature:
        return None
    return BackupContact.objects.filter(pk=contact_id, user=None).first()


def agree_as_backup(
    *,
    contact: BackupContact,
    now: datetime,
    origin: Origin,
    user: User | None = None,
    actor: Actor | None = None,
) -> bool:
    """Note that whoever reads mail at the address agrees; calling it again changes nothing.

    Whoever has left for good stays away: the link may be in other hands by then. If the address is that of
    `user`, who is signed in as `actor`, they are who is named from then on; returns whether.
    """
    waiting = BackupContact.objects.filter(pk=contact.pk, user=None, confirmed_at=None, left_at=None)
    with transaction.atomic(durable=True):
        if waiting.update(confirmed_at=now):
            _tell_owners(EventType.BACKUP_CONFIRMED, contact, origin)
        if user is None or actor is None:
            return False
        return take_over_invited(contact=contact, actor=actor, user=user, now=now)


def decline_as_backup(*, contact: BackupContact, now: datetime, origin: Origin) -> None:
    """Note that the address does not want to be asked, or no longer; nobody can name it from then on."""
    with transaction.atomic(durable=True):
        if BackupContact.objects.filter(pk=contact.pk, user=None, left_at=None).update(left_at=now):
            _tell_owners(EventType.BACKUP_LEFT, contact, origin)


def _tell_owners(event_type: EventType, contact: BackupContact, origin: Origin) -> None:
    """Write one event for each PAT that names the address, so that every owner sees it."""
    actor = Actor(kind=ActorKind.PERSON, label=contact.email, origin=origin)
    named = list(contact.pats.select_related("user", "organization").order_by("pk"))
    events = [audit.build(event_type, actor=actor, owner=pat.user, pat=pat) for pat in named]
    audit.record_all(events or [audit.build(event_type, actor=actor)])


def leave_as_backup(*, actor: Actor, user: User, pat: Pat, now: datetime) -> None:
    """Take `user` off as the backup owner of `pat`; calling it again changes nothing."""
    with transaction.atomic(durable=True):
        named = Pat.objects.filter(pk=pat.pk, backup_contact__user=user)
        if named.update(backup_contact=None, written_at=now):
            audit.record(EventType.BACKUP_LEFT, actor=actor, owner=pat.user, pat=pat)
