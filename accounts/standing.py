"""Whether a person may be served while they are away: what is given out without a session asks here.

It asks nobody outside: Entra's word is what the last refresh or sign-in left behind.
"""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.grant_life import oldest_sign_in
from accounts.models import Grant, User
from accounts.sessions import PERSON_REFUSED
from accounts.tenants import known_home_tenant_id


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


def _is_admitted(user: User) -> bool:
    if settings.SIGN_IN_REQUIRES_ROLE and not user.is_staff:
        return False
    home = known_home_tenant_id()
    return home in {None, user.tenant_id} or user.tenant_id in settings.ENTRA_ADDITIONAL_TENANTS
