"""Patience with what lags: that something did not happen is only believed from two looks far enough apart."""

from datetime import datetime, timedelta

from tokens.models import Operation

SECOND_LOOK_AFTER = timedelta(minutes=1)


def second_look_at(operation: Operation, *, now: datetime) -> datetime | None:
    """Return when to look again for the effect of `operation`; None once the first is long ago."""
    if operation.listed_empty_at is None:
        operation.listed_empty_at = now
        operation.save(update_fields=["listed_empty_at"])
    look_at = operation.listed_empty_at + SECOND_LOOK_AFTER
    return look_at if look_at > now else None
