"""The row that a person's grant is kept in: sealed, opened, locked, lost.

Knows nothing of Entra: what to write, and why a grant is lost, comes from `grants` and `challenges`.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, JSONField, Q, Value
from django.db.models.expressions import CombinedExpression

from accounts.errors import SignInNeeded, SignInReason
from accounts.grant_cache import (
    CacheBroken,
    HeldAccessToken,
    find_access_token,
    has_refresh_token,
    without_refresh_tokens,
)
from accounts.lock_waits import WAIT_SECONDS, limited_wait
from accounts.models import Grant, User
from accounts.sealing import Sealed, Unreadable, seal, unseal
from accounts.signals import grant_lost, grant_used
from patportal.lib.actors import Actor

log = structlog.get_logger(__name__)

# Part of what every grant is bound to: renaming the table must not change it.
_TABLE = "accounts_grant"


@dataclass(frozen=True, slots=True)
class OpenedGrant:
    """A grant with its MSAL cache in clear, and the access token in it for Azure DevOps."""

    grant: Grant
    cache_text: str = field(repr=False)
    held: HeldAccessToken | None


def may_renew() -> bool:
    """Tell whether the portal may renew people's access while they are away."""
    return str(settings.BACKGROUND_ACCESS) == "full"


def find_grant(user: User) -> Grant | None:
    """Return the person's grant, read without a lock."""
    return Grant.objects.filter(user=user).first()


def lock_grant(user: User, *, nowait: bool = False) -> Grant | None:
    """Return the person's grant with its row locked until the transaction ends."""
    return Grant.objects.select_for_update(of=("self",), nowait=nowait).filter(user=user).first()


def open_grant(grant: Grant | None, user: User) -> OpenedGrant:
    """Return what is in a grant; raises `SignInNeeded` where there is nothing that can be used."""
    if grant is None:
        raise SignInNeeded(code=SignInReason.GRANT_MISSING)
    if not grant.is_active:
        raise SignInNeeded(code=lost_reason(grant))
    try:
        sealed = Sealed(grant.key_id, bytes(grant.sealed_cache))
        cache_text = unseal(sealed, place=_place(user), keys=settings.GRANT_KEYS).decode()
        return OpenedGrant(grant, cache_text, held_in(cache_text, user))
    except (Unreadable, CacheBroken) as exc:
        # The grant stays as it is: an operator who has mislaid a key may find it again.
        log.warning("grant_unreadable", user_id=user.pk, key_id=grant.key_id, reason=str(exc))
        raise SignInNeeded(code=SignInReason.GRANT_UNREADABLE) from exc


def held_in(cache_text: str, user: User) -> HeldAccessToken | None:
    """Return the access token for Azure DevOps in an MSAL cache; raises `CacheBroken`."""
    return find_access_token(
        cache_text,
        client_id=settings.ENTRA_CLIENT_ID,
        tenant_id=user.tenant_id,
        object_id=user.object_id,
        scopes=settings.ENTRA_SCOPES,
    )


def put_cache(grant: Grant, user: User, cache_text: str) -> None:
    """Seal a changed MSAL cache into the grant, which the caller saves; raises `CacheBroken`."""
    for name, value in _columns_of(cache_text, user).items():
        setattr(grant, name, value)


def put_challenge(grant: Grant, user: User, claims: str, *, now: datetime) -> None:
    """Seal a claims challenge into the grant, which the caller saves, for the next interactive sign-in."""
    sealed = seal(claims.encode(), place=_challenge_place(user), keys=settings.GRANT_KEYS)
    grant.challenge_key_id, grant.sealed_challenge = sealed.key_id, sealed.data
    grant.challenged_at = now


def challenge_in(grant: Grant, user: User) -> str:
    """Return the claims challenge that waits in a grant, or "" where there is none that can be read."""
    sealed = Sealed(grant.challenge_key_id, bytes(grant.sealed_challenge))
    if not sealed.data:
        return ""
    try:
        return unseal(sealed, place=_challenge_place(user), keys=settings.GRANT_KEYS).decode()
    except Unreadable as exc:
        # Without it the person signs in as ever, and Azure DevOps asks again.
        log.warning("challenge_unreadable", user_id=user.pk, key_id=sealed.key_id, reason=str(exc))
        return ""


