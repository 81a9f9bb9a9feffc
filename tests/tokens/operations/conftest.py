"""A signed-in Alice with an empty queue, so that tests see what they do and nothing before it."""

import pytest
from django.db import connection

from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.operations.scene import Record


@pytest.fixture
def alice(world: World) -> Person:
    """Alice, whose PATs were never read; nothing waits in the queue."""
    person = world.alice
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    return person


@pytest.fixture
def reader(world: World) -> Person:
    """Alice after the first reading of her PATs, of which there are none."""
    person = world.alice
    run_jobs()
    return person


@pytest.fixture
def record(world: World) -> Record:
    """The events of this test alone, those of Alice's sign-in and first reading left out.

    Ask for it after `alice` or `reader`.
    """
    return Record()
