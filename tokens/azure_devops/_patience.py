"""How often and how long one call to the client may try again.

Three limits: two repeats per request (after some refusals one, after most none), 30 seconds of waiting in
all (5 for a write), and a moment by which every attempt has to have ended. Knows nothing of HTTP.
"""

import math
from collections.abc import Callable
from random import SystemRandom

from ._refusals import repeats_after
from .errors import AzureDevOpsError, OutcomeUnknown, Refused, ServiceFailed, Throttled, Unreachable

REPEATS = 2
WAIT_SECONDS = 30.0
WRITE_WAIT_SECONDS = 5.0  # a person sits in front of it, and its thread could serve others

_FIRST_PAUSE_SECONDS = 0.5
_PASSING = (Unreachable, ServiceFailed, Throttled, OutcomeUnknown)
_random = SystemRandom()


class Patience:
    """The limits of one call; `until` is a moment of `clock`, `wait_seconds` all waits together."""

    def __init__(
        self,
        *,
        attempt_seconds: float,
        until: float = math.inf,
        wait_seconds: float = WAIT_SECONDS,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._attempt_seconds = attempt_seconds
        self._until = until
        self._clock = clock
        self._sleep = sleep
        self._waits_left = wait_seconds
        self._repeats = 0

    def begin_request(self) -> None:
        """Start over with the repeats, for the next page of a walk."""
        self._repeats = 0

    def has_time(self, delay: float = 0.0) -> bool:
        """Tell whether an attempt that begins after `delay` seconds is sure to end in time."""
        return self._clock() + delay + self._attempt_seconds <= self._until

    def wait_after(self, error: AzureDevOpsError) -> bool:
        """Wait as the error asks for and return True; return False if another try is not worth it."""
        delay = self._delay_after(error)
        is_worth_it = self._repeats < _most_repeats(error)
        if not is_worth_it or delay > self._waits_left or not self.has_time(delay):
            return False
        self._repeats += 1
        self._wait(delay)
        return self.has_time()

    def slow_down(self, retry_after: float | None) -> None:
        """Wait before the next page as a successful answer asked for, as far as the waiting lasts."""
        delay = min(retry_after or 0.0, self._waits_left)
        if delay > 0:
            self._wait(delay)

    def _delay_after(self, error: AzureDevOpsError) -> float:
        asked: float | None = getattr(error, "retry_after", None)
        return _random.uniform(0.5, 1.0) * _FIRST_PAUSE_SECONDS * 2**self._repeats if asked is None else asked

    def _wait(self, delay: float) -> None:
        self._waits_left -= delay
        self._sleep(delay)


def _most_repeats(error: AzureDevOpsError) -> int:
    if isinstance(error, Refused):
        return min(REPEATS, repeats_after(error.code))
    return REPEATS if isinstance(error, _PASSING) else 0
