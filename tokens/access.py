"""The only way from an id in an address to a row: everybody reaches their own rows alone.

Somebody else's row and a row that does not exist are the same: 404.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404

from accounts.models import User
from tokens.list_queries import with_surroundings
from tokens.models import BulkChange, BulkItem, CalendarFeed, Operation, Pat, Place


def own_pat(user: User, pat_id: UUID) -> Pat:
    """Return the person's own PAT with what the pages show around it; raises Http404."""
    pat = get_object_or_404(with_surroundings(Pat.objects.all()), pk=pat_id, user=user)
    # Nobody has to ask the database for the owner again.
    pat.user = user
    return pat


def own_operation(user: User, operation_id: UUID) -> Operation:
    """Return the person's own operation; raises Http404."""
    rows = Operation.objects.select_related("organization", "pat__organization", "replaces")
    return get_object_or_404(rows, pk=operation_id, user=user)


def own_pats(user: User, pat_ids: Iterable[UUID]) -> list[Pat]:
    """Return those of the PATs that are the person's own, the soonest expiry first."""
    rows = with_surroundings(Pat.objects.all())
    return sorted(rows.filter(pk__in=set(pat_ids), user=user), key=lambda pat: (pat.stops_at, pat.pk))


def own_bulk(user: User, bulk_id: UUID) -> BulkChange:
    """Return the person's own change of many PATs with its items; raises Http404."""
    items = BulkItem.objects.select_related("pat__organization", "operation").order_by("position")
    rows = BulkChange.objects.prefetch_related(Prefetch("items", queryset=items))
    return get_object_or_404(rows, pk=bulk_id, user=user)


def pat_naming(user: User, pat_id: UUID) -> Pat:
    """Return somebody's PAT that names the person as its backup owner; raises Http404."""
    rows = Pat.objects.select_related("organization", "user")
    return get_object_or_404(rows, pk=pat_id, backup_contact__user=user)


def own_place(user: User, pat_id: UUID, place_id: int) -> Place:
    """Return a place of use of the person's own PAT; raises Http404."""
    rows = Place.objects.select_related("pat__organization")
    return get_object_or_404(rows, pk=place_id, pat_id=pat_id, pat__user=user)


def own_calendar_feed(user: User, feed_id: UUID) -> CalendarFeed:
    """Return the person's own calendar feed; raises Http404."""
    return get_object_or_404(CalendarFeed, pk=feed_id, user=user)
