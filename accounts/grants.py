"""One person's grant: stored encrypted, read without a lock, refreshed by one process at a time.

An access token that is still good costs one query and no request. A refresh holds the grant's row in a short
transaction of its own, so that a refresh token is never used twice and a new one never lost.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg.errors
import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction

from accounts.claims import profile_of
from accounts.entra import LONGEST_CALL_SECONDS, entra_client
from accounts.entra_types import Refreshed
from accounts.errors import AccountsError, GrantBusy, PortalMisconfigured, SignInNeeded, SignInReason
from accounts.grant_cache import CacheBroken, HeldAccessToken, find_access_token
from accounts.granted_scopes import compare_scopes
from accounts.models import Grant, User
from accounts.roles import lock_if_role_held, take_roles
from accounts.sealing import Sealed, Unreadable, seal, unseal
from accounts.signals import grant_lost
from patportal.lib.actors import Actor, system_actor

log = structlog.get_logger(__name__)

# Part of what every grant is bound to: renaming the table must not change it.
_TABLE = "accounts_grant"
# Outlasts the request that the lock is held for.
WAIT_SECONDS = LONGEST_CALL_SECONDS + 5
# Entra refuses the person as such, whatever device or factor they come with.
_PERSON_REFUSED = {SignInReason.ACCOUNT_DISABLED.value, SignInReason.GRANT_REVOKED.value}


@dataclass(frozen=True, slots=True)
class _Opened:
    grant: Grant
    cache_text: str = field(repr=False)
    held: HeldAccessToken | None


def access_token_for(
    user: User,
    *,
    now: datetime,
    fresh: bool = False,
    rejected: str | None = None,
    actor: Actor | None = None,
    wait_seconds: int = WAIT_SECONDS,
) -> str:
    """Return an Entra access token for Azure DevOps that acts as `user`.

    With `fresh` another one than `rejected` (by default: than the stored one), for when Azure DevOps refused
    it; one that another process has fetched meanwhile counts. `actor` is for whoever records a lost grant,
    `wait_seconds` how long to wait for a refresh by another process. Must not be called inside a transaction.

    Raises `SignInNeeded` with its reason as code, `EntraUnreachable`, `GrantBusy`, `PortalMisconfigured`.
    """
    if not user.is_active:
        raise SignInNeeded(code=SignInReason.ACCOUNT_DISABLED)
    grant = Grant.objects.filter(user=user).first()
    held = _open(grant, user).held
    if fresh:
        refused = rejected if rejected is not None else (held.secret if held else None)
        if held is not None and held.secret != refused and held.is_usable(now):
            return held.secret
        return _refresh(user, now=now, refused=refused, fallback=None, actor=actor, wait_seconds=wait_seconds)
    if held is not None and held.is_fresh(now):
        return held.secret
    fallback = held.secret if held is not None and held.is_usable(now) else None
    return _refresh(user, now=now, refused=None, fallback=fallback, actor=actor, wait_seconds=wait_seconds)


def store_grant(user: User, *, cache_text: str, now: datetime, wait_seconds: int = WAIT_SECONDS) -> None:
    """Replace the person's grant by what an interactive sign-in brought.

    Part of the sign-in's transaction; waits for a refresh that is going on. Raises `GrantBusy`.
    """
    sealed = _seal(cache_text, user)
    with limited_wait(wait_seconds):
        Grant.objects.select_for_update(of=("self",)).filter(user=user).first()
        Grant.objects.update_or_create(
            user=user,
            defaults={
                "key_id": sealed.key_id,
                "sealed_cache": sealed.data,
                "state": Grant.State.ACTIVE,
                "lost_code": "",
                "interactive_at": now,
                "refreshed_at": now,
            },
        )


@contextmanager
def limited_wait(seconds: int = WAIT_SECONDS) -> Iterator[None]:
    """Open a transaction in which nobody waits longer than `seconds` for a lock; raises `GrantBusy`."""
    try:
        with transaction.atomic():
            _limit_lock_wait(seconds)
            yield
    except OperationalError as exc:
        _raise_if_busy(exc)
        raise


def warn_about_scopes(user: User, granted: tuple[str, ...]) -> None:
    """Log where the scopes that came back are not those that the portal needs."""
    difference = compare_scopes(granted, asked=settings.ENTRA_SCOPES)
    if granted and not difference.is_none:
        log.warning(
            "grant_scopes_differ", user_id=user.pk, missing=difference.missing, excess=difference.excess
        )


def _refresh(
    user: User,
    *,
    now: datetime,
    refused: str | None,
    fallback: str | None,
    actor: Actor | None,
    wait_seconds: int,
) -> str:
    """Refresh under the row's lock; whoever holds a usable access token does not wait for others."""
    outcome: str | AccountsError
    actor = actor or system_actor("grants")
    try:
        with transaction.atomic(durable=True):
            _limit_lock_wait(wait_seconds)
            outcome = _refresh_locked(
                user, now=now, refused=refused, is_waiting=fallback is None, actor=actor
            )
    except OperationalError as exc:
        if fallback is not None and isinstance(exc.__cause__, psycopg.errors.LockNotAvailable):
            return fallback
        _raise_if_busy(exc)
        raise
    except AccountsError as exc:
        outcome = exc
    if isinstance(outcome, str):
        return outcome
    if fallback is not None and not isinstance(outcome, SignInNeeded):
        log.warning("refresh_postponed", user_id=user.pk, code=outcome.code)
        return fallback
    raise outcome


