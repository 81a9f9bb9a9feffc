"""Delete what is past its time: little at once, and never what something that is open or to come needs.

The audit log is not touched: it has no foreign keys, and forgets by `erase_audit` alone.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.grant_life import chose_to_disconnect, disconnected_before, forget_disconnection
from patportal.lib.actors import Actor
from tokens import audit
from tokens.models import (
    CREATE_VERBS,
    BulkChange,
    BulkItem,
    EndedCalendar,
    EventType,
    Operation,
    OrganizationAccess,
    OutgoingMail,
    Pat,
    Reminder,
)

# How long the mirror of somebody stays whom the portal can no longer act for.
MIRROR_KEPT = timedelta(days=30)
# How long it stays known what was intended, announced and sent; the audit log knows it longer.
RECORDS_KEPT = timedelta(days=400)
BATCH = 500
_BULK_DONE = [BulkItem.State.SENT, BulkItem.State.NOT_DONE]


def clear_some(*, actor: Actor, now: datetime, at_most: int = BATCH) -> int:
    """Delete up to `at_most` rows of each kind that are past their time, and return how many there were.

    In one transaction with the event that tells of it. Safe for many at once; 0 means that nothing is left,
    but for what somebody is changing at this moment.
    """
    with transaction.atomic(durable=True):
        counts = {
            "pats": _clear_mirrors(now=now, at_most=at_most),
            "people": _finish_people(now=now, at_most=at_most),
            **{kind: _delete_some(rows, at_most=at_most) for kind, rows in _past_records(now=now).items()},
        }
        deleted = {kind: count for kind, count in counts.items() if count}
        if deleted:
            audit.record(EventType.UPKEEP_CLEARED, actor=actor, data=deleted)
    return sum(deleted.values())


def _clear_mirrors(*, now: datetime, at_most: int) -> int:
    """Delete PATs of people who disconnected long ago, with their notes and places of use.

    Of people who merely stayed away, only those that ended long ago: of the others they, and whoever is to
    stand in for them, are still reminded.
    """
    before = now - MIRROR_KEPT
    away = disconnected_before(before)
    ended = Q(valid_to__lt=before) | Q(revoked_at__lt=before) | Q(vanished_at__lt=before)
    gone = Q(user__in=away.filter(chose_to_disconnect())) | Q(ended, user__in=away)
    rows = Pat.objects.filter(gone).exclude(_is_needed(now))
    found = list(rows.order_by("user_id", "pk").only("pk", "user")[:at_most])
    # Whoever signs in just now keeps theirs; who is locked here signs in after this.
    locked = _locked_people({pat.user_id for pat in found}, now=now)
    return _delete(Pat.objects.all(), [pat.pk for pat in found if pat.user_id in locked])


def _is_needed(now: datetime) -> Q:
    """Whether something that is open or to come needs a PAT's row."""
    open_operations = Operation.objects.filter(finished_at=None)
    waiting = BulkItem.objects.filter(state__in=[BulkItem.State.WAITING, BulkItem.State.RUNNING])
    needed = Q(ends_at__isnull=False, valid_to__gt=now, revoked_at=None, vanished_at=None)
    for rows in (
        open_operations.filter(pat=OuterRef("pk")),
        open_operations.filter(replaces=OuterRef("pk")),
        waiting.filter(pat=OuterRef("pk")),
    ):
        needed |= Q(Exists(rows))
    return needed


def _finish_people(*, now: datetime, at_most: int) -> int:
    """Delete what was known of the access of people without any PAT left, and stop looking at them."""
    away = disconnected_before(now - MIRROR_KEPT).exclude(Exists(Pat.objects.filter(user=OuterRef("pk"))))
    found = _locked_people(set(away.values_list("pk", flat=True)[:at_most]), now=now)
    OrganizationAccess.objects.filter(user__in=found).delete()
    return forget_disconnection(found)


def _locked_people(user_ids: set[int], *, now: datetime) -> set[int]:
    rows = disconnected_before(now - MIRROR_KEPT).filter(pk__in=user_ids).order_by("pk")
    locked = rows.select_for_update(no_key=True, skip_locked=True, of=("self",))
    return {user.pk for user in locked}


def _past_records(*, now: datetime) -> dict[str, QuerySet[Any]]:
    """Return what is past its time of each kind, in the order in which it may go: the oldest first."""
    before = now - RECORDS_KEPT
    return {
        "bulk_changes": _past_bulk_changes(before),
        "operations": _past_operations(before, now=now),
        "reminders": Reminder.objects.filter(made_at__lt=before)
        .exclude(state=Reminder.State.WAITING)
        .order_by("made_at"),
        "mails": OutgoingMail.objects.filter(due_at__lt=before)
        .exclude(sent_at=None, given_up_at=None, not_needed_at=None)
        .order_by("due_at"),
        "ended_calendars": EndedCalendar.objects.filter(ended_at__lt=before).order_by("ended_at"),
    }


def _past_bulk_changes(before: datetime) -> QuerySet[BulkChange]:
    is_open = Q(operation__isnull=False, operation__finished_at=None)
    undone = BulkItem.objects.filter(is_open | ~Q(state__in=_BULK_DONE), bulk=OuterRef("pk"))
    return BulkChange.objects.filter(~Exists(undone), requested_at__lt=before).order_by("requested_at")


def _past_operations(before: datetime, *, now: datetime) -> QuerySet[Operation]:
    """Operations that ended long ago, but for those that say how a PAT which still works is to end."""
    is_scheduled = Q(pat__ends_at__isnull=False, pat__valid_to__gt=now)
    is_scheduled |= Q(replaces__ends_at__isnull=False, replaces__valid_to__gt=now)
    # Whose PAT works although nobody has its secret, see `orphans_to_revoke`.
    is_left_behind = Q(
        verb__in=CREATE_VERBS, pat__valid_to__gt=now, pat__revoked_at=None, pat__issued_at=None
    )
    old = Operation.objects.filter(finished_at__lt=before)
    return old.exclude(is_scheduled | is_left_behind).order_by("finished_at")


def _delete_some(rows: QuerySet[Any], *, at_most: int) -> int:
    locked = rows.select_for_update(skip_locked=True, of=("self",))
    return _delete(rows, list(locked.values_list("pk", flat=True)[:at_most]))


def _delete(rows: QuerySet[Any], keys: list[Any]) -> int:
    """Delete those of `rows` with these keys, and what belongs to them alone; return how many."""
    if keys:
        rows.filter(pk__in=keys).delete()
    return len(keys)
