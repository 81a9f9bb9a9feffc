"""What calendar feeds read, of the mirror alone: a fixed number of queries. Reads only."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import User
from accounts.standing import may_be_served
from tokens.models import CalendarFeed, OrganizationAccess, Pat, global_stop_at, hash_of_address

# After so long without an interactive sign-in a feed is over.
FEED_LIFE = timedelta(days=30)
# What is over stays in the calendar for a while.
SHOWN_AFTER_END = timedelta(days=90)
MOST_ENTRIES = 1_000


def feed_of_address(address: str, *, now: datetime) -> CalendarFeed | None:
    """Return the feed with this secret address, None where there is none or its time is over."""
    found = hash_of_address(address)
    if not found:
        return None
    feed = CalendarFeed.objects.select_related("user__grant").filter(address_hash=found).first()
    return feed if feed is not None and may_be_served(feed.user, now=now, within=FEED_LIFE) else None


def overdue_feeds(*, now: datetime, at_most: int = 500) -> list[CalendarFeed]:
    """Return feeds of people without a grant, or who have not signed in for too long."""
    is_over = Q(user__grant__isnull=True) | Q(user__grant__interactive_at__lte=now - FEED_LIFE)
    return list(CalendarFeed.objects.filter(is_over).select_related("user").order_by("pk")[:at_most])


def feeds_of(user: User) -> list[CalendarFeed]:
    """Return the person's feeds, the first made first."""
    return list(CalendarFeed.objects.filter(user=user).order_by("created_at"))


def calendar_pats(user: User, *, now: datetime) -> list[Pat]:
    """Return the PATs that stand in the person's calendar, with what is noted about them.

    What was revoked is gone from it, what expired stays for a while; of very many, the last to end.
    """
    oldest = now - SHOWN_AFTER_END
    is_recent = Q(valid_to__gt=oldest)
    if global_stop_at() <= oldest:
        is_recent &= Q(is_global=False)
    pats = Pat.objects.filter(is_recent, user=user, revoked_at=None, vanished_at=None)
    rows = pats.select_related("organization").prefetch_related("places")
    return list(rows.order_by("-valid_to", "pk")[:MOST_ENTRIES])


def read_at_by_organization(user: User, pats: Iterable[Pat]) -> dict[int, datetime | None]:
    """Return when each organization of `pats` was last read completely, by its id."""
    wanted = {pat.organization_id for pat in pats}
    rows = OrganizationAccess.objects.filter(user=user, organization__in=wanted)
    return dict(rows.values_list("organization_id", "read_at"))
