"""Erase personal fields of the audit log: of one person, or of everything older than a moment.

What lasts of the events stays, and their proof with it. Only the owner of the database may.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from patportal.lib.actors import Actor
from tokens import audit
from tokens.audit_proof.findings import ErasureDisturbed
from tokens.models import AuditEvent, EventType
from tokens.models.audit import along_time

_TRIES = 5


@dataclass(slots=True)
class _Pseudonym:
    """A person without a name: the event of an erasure stays for good."""

    tenant_id: UUID
    object_id: UUID

    def __str__(self) -> str:
        return ""


def erase_audit(*, actor: Actor, person: audit.Person | None, before: datetime | None, reason: str) -> int:
    """Empty the personal fields of events and record that; return how many events it concerned.

    With a person those that they did or that concern them, with `before` those older than it, with both
    those to which both applies. `reason` stays for good. Raises ValueError without person and time,
    ErasureDisturbed, and Django's ProgrammingError where the role of the database may not.
    """
    if person is None and before is None:
        raise ValueError("an erasure needs a person or a time")
    for _ in range(_TRIES):
        with transaction.atomic():
            expected = count_erasable(person=person, before=before)
            told = _tell(actor, person, before, reason, expected)
            if _erase(told, person, before) == expected:
                return expected
            transaction.set_rollback(True)
    raise ErasureDisturbed


def count_erasable(*, person: audit.Person | None, before: datetime | None) -> int:
    """Return how many events an erasure would concern now."""
    return _erasable(person, before).count()


def _erasable(person: audit.Person | None, before: datetime | None) -> QuerySet[AuditEvent]:
    """Return what `tokens_audit_erase` erases; that the numbers agree is checked each time."""
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(erased_by=None).exclude(
        type=EventType.AUDIT_ERASED
    )
    if before is not None:
        events = along_time(events).filter(at__lt=before)
    if person is not None:
        ids = {"tenant_id": person.tenant_id, "object_id": person.object_id}
        events = events.filter(_matching("actor", **ids) | _matching("owner", **ids))
    return events


def _matching(who: str, **ids: UUID) -> Q:
    return Q(**{f"{who}_{name}": value for name, value in ids.items()})


def _tell(
    actor: Actor, person: audit.Person | None, before: datetime | None, reason: str, expected: int
) -> AuditEvent:
    data = {"reason": reason, "erased": expected, **({"before": before.isoformat()} if before else {})}
    owner = _Pseudonym(person.tenant_id, person.object_id) if person else None
    return audit.record(EventType.AUDIT_ERASED, actor=actor, owner=owner, data=data)


def _erase(told: AuditEvent, person: audit.Person | None, before: datetime | None) -> int:
    ids = [person.tenant_id, person.object_id] if person else [None, None]
    with connection.cursor() as cursor:
        # The first erasure of a large log takes minutes.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT tokens_audit_erase(%s, %s, %s, %s)", [told.pk, *ids, before])
        (erased,) = cursor.fetchone()
    return int(erased)
