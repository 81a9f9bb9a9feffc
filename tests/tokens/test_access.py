"""The only way from an id to a row."""

from uuid import uuid4

import pytest
from django.http import Http404

from tests.people import World
from tests.tokens.views.rows import make_operation, make_pat
from tokens.access import own_operation, own_pat


def test_the_owner_gets_the_row(world: World) -> None:
    pat, operation = make_pat(world, world.alice), make_operation(world, world.alice)
    assert own_pat(world.alice.user, pat.pk) == pat
    assert own_operation(world.alice.user, operation.pk) == operation


def test_anybody_else_gets_what_does_not_exist(world: World) -> None:
    pat, operation = make_pat(world, world.alice), make_operation(world, world.alice)
    for person in (world.bob, world.dave):
        with pytest.raises(Http404) as of_others:
            own_pat(person.user, pat.pk)
        with pytest.raises(Http404) as of_nobody:
            own_pat(person.user, uuid4())
        assert str(of_others.value) == str(of_nobody.value)
        with pytest.raises(Http404):
            own_operation(person.user, operation.pk)
