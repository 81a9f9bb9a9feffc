"""Access tokens that act for one person: read without a lock, refreshed by one process at a time.

An access token that is still good costs one query and no request. A refresh holds the grant's row in a short
transaction of its own, so that a refresh token is never used twice and a new one never lost. What an answer
of Entra means for everybody is told to operators after that transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from logging import INFO, WARNING

import structlog
from django.conf import settings
from django.utils import timezone

from accounts import alarms
from accounts.challenges import refuse_access, refused_refresh
from accounts.claims import profile_of
from accounts.entra import entra_client
from accounts.entra_types import Refreshed
from accounts.errors import AccountsError, GrantBusy, RefusedOddly, SignInNeeded, SignInReason
from accounts.grant_life import oldest_sign_in
from accounts.grant_store import (
    OpenedGrant,
    find_grant,
    held_in,
    lock_grant,
    lose_grant,
    may_renew,
    open_grant,
    put_cache,
)
from accounts.granted_scopes import ScopeDifference, compare_scopes
from accounts.lock_waits import WAIT_SECONDS, limited_wait
from accounts.models import Grant, User
from accounts.roles import lock_if_role_held, take_roles
from accounts.sessions import PERSON_REFUSED, EndReason, end_sessions_of_refused
from accounts.tenants import is_admitted
from patportal.lib.actors import Actor, system_actor

log = structlog.get_logger(__name__)

# Roles are the directory's to give and to take, and so is being let in at all, whoever's work it was during
# which that was noticed.
_DIRECTORY = system_actor("Microsoft Entra")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a refresh is for: `refused` is the access token that will not do, `claims` what was asked for."""

    user: User
    actor: Actor
    now: datetime
    refused: str | None = None
    claims: str = ""


@dataclass(frozen=True, slots=True)
class _Learned:
    """What came of it: an access token or the error to raise, and Entra's answer if it was asked."""

    outcome: str | AccountsError
    result: Refreshed | None = None


def access_token_for(
    user: User,
    *,
    now: datetime,
    fresh: bool = False,
    rejected: str | None = None,
    claims: str = "",
    actor: Actor | None = None,
    wait_seconds: int = WAIT_SECONDS,
) -> str:
    """Return an Entra access token for Azure DevOps that acts as `user`.

    With `fresh` another one than `rejected` (by default: than the stored one), for when Azure DevOps refused
    it; one that another process has fetched meanwhile counts. `claims` is what Azure DevOps wants to see in
    it (the decoded challenge, JSON text); if Entra does not give that, it waits for the next interactive
    sign-in. `actor` is for whoever records a lost grant, `wait_seconds` how long to wait for a refresh by
    another process. Must not be called inside a transaction.

    Raises `SignInNeeded` with its reason as code, `EntraUnreachable`, `GrantBusy`, `PortalMisconfigured`,
    `RefusedOddly`.
    """
    if not user.is_active:
        raise SignInNeeded(code=SignInReason.ACCOUNT_DISABLED)
    if not is_admitted(user.tenant_id):
        raise SignInNeeded(code=SignInReason.TENANT_REMOVED)
    if settings.SIGN_IN_REQUIRES_ROLE and not user.is_staff:
        raise SignInNeeded(code=SignInReason.NOT_ASSIGNED)
    opened = open_grant(find_grant(user), user)
    if opened.grant.interactive_at <= oldest_sign_in(now=now):
        raise SignInNeeded(code=SignInReason.GRANT_TOO_OLD)
    held = opened.held
    wish = _Wish(user, actor or system_actor("grants"), now)
    if not (opened.grant.is_renewable and may_renew()):
        return _unrenewed(opened, wish, claims=claims, rejected=rejected)
    if fresh:
        refused = rejected if rejected is not None else (held.secret if held else None)
        if held is not None and held.secret != refused and held.is_usable(now):
            return held.secret
        wish = _Wish(user, wish.actor, now, refused=refused, claims=claims)
        return _refresh(wish, fallback=None, wait_seconds=wait_seconds)
    if held is not None and held.is_fresh(now):
        return held.secret
    fallback = held.secret if held is not None and held.is_usable(now) else None
    return _refresh(wish, fallback=fallback, wait_seconds=wait_seconds)


def _unrenewed(opened: OpenedGrant, wish: _Wish, *, claims: str, rejected: str | None) -> str:
    """Return the access token of a grant that has nothing to get another one with.

    Without a challenge a refusal says nothing against it: where the same one is refused again, the person may
    not enter that place. A challenge waits for the next sign-in.
    """
    held = opened.held
    if held is None or not held.is_usable(wish.now):
        raise SignInNeeded(code=SignInReason.ACCESS_ENDED)
    if claims and held.secret == (rejected or held.secret):
        raise refuse_access(wish.user, claims=claims, now=wish.now, rejected=rejected, actor=wish.actor)
    return held.secret


def note_success(user: User, granted: tuple[str, ...], *, now: datetime | None = None) -> None:
    """Tell operators what a success of Entra means: the portal is let in, by which credential and scopes.

    `now` is this moment by default. Must not be called inside a transaction.
    """
    alarms.note_answer(
        None,
        now=now or timezone.now(),
        tenant_id=user.tenant_id,
        scopes=_difference(user, granted),
        credential_position=_serving_credential(user),
    )


