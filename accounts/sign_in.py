"""What a completed sign-in and a sign-out change, each in one transaction with whoever records it."""

from dataclasses import replace
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction

from accounts.actors import actor_for_profile
from accounts.claims import Profile, Role
from accounts.errors import AccountsError, RefusalReason, SignInReason, SignInRefused
from accounts.grant_store import lock_grant, lose_grant, store_grant
from accounts.grants import note_success
from accounts.lock_waits import limited_wait
from accounts.models import SignIn, User
from accounts.roles import set_roles
from accounts.sessions import EndReason, begin_sign_in, end_own_session
from accounts.signals import sign_in_refused, signed_in, signed_out
from accounts.tenants import home_tenant_id
from patportal.lib.actors import Actor, Origin, system_actor

log = structlog.get_logger(__name__)


def admit(
    profile: Profile,
    *,
    cache_text: str,
    scopes: tuple[str, ...],
    origin: Origin,
    now: datetime,
    replaced_id: int | None = None,
    answered_challenge: bool = False,
) -> SignIn:
    """Create or update the person, their roles and their grant, and return the row of their new session.

    `replaced_id` is the session that this browser had until now; `answered_challenge` tells that the sign-in
    carried what Microsoft had asked of this person. Raises `SignInRefused` where the portal does not want
    them, `SignInOvertaken` where that session is over already, `GrantBusy` where a refresh takes too long,
    and what `home_tenant_id` raises.
    """
    actor = actor_for_profile(profile, origin=origin)
    roles = _roles_that_count(profile)
    if settings.SIGN_IN_REQUIRES_ROLE and not roles:
        _take_roles_away(profile, actor=_directory(origin), now=now)
        raise SignInRefused(code=RefusalReason.ROLE_MISSING)
    with limited_wait():
        user = _person(profile)
        if not user.is_active:
            raise SignInRefused(code=RefusalReason.PERSON_DISABLED)
        _update(user, profile, now=now)
        set_roles(user, roles, actor=_directory(origin), now=now)
        store_grant(user, cache_text=cache_text, now=now, answered_challenge=answered_challenge)
        row = begin_sign_in(user, sid=profile.sid, origin=origin, now=now, replaced_id=replaced_id)
        signed_in.send(sender=User, user=user, actor=actor, now=now)
    if profile.unknown_roles:
        log.info("unknown_app_roles", roles=sorted(profile.unknown_roles))
    note_success(user, scopes)
    return row


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


def record_sign_out(user: User, sign_in_id: int | None, *, actor: Actor, now: datetime) -> None:
    """End a person's session and tell whoever records it; their grant stays for work in the background."""
    with transaction.atomic():
        end_own_session(sign_in_id, reason=EndReason.SIGNED_OUT, now=now)
        signed_out.send(sender=User, user=user, actor=actor, now=now)


def _directory(origin: Origin) -> Actor:
    """Return who decides about roles: the directory, and not the person who signs in."""
    return replace(system_actor("Microsoft Entra"), origin=origin)


def _roles_that_count(profile: Profile) -> frozenset[Role]:
    """Believe the home tenant alone: another one's administrators could otherwise make themselves ours."""
    return profile.roles if profile.tenant_id == home_tenant_id() else frozenset()


def _person(profile: Profile) -> User:
    """Return the person with their row locked, made now if this is the first time."""
    people = User.objects.select_for_update(no_key=True)
    user, _ = people.get_or_create(tenant_id=profile.tenant_id, object_id=profile.object_id)
    return user


def _take_roles_away(profile: Profile, *, actor: Actor, now: datetime) -> None:
    """Leave nobody with rights, in another browser's session, that their refused sign-in no longer brings.

    Nor does the portal act for them any more, so what they have begun stops.
    """
    with limited_wait():
        people = User.objects.select_for_update(no_key=True)
        user = people.filter(tenant_id=profile.tenant_id, object_id=profile.object_id).first()
        if user is not None:
            set_roles(user, frozenset(), actor=actor, now=now)
            grant = lock_grant(user)
            if grant is not None and grant.is_active:
                lose_grant(grant, user, code=SignInReason.NOT_ASSIGNED, actor=actor, now=now)


def _update(user: User, profile: Profile, *, now: datetime) -> None:
    user.display_name = profile.display_name
    user.user_principal_name = profile.user_principal_name
    user.email = profile.email
    user.login_hint = profile.login_hint
    user.is_guest = profile.is_guest
    user.signed_in_at = now
    user.save()
