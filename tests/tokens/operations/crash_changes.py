"""Rows of the crash table for what changes a PAT that goes on to exist: name, scopes, expiry, notes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.crash import NAME, Case, Row
from tests.tokens.operations.scene import SETTLER, hasty_client, sync, wait
from tokens import operations
from tokens.errors import OutcomeUnknown
from tokens.models import Operation, Pat, Place

AFTER = "nightly"


def issue(world: World, person: Person) -> None:
    """Begin with one PAT that the portal has made and whose secret is stored."""
    sync(world, person, now=timezone.now())
    issued = operations.create_pat(**world.create_arguments(person, client=hasty_client(person), name=NAME))
    operations.confirm_receipt(actor=person.actor, owner=person.user, pat=issued.pat, now=timezone.now())


def ours() -> Pat:
    """Return the PAT that everything is about: the oldest that the portal has made."""
    return Pat.objects.exclude(issued_at=None).order_by("issued_at")[0]


def by(person: Person, **more: Any) -> dict[str, Any]:
    """Return what every operation of a person is told."""
    return {"actor": person.actor, "owner": person.user, "now": timezone.now(), **more}


def _update(world: World, person: Person, client: Any) -> None:
    pat, scopes = ours(), frozenset({"vso.code", "vso.build"})
    seen = operations.seen_of(pat)
    wish = by(person, key=uuid4().hex, pat=pat, client=client, seen=seen)
    operations.update_pat(**wish, name=AFTER, scopes=scopes)


def _extend(world: World, person: Person, client: Any) -> None:
    pat = ours()
    seen, end = operations.seen_of(pat), pat.valid_to + timedelta(days=10)
    operations.extend_pat(**by(person, key=uuid4().hex, pat=pat, client=client, seen=seen), valid_to=end)


def settle(world: World, person: Person, client: Any) -> None:
    """Settle the only operation that is open."""
    operation = Operation.objects.get(finished_at=None)
    operations.settle_operation(
        operation_id=str(operation.pk), client=client, actor=SETTLER, now=timezone.now()
    )


def _describe(world: World, person: Person, client: Any) -> None:
    notes = operations.Notes(purpose="builds the shop", places=("pipeline 7", "a laptop"))
    operations.describe_pat(**by(person, pat=ours()), notes=notes)


def _tick(world: World, person: Person, client: Any) -> None:
    operations.tick_place(**by(person), place=Place.objects.all()[0], is_moved=True)


def _lose(act: Any, **fault: Any) -> Any:
    def prepare(world: World, person: Person) -> None:
        issue(world, person)
        with world.tenant.fault("pats", verb="update", **fault), pytest.raises(OutcomeUnknown):
            act(world, person, hasty_client(person))
        wait(world, minutes=7)

    return prepare


def _note(world: World, person: Person) -> None:
    issue(world, person)
    _describe(world, person, None)


CASES = {
    "update": Case(issue, _update),
    "extend": Case(issue, _extend),
    "settle a change": Case(_lose(_update, drop="after"), settle),
    "settle a change that never arrived": Case(_lose(_update, drop="before"), settle),
    "settle an extension": Case(_lose(_extend, drop="after"), settle),
    "describe": Case(issue, _describe, is_repeated=True),
    "tick a place": Case(_note, _tick, is_repeated=True),
}

DONE, FAILED, ALIVE = ("done", "done"), ("done", "failed"), ("active",)
UPDATING = ("pat.update_requested", "pat.updated")
UPDATE_SETTLED = ("pat.update_requested", "pat.update_settled")
UPDATE_LOST = (UPDATE_SETTLED[0], "pat.update_answer_lost", UPDATE_SETTLED[1])
EXTENDING = ("pat.extend_requested", "pat.extended")
EXTEND_SETTLED = ("pat.extend_requested", "pat.extend_settled")
EXTEND_LOST = (EXTEND_SETTLED[0], "pat.extend_answer_lost", EXTEND_SETTLED[1])

TABLE = [
    Row("update", "before", "get_pat", ("done",), ALIVE, ()),
    Row("update", "after", "get_pat", ("done",), ALIVE, ()),
    Row("update", "event fails", "pat.update_requested", ("done",), ALIVE, ()),
    Row("update", "before", "update_pat", FAILED, ALIVE, UPDATE_SETTLED),
    Row("update", "after", "update_pat", DONE, ALIVE, UPDATE_SETTLED),
    Row("update", "event fails", "pat.updated", DONE, ALIVE, UPDATE_SETTLED),
    Row("update", "answer lost after", "get", ("done",), ALIVE, ()),
    Row("update", "answer lost before", "update", FAILED, ALIVE, UPDATE_LOST),
    Row("update", "answer lost after", "update", DONE, ALIVE, UPDATE_LOST),
    Row("update", "loss untold", "update", DONE, ALIVE, UPDATE_SETTLED),
    Row("update", "never", "", DONE, ALIVE, UPDATING),
    Row("extend", "before", "get_pat", ("done",), ALIVE, ()),
    Row("extend", "after", "get_pat", ("done",), ALIVE, ()),
    Row("extend", "event fails", "pat.extend_requested", ("done",), ALIVE, ()),
    Row("extend", "before", "update_pat", FAILED, ALIVE, EXTEND_SETTLED),
    Row("extend", "after", "update_pat", DONE, ALIVE, EXTEND_SETTLED),
    Row("extend", "event fails", "pat.extended", DONE, ALIVE, EXTEND_SETTLED),
    Row("extend", "answer lost after", "get", ("done",), ALIVE, ()),
    Row("extend", "answer lost before", "update", FAILED, ALIVE, EXTEND_LOST),
    Row("extend", "answer lost after", "update", DONE, ALIVE, EXTEND_LOST),
    Row("extend", "loss untold", "update", DONE, ALIVE, EXTEND_SETTLED),
    Row("extend", "never", "", DONE, ALIVE, EXTENDING),
    *(
        Row(f"settle a change{which}", step, point, states, ALIVE, ("pat.update_settled",))
        for which, states in (("", DONE), (" that never arrived", FAILED))
        for step, point in (
            ("before", "get_pat"),
            ("after", "get_pat"),
            ("answer lost after", "get"),
            ("never", ""),
        )
    ),
    Row("settle a change", "event fails", "pat.update_settled", DONE, ALIVE, ("pat.update_settled",)),
    Row("settle an extension", "event fails", "pat.extend_settled", DONE, ALIVE, ("pat.extend_settled",)),
    Row("settle an extension", "after", "get_pat", DONE, ALIVE, ("pat.extend_settled",)),
    Row("settle an extension", "never", "", DONE, ALIVE, ("pat.extend_settled",)),
    Row("describe", "event fails", "pat.described", ("done",), ALIVE, ("pat.described",)),
    Row("describe", "never", "", ("done",), ALIVE, ("pat.described",)),
    Row("tick a place", "event fails", "pat.place_moved", ("done",), ALIVE, ("pat.place_moved",)),
    Row("tick a place", "never", "", ("done",), ALIVE, ("pat.place_moved",)),
]