def store_grant(
    user: User,
    *,
    cache_text: str,
    now: datetime,
    answered_challenge: bool = False,
    wait_seconds: int = WAIT_SECONDS,
) -> None:
    """Replace the person's grant by what an interactive sign-in brought.

    `answered_challenge`: that sign-in carried the challenge that waited, which is over then; one that it did
    not carry goes on waiting. Part of the sign-in's transaction; waits for a refresh that is going on.
    Raises `GrantBusy`.
    """
    columns = _columns_of(cache_text, user)
    answered = (
        {"challenge_key_id": "", "sealed_challenge": b"", "challenge_answered_at": now}
        if answered_challenge
        else {}
    )
    with limited_wait(wait_seconds):
        lock_grant(user)
        Grant.objects.update_or_create(
            user=user,
            defaults={
                **columns,
                "state": Grant.State.ACTIVE,
                "lost_code": "",
                "lost_aadsts": 0,
                "lost_correlation_id": "",
                "interactive_at": now,
                "refreshed_at": now,
                **answered,
            },
        )
        User.objects.filter(pk=user.pk).update(disconnected_at=None, disconnected_reason="")


def put_reference(grant: Grant, *, aadsts: int, correlation_id: str) -> None:
    """Note what Entra called a refusal (0 and "" for nothing) in the grant, which the caller saves."""
    grant.lost_aadsts, grant.lost_correlation_id = aadsts, correlation_id


def lose_grant(grant: Grant, user: User, *, code: str, actor: Actor, now: datetime) -> None:
    """Save that only the person's next sign-in helps, and tell whoever records it."""
    grant.state, grant.lost_code = Grant.State.SIGN_IN_NEEDED, code
    grant.save()
    grant_lost.send(
        sender=User,
        user=user,
        actor=actor,
        code=code,
        aadsts=grant.lost_aadsts,
        correlation_id=grant.lost_correlation_id,
        now=now,
    )


def note_unattended(user: User, *, actor: Actor, now: datetime) -> None:
    """Tell whoever records it that `actor` works with the person's grant without them.

    Once for each day, in UTC, and purpose, which is the label of `actor`.
    """
    today, purpose = now.astimezone(UTC).date(), [actor.label]
    is_new_day = Q(unattended_date__isnull=True) | Q(unattended_date__lt=today)
    rows = Grant.objects.filter(is_new_day | ~Q(unattended_for__contains=purpose), user=user)
    if not rows.exists():
        return
    more = CombinedExpression(F("unattended_for"), "||", Value(purpose, JSONField()))
    with transaction.atomic():
        # Each is one statement that looks again under the row's lock, so that of two at once one tells.
        is_told = rows.filter(is_new_day).update(unattended_date=today, unattended_for=purpose)
        if is_told or rows.exclude(is_new_day).update(unattended_for=more):
            grant_used.send(sender=User, user=user, actor=actor, now=now)


def lost_reason(grant: Grant) -> SignInReason:
    """Return why a grant was lost."""
    known: dict[str, SignInReason] = {reason.value: reason for reason in SignInReason}
    return known.get(grant.lost_code, SignInReason.SIGN_IN_NEEDED)


def _columns_of(cache_text: str, user: User) -> dict[str, Any]:
    """Return what a grant holds of an MSAL cache: sealed, and what may be known without opening it.

    Where the portal may not act for people who are away, nothing is kept that could: whatever came.
    """
    if not may_renew():
        cache_text = without_refresh_tokens(cache_text)
    compact: Any = json.dumps(json.loads(cache_text), separators=(",", ":"))
    sealed = seal(compact.encode(), place=_place(user), keys=settings.GRANT_KEYS)
    return {
        "key_id": sealed.key_id,
        "sealed_cache": sealed.data,
        "is_renewable": has_refresh_token(cache_text),
        "access_ends_at": _access_end(cache_text, user),
    }


def _access_end(cache_text: str, user: User) -> datetime | None:
    try:
        held = held_in(cache_text, user)
    except CacheBroken:  # whoever wants to use it is told
        return None
    return held.expires_at if held else None


def _place(user: User) -> str:
    return f"{_TABLE}/{user.pk}/{user.tenant_id}"


def _challenge_place(user: User) -> str:
    """Return another place than the cache's: neither opens as the other."""
    return f"{_TABLE}.challenge/{user.pk}/{user.tenant_id}"
