"""Note that the owner has the secret of a PAT that the portal issued; a rotation's overlap begins now."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue
from tokens.models import CREATE_VERBS, EventType, Operation, Pat


def confirm_receipt(*, actor: Actor, owner: User, pat: Pat, now: datetime) -> None:
    """Record that the secret of `pat` was received; calling it again changes nothing.

    Where `pat` took over from another one with an overlap, the end of that one is scheduled along with it.
    """
    waiting = Pat.objects.filter(pk=pat.pk, issued_at__isnull=False, received_at__isnull=True)
    with transaction.atomic(durable=True):
        old = _locked_old(pat)
        if waiting.update(received_at=now):
            if old is not None and old.is_active(now=now) and _is_working(pat, now=now):
                _schedule_end(old, pat, actor=actor, owner=owner, now=now)
            audit.record(
                EventType.PAT_RECEIVED, actor=actor, owner=owner, pat=pat, operation_id=_origin_of(pat)
            )


def _origin_of(pat: Pat) -> UUID | None:
    """Return the operation that made `pat`."""
    made = Operation.objects.filter(pat=pat, verb__in=CREATE_VERBS, state=Operation.State.DONE)
    return made.values_list("id", flat=True).first()


def _locked_old(pat: Pat) -> Pat | None:
    """Return the PAT that `pat` took over from; nobody else changes its end before this transaction ends."""
    # Both rows in the order in which a sync locks them, so that neither waits for the other.
    rows = Pat.objects.select_for_update(no_key=True, of=("self",)).select_related("organization")
    both = rows.filter(pk__in=[key for key in (pat.pk, pat.replaces_id) if key]).order_by("pk")
    return next((row for row in both if row.pk == pat.replaces_id), None)


def _is_working(successor: Pat, *, now: datetime) -> bool:
    """Whether `successor` works and nobody revokes it; else the old one is all that is left."""
    revoking = Operation.objects.filter(pat=successor, verb=Operation.Verb.REVOKE, finished_at=None)
    working = Pat.objects.active(now=now).filter(pk=successor.pk, revocation_sent_at=None)
    return working.exists() and not revoking.exists()


def _schedule_end(old: Pat, successor: Pat, *, actor: Actor, owner: User, now: datetime) -> None:
    made = Operation.objects.filter(pat=successor, verb=Operation.Verb.ROTATE, state=Operation.State.DONE)
    rotation = made.filter(replaces=old).first()
    if rotation is None or rotation.overlap_seconds is None:
        return
    old.ends_at = min(now + timedelta(seconds=rotation.overlap_seconds), old.valid_to)
    old.written_at = now
    old.save(update_fields=["ends_at", "written_at"])
    if old.ends_at > now:
        enqueue.end_pat(pat_id=old.id)
    enqueue.finish_end(pat_id=old.id, at=old.ends_at)
    audit.record(
        EventType.PAT_END_SCHEDULED,
        actor=actor,
        owner=owner,
        pat=old,
        operation_id=rotation.id,
        data={"ends_at": old.ends_at.isoformat(), "successor": str(successor.authorization_id)},
    )
