"""Tick off a place of use: what stands there uses the successor now."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit
from tokens.models import EventType, Place


def tick_place(*, actor: Actor, owner: User, place: Place, is_moved: bool, now: datetime) -> None:
    """Note that `place` uses the successor, or that it does not yet; what is noted already stays as it is."""
    others = Place.objects.filter(pk=place.pk, moved_at__isnull=is_moved)
    with transaction.atomic(durable=True):
        if others.update(moved_at=now if is_moved else None):
            audit.record(
                EventType.PAT_PLACE_MOVED,
                actor=actor,
                owner=owner,
                pat=place.pat,
                data={"place": place.text, "is_moved": is_moved},
            )
