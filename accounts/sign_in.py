"""What a completed sign-in and a sign-out change, each in one transaction with whoever records it."""

from datetime import datetime

import structlog
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.actors import actor_for_profile
from accounts.claims import Profile, Role
from accounts.errors import AccountsError, RefusalReason, SignInRefused
from accounts.grants import store_grant, warn_about_scopes
from accounts.models import User
from accounts.signals import sign_in_refused, signed_in, signed_out
from patportal.lib.actors import Actor, Origin

log = structlog.get_logger(__name__)


def admit(
    profile: Profile, *, cache_text: str, scopes: tuple[str, ...], origin: Origin, now: datetime
) -> User:
    """Create or update the person, their roles and their grant, and return them.

    Raises `SignInRefused` where the portal does not want them, `GrantBusy`.
    """
    if settings.SIGN_IN_REQUIRES_ROLE and not profile.roles:
        _take_roles_away(profile)
        raise SignInRefused(code=RefusalReason.ROLE_MISSING)
    with transaction.atomic():
        user = _person(profile)
        if not user.is_active:
            raise SignInRefused(code=RefusalReason.PERSON_DISABLED)
        _update(user, profile, now=now)
        _assign_roles(user, profile.roles)
        store_grant(user, cache_text=cache_text, now=now)
        signed_in.send(sender=User, user=user, actor=actor_for_profile(profile, origin=origin), now=now)
    if profile.unknown_roles:
        log.info("unknown_app_roles", roles=sorted(profile.unknown_roles))
    warn_about_scopes(user, scopes)
    return user


def record_refusal(error: AccountsError, *, actor: Actor | None, now: datetime) -> None:
    """Tell whoever records it that a sign-in was refused."""
    with transaction.atomic():
        sign_in_refused.send(
            sender=User,
            actor=actor,
            reason=error.code,
            aadsts=error.aadsts,
            correlation_id=error.correlation_id,
            now=now,
        )


def record_sign_out(user: User, *, actor: Actor, now: datetime) -> None:
    """Tell whoever records it that a person signed out; their grant stays for work in the background."""
    with transaction.atomic():
        signed_out.send(sender=User, user=user, actor=actor, now=now)


def _person(profile: Profile) -> User:
    """Return the person with their row locked, made now if this is the first time."""
    people = User.objects.select_for_update()
    user, _ = people.get_or_create(tenant_id=profile.tenant_id, object_id=profile.object_id)
    return user


def _take_roles_away(profile: Profile) -> None:
    """Leave nobody with rights, in another browser's session, that their refused sign-in no longer brings."""
    with transaction.atomic():
        people = User.objects.select_for_update()
        user = people.filter(tenant_id=profile.tenant_id, object_id=profile.object_id).first()
        if user is not None:
            user.is_staff = False
            user.save(update_fields=["is_staff"])
            _assign_roles(user, frozenset())


def _update(user: User, profile: Profile, *, now: datetime) -> None:
    user.display_name = profile.display_name
    user.user_principal_name = profile.user_principal_name
    user.email = profile.email
    user.login_hint = profile.login_hint
    user.is_staff = bool(profile.roles)
    user.signed_in_at = now
    user.save()


def _assign_roles(user: User, roles: frozenset[Role]) -> None:
    """Make the person a member of exactly the groups of `roles`; other groups stay as they are."""
    for role in Role:
        group, _ = Group.objects.get_or_create(name=role.group_name)
        if role in roles:
            user.groups.add(group)
        else:
            user.groups.remove(group)
    user.__dict__.pop("roles", None)  # a cached property
