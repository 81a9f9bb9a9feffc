"""What several tests of jobs begin with."""

import pytest
from django.db import connection

from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import Interrupted, Killed, die, wait
from tokens import operations
from tokens.models import Operation


@pytest.fixture
def alice(world: World) -> Person:
    """Alice, with nothing in the queue."""
    person = world.alice
    run_jobs()
    return person


@pytest.fixture
def lost(world: World, alice: Person) -> Operation:
    """A creation that died after its effect, long ago."""
    arguments = world.create_arguments(alice)
    client = Interrupted(arguments["client"], "create_pat", after=die)
    with pytest.raises(Killed):
        operations.create_pat(**arguments | {"client": client})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    wait(world, minutes=10)
    return Operation.objects.get()
