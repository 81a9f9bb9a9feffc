"""Many PATs at once: begin, stop, repeat. Nothing here calls Azure DevOps; jobs do, one for each lane."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from patportal.lib.actors import Actor
from tokens import audit, enqueue, rules
from tokens.bulk_queries import ALL_ORGANIZATIONS, NOT_LONGER, STOPPED, failed_items
from tokens.errors import KeyReused
from tokens.lanes import LANES
from tokens.models import BULK_KEY_CONSTRAINT, BulkChange, BulkItem, EventType, Outcome, Pat


@dataclass(frozen=True, kw_only=True)
class _End:
    """The expiry that the person saw of a PAT, and the one they want."""

    seen: datetime
    asked: datetime


@dataclass(frozen=True, kw_only=True)
class _Order:
    """What is to be done; `content` makes two submissions of one form the same, `said` is recorded."""

    key: str
    owner: User
    verb: BulkChange.Verb
    items: list[BulkItem]
    is_everything: bool
    content: list[Any]
    said: dict[str, Any]


def start_bulk(
    *,
    key: str,
    actor: Actor,
    owner: User,
    verb: str,
    pats: Iterable[Pat],
    now: datetime,
    extend_by_days: int | None = None,
    valid_to: datetime | None = None,
    seen: Mapping[UUID, datetime] | None = None,
    is_everything: bool = False,
) -> BulkChange:
    """Write down what is to be done with each of the owner's `pats` and enqueue the jobs that do it.

    An extension adds days to the expiry that was `seen` of each, by its id, as far as Azure DevOps lets PATs
    live, or sets one expiry for all; a PAT that lives as long already, or is for all organizations, is left
    alone. The same key with the same content returns the earlier bulk change. Raises KeyReused for other
    content, and ValueError for what no form offers: no PAT, more than may be chosen unless it is everything,
    somebody else's, an extension without an end or of what was not seen.
    """
    chosen, wanted = list({pat.pk: pat for pat in pats}.values()), BulkChange.Verb(verb)
    _check(chosen, owner=owner, is_everything=is_everything)
    if [extend_by_days, valid_to].count(None) != (1 if wanted == BulkChange.Verb.EXTEND else 2):
        raise ValueError("An extension, and nothing else, has either days or a date.")
    ends = [_end(pat, seen or {}, days=extend_by_days, valid_to=valid_to, now=now) for pat in chosen]
    said = {"days": extend_by_days, "valid_to": valid_to.isoformat() if valid_to else None}
    order = _Order(
        key=key,
        owner=owner,
        verb=wanted,
        items=[_item(*one, position) for position, one in enumerate(zip(chosen, ends, strict=True))],
        is_everything=is_everything,
        content=[said, sorted(str(pat.pk) for pat in chosen)],
        said={name: value for name, value in said.items() if value is not None},
    )
    return _write(order, actor=actor, now=now)


def _check(pats: list[Pat], *, owner: User, is_everything: bool) -> None:
    if not pats or (len(pats) > rules.MOST_CHOSEN and not is_everything):
        raise ValueError(f"A bulk change is for 1 to {rules.MOST_CHOSEN} PATs.")
    if any(pat.user_id != owner.pk for pat in pats):
        raise ValueError("A bulk change is for PATs of one person.")


def _end(
    pat: Pat,
    seen: Mapping[UUID, datetime],
    *,
    days: int | None,
    valid_to: datetime | None,
    now: datetime,
) -> _End | None:
    if days is None and valid_to is None:
        return None
    if pat.pk not in seen:
        raise ValueError("An extension is of an expiry that was seen.")
    return _End(seen=seen[pat.pk], asked=valid_to or rules.extended_by(seen[pat.pk], days=days or 0, now=now))


def _item(pat: Pat, end: _End | None, position: int) -> BulkItem:
    """Return the row of one PAT; without `end` it is one to revoke."""
    item = BulkItem(pat=pat, position=position)
    if end is not None:
        item.seen_valid_to, item.asked_valid_to = end.seen, end.asked
        if reason := _why_not_longer(pat, end):
            item.state, item.error_code = BulkItem.State.NOT_DONE, reason
    return item


def _why_not_longer(pat: Pat, end: _End) -> str:
    """Return why an extension has no use, "" where it has; what forbids one is looked at when it is sent."""
    if pat.is_global:
        return ALL_ORGANIZATIONS
    return NOT_LONGER if end.asked <= pat.valid_to + rules.DATE_TOLERANCE else ""


def _write(order: _Order, *, actor: Actor, now: datetime) -> BulkChange:
    digest = _digest(order)
    try:
        with transaction.atomic(durable=True):
            bulk = BulkChange.objects.create(
                user=order.owner,
                verb=order.verb,
                key=order.key,
                content_digest=digest,
                is_everything=order.is_everything,
                requested_at=now,
                request_id=actor.origin.request_id,
            )
            for item in order.items:
                item.bulk = bulk
            BulkItem.objects.bulk_create(order.items)
            waiting = sum(item.state == BulkItem.State.WAITING for item in order.items)
            for lane in range(min(LANES, waiting)):
                enqueue.run_bulk(bulk_id=bulk.id, user_id=order.owner.pk, lane=lane)
            _record_request(bulk, order, actor=actor)
    except IntegrityError as exc:
        if getattr(getattr(exc.__cause__, "diag", None), "constraint_name", "") != BULK_KEY_CONSTRAINT:
            raise
        earlier = BulkChange.objects.get(user=order.owner, key=order.key)
        if earlier.content_digest != digest:
            raise KeyReused from exc
        return earlier
    return bulk


def _digest(order: _Order) -> str:
    content = json.dumps([order.verb, order.is_everything, order.content], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _record_request(bulk: BulkChange, order: _Order, *, actor: Actor) -> None:
    audit.record(
        EventType.BULK_REQUESTED,
        actor=actor,
        outcome=Outcome.REQUESTED,
        owner=order.owner,
        data={
            "bulk_id": str(bulk.id),
            "verb": bulk.verb,
            "pats": len(order.items),
            "is_everything": bulk.is_everything,
            **order.said,
        },
    )


def stop_bulk(*, bulk: BulkChange, actor: Actor, owner: User, now: datetime) -> None:
    """Leave alone every PAT of `bulk` that waits; those in progress go on to their end.

    Changes nothing where it was stopped already or nothing waits any more.
    """
    waiting = BulkItem.objects.filter(bulk=bulk, state=BulkItem.State.WAITING)
    with transaction.atomic(durable=True):
        found = BulkChange.objects.select_for_update().get(pk=bulk.pk)
        if found.stopped_at is not None or not waiting.exists():
            return
        BulkChange.objects.filter(pk=bulk.pk).update(stopped_at=now)
        count = waiting.update(state=BulkItem.State.NOT_DONE, error_code=STOPPED)
        audit.record(
            EventType.BULK_STOPPED,
            actor=actor,
            owner=owner,
            data={"bulk_id": str(bulk.id), "verb": bulk.verb, "pats": count},
        )


def repeat_bulk(*, bulk: BulkChange, key: str, actor: Actor, owner: User, now: datetime) -> BulkChange:
    """Begin anew with those PATs of `bulk` that went wrong or had no turn; an extension keeps its expiries.

    Returns `bulk` itself where there is none. The same key returns the earlier repetition. Raises KeyReused
    where the key came with something else.
    """
    items = [_item(one.pat, _same_end(one), position) for position, one in enumerate(failed_items(bulk))]
    order = _Order(
        key=key,
        owner=owner,
        verb=BulkChange.Verb(bulk.verb),
        items=items,
        is_everything=bulk.is_everything,
        content=["repeats", str(bulk.id)],
        said={"repeats": str(bulk.id)},
    )
    if not items and not BulkChange.objects.filter(user=owner, key=key).exists():
        return bulk
    return _write(order, actor=actor, now=now)


def _same_end(item: BulkItem) -> _End | None:
    return _End(seen=item.pat.valid_to, asked=item.asked_valid_to) if item.asked_valid_to else None
