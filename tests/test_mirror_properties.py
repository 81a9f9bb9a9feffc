"""Whatever people, faults and other programs do in whatever order: in the end the mirror shows the truth.

Hypothesis plays sequences of moves; one that fails is made as short as can be.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.mirror_moves import FAULTS, KILLS, MOVES, Move, Stage
from tests.people import World
from tests.sandbox_records import SandboxPat
from tests.tokens.operations.crash import check_accounts, check_bulk, check_mirror, check_record
from tests.tokens.operations.scene import sync
from tokens import rules
from tokens.models import AuditEvent, BulkItem, Operation, Organization

# No fault is as likely as any, so that both the ways of success and those of failure are walked.
_FAULTS = st.sampled_from([*[None] * len([*FAULTS, *KILLS]), *FAULTS, *KILLS])
_NUMBER = st.integers(0, 6)


def _move(*kinds: str) -> st.SearchStrategy[Move]:
    return st.builds(Move, kind=st.sampled_from(kinds), which=_NUMBER, how=_NUMBER, fault=_FAULTS)


_ANY = _move(*sorted(MOVES))
_SEVERAL = st.lists(_ANY, max_size=2)
# What takes several moves to get to: the overlap of a rotation, and what happens in it.
_ROTATION = st.tuples(_move("rotate"), _SEVERAL, _move("receive"), _SEVERAL, _move("keep old", *MOVES)).map(
    lambda parts: [parts[0], *parts[1], parts[2], *parts[3], parts[4]]
)
# Two tabs that show the same PAT, opened before either was sent; see `Stage.seen`.
_TABS = st.tuples(
    st.sampled_from(("extend", "update", "bulk")), st.sampled_from((1, 5)), st.tuples(_NUMBER, _NUMBER)
).map(lambda tabs: [Move(tabs[0], tabs[1], tabs[2][0]), Move("extend", tabs[1], tabs[2][1])])
_STORIES = st.lists(st.one_of(_ANY.map(lambda move: [move]), _ROTATION, _TABS), min_size=3, max_size=6).map(
    lambda parts: [move for part in parts for move in part]
)
_numbers = count(1)
PARTS, STORIES_OF_A_PART = 4, 7


@pytest.fixture
def organizations(world: World) -> list[Organization]:
    """The rows of the organizations, which stay from one example to the next."""
    return [world.alpha, world.beta]


@contextmanager
def _undone() -> Iterator[None]:
    """Undo what the block wrote: each example begins with an empty portal."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


def _begin(world: World) -> Stage:
    """Begin with somebody new who has two PATs of the portal and one that was made elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    world.tenant.change(clock_offset_seconds=0, policies={}, shortening="allowed")
    name = f"person-{next(_numbers)}@{world.tenant.domain}"
    world.tenant.add_person(name=name, user_name=name, email=name)
    stage = Stage(world, world.sign_in(name))
    stage.play(Move("make elsewhere", 0, 0))
    for organization in ("alpha", "beta"):
        sync(world, stage.person, now=timezone.now(), organization=organization)
    stage.play(Move("create", 1, 1))
    stage.play(Move("create", 2, 1))
    return stage


@pytest.mark.parametrize("number", range(PARTS))
@pytest.mark.usefixtures("organizations")
def test_the_mirror_shows_the_truth_in_the_end(world: World, number: int) -> None:
    """In parts, each with stories of its own, so that none is long on a busy machine."""

    @seed(number)
    @given(moves=_STORIES)
    @settings(
        max_examples=STORIES_OF_A_PART,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow],
    )
    def play(moves: list[Move]) -> None:
        _check(world, moves)

    play()


def _check(world: World, moves: list[Move]) -> None:
    """Play the moves, let everything come to rest, and hold the mirror against the truth."""
    with _undone():
        stage = _begin(world)
        for move in moves:
            stage.play(move)
        stage.come_to_rest()
        truth = stage.truth()
        check_mirror(truth)
        check_accounts(truth, made_elsewhere=stage.made_elsewhere)
        check_record()
        check_bulk()
        _check_twins(stage, truth)
        _check_extensions(stage)
        _check_endings()


def _check_twins(stage: Stage, truth: dict[str, SandboxPat]) -> None:
    """Nothing that somebody made elsewhere was ended unless a person wanted it."""
    for key in stage.made_elsewhere - stage.ended_on_purpose:
        assert truth[key].status != "revoked", truth[key].display_name


def _check_extensions(stage: Stage) -> None:
    """No life was added to another expiry than the one that was seen, so that none was added twice."""
    seen = {key: one.valid_to for key, one in stage.sent.items()}
    for item in BulkItem.objects.exclude(seen_valid_to=None).select_related("operation"):
        if item.operation is not None and item.seen_valid_to is not None:
            seen[item.operation.key] = item.seen_valid_to
    for operation in Operation.objects.filter(verb="extend", key__in=seen):
        before = datetime.fromisoformat(operation.before["valid_to"])
        assert rules.is_same_date(before, seen[operation.key]), operation.key


def _check_endings() -> None:
    """Nothing was made to live longer that the portal was about to end."""
    ending = set()
    for event in AuditEvent.objects.order_by("id"):
        if event.type == "pat.end_scheduled":
            ending.add(event.authorization_id)
        elif event.type == "pat.end_cancelled":
            ending.remove(event.authorization_id)
        assert event.type != "pat.extend_requested" or event.authorization_id not in ending
