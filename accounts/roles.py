"""Who holds a role: a flag and groups of a person, always changed together.

Interactive sign-ins alone give roles. A refresh may take them away and never gives one. Knows nothing of
grants; whoever calls holds the transaction, and the locks in the order that `models` lays down.
"""

from datetime import datetime

import structlog
from django.contrib.auth.models import Group

from accounts.claims import Role
from accounts.models import User
from accounts.signals import roles_changed
from patportal.lib.actors import Actor

log = structlog.get_logger(__name__)


def set_roles(user: User, roles: frozenset[Role], *, actor: Actor, now: datetime) -> None:
    """Make the person a member of exactly the groups of `roles`; other groups stay as they are."""
    held = _held(user)
    user.is_staff = bool(roles)
    user.save(update_fields=["is_staff"])
    for role in Role:
        group, _ = Group.objects.get_or_create(name=role.group_name)
        if role in roles:
            user.groups.add(group)
        else:
            user.groups.remove(group)
    _forget_cached(user)
    if roles != held:
        gained, lost = roles - held, held - roles
        roles_changed.send(sender=User, user=user, actor=actor, gained=gained, lost=lost, now=now)


def lock_if_role_held(user: User, *, nowait: bool) -> bool:
    """Lock the person's row if they hold a role, and tell so; nobody else's roles can be taken away."""
    holders = User.objects.select_for_update(no_key=True, nowait=nowait).filter(is_staff=True)
    return holders.filter(pk=user.pk).first() is not None


def take_roles(user: User, *, but: frozenset[Role] = frozenset(), actor: Actor, now: datetime) -> None:
    """Take every role away that is not among `but`; none is given."""
    held = _held(user)
    if held - but or (user.is_staff and not held):
        set_roles(user, held & but, actor=actor, now=now)
        log.info("roles_taken_away", user_id=user.pk, roles=sorted(held - but))


def _held(user: User) -> frozenset[Role]:
    """Return the roles as they are stored: what this instance remembers may be older than the lock."""
    _forget_cached(user)
    return user.roles


def _forget_cached(user: User) -> None:
    user.__dict__.pop("roles", None)
