"""`doctor` checks the configuration against the world and says what to do about each finding.

It only runs the looks and prints: what is looked at, and judged, is decided in `diagnosis` of both apps.
"""

import json
import textwrap
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict
from types import TracebackType
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.diagnosis import without_secrets
from patportal.lib.findings import Finding, Level, Look
from tokens import diagnosis

log = structlog.get_logger(__name__)

_WIDTH = 100
_INDENT = " " * 11
_THREADS = 16

Found = list[tuple[str, Finding]]


class Command(BaseCommand):
    help = "Checks the configuration against the world, and says what to do about each finding."
    # It has something to say above all where things do not work.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON, for machines")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print every finding; end with exit code 1 where one of them is a problem."""
        found = look_at_everything(diagnosis.looks())
        lines = [as_json(found)] if options["json"] else as_text(found)
        for line in lines:
            self.stdout.write(line)
        if any(finding.is_problem for _, finding in found):
            raise SystemExit(1)


def look_at_everything(looks: Sequence[Look]) -> Found:
    """Return area and finding of every look, in the order of `looks`, whatever becomes of the others.

    Looks run in threads, so that none waits for another; those at the database run here, for threads would
    need connections of their own.
    """
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        started = {
            number: pool.submit(_seen, one) for number, one in enumerate(looks) if not one.uses_database
        }
        outcomes = {number: _seen(one) for number, one in enumerate(looks) if one.uses_database}
        outcomes |= {number: future.result() for number, future in started.items()}
    return [(one.area, finding) for number, one in enumerate(looks) for finding in outcomes[number]]


class _Attempt(AbstractContextManager["_Attempt", bool]):
    """Holds back whatever a look raises: a fault of the portal's own, which must not end the command."""

    failure: Exception | None = None

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.failure = failure if isinstance(failure, Exception) else None
        return self.failure is not None


def _seen(look: Look) -> list[Finding]:
    """Return what a look found; one that breaks hides none of the others."""
    with _Attempt() as attempt:
        return look.see()
    failure = attempt.failure
    log.error("doctor_look_failed", look=look.title, exc_info=failure)
    step = "This is a fault of the portal itself: report it with what the log says at this moment."
    return [Finding(Level.PROBLEM, look.title, f"It could not be examined ({type(failure).__name__}).", step)]


def _masked(found: Found) -> Found:
    """Return the findings without secrets: wrapped lines and JSON would not show where one begins."""
    return [
        (area, Finding(one.level, *map(without_secrets, (one.title, one.found, one.next_step))))
        for area, one in found
    ]


def as_text(found: Found) -> Iterator[str]:
    """Yield plain lines, grouped by area."""
    yield f"PAT Portal {settings.VERSION}, examined on {timezone.localtime():%d %B %Y, %H:%M %Z}"
    area = ""
    for found_in, finding in _masked(found):
        if found_in != area:
            area = found_in
            yield from ("", area)
        yield from _paragraph(f"  {finding.level.value:<8} ", f"{finding.title}: {finding.found}")
        if finding.next_step:
            yield from _paragraph(_INDENT, f"What to do: {finding.next_step}")
    yield from ("", verdict([finding.level for _, finding in found]))


def _paragraph(lead: str, text: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        width=_WIDTH,
        initial_indent=lead,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def verdict(levels: Sequence[Level]) -> str:
    """Return the last line: how many problems and warnings there are."""
    numbers = {level: sum(one is level for one in levels) for level in (Level.PROBLEM, Level.WARNING)}
    counts = [f"{number} {level}{'' if number == 1 else 's'}" for level, number in numbers.items() if number]
    if numbers[Level.PROBLEM]:
        return f"Result: {' and '.join(counts)}. The portal does not work as it should."
    return f"Result: {''.join(counts) or 'no warning'}, no problem."


def as_json(found: Found) -> str:
    """Return the findings as one JSON document."""
    return json.dumps(
        {
            "version": settings.VERSION,
            "is_fine": not any(finding.is_problem for _, finding in found),
            "findings": [{"area": area, **asdict(finding)} for area, finding in _masked(found)],
        },
        indent=2,
    )
