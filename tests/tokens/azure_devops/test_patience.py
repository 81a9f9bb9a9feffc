"""Patience: how often, how long, until when."""

import math

import pytest

from tests.tokens.azure_devops.people import Clock, Naps
from tokens.azure_devops import (
    AzureDevOpsError,
    BrokenAnswer,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Refused,
    Rejected,
    Throttled,
    Unreachable,
)
from tokens.azure_devops._patience import REPEATS, WAIT_SECONDS, WRITE_WAIT_SECONDS, Patience


def patience(naps: Naps, clock: Clock | None = None, *, until: float = math.inf) -> Patience:
    return Patience(attempt_seconds=10, until=until, clock=clock or Clock(), sleep=naps)


def test_it_waits_longer_each_time_and_twice_at_most(naps: Naps) -> None:
    waiting = patience(naps)
    assert [waiting.wait_after(Unreachable("")) for _ in range(REPEATS + 1)] == [True, True, False]
    first, second = naps.taken
    assert 0.25 <= first <= 0.5 <= second <= 1.0


def test_it_starts_over_for_the_next_request(naps: Naps) -> None:
    waiting = patience(naps)
    while waiting.wait_after(Unreachable("")):
        pass
    waiting.begin_request()
    assert waiting.wait_after(Unreachable(""))


def test_it_waits_as_long_as_it_is_asked_to(naps: Naps) -> None:
    assert patience(naps).wait_after(Throttled("", retry_after=7))
    assert naps.taken == [7]


def test_it_gives_up_rather_than_wait_too_long(naps: Naps) -> None:
    assert not patience(naps).wait_after(Throttled("", retry_after=WAIT_SECONDS + 1))
    assert naps.taken == []


def test_its_waits_are_bounded_in_all(naps: Naps) -> None:
    waiting = patience(naps)
    assert waiting.wait_after(Throttled("", retry_after=20))
    assert not waiting.wait_after(Throttled("", retry_after=11))
    assert sum(naps.taken) == 20


def test_a_write_waits_for_less(naps: Naps) -> None:
    waiting = Patience(attempt_seconds=10, wait_seconds=WRITE_WAIT_SECONDS, clock=Clock(), sleep=naps)
    assert WRITE_WAIT_SECONDS <= 5
    assert not waiting.wait_after(Throttled("", retry_after=WRITE_WAIT_SECONDS + 1))
    assert waiting.wait_after(Throttled("", retry_after=WRITE_WAIT_SECONDS - 1))
    assert not waiting.wait_after(Throttled("", retry_after=2))
    assert naps.taken == [WRITE_WAIT_SECONDS - 1]


@pytest.mark.parametrize(
    "error",
    [Rejected(""), Forbidden(""), NotFound(""), Refused("", code="invalidScope"), BrokenAnswer("")],
)
def test_it_does_not_wait_after_what_will_not_pass(naps: Naps, error: AzureDevOpsError) -> None:
    assert not patience(naps).wait_after(error)
    assert naps.taken == []


@pytest.mark.parametrize(
    ("code", "repeats"),
    [
        ("failedToReadTenantPolicy", 2),
        ("FAILEDTOREADORGPOLICY", 2),
        ("duplicateHash", 1),
        ("accessDenied", 0),
    ],
)
def test_after_a_refusal_it_tries_as_often_as_that_is_worth(naps: Naps, code: str, repeats: int) -> None:
    waiting = patience(naps)
    tries = [waiting.wait_after(Refused("", code=code)) for _ in range(3)]
    assert tries == [True] * repeats + [False] * (3 - repeats)


def test_a_refusal_counts_the_repeats_of_other_reasons(naps: Naps) -> None:
    waiting = patience(naps)
    assert waiting.wait_after(Throttled(""))
    assert not waiting.wait_after(Refused("", code="duplicateHash"))


def test_no_attempt_begins_that_could_end_too_late(naps: Naps) -> None:
    clock = Clock()
    waiting = patience(naps, clock, until=20)
    assert waiting.has_time()
    clock.advance(9.5)
    assert waiting.has_time(0.5)
    assert not waiting.has_time(0.6)
    clock.advance(1)
    assert not waiting.has_time()
    assert not waiting.wait_after(OutcomeUnknown(""))
    assert naps.taken == []


def test_oversleeping_costs_the_attempt() -> None:
    clock = Clock()
    waiting = Patience(attempt_seconds=10, until=20, clock=clock, sleep=lambda _seconds: clock.advance(15))
    assert not waiting.wait_after(Unreachable(""))


def test_between_pages_it_waits_as_asked_as_long_as_the_waiting_lasts(naps: Naps) -> None:
    waiting = patience(naps)
    for seconds in (None, 0.0, 25.0, 25.0, 25.0):
        waiting.slow_down(seconds)
    assert naps.taken == [25.0, 5.0]
