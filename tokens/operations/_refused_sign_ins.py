"""Count refused sign-ins that the audit log does not tell one by one, and tell of them by the minute.

The log cannot be emptied, so strangers may write only so much into it; yet nothing is left untold.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from patportal.lib.actors import Actor
from tokens import audit
from tokens.models import AuditEvent, EventType, Outcome, RefusedSignIns

BATCH = 500
# A web server's clock may be behind; what is counted for a minute that was told makes another event.
_SETTLED_AFTER = timedelta(minutes=2)


def count_refused_sign_in(*, network: str, now: datetime) -> None:
    """Count one more refusal to a customer of a network, in the transaction that is open."""
    minute = now.replace(second=0, microsecond=0)
    row, _ = RefusedSignIns.objects.get_or_create(minute=minute, network=network)
    RefusedSignIns.objects.filter(pk=row.pk).update(count=F("count") + 1)


def record_refused_sign_ins(*, actor: Actor, now: datetime) -> int:
    """Record what was counted in minutes that are over, one event for each and each network.

    Returns how many events were written.
    """
    with transaction.atomic(durable=True):
        rows = RefusedSignIns.objects.select_for_update(skip_locked=True)
        found = list(rows.filter(minute__lte=now - _SETTLED_AFTER).order_by("minute", "id")[:BATCH])
        RefusedSignIns.objects.filter(pk__in=[row.pk for row in found]).delete()
        audit.record_all([_event(row, actor=actor) for row in found])
    return len(found)


def _event(row: RefusedSignIns, *, actor: Actor) -> AuditEvent:
    return audit.build(
        EventType.SIGN_INS_REFUSED,
        actor=replace(actor, origin=replace(actor.origin, address=row.network)),
        outcome=Outcome.REFUSED,
        data={"refusals": row.count, "minute": row.minute.isoformat(), "network": row.network},
    )
