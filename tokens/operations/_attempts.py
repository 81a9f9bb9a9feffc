"""When to try once more what a job could not do: rarer and rarer, for the audit log cannot be emptied."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Min, Model, Q, QuerySet, Value
from django.db.models.functions import Least

RETRY_AT_EARLIEST = timedelta(minutes=5)
RETRY_AT_LATEST = timedelta(days=1)

Row = TypeVar("Row", bound=Model)


def due_again(rows: QuerySet[Row], *, operations: str, verb: str, now: datetime) -> QuerySet[Row]:
    """Keep those of `rows` for which an operation of `verb` was never begun, or which have rested since.

    `operations` is the way from a row to the operations. After an attempt that failed the next waits as long
    as all before it took, from minutes to a day; where one is under way nothing is due.
    """
    tries = Q(**{f"{operations}__verb": verb})
    first_at = Min(f"{operations}__requested_at", filter=tries)
    tried_at = Max(f"{operations}__requested_at", filter=tries)
    waits = Least(F("tried_for"), Value(RETRY_AT_LATEST, output_field=DurationField()))
    tried: Any = rows.annotate(
        tried_at=tried_at,
        tried_for=ExpressionWrapper(tried_at - first_at, DurationField()),
        rested_for=ExpressionWrapper(Value(now) - tried_at, DurationField()),
        under_way=Count(operations, filter=tries & Q(**{f"{operations}__finished_at__isnull": True})),
    )
    is_due = Q(tried_at__isnull=True) | Q(rested_for__gte=RETRY_AT_EARLIEST, rested_for__gt=waits)
    found: QuerySet[Row] = tried.filter(is_due, under_way=0)
    return found
