"""The AADSTS numbers that the sandbox refuses with: the data of `refusals.tsv`.

Of each number the file says the OAuth error and suberror that go with it, the HTTP status of the JSON answer
(400 unless it says another), a sentence, and where Entra raises it:

    page        the person sees it, and no redirect follows
    redirect    the browser is sent back with it
    token       the token endpoint answers with it, whatever the grant
    code        the same, for authorization codes only
    refresh     the same, for refresh tokens only
    discovery   the OpenID configuration cannot be read

A number that is worded differently at different places has several lines.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PLACES = ("page", "redirect", "token", "code", "refresh", "discovery")
_OF_TOKENS = frozenset({"token", "code", "refresh"})
_FILE = Path(__file__).with_name("refusals.tsv")


@dataclass(frozen=True)
class Entry:
    """One line of the table."""

    number: int
    error: str
    suberror: str
    places: frozenset[str]
    status: int
    sentence: str

    def is_raised_at(self, place: str) -> bool:
        """Tell whether Entra raises it there."""
        return place in self.places or (place in _OF_TOKENS and "token" in self.places)


@cache
def entries() -> tuple[Entry, ...]:
    """Return every line of the table."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple(
        Entry(
            number=int(line["number"]),
            error=line["error"],
            suberror=line["suberror"],
            places=frozenset(line["places"].split(",")),
            status=int(line["status"] or 400),
            sentence=line["sentence"],
        )
        for line in lines
    )


def is_known(number: int) -> bool:
    """Tell whether the table has a number."""
    return any(entry.number == number for entry in entries())


def is_raised_at(number: int, place: str) -> bool:
    """Tell whether Entra raises a number at a place."""
    return any(entry.number == number and entry.is_raised_at(place) for entry in entries())


def entry(number: int, place: str = "") -> Entry:
    """Return a number's line, of several the one for a place. Raises KeyError."""
    found = [one for one in entries() if one.number == number]
    if not found:
        raise KeyError(number)
    return next((one for one in found if one.is_raised_at(place) or _is_alike(one, place)), found[0])


def _is_alike(one: Entry, place: str) -> bool:
    return place in _OF_TOKENS and bool(one.places & _OF_TOKENS)
