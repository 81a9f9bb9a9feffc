"""An address that was named as backup owner becomes the person it belongs to, once they are known here.

Of what Entra says about a person, their sign-in name alone is vouched for: its domain is one that their
directory has proved to own. An e-mail address is not, some people can set theirs; it counts only together
with the link of the invitation, which went to that address and nowhere else.
"""

from datetime import datetime
from functools import partial

from django.db.models import Q, QuerySet

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.models import BackupContact, EventType, Pat


def take_over_backup(*, actor: Actor, user: User, now: datetime) -> None:
    """Make what names the sign-in name of `user` name them, in the transaction of their sign-in.

    A guest's sign-in name is of another directory, so theirs do not count. What was left stays left.
    """
    if not user.is_guest:
        found = BackupContact.objects.filter(email=user.user_principal_name.lower())
        _take(found, actor=actor, user=user, now=now)


def take_over_invited(*, contact: BackupContact, actor: Actor, user: User, now: datetime) -> bool:
    """Make `contact`, whose link `user` brings, theirs if its address is; returns whether it became so."""
    own = {user.email.lower(), user.user_principal_name.lower()}
    found = BackupContact.objects.filter(pk=contact.pk, email__in=own)
    return _take(found, actor=actor, user=user, now=now)


def _take(found: QuerySet[BackupContact], *, actor: Actor, user: User, now: datetime) -> bool:
    addresses = found.filter(tenant_id=user.tenant_id, user=None, left_at=None)
    # Nobody is their own backup owner.
    contact = addresses.exclude(pats__user=user).select_for_update(of=("self",)).first()
    if contact is None or _is_shared(contact.email, user):
        return False
    person, _ = BackupContact.objects.get_or_create(tenant_id=user.tenant_id, user=user, email="")
    named = list(contact.pats.select_related("user", "organization").order_by("pk"))
    Pat.objects.filter(backup_contact=contact).update(backup_contact=person, written_at=now)
    _tell_owners(named, contact.email, actor=actor)
    contact.delete()
    return True


def _tell_owners(named: list[Pat], email: str, *, actor: Actor) -> None:
    build = partial(audit.build, EventType.BACKUP_PERSON_FOUND, actor=actor, data={"backup_email": email})
    audit.record_all([build(owner=pat.user, pat=pat) for pat in named] or [build()])


def _is_shared(email: str, user: User) -> bool:
    """Tell whether somebody else of the directory has the address as well: either may be the wrong one."""
    named = Q(email__iexact=email) | Q(user_principal_name__iexact=email)
    return User.objects.filter(named, tenant_id=user.tenant_id).exclude(pk=user.pk).exists()
