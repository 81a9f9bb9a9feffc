"""When what was tried in vain is tried again."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations import rotation
from tokens.models import Operation, Pat
from tokens.operations._attempts import due_again

NOW = timezone.now()


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT that Alice made."""
    return rotation.issue(world, alice)


def _try(pat: Pat, *minutes_ago: int, is_open: bool = False) -> None:
    for number in minutes_ago:
        at = NOW - timedelta(minutes=number)
        Operation.objects.create(
            user=pat.user,
            organization=pat.organization,
            pat=pat,
            verb="revoke",
            state="requested" if is_open else "failed",
            key=f"attempt-{number}",
            requested_at=at,
            deadline_at=at,
            finished_at=None if is_open else at,
        )


def _is_due(now: datetime = NOW) -> bool:
    return due_again(Pat.objects.all(), operations="operations", verb="revoke", now=now).exists()


@pytest.mark.parametrize(
    ("minutes_ago", "is_due"),
    [
        ((), True),
        ((4,), False),
        ((5,), True),
        ((12, 6), False),
        ((11, 6), True),
        ((60, 40), True),
        ((100, 40), False),
        # A day at most, however long it was tried for.
        ((60 * 24 * 30, 60 * 25), True),
        ((60 * 24 * 30, 60 * 23), False),
    ],
)
def test_the_pause_grows_with_the_time_it_was_tried_for(
    pat: Pat, minutes_ago: tuple[int, ...], is_due: bool
) -> None:
    _try(pat, *minutes_ago)
    assert _is_due() is is_due


def test_nothing_is_due_while_one_is_under_way(pat: Pat) -> None:
    _try(pat, 600, is_open=True)
    assert not _is_due()


def test_attempts_of_another_verb_do_not_count(pat: Pat) -> None:
    _try(pat, 1)
    Operation.objects.filter(verb="revoke").update(verb="extend")
    assert _is_due()
