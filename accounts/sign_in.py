"""What a completed sign-in and a sign-out change, each in one transaction with whoever records it."""

from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction

from accounts.actors import actor_for_profile
from accounts.claims import Profile
from accounts.errors import AccountsError, RefusalReason, SignInRefused
from accounts.grants import limited_wait, store_grant, warn_about_scopes
from accounts.models import User
from accounts.roles import set_roles
from accounts.signals import sign_in_refused, signed_in, signed_out
from patportal.lib.actors import Actor, Origin

log = structlog.get_logger(__name__)


def admit(
    profile: Profile, *, cache_text: str, scopes: tuple[str, ...], origin: Origin, now: datetime
) -> User:
    """Create or update the person, their roles and their grant, and return them.

    Raises `SignInRefused` where the portal does not want them, `GrantBusy` where a refresh takes too long.
    """
    if settings.SIGN_IN_REQUIRES_ROLE and not profile.roles:
        _take_roles_away(profile)
        raise SignInRefused(code=RefusalReason.ROLE_MISSING)
    with limited_wait():
        user = _person(profile)
        if not user.is_active:
            raise SignInRefused(code=RefusalReason.PERSON_DISABLED)
        _update(user, profile, now=now)
        set_roles(user, profile.roles)
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
    people = User.objects.select_for_update(no_key=True)
    user, _ = people.get_or_create(tenant_id=profile.tenant_id, object_id=profile.object_id)
    return user


def _take_roles_away(profile: Profile) -> None:
    """Leave nobody with rights, in another browser's session, that their refused sign-in no longer brings."""
    with limited_wait():
        people = User.objects.select_for_update(no_key=True)
        user = people.filter(tenant_id=profile.tenant_id, object_id=profile.object_id).first()
        if user is not None:
            set_roles(user, frozenset())


def _update(user: User, profile: Profile, *, now: datetime) -> None:
    user.display_name = profile.display_name
    user.user_principal_name = profile.user_principal_name
    user.email = profile.email
    user.login_hint = profile.login_hint
    user.signed_in_at = now
    user.save()
