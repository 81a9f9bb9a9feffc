"""Whether a person may be served while they are away: what is given out without a session asks here.

It asks nobody outside: Entra's word is what the last refresh or sign-in left behind.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from accounts.errors import SignInReason
from accounts.grant_life import oldest_sign_in
from accounts.models import Grant, User
from accounts.sessions import PERSON_REFUSED
from accounts.tenants import known_home_tenant_id

# Whose access was merely revoked, as by a new password, is still there.
_LEFT = frozenset({SignInReason.ACCOUNT_DISABLED.value, SignInReason.ACCOUNT_GONE.value})


def may_be_served(user: User, *, now: datetime, within: timedelta) -> bool:
    """Tell whether the person has signed in `within` that time, is let in, and is not refused by Entra.

    Reads `user.grant`; whoever asks for many fetches it along with them.
    """
    grant: Grant | None = getattr(user, "grant", None)
    if grant is None or grant.lost_code in PERSON_REFUSED:
        return False
    if grant.interactive_at <= max(now - within, oldest_sign_in(now=now)):
        return False
    return user.is_active and _is_admitted(user)


def has_left(user: str = "") -> Q:
    """Return the condition of people who are disabled or gone, as far as it was said here or by Entra.

    `user` leads to them from the rows that are asked for, as in "user__".
    """
    return Q(**{f"{user}is_active": False}) | Q(**{f"{user}grant__lost_code__in": _LEFT})


def who_left(user_ids: Iterable[int]) -> set[int]:
    """Return which of these people are disabled or gone."""
    return set(User.objects.filter(has_left(), pk__in=set(user_ids)).values_list("pk", flat=True))


def _is_admitted(user: User) -> bool:
    if settings.SIGN_IN_REQUIRES_ROLE and not user.is_staff:
        return False
    home = known_home_tenant_id()
    return home in {None, user.tenant_id} or user.tenant_id in settings.ENTRA_ADDITIONAL_TENANTS
