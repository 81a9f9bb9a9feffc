"""Many PATs at once as it is read: how far a bulk change is, and what became of each of its PATs.

The result of a PAT is that of its operation, looked at when it is asked for: a revocation that was sent is
confirmed later, and settling may find out what became of a lost answer. Reads only.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from tokens import rules
from tokens.models import BulkChange, BulkItem, Operation, Organization, Pat

# Why a PAT was left alone, beside the codes of errors.
BEING_REVOKED = "being_revoked"  # another revocation of it is under way
NOT_LONGER = "not_longer"  # it lives at least as long already
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


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """How many PATs of a bulk change have come how far; together they are `total`."""

    waiting: int
    running: int
    unknown: int
    unconfirmed: int
    done: int
    failed: int
    not_done: int

    @property
    def total(self) -> int:
        """All PATs of the bulk change."""
        return self.waiting + self.running + self.handled

    @property
    def handled(self) -> int:
        """Those that had their turn."""
        return self.unknown + self.unconfirmed + self.done + self.failed + self.not_done

    @property
    def is_over(self) -> bool:
        """Whether every PAT had its turn."""
        return not self.waiting and not self.running

    @property
    def is_settled(self) -> bool:
        """Whether no result changes any more."""
        return self.is_over and not self.unknown and not self.unconfirmed

    @property
    def has_failures(self) -> bool:
        """Whether something went wrong with some of them."""
        return bool(self.failed or self.not_done)


_AT_WORK = [BulkItem.State.WAITING, BulkItem.State.RUNNING]
_FAILED = [Operation.State.REFUSED, Operation.State.FAILED]
_ENDED = [*_FAILED, Operation.State.DONE]
_SENT = Q(state=BulkItem.State.SENT)
_CONDITIONS = {
    Result.WAITING: Q(state=BulkItem.State.WAITING),
    Result.RUNNING: Q(state=BulkItem.State.RUNNING),
    Result.UNCONFIRMED: _SENT & Q(operation__state=Operation.State.SENT),
    Result.DONE: _SENT & Q(operation__state=Operation.State.DONE),
    Result.FAILED: _SENT & Q(operation__state__in=_FAILED),
    Result.NOT_DONE: Q(state=BulkItem.State.NOT_DONE),
    Result.UNKNOWN: _SENT
    & (Q(operation__isnull=True) | ~Q(operation__state__in=[*_ENDED, Operation.State.SENT])),
}


def bulk_progress(bulk: BulkChange) -> BulkProgress:
    """Return how far `bulk` is, in one query."""
    counts = {result.value: Count("pk", filter=condition) for result, condition in _CONDITIONS.items()}
    return BulkProgress(**bulk.items.aggregate(**counts))


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
    went_wrong = _CONDITIONS[Result.FAILED] | _CONDITIONS[Result.NOT_DONE]
    is_there = Q(pat__revoked_at__isnull=True, pat__vanished_at__isnull=True)
    return bulk_items(bulk).filter(went_wrong & is_there)


def bulk_changes_to_run(*, now: datetime) -> list[BulkChange]:
    """Return bulk changes that have something to do and nobody at work on it, oldest first."""
    of_it = BulkItem.objects.filter(bulk=OuterRef("pk"))
    waiting = of_it.filter(state=BulkItem.State.WAITING)
    running = of_it.filter(state=BulkItem.State.RUNNING)
    has_waiting = Exists(waiting) & (Q(not_before_at__isnull=True) | Q(not_before_at__lte=now))
    has_abandoned = Exists(running.filter(claimed_until__lte=now))
    return list(
        BulkChange.objects.filter(has_waiting | has_abandoned)
        .exclude(Exists(running.filter(claimed_until__gt=now)))
        .order_by("requested_at")
    )


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


def bulk_of_key(user: User, key: str) -> BulkChange | None:
    """Return the bulk change that the person's form with this key has begun, None where it did not."""
    return BulkChange.objects.filter(user=user, key=key).first()


def working_pats(user: User, *, organizations: list[Organization], now: datetime) -> list[Pat]:
    """Return the person's PATs that work as far as is known and whose revocation was not sent."""
    working = Pat.objects.filter(user=user, organization__in=organizations, revocation_sent_at__isnull=True)
    return list(
        working.active(now=now)
        .select_related("organization")
        .prefetch_related("places", "successors__organization")
        .order_by("valid_to", "pk")
    )