def _serving_credential(user: User) -> int:
    try:
        return entra_client(user.tenant_id).serving_credential
    except AccountsError:
        return 0  # operators learn it from the next answer; a sign-in must not fail over it


def _refresh(wish: _Wish, *, fallback: str | None, wait_seconds: int) -> str:
    """Refresh under the row's lock; whoever holds a usable access token does not wait for others."""
    try:
        with limited_wait(wait_seconds, durable=True):
            learned = _refresh_locked(wish, is_waiting=fallback is None)
    except GrantBusy:
        if fallback is not None:
            return fallback
        raise
    except AccountsError as exc:
        learned = _Learned(exc)
    _tell_operators(wish, learned)
    outcome = learned.outcome
    if isinstance(outcome, str):
        return outcome
    if fallback is not None and not isinstance(outcome, SignInNeeded):
        log.warning("refresh_postponed", user_id=wish.user.pk, code=outcome.code)
        return fallback
    raise outcome


def _refresh_locked(wish: _Wish, *, is_waiting: bool) -> _Learned:
    """Return the access token, or the error to raise once what was learned is committed."""
    user, nowait = wish.user, not is_waiting
    has_role = lock_if_role_held(user, nowait=nowait)
    opened = open_grant(lock_grant(user, nowait=nowait), user)
    held = opened.held
    if held is not None and held.secret != wish.refused and held.is_fresh(wish.now):
        return _Learned(held.secret)
    result = entra_client(user.tenant_id).refresh(
        opened.cache_text,
        tenant_id=user.tenant_id,
        object_id=user.object_id,
        claims_challenge=wish.claims,
    )
    return _Learned(_settle(opened.grant, wish, result, has_role=has_role), result)


def _settle(grant: Grant, wish: _Wish, result: Refreshed, *, has_role: bool) -> str | AccountsError:
    """Save what a refresh changed, whatever it came to."""
    user, now = wish.user, wish.now
    if result.cache_text is not None:
        put_cache(grant, user, result.cache_text)
    outcome = result.error or _new_secret(result, user)
    if has_role:
        _narrow_roles(wish, result, outcome)
    if isinstance(outcome, SignInNeeded):
        outcome = refused_refresh(grant, user, outcome, claims=wish.claims, now=now)
        lose_grant(grant, user, code=outcome.code, actor=wish.actor, now=now)
        if outcome.code in PERSON_REFUSED:
            end_sessions_of_refused(user, reason=EndReason(outcome.code), actor=_DIRECTORY, now=now)
        return outcome
    if isinstance(outcome, str):
        grant.refreshed_at = now
    grant.save()
    return outcome


def _narrow_roles(wish: _Wish, result: Refreshed, outcome: str | AccountsError) -> None:
    """Take away the roles that a refresh shows to be gone: all where Entra refuses the person."""
    user = wish.user
    if isinstance(outcome, SignInNeeded) and outcome.code in PERSON_REFUSED:
        take_roles(user, actor=_DIRECTORY, now=wish.now)
    elif result.id_token:
        try:
            client = entra_client(user.tenant_id)
            claims = client.refreshed_claims(result.id_token, object_id=user.object_id)
        except AccountsError as exc:
            log.warning("refreshed_id_token_refused", user_id=user.pk, code=exc.code, reason=str(exc))
        else:
            take_roles(user, but=profile_of(claims).roles, actor=_DIRECTORY, now=wish.now)


def _new_secret(result: Refreshed, user: User) -> str | RefusedOddly:
    """Return the access token that came, provided that it is one for Azure DevOps and will be found again."""
    held = held_in(result.cache_text, user) if result.cache_text is not None else None
    if held is None or held.secret != result.access_token:
        return RefusedOddly("no access token for Azure DevOps came")
    return held.secret


def _tell_operators(wish: _Wish, learned: _Learned) -> None:
    """Log what came of a refresh, and raise or end the alarms that it speaks of."""
    user, outcome, result = wish.user, learned.outcome, learned.result
    if isinstance(outcome, AccountsError):
        log.log(
            WARNING if isinstance(outcome, RefusedOddly) else INFO,
            "refresh_refused",
            user_id=user.pk,
            code=outcome.code,
            reason=str(outcome),
            aadsts=outcome.aadsts,
            correlation_id=outcome.correlation_id,
        )
        alarms.note_answer(outcome, now=wish.now, tenant_id=user.tenant_id)
    elif result is not None:
        log.info("grant_refreshed", user_id=user.pk)
        note_success(user, result.scopes, now=wish.now)


def _difference(user: User, granted: tuple[str, ...]) -> ScopeDifference | None:
    """Return how the scopes that came differ from those that are needed; None where Entra did not say."""
    if not granted:
        return None
    difference = compare_scopes(granted, asked=settings.ENTRA_SCOPES)
    if not difference.is_none:
        log.info("grant_scopes_differ", user_id=user.pk, missing=difference.missing, excess=difference.excess)
    return difference
