"""How long grants live: which of them still let the portal act, and how they end for good.

A grant that was lost (`grant_store`) waits for its owner; one that is deleted is not there any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from accounts.errors import SignInNeeded, SignInReason
from accounts.grant_cache import CacheBroken
from accounts.grant_store import lock_grant, may_renew, open_grant, put_cache
from accounts.lock_waits import limited_wait
from accounts.models import Grant, User
from accounts.signals import grant_deleted
from patportal.lib.actors import Actor, system_actor

log = structlog.get_logger(__name__)

# A call that starts now takes a while.
_USABLE = timedelta(minutes=1)


class DeletionReason(StrEnum):
    """Why a grant was deleted."""

    TOO_OLD = "too_old"
    DISCONNECTED = "disconnected"
    BY_HAND = "deleted_by_hand"


@dataclass(frozen=True, slots=True)
class _Ending:
    actor: Actor
    reason: DeletionReason
    now: datetime


def usable(*, now: datetime, prefix: str = "") -> Q:
    """Return the condition of grants that let the portal act; `prefix` is the way to them ("user__grant__").

    One that can be renewed is usable until it is lost or too old; any other as long as its access token.
    """
    is_alive = Q(**{f"{prefix}access_ends_at__gt": now + _USABLE})
    if may_renew():
        is_alive |= Q(**{f"{prefix}is_renewable": True})
    is_known = Q(
        **{f"{prefix}state": Grant.State.ACTIVE, f"{prefix}interactive_at__gt": oldest_sign_in(now=now)}
    )
    return is_known & is_alive


def spent_reason(*, is_renewable: bool) -> SignInReason:
    """Return why a grant that was not lost lets the portal act no more."""
    return SignInReason.GRANT_TOO_OLD if is_renewable and may_renew() else SignInReason.ACCESS_ENDED


def oldest_sign_in(*, now: datetime) -> datetime:
    """Return the moment after which somebody must have signed in for their grant to be used."""
    return now - timedelta(days=settings.GRANT_MAX_DAYS)


def delete_grant(user: User, *, actor: Actor, reason: DeletionReason, now: datetime) -> bool:
    """Delete what lets the portal act for the person, and tell whoever records it; False if there is none.

    Waits for a refresh that is going on, which would write it anew. Raises `GrantBusy`.
    """
    with limited_wait():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        grant = lock_grant(user)
        ending = _Ending(actor, reason, now)
        if grant is None:
            _note_choice(user, ending)
            return False
        _delete(grant, ending)
    return True


def _note_choice(user: User, ending: _Ending) -> None:
    """Note that somebody disconnects whose access was already deleted for another reason."""
    if ending.reason != DeletionReason.DISCONNECTED:
        return
    away = User.objects.filter(pk=user.pk, disconnected_at__isnull=False).exclude(chose_to_disconnect())
    if away.exists():
        _tell(user, ending)


def end_old_grants(*, actor: Actor, now: datetime, at_most: int = 500) -> int:
    """Delete grants whose owners have not signed in for too long, and return how many; `at_most` at a time.

    What was done with a grant meanwhile does not make it younger.
    """
    is_old = Q(interactive_at__lte=oldest_sign_in(now=now))
    count = 0
    found = Grant.objects.filter(is_old).order_by("interactive_at").values_list("pk", flat=True)
    for user_id in list(found[:at_most]):
        with transaction.atomic():
            # Whoever signs in just now has the first word; the next run looks again.
            people = User.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            if people.filter(pk=user_id).first() is None:
                continue
            grants = Grant.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
            grant = grants.filter(is_old, pk=user_id).first()
            if grant is not None:
                _delete(grant, _Ending(actor, DeletionReason.TOO_OLD, now))
                count += 1
    return count


def disconnected_before(moment: datetime) -> QuerySet[User]:
    """Return people whose access was deleted before `moment`, for any reason, and who have not come back."""
    has_grant = Exists(Grant.objects.filter(user=OuterRef("pk")))
    return User.objects.filter(disconnected_at__lt=moment).exclude(has_grant)


def chose_to_disconnect() -> Q:
    """Return the condition of people who disconnected themselves; others merely stayed away."""
    return Q(disconnected_reason=DeletionReason.DISCONNECTED)


def forget_disconnection(user_ids: set[int]) -> int:
    """Stop counting since when these people are disconnected, because nothing of theirs is left to delete."""
    return User.objects.filter(pk__in=user_ids).update(disconnected_at=None, disconnected_reason="")


def forget_refresh_tokens(*, at_most: int = 500) -> int:
    """Take refresh tokens out of grants where the portal may not renew any more; returns how many had one.

    What was sealed before the setting changed. A grant that cannot be opened loses everything that is sealed.
    """
    if may_renew():
        return 0
    count = 0
    for user in User.objects.filter(grant__is_renewable=True).order_by("pk")[:at_most]:
        with transaction.atomic():
            grant = lock_grant(user)
            if grant is not None and grant.is_renewable:
                _strip(grant, user)
                count += 1
    return count


def _strip(grant: Grant, user: User) -> None:
    try:
        put_cache(grant, user, open_grant(grant, user).cache_text)
    except (SignInNeeded, CacheBroken):
        put_cache(grant, user, "{}")
    grant.save()


def _delete(grant: Grant, ending: _Ending) -> None:
    setattr(grant, _ENDING, ending)
    grant.delete()


_ENDING = "_ending"


@receiver(pre_delete, sender=Grant)
def tell_of_deletion(instance: Grant, **kwargs: Any) -> None:  # noqa: ARG001
    """Tell whoever records it that a grant is deleted, whoever does so and with whatever else."""
    ending: _Ending = getattr(instance, _ENDING, None) or _Ending(
        system_actor("grants"), DeletionReason.BY_HAND, timezone.now()
    )
    _tell(instance.user, ending)


def _tell(user: User, ending: _Ending) -> None:
    User.objects.filter(pk=user.pk).update(disconnected_at=ending.now, disconnected_reason=ending.reason)
    grant_deleted.send(sender=User, user=user, actor=ending.actor, reason=ending.reason.value, now=ending.now)