def _refresh_locked(
    user: User, *, now: datetime, refused: str | None, is_waiting: bool, actor: Actor
) -> str | AccountsError:
    """Return the access token, or the error to raise once what was learned is committed."""
    nowait = not is_waiting
    has_role = lock_if_role_held(user, nowait=nowait)
    grant = Grant.objects.select_for_update(of=("self",), nowait=nowait).filter(user=user).first()
    opened = _open(grant, user)
    held = opened.held
    if held is not None and held.secret != refused and held.is_fresh(now):
        return held.secret
    result = entra_client().refresh(opened.cache_text, tenant_id=user.tenant_id, object_id=user.object_id)
    return _settle(opened.grant, user, result, has_role=has_role, now=now, actor=actor)


def _settle(
    grant: Grant, user: User, result: Refreshed, *, has_role: bool, now: datetime, actor: Actor
) -> str | AccountsError:
    """Save what a refresh changed, whatever it came to."""
    if result.cache_text is not None:
        sealed = _seal(result.cache_text, user)
        grant.key_id, grant.sealed_cache = sealed.key_id, sealed.data
    outcome = result.error or _new_secret(result, user)
    if isinstance(outcome, str):
        grant.refreshed_at = now
    elif isinstance(outcome, SignInNeeded):
        grant.state, grant.lost_code = Grant.State.SIGN_IN_NEEDED, outcome.code
    grant.save()
    if has_role:
        _narrow_roles(user, result, outcome)
    _report(outcome, user)
    if isinstance(outcome, SignInNeeded):
        grant_lost.send(sender=User, user=user, actor=actor, code=outcome.code, now=now)
    warn_about_scopes(user, result.scopes)
    return outcome


def _narrow_roles(user: User, result: Refreshed, outcome: str | AccountsError) -> None:
    """Take away the roles that a refresh shows to be gone: all where Entra refuses the person."""
    if isinstance(outcome, SignInNeeded) and outcome.code in _PERSON_REFUSED:
        take_roles(user)
    elif result.id_token:
        try:
            claims = entra_client().refreshed_claims(result.id_token, object_id=user.object_id)
        except AccountsError as exc:
            log.warning("refreshed_id_token_refused", user_id=user.pk, code=exc.code, reason=str(exc))
        else:
            take_roles(user, but=profile_of(claims).roles)


def _new_secret(result: Refreshed, user: User) -> str | PortalMisconfigured:
    """Return the access token that came, provided that it is one for Azure DevOps and will be found again."""
    held = _held_in(result.cache_text, user) if result.cache_text is not None else None
    if held is None or held.secret != result.access_token:
        return PortalMisconfigured("no access token for Azure DevOps came")
    return held.secret


def _report(outcome: str | AccountsError, user: User) -> None:
    if isinstance(outcome, str):
        log.info("grant_refreshed", user_id=user.pk)
        return
    write = log.error if isinstance(outcome, PortalMisconfigured) else log.info
    write(
        "refresh_refused",
        user_id=user.pk,
        code=outcome.code,
        reason=str(outcome),
        aadsts=outcome.aadsts,
        correlation_id=outcome.correlation_id,
    )


def _open(grant: Grant | None, user: User) -> _Opened:
    if grant is None:
        raise SignInNeeded(code=SignInReason.GRANT_MISSING)
    if not grant.is_active:
        raise SignInNeeded(code=_lost_reason(grant))
    try:
        sealed = Sealed(grant.key_id, bytes(grant.sealed_cache))
        cache_text = unseal(sealed, place=_place(user), keys=settings.GRANT_KEYS).decode()
        return _Opened(grant, cache_text, _held_in(cache_text, user))
    except (Unreadable, CacheBroken) as exc:
        # The grant stays as it is: an operator who has mislaid a key may find it again.
        log.warning("grant_unreadable", user_id=user.pk, key_id=grant.key_id, reason=str(exc))
        raise SignInNeeded(code=SignInReason.GRANT_UNREADABLE) from exc


def _lost_reason(grant: Grant) -> SignInReason:
    known: dict[str, SignInReason] = {reason.value: reason for reason in SignInReason}
    return known.get(grant.lost_code, SignInReason.SIGN_IN_NEEDED)


def _held_in(cache_text: str, user: User) -> HeldAccessToken | None:
    return find_access_token(
        cache_text,
        client_id=settings.ENTRA_CLIENT_ID,
        tenant_id=user.tenant_id,
        object_id=user.object_id,
        scopes=settings.ENTRA_SCOPES,
    )


def _seal(cache_text: str, user: User) -> Sealed:
    compact: Any = json.dumps(json.loads(cache_text), separators=(",", ":"))
    return seal(compact.encode(), place=_place(user), keys=settings.GRANT_KEYS)


def _place(user: User) -> str:
    return f"{_TABLE}/{user.pk}/{user.tenant_id}"


def _limit_lock_wait(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds}s"])


def _raise_if_busy(exc: OperationalError) -> None:
    if isinstance(exc.__cause__, psycopg.errors.LockNotAvailable):
        raise GrantBusy("another refresh took too long") from exc
