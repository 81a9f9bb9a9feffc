"""Keep a PAT that was shown as possibly left over."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.models import EventType, Pat


def keep_pat(*, actor: Actor, owner: User, pat: Pat, now: datetime) -> None:
    """Take the mark "possibly left over" off `pat`; calling it again changes nothing."""
    with transaction.atomic(durable=True):
        if Pat.objects.filter(pk=pat.pk, is_left_over=True).update(is_left_over=False, written_at=now):
            audit.record(EventType.PAT_KEPT, actor=actor, owner=owner, pat=pat)
