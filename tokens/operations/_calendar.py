"""Make and end the secret addresses under which calendar programs read when PATs expire."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.azure_devops import Secret
from tokens.calendar_queries import overdue_feeds
from tokens.errors import SettingRefused
from tokens.models import (
    MOST_FEEDS,
    CalendarFeed,
    EndedCalendar,
    EventType,
    hash_of_address,
    new_calendar_address,
)

# Why an address ended that its owner did not end.
GRANT_DELETED, NOT_SIGNED_IN = "grant_deleted", "not_signed_in"
# Programs ask again every few minutes; telling of it need not be more exact.
_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class MadeFeed:
    """A feed that was just made, with the only copy of the secret part of its address."""

    feed: CalendarFeed
    address: Secret


def create_calendar_feed(
    *, key: str, actor: Actor, owner: User, detail: CalendarFeed.Detail, now: datetime
) -> MadeFeed:
    """Make an address for a calendar of `owner`; only its hash is stored, so it can be shown just now.

    Raises SettingRefused, also where the form with this `key` has made one, be it ended by now.
    """
    address = new_calendar_address()
    with transaction.atomic(durable=True):
        # One form after the other: each takes the first place that is free.
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=owner.pk)
        present = list(CalendarFeed.objects.filter(user=owner))
        if any(feed.key == key for feed in present):
            raise SettingRefused(detail="calendar_known")
        # After those that are there: one that ends between the two looks is seen by this one.
        if EndedCalendar.objects.filter(user=owner, key=key).exists():
            raise SettingRefused(detail="calendar_ended")
        free = set(range(1, MOST_FEEDS + 1)) - {feed.position for feed in present}
        if not free:
            raise SettingRefused(detail="too_many_calendars")
        feed = CalendarFeed.objects.create(
            user=owner,
            position=min(free),
            key=key,
            address_hash=hash_of_address(address),
            detail=detail,
            created_at=now,
        )
        audit.record(EventType.CALENDAR_CREATED, actor=actor, owner=owner, data={"detail": feed.detail})
    return MadeFeed(feed, Secret(address))


def end_calendar_feed(*, actor: Actor, owner: User, feed_id: UUID, now: datetime, reason: str = "") -> bool:
    """End one address of `owner`; what is over already changes nothing. Tells whether it ended now.

    `reason` is why, where that is not its owner's wish.
    """
    with transaction.atomic():
        feeds = CalendarFeed.objects.filter(pk=feed_id)
        return bool(_end(feeds, actor=actor, owner=owner, reason=reason, now=now))


def end_calendar_feeds(*, actor: Actor, owner: User, now: datetime) -> int:
    """End every address of `owner`, whose grant is deleted, and return how many there were."""
    with transaction.atomic():
        return _end(CalendarFeed.objects.all(), actor=actor, owner=owner, reason=GRANT_DELETED, now=now)


def _end(feeds: QuerySet[CalendarFeed], *, actor: Actor, owner: User, reason: str, now: datetime) -> int:
    rows = list(feeds.filter(user=owner).select_for_update(of=("self",)).order_by("position"))
    for feed in rows:
        feed.delete()
        EndedCalendar.objects.create(user=owner, key=feed.key, ended_at=now)
        data = {"detail": feed.detail} | ({"reason": reason} if reason else {})
        audit.record(EventType.CALENDAR_ENDED, actor=actor, owner=owner, data=data)
    return len(rows)


def end_overdue_calendars(*, actor: Actor, now: datetime) -> int:
    """End the addresses of people who have not signed in for too long, and return how many there were.

    Some hundreds at a time; 0 means that none is left.
    """
    count = 0
    for feed in overdue_feeds(now=now):
        count += end_calendar_feed(
            actor=actor, owner=feed.user, feed_id=feed.pk, now=now, reason=NOT_SIGNED_IN
        )
    return count


def note_calendar_use(*, feed: CalendarFeed, now: datetime) -> None:
    """Remember that the address was used, for its owner to see; to some minutes."""
    is_due = Q(last_used_at=None) | Q(last_used_at__lte=now - _NOTED_EVERY)
    if feed.last_used_at is None or feed.last_used_at <= now - _NOTED_EVERY:
        CalendarFeed.objects.filter(is_due, pk=feed.pk).update(last_used_at=now)
