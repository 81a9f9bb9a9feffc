"""Moments as Azure DevOps keeps and writes them: ticks of 1/300 second, UTC, no to seven fraction digits.

A tick count is an integer since 1970, so that comparing, storing and writing a moment never rounds twice.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

TICKS_PER_SECOND = 300
TICKS_PER_DAY = 86_400 * TICKS_PER_SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(
    r"(?P<seconds>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?)(?P<fraction>\.\d{1,9})?(?P<zone>Z|z|[+-]\d\d:?\d\d)?"
)
_DATE_ONLY = re.compile(r"\d{4}-\d\d-\d\d")


class NotADateError(ValueError):
    """A text is no date that the API reads."""


def ticks(moment: datetime) -> int:
    """Return the tick nearest to an aware moment."""
    microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
    return (microseconds * TICKS_PER_SECOND + 500_000) // 1_000_000


def moment(count: int) -> datetime:
    """Return the moment of a tick count, to the microsecond."""
    seconds, rest = divmod(count, TICKS_PER_SECOND)
    return _EPOCH + timedelta(seconds=seconds, microseconds=round(rest * 1_000_000 / TICKS_PER_SECOND))


def written(count: int) -> str:
    """Return a moment as the API writes it, such as `2026-11-23T17:20:05.4566667Z` or `…:05Z`."""
    seconds, rest = divmod(count, TICKS_PER_SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{rest / TICKS_PER_SECOND:.7f}"[1:].rstrip("0").rstrip(".")
    return f"{text}{fraction}Z"


def read(text: str) -> int:
    """Return the ticks of a date that a client wrote; one without a zone is UTC. Raises NotADateError."""
    match = _SHAPE.fullmatch(f"{text}T00:00:00Z" if _DATE_ONLY.fullmatch(text) else text)
    if match is None:
        raise NotADateError(text)
    zone = match["zone"] or "Z"
    try:
        whole = datetime.fromisoformat(match["seconds"] + ("+00:00" if zone in {"Z", "z"} else zone))
        return ticks(whole + timedelta(microseconds=round(float(match["fraction"] or 0) * 1_000_000)))
    except (ValueError, OverflowError) as exc:
        raise NotADateError(text) from exc


def a_year_after(start: datetime) -> datetime:
    """Return the same day and time of the next year; of 29 February, the first of March."""
    try:
        return start.replace(year=start.year + 1)
    except ValueError:
        return start.replace(year=start.year + 1, month=3, day=1)
