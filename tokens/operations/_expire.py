"""Record that PATs have expired: the one end that comes without anybody doing anything."""

from datetime import datetime

from django.db import transaction

from patportal.lib.actors import Actor
from tokens import audit
from tokens.models import AuditEvent, EventType, Pat

BATCH = 500
# The reason where it is not the PAT's own expiry.
GLOBAL_STOP = "global_pats_stopped"


def record_expiries(*, actor: Actor, now: datetime, at_most: int = 20 * BATCH) -> int:
    """Record every expiry that is not recorded yet, `at_most` of them, and return how many there were.

    By the portal's clock, once for each PAT; one that is extended afterwards may expire again. What is
    revoked or gone has ended already.
    """
    count = 0
    while count < at_most and (found := _record_some(actor, now=now, at_most=min(BATCH, at_most - count))):
        count += found
    return count


def _record_some(actor: Actor, *, now: datetime, at_most: int) -> int:
    with transaction.atomic(durable=True):
        # A row that somebody holds just now is changing; the next run looks at it.
        rows = Pat.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        expired = rows.with_status("expired", now=now).filter(expiry_recorded_at__isnull=True)
        found = list(expired.select_related("user", "organization").order_by("valid_to")[:at_most])
        Pat.objects.filter(pk__in=[pat.pk for pat in found]).update(expiry_recorded_at=now)
        audit.record_all([_event(pat, actor=actor, now=now) for pat in found])
    return len(found)


def _event(pat: Pat, *, actor: Actor, now: datetime) -> AuditEvent:
    data = {"valid_to": pat.valid_to.isoformat(), "is_global": pat.is_global}
    if pat.valid_to > now:
        data["reason"] = GLOBAL_STOP
    return audit.build(EventType.PAT_EXPIRED, actor=actor, owner=pat.user, pat=pat, data=data)
