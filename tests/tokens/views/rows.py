"""Rows of the mirror, made without a sync where a test is about the page alone."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from tests.people import Person, World
from tokens.models import (
    BulkChange,
    BulkItem,
    CalendarFeed,
    Operation,
    OrganizationAccess,
    Pat,
    hash_of_address,
    new_calendar_address,
)


def make_pat(world: World, person: Person, name: str = "ci-deploy", **changes: Any) -> Pat:
    """Write one PAT of `person` into the mirror; `ends_in` is a timedelta from now."""
    return make_pats(world, person, [name], **changes)[0]


def make_pats(world: World, person: Person, names: list[str], **changes: Any) -> list[Pat]:
    """Write several PATs that differ in their names alone."""
    now = timezone.now()
    fields: dict[str, Any] = {
        "user": person.user,
        "organization": world.alpha,
        "scopes": ["vso.code"],
        "valid_from": now - timedelta(days=20),
        "valid_to": now + changes.pop("ends_in", timedelta(days=60)),
        "first_seen_at": now - timedelta(days=20),
        "written_at": now - timedelta(days=20),
        **changes,
    }
    return Pat.objects.bulk_create(
        Pat(**{"authorization_id": uuid4(), "name": name} | fields) for name in names
    )


def make_operation(world: World, person: Person, **changes: Any) -> Operation:
    """Write one operation of `person`, by default a creation whose answer was lost a minute ago."""
    asked_at = timezone.now() - timedelta(minutes=1)
    fields: dict[str, Any] = {
        "user": person.user,
        "organization": world.alpha,
        "verb": Operation.Verb.CREATE,
        "state": Operation.State.REQUESTED,
        "key": uuid4().hex,
        "content_digest": "0" * 64,
        "name": "ci-deploy",
        "scopes": ["vso.code"],
        "asked_valid_to": asked_at + timedelta(days=30),
        "requested_at": asked_at,
        "deadline_at": asked_at + timedelta(minutes=3),
        "answer_lost_at": asked_at,
        **changes,
    }
    if fields["state"] not in {Operation.State.REQUESTED, Operation.State.SENT}:
        fields.setdefault("finished_at", timezone.now())
    return Operation.objects.create(**fields)


def make_bulk(world: World, person: Person, pats: list[Pat], **changes: Any) -> BulkChange:
    """Write a change of many PATs of `person`, by default a revocation of which nothing has begun."""
    fields: dict[str, Any] = {
        "user": person.user,
        "verb": BulkChange.Verb.REVOKE,
        "key": uuid4().hex,
        "content_digest": "0" * 64,
        "requested_at": timezone.now(),
        **changes,
    }
    bulk = BulkChange.objects.create(**fields)
    BulkItem.objects.bulk_create(BulkItem(bulk=bulk, pat=pat, position=n) for n, pat in enumerate(pats))
    return bulk


def make_feed(person: Person, *, address: str = "", **changes: Any) -> CalendarFeed:
    """Write one calendar address of `person`, by default one that nobody knows."""
    fields: dict[str, Any] = {
        "user": person.user,
        "position": 1,
        "key": uuid4().hex,
        "address_hash": hash_of_address(address or new_calendar_address()),
        "detail": CalendarFeed.Detail.MINIMAL,
        "created_at": timezone.now(),
        **changes,
    }
    return CalendarFeed.objects.create(**fields)


def set_access(person: Person, world: World, *, at: datetime, **changes: Any) -> None:
    """Say of all organizations that they were completely read at `at`, or what `changes` say instead."""
    for organization in (world.alpha, world.beta):
        OrganizationAccess.objects.update_or_create(
            user=person.user,
            organization=organization,
            defaults={
                "state": OrganizationAccess.State.READ,
                "requested_at": at,
                "finished_at": at,
                "read_at": at,
                "ended_read_at": at,
                **changes,
            },
        )
