"""What all operations that make a PAT have in common; each one's own tests are with its verb."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person, World
from tokens import operations
from tokens.azure_devops.types import Secret
from tokens.models import CREATE_VERBS, Pat
from tokens.operations._issue import EVENTS, IssuedPat


def test_every_verb_that_makes_a_pat_has_its_events() -> None:
    assert set(EVENTS) == set(CREATE_VERBS)


@pytest.mark.parametrize("verb", CREATE_VERBS)
def test_each_event_tells_of_its_verb(verb: str) -> None:
    events = EVENTS[verb]
    failures = events.failures
    told = [events.requested, events.settled, failures.refused, failures.failed, failures.answer_lost]
    assert all(event.value.startswith(f"pat.{verb}_") for event in told)


def test_what_was_issued_does_not_show_its_secret() -> None:
    now = timezone.now()
    pat = Pat(name="ci-deploy", valid_to=now)
    issued = IssuedPat(pat=pat, secret=Secret("sandbox-pat-secret"), asked_valid_to=now + timedelta(days=1))
    assert "sandbox-pat-secret" not in repr(issued)
    assert issued.was_shortened


def test_the_outcome_locks_the_person_before_anything_of_theirs(world: World, alice: Person) -> None:
    with CaptureQueriesContext(connection) as caught:
        operations.create_pat(**world.create_arguments(alice))
    statements = [one["sql"] for one in caught.captured_queries]
    done = next(
        place
        for place, sql in enumerate(statements)
        if sql.startswith('UPDATE "tokens_operation"') and "'done'" in sql
    )
    lock = statements[done - 1]
    assert 'FROM "accounts_user"' in lock
    assert "FOR NO KEY UPDATE" in lock
