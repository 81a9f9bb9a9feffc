"""Note that the owner has the secret of a PAT that the portal issued."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.models import EventType, Pat


def confirm_receipt(*, actor: Actor, owner: User, pat: Pat, now: datetime) -> None:
    """Record that the secret of `pat` was received; calling it again changes nothing."""
    waiting = Pat.objects.filter(pk=pat.pk, issued_at__isnull=False, received_at__isnull=True)
    with transaction.atomic(durable=True):
        if waiting.update(received_at=now):
            audit.record(EventType.PAT_RECEIVED, actor=actor, owner=owner, pat=pat)
