"""The rows of a bulk change as its lanes hand them around: claimed by one, given back, or with a result.

A claim is a time stamp, so that no lock is held during remote calls and a killed worker's runs out. Each
attempt has a key of its own, by which whoever comes after a crash finds what was begun.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.errors import Throttled
from tokens.models import BulkChange, BulkItem, BulkPause, EventType, Operation, Outcome

# Longer than the calls for one PAT may take; after it another lane looks what was begun.
CLAIM = timedelta(minutes=5)
MOST_TRIES = 5
# What Azure DevOps asks to put off counts as none of these tries, until the bulk change is as old as this.
LONGEST_PATIENCE = timedelta(days=1)

State = BulkItem.State


def item_key(item: BulkItem) -> str:
    """Return the key of the operation of the present attempt."""
    return f"bulk:{item.pk}:{item.tries + item.put_off}"


def operation_of(item: BulkItem) -> Operation | None:
    """Return the operation that the present attempt has begun, None where there is none."""
    return Operation.objects.filter(user=item.bulk.user_id, key=item_key(item)).first()


@dataclass(frozen=True, slots=True)
class Claim:
    """One PAT that is the caller's for a while, and the operation that an abandoned attempt had begun."""

    item: BulkItem
    operation: Operation | None


def claim_next(bulk_id: UUID, *, now: datetime) -> Claim | None:
    """Claim the next PAT that nobody is at; None where there is none at present."""
    begun = None
    with transaction.atomic(durable=True):
        item = (
            BulkItem.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("bulk__user", "pat__organization")
            .filter(_is_due(now), bulk=bulk_id)
            .order_by("position")
            .first()
        )
        if item is None:
            return None
        if item.state == State.RUNNING:
            begun = operation_of(item)
            if begun is None:
                # Whoever had it died before they began; should they live after all, that key is theirs.
                item.tries += 1
        item.state, item.claimed_until = State.RUNNING, now + CLAIM
        item.save(update_fields=["state", "claimed_until", "tries"])
    return Claim(item, begun)


def _is_due(now: datetime) -> Q:
    pauses = BulkPause.objects.filter(user=OuterRef("bulk__user"), ends_at__gt=now)
    is_waiting = Q(state=State.WAITING) & ~Exists(pauses)
    return is_waiting | Q(state=State.RUNNING, claimed_until__lte=now)


def conclude(item: BulkItem, operation: Operation | None, *, code: str = "", activity_id: str = "") -> None:
    """Give the PAT its result: that of its operation, or `code`, why there was none."""
    if operation is not None:
        _own(item).update(state=State.SENT, operation=operation, claimed_until=None)
    else:
        _own(item).update(claimed_until=None, **_not_done(code, activity_id))


def _not_done(code: str, activity_id: str) -> dict[str, str]:
    said = {"error_code": audit.clean(code, limit=64), "activity_id": audit.clean(activity_id, limit=64)}
    return {"state": State.NOT_DONE.value, **said}


def give_back(
    item: BulkItem, operation: Operation | None, *, code: str, now: datetime, activity_id: str = ""
) -> None:
    """Let the PAT wait for another attempt; this one's is its result if it was the last, or all stopped."""
    with transaction.atomic(durable=True):
        bulk = BulkChange.objects.select_for_update().get(pk=item.bulk_id)
        is_put_off = code == Throttled.code and now - bulk.requested_at < LONGEST_PATIENCE
        counter = "put_off" if is_put_off else "tries"
        if bulk.stopped_at is None and (is_put_off or item.tries + 1 < MOST_TRIES):
            _own(item).update(state=State.WAITING, claimed_until=None, **{counter: F(counter) + 1})
        else:
            conclude(item, operation, code=code, activity_id=activity_id)


def end_waiting(bulk_id: UUID, *, code: str, activity_id: str, actor: Actor, now: datetime) -> None:
    """Give everything that waits the result that it was not done, and look after what was abandoned."""
    items = BulkItem.objects.filter(bulk=bulk_id)
    with transaction.atomic():
        if count := items.filter(state=State.WAITING).update(**_not_done(code, activity_id)):
            bulk = BulkChange.objects.select_related("user").get(pk=bulk_id)
            audit.record(
                EventType.BULK_STOPPED,
                actor=actor,
                outcome=Outcome.FAILED,
                owner=bulk.user,
                activity_id=activity_id,
                error_code=code,
                data={"bulk_id": str(bulk.id), "verb": bulk.verb, "pats": count},
            )
    for item in items.filter(state=State.RUNNING, claimed_until__lte=now).select_related("bulk"):
        conclude(item, operation_of(item), code=code, activity_id=activity_id)


def _own(item: BulkItem) -> QuerySet[BulkItem]:
    """Return the row, as long as nobody else has taken it over."""
    return BulkItem.objects.filter(pk=item.pk, state=State.RUNNING, tries=item.tries, put_off=item.put_off)


def pause(user: User, *, until: datetime) -> None:
    """Let all bulk changes of the person wait until then, unless they wait for longer already."""
    row, is_new = BulkPause.objects.get_or_create(user=user, defaults={"ends_at": until})
    if not is_new:
        BulkPause.objects.filter(pk=row.pk, ends_at__lt=until).update(ends_at=until)
