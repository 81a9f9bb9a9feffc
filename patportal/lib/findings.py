"""What an operator is told about the installation, as values: one finding, and one look that makes some.

Knows nothing of what is looked at, nor of how findings are shown.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

# Clocks further apart than this may misjudge dates and sign-ins.
CLOCK_TOLERANCE_SECONDS = 30


class Level(StrEnum):
    """How serious a finding is; its value is the word that people read."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and what an operator should do about it (empty for nothing)."""

    level: Level
    title: str
    found: str
    next_step: str = ""

    @property
    def is_problem(self) -> bool:
        """Tell whether something does not work."""
        return self.level is Level.PROBLEM

    @property
    def is_trouble(self) -> bool:
        """Tell whether an operator should act: a problem, or a warning of one."""
        return self.level in {Level.WARNING, Level.PROBLEM}


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one thing of an area; `see` returns what it found.

    One that does not use the database may run in any thread, beside others.
    """

    area: str
    title: str
    see: Callable[[], list[Finding]]
    uses_database: bool = False


def clock_finding(title: str, offset_seconds: float) -> Finding:
    """Judge a clock that is `offset_seconds` ahead of this machine's (negative: behind)."""
    if abs(offset_seconds) <= CLOCK_TOLERANCE_SECONDS:
        return Finding(Level.OK, title, "The clocks agree.")
    direction = "ahead of" if offset_seconds > 0 else "behind"
    return Finding(
        Level.WARNING,
        title,
        f"It is {abs(offset_seconds):.0f} seconds {direction} this machine's clock.",
        "Have the clocks of this machine and of the database's set from the network (NTP). Until then expiry "
        "dates may be misjudged, and Entra may refuse sign-ins.",
    )


def in_words(names: Iterable[str], *, most: int = 5) -> str:
    """Return names in a row, the first few of many."""
    listed = list(names)
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more} more" if more > 0 else "")


def age_in_words(seconds: float) -> str:
    """Return how long ago something was, roughly: "40 seconds", "3 hours"."""
    count, unit = max(0, round(seconds)), "second"
    for size, larger in ((60, "minute"), (60, "hour"), (24, "day")):
        if count < 2 * size:
            break
        count, unit = count // size, larger
    return f"{count} {unit}{'' if count == 1 else 's'}"
