"""What most tests of pages begin with."""

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.rows import set_access


@pytest.fixture
def alice(world: World) -> Person:
    """Alice, signed in, with a mirror that was read just now and holds nothing."""
    set_access(world.alice, world, at=timezone.now())
    return world.alice


@pytest.fixture
def bob(world: World) -> Person:
    """Bob, signed in, with a mirror that was read just now and holds nothing."""
    set_access(world.bob, world, at=timezone.now())
    return world.bob
