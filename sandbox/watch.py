"""Starting a process again whenever it ends."""

import time
from collections.abc import Callable

from sandbox.children import Child

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
# Who lasted this long has earned a quick restart.
_STEADY_SECONDS = 60.0


class Watch:
    """Restarts one process always, after pauses that double while it keeps ending soon.

    `child` returns the process as it is now, since a restart may make another object of it; `report` gets
    a sentence for people.
    """

    def __init__(
        self, child: Callable[[], Child], restart: Callable[[], object], report: Callable[[str], None]
    ) -> None:
        self._child = child
        self._restart = restart
        self._report = report
        self._started_at = time.monotonic()
        self._pause_seconds = 0.0
        self._due_at: float | None = None

    def look(self, now: float) -> bool:
        """Restart the process if it ended and its pause is over; tell whether. `now`: monotonic seconds."""
        child = self._child()
        if child.is_running:
            return False
        if self._due_at is None:
            self._due_at = now + self._next_pause(now)
            self._report(
                f"{child.name} ended (code {child.exit_code()}) and starts again "
                f"in {self._pause_seconds:.0f} s. Its log: {child.log}"
            )
        if now < self._due_at:
            return False
        self._due_at = None
        self._started_at = now
        self._restart()
        return True

    def _next_pause(self, now: float) -> float:
        is_steady = now - self._started_at > _STEADY_SECONDS or not self._pause_seconds
        doubled = min(self._pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
        self._pause_seconds = _FIRST_PAUSE_SECONDS if is_steady else doubled
        return self._pause_seconds
