"""The guard against lost updates: a change is refused when the PAT is not what the person saw."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Record, hasty_client, sync
from tokens import operations
from tokens.errors import PatChanged, Refused
from tokens.models import Operation, Pat
from tokens.operations import Seen

LATER = timedelta(days=20)


@pytest.fixture
def pat(world: World, reader: Person) -> Pat:
    """A PAT that Alice made, of which the mirror knows."""
    return operations.create_pat(**world.create_arguments(reader)).pat


def _arguments(person: Person, pat: Pat, **changes: Any) -> dict[str, Any]:
    return {
        "key": uuid4().hex,
        "actor": person.actor,
        "owner": person.user,
        "pat": pat,
        "client": hasty_client(person),
        "now": timezone.now(),
        "seen": operations.seen_of(pat),
        **changes,
    }


def _update(person: Person, pat: Pat, **changes: Any) -> operations.ChangedPat:
    wish = {"name": "my wish", "scopes": frozenset({"vso.work"})}
    return operations.update_pat(**_arguments(person, pat, **wish | changes))


def _change_elsewhere(world: World, **changes: Any) -> None:
    (only,) = world.tenant.pats()
    world.tenant.change_pat(only, **changes)


def _sent(world: World) -> int:
    return len(world.tenant.requests("pats", verb="update"))


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        ({"display_name": "renamed"}, {"name": ("ci-deploy", "renamed")}),
        ({"scope": "vso.code vso.build"}, {"scopes": (["vso.code"], ["vso.build", "vso.code"])}),
        (
            {"display_name": "renamed", "scope": "vso.build"},
            {"name": ("ci-deploy", "renamed"), "scopes": (["vso.code"], ["vso.build"])},
        ),
    ],
    ids=["name", "scopes", "both"],
)
def test_what_was_changed_elsewhere_is_shown_and_not_overwritten(
    world: World, reader: Person, pat: Pat, elsewhere: dict[str, str], expected: dict[str, Any]
) -> None:
    record = Record()
    _change_elsewhere(world, **elsewhere)
    with pytest.raises(PatChanged) as caught:
        _update(reader, pat)

    assert caught.value.differences == expected
    assert (_sent(world), Operation.objects.filter(verb="update").count()) == (0, 0)
    assert record.types == ["pat.changed_outside", "pat.update_refused"]
    found = record.of("pat.changed_outside")
    assert found.recorded == {name: list(values) for name, values in expected.items()}
    # Alice came upon it; she did not do it.
    assert (found.actor_kind, found.owner_object_id) == ("system", reader.user.object_id)
    assert found.activity_id
    refused = record.of("pat.update_refused")
    assert (refused.error_code, refused.recorded) == ("pat_changed", found.recorded)


def test_another_expiry_is_a_change_and_rounding_is_none(
    world: World, reader: Person, pat: Pat, record: Record
) -> None:
    _change_elsewhere(world, valid_to=pat.valid_to + timedelta(milliseconds=900))
    assert _update(reader, pat, seen=operations.seen_of(pat)).pat.name == "my wish"
    now = Pat.objects.get()
    before = now.valid_to
    _change_elsewhere(world, valid_to=before + LATER)
    with pytest.raises(PatChanged) as caught:
        operations.extend_pat(**_arguments(reader, now, valid_to=before + timedelta(days=7)))
    seen, found = caught.value.differences["valid_to"]
    assert isinstance(found, datetime)
    assert seen == before
    assert abs(found - before - LATER) < timedelta(seconds=1)


def test_the_mirror_is_brought_up_to_date(world: World, reader: Person, pat: Pat, record: Record) -> None:
    _change_elsewhere(world, display_name="renamed")
    with pytest.raises(PatChanged):
        _update(reader, pat)
    row = Pat.objects.get()
    assert row.name == "renamed"
    assert pat.name == "renamed"
    # Whoever has seen that may go on.
    assert _update(reader, row).pat.name == "my wish"


def test_a_list_that_lags_does_not_turn_it_back(
    world: World, reader: Person, pat: Pat, record: Record
) -> None:
    world.tenant.change(list_lag_seconds=60)
    _change_elsewhere(world, display_name="renamed")
    with pytest.raises(PatChanged):
        _update(reader, pat)
    sync(world, reader, now=timezone.now() + timedelta(seconds=5))
    assert Pat.objects.get().name == "renamed"
    assert record.types == ["pat.changed_outside", "pat.update_refused"]


def test_what_the_person_saw_counts_and_not_the_mirror(world: World, reader: Person, pat: Pat) -> None:
    """A sync may have shown the change to the mirror after the form was opened."""
    seen = operations.seen_of(pat)
    _change_elsewhere(world, display_name="renamed")
    Pat.objects.update(name="renamed")
    with pytest.raises(PatChanged) as caught:
        _update(reader, Pat.objects.get(), seen=seen)
    assert caught.value.differences == {"name": ("ci-deploy", "renamed")}


def test_a_mirror_that_is_behind_does_not_hold_up_who_saw_the_truth(
    world: World, reader: Person, pat: Pat, record: Record
) -> None:
    _change_elsewhere(world, display_name="renamed")
    seen = Seen(name="renamed", scopes=frozenset(pat.scopes), valid_to=pat.valid_to)
    assert _update(reader, pat, seen=seen).pat.name == "my wish"
    assert record.types == ["pat.changed_outside", "pat.update_requested", "pat.updated"]
    assert Operation.objects.get(verb="update").before["name"] == "renamed"


def test_what_has_not_changed_writes_nothing(world: World, reader: Person, pat: Pat, record: Record) -> None:
    written_at = pat.written_at
    world.tenant.change(policies={"no_full_scope": True})
    with pytest.raises(Refused):
        _update(reader, pat, scopes=frozenset({"app_token"}))
    assert Pat.objects.get().written_at == written_at
    assert "pat.changed_outside" not in record.types


def test_the_order_of_scopes_means_nothing(world: World, reader: Person, pat: Pat) -> None:
    _change_elsewhere(world, scope="vso.work vso.code")
    Pat.objects.update(scopes=["vso.work", "vso.code"])
    assert _update(reader, Pat.objects.get(), name="ci-deploy").pat.scopes == ["vso.work"]
