"""What tests of bulk changes share: PATs in the mirror, a bulk change of them, and what became of each."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import hasty_client, sync
from tokens import operations
from tokens.bulk_queries import ItemResult, Result, bulk_items, item_result
from tokens.models import BulkChange, Pat


def own_pats(world: World, person: Person, count: int, **facts: Any) -> list[Pat]:
    """Make so many PATs elsewhere and read them; returned by name."""
    facts.setdefault("valid_to", timezone.now() + timedelta(days=30))
    world.tenant.add_pats(person.name, "alpha", "agent", count, **facts)
    sync(world, person, now=timezone.now())
    return list(Pat.objects.filter(user=person.user).order_by("name"))


def start(person: Person, pats: list[Pat], **changes: Any) -> BulkChange:
    """Begin a bulk change of `pats`, a revocation unless told otherwise."""
    wish: dict[str, Any] = {"verb": "revoke", "key": uuid4().hex, "now": timezone.now()}
    wish["seen"] = ends(pats)
    return operations.start_bulk(actor=person.actor, owner=person.user, pats=pats, **wish | changes)


def ends(pats: list[Pat]) -> dict[UUID, datetime]:
    """Return what a page shows of the expiries of `pats`."""
    return {pat.pk: pat.valid_to for pat in pats}


def run_lane(person: Person, bulk: BulkChange, *, lane: int = 0, **changes: Any) -> None:
    """Run one lane in this process."""
    wish: dict[str, Any] = {"client": hasty_client(person), "now": timezone.now()}
    operations.run_bulk(bulk_id=bulk.id, lane=lane, actor=person.actor, **wish | changes)


def results(bulk: BulkChange) -> list[ItemResult]:
    """Return what became of each PAT, in their order."""
    return [item_result(item) for item in bulk_items(bulk)]


def tally(bulk: BulkChange) -> Counter[Result]:
    """Return how many PATs have which result."""
    return Counter(one.result for one in results(bulk))


def codes(bulk: BulkChange) -> list[str]:
    """Return the code of each PAT's result, in their order."""
    return [one.code for one in results(bulk)]


def in_days(days: int) -> datetime:
    """Return the moment in so many days."""
    return timezone.now() + timedelta(days=days)
