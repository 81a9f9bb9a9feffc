"""Many PATs at once as it is read: how far a bulk change is, and what became of each of its PATs.

The result of a PAT is that of its operation, looked at when it is asked for: a revocation that was sent is
confirmed later, and settling may find out what became of a lost answer. Reads only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from tokens import rules
from tokens.models import BulkChange, BulkItem, BulkPause, Operation, Organization, Pat

# Why a PAT was left alone, beside the codes of errors.
BEING_REVOKED = "being_revoked"  # another revocation of it is under way
NOT_LONGER = "not_longer"  # it lives at least as long already
ALL_ORGANIZATIONS = "all_organizations"  # it is for all of them, and Microsoft ends those
STOPPED = "stopped"  # the person stopped the rest
INTERRUPTED = "interrupted"  # the portal was interrupted at it again and again


class Result(StrEnum):
    """What became of one PAT of a bulk change."""

    WAITING = "waiting"
    RUNNING = "running"
    UNKNOWN = "unknown"  # the answer was lost; settling finds out
    UNCONFIRMED = "unconfirmed"  # Azure DevOps took the revocation; no list shows it yet
    DONE = "done"
    FAILED = "failed"  # its operation was refused or failed
    NOT_DONE = "not_done"  # there was no operation


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One line of the result; `code` and `activity_id` are empty where nothing went wrong.

    `shortened_to` is the expiry of an extension that came back shorter than it was asked for, else None.
    """

    result: Result
    code: str = ""
    activity_id: str = ""
    shortened_to: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Whether it stays as it is."""
        return self.result in {Result.DONE, Result.FAILED, Result.NOT_DONE}


_AT_WORK = [BulkItem.State.WAITING, BulkItem.State.RUNNING]
_FAILED = [Operation.State.REFUSED, Operation.State.FAILED]


def bulk_items(bulk: BulkChange) -> QuerySet[BulkItem]:
    """Return the PATs of `bulk` in their order, with what `item_result` and a table need, in one query."""
    return bulk.items.select_related("pat__organization", "operation").order_by("position")


def item_result(item: BulkItem) -> ItemResult:
    """Return what became of one PAT; `item` comes from `bulk_items`."""
    match item.state:
        case BulkItem.State.WAITING:
            return ItemResult(Result.WAITING)
        case BulkItem.State.RUNNING:
            return ItemResult(Result.RUNNING)
        case BulkItem.State.NOT_DONE:
            return ItemResult(Result.NOT_DONE, item.error_code, item.activity_id)
    return _result_of(item, item.operation) if item.operation else ItemResult(Result.UNKNOWN)


def _result_of(item: BulkItem, operation: Operation) -> ItemResult:
    if operation.state == Operation.State.SENT:
        return ItemResult(Result.UNCONFIRMED)
    if operation.state == Operation.State.DONE:
        return ItemResult(Result.DONE, shortened_to=_shortened_to(item))
    if operation.state in _FAILED:
        return ItemResult(Result.FAILED, operation.error_code, operation.activity_id)
    return ItemResult(Result.UNKNOWN, activity_id=operation.activity_id)


def _shortened_to(item: BulkItem) -> datetime | None:
    asked, returned = item.asked_valid_to, item.pat.valid_to
    return returned if asked and rules.was_shortened(asked=asked, returned=returned) else None


def failed_items(bulk: BulkChange) -> QuerySet[BulkItem]:
    """Return what may be repeated: went wrong or had no turn, and the PAT has not been revoked since."""
    has_failed = Q(state=BulkItem.State.SENT, operation__state__in=_FAILED)
    is_there = Q(pat__revoked_at__isnull=True, pat__vanished_at__isnull=True)
    return bulk_items(bulk).filter(has_failed | Q(state=BulkItem.State.NOT_DONE), is_there)


def bulk_changes_to_run(*, now: datetime) -> list[BulkChange]:
    """Return bulk changes that have something to do and nobody at work on it, oldest first."""
    of_it = BulkItem.objects.filter(bulk=OuterRef("pk"))
    waiting = of_it.filter(state=BulkItem.State.WAITING)
    running = of_it.filter(state=BulkItem.State.RUNNING)
    pauses = BulkPause.objects.filter(user=OuterRef("user"), ends_at__gt=now)
    has_waiting = Exists(waiting) & ~Exists(pauses)
    has_abandoned = Exists(running.filter(claimed_until__lte=now))
    return list(
        BulkChange.objects.filter(has_waiting | has_abandoned)
        .exclude(Exists(running.filter(claimed_until__gt=now)))
        .order_by("requested_at")
    )


def pause_of(user: User, *, now: datetime) -> datetime | None:
    """Return until when Azure DevOps wants nothing of the person's bulk changes, None where it does."""
    return BulkPause.objects.filter(user=user, ends_at__gt=now).values_list("ends_at", flat=True).first()


def unfinished_bulks(user: User) -> QuerySet[BulkChange]:
    """Return the person's bulk changes that still have PATs waiting or in progress."""
    at_work = BulkItem.objects.filter(bulk=OuterRef("pk"), state__in=_AT_WORK)
    return BulkChange.objects.filter(Exists(at_work), user=user)


def unfinished_counts(user: User) -> list[tuple[BulkChange, int, int]]:
    """Return the person's newest unfinished bulk changes, with the number of PATs and of those left."""
    rows = unfinished_bulks(user).annotate(
        total=Count("items"), left=Count("items", filter=Q(items__state__in=_AT_WORK))
    )
    return [(row, row.total, row.left) for row in rows.order_by("-requested_at")[:3]]


def under_way(pats: Iterable[Pat]) -> dict[UUID, UUID]:
    """Return the newest open operation, of itself or of its rotation, of each of `pats`: ids by their id."""
    ids = [pat.pk for pat in pats]
    is_about_them = Q(pat__in=ids) | Q(replaces__in=ids)
    rows = Operation.objects.filter(is_about_them, finished_at=None).order_by("requested_at")
    found = rows.values_list("pk", "pat", "replaces")
    return {pat_id: pk for pk, *about in found for pat_id in about if pat_id is not None}


def bulk_of_key(user: User, key: str) -> BulkChange | None:
    """Return the bulk change that the person's form with this key has begun, None where it did not."""
    return BulkChange.objects.filter(user=user, key=key).first()


def working_pats(user: User, *, organizations: list[Organization], now: datetime) -> list[Pat]:
    """Return the person's PATs that work as far as is known and whose revocation was not sent."""
    working = Pat.objects.filter(user=user, organization__in=organizations, revocation_sent_at__isnull=True)
    return list(
        working.active(now=now)
        .select_related("organization", "replaces", "backup_contact__user")
        .prefetch_related("places", "successors__organization")
        .order_by("valid_to", "pk")
    )
