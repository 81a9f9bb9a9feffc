"""Many PATs at once, lane by lane."""

from datetime import datetime

from patportal.lib.actors import system_actor
from patportal.lib.database_clock import database_now
from tokens import enqueue, operations
from tokens.delegation import client_for
from tokens.errors import Busy, EntraUnavailable, TokensError
from tokens.jobs._job import after_busy, job, request_id
from tokens.models import BulkChange

# Nobody has to look while many PATs are changed, so a bulk change outlasts a short trouble of Entra.
ENTRA_PAUSES_SECONDS = (15, 30, 60, 120, 240)


@job(enqueue.RUN_BULK)
def run_bulk(*, bulk_id: str, lane: int, busy_times: int = 0) -> None:
    """Carry out a part of a bulk change; its events share the request id of the form that asked for it."""
    bulk = BulkChange.objects.select_related("user").get(pk=bulk_id)
    actor = system_actor("many at once", request_id=bulk.request_id or request_id())
    try:
        client = client_for(bulk.user, unattended=actor)
    except TokensError as exc:
        again_at = _bulk_again_at(exc, busy_times)
        if again_at is not None:
            enqueue.run_bulk(
                bulk_id=bulk.id, user_id=bulk.user_id, lane=lane, at=again_at, busy_times=busy_times + 1
            )
        elif not isinstance(exc, Busy):  # what is busy the sweep finds
            operations.end_bulk(bulk_id=bulk.id, error=exc, actor=actor, now=database_now())
        raise
    operations.run_bulk(bulk_id=bulk.id, lane=lane, client=client, actor=actor, now=database_now())


def _bulk_again_at(error: TokensError, times: int) -> datetime | None:
    """Return when to try again what `error` kept from beginning, `times` times before; None if not."""
    if isinstance(error, Busy):
        return after_busy(times)
    if error.code == EntraUnavailable.code:
        return after_busy(times, pauses_seconds=ENTRA_PAUSES_SECONDS)
    return None


@job(enqueue.WAKE_BULK)
def wake_bulk(*, bulk_id: str, lane: int, busy_times: int = 0) -> None:
    """Have one lane of a bulk change go on after its pause."""
    bulk = BulkChange.objects.get(pk=bulk_id)
    enqueue.run_bulk(bulk_id=bulk.id, user_id=bulk.user_id, lane=lane, busy_times=busy_times)
