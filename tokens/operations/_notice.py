"""Put away the notice about how an operation ended."""

from datetime import datetime

from tokens.models import Operation


def dismiss_notice(*, operation: Operation, now: datetime) -> None:
    """Do not show the notice about a finished operation again; what it told stays in the audit log."""
    Operation.objects.filter(pk=operation.pk, finished_at__isnull=False, dismissed_at__isnull=True).update(
        dismissed_at=now
    )
