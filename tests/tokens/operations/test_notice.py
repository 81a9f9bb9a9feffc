"""Putting away the notice about how an operation ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.scene import Interrupted, Killed, Record, die, recover
from tokens import operations, queries
from tokens.models import Operation


def _lose(world: World, person: Person) -> Operation:
    arguments = world.create_arguments(person)
    client = Interrupted(arguments["client"], "create_pat", after=die)
    with pytest.raises(Killed):
        operations.create_pat(**arguments | {"client": client})
    return Operation.objects.get(verb="create")


def test_a_finished_one_is_put_away_for_good(world: World, alice: Person) -> None:
    operation = _lose(world, alice)
    recover(world)
    assert queries.notices(alice.user) == [operation]
    record, now = Record(), timezone.now()
    for later in (timedelta(0), timedelta(minutes=1)):
        operations.dismiss_notice(operation=operation, now=now + later)
    operation.refresh_from_db()
    assert operation.dismissed_at == now
    assert queries.notices(alice.user) == []
    assert record.types == []


def test_one_whose_end_is_not_known_stays(world: World, alice: Person) -> None:
    operation = _lose(world, alice)
    operations.dismiss_notice(operation=operation, now=timezone.now())
    recover(world)
    operation.refresh_from_db()
    assert operation.dismissed_at is None
    assert queries.notices(alice.user) == [operation]
