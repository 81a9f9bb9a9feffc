"""Writes calendar files (iCalendar, RFC 5545): one calendar of moments. Knows nothing of PATs.

Written here because a file to be read takes so little of the format; decision 22 says more.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_LINE_OCTETS = 75
_END = "\r\n"
# Characters that nobody sees; some change the direction of text, others would end a line.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Without these, words of several languages and many emoji cannot be written.
_JOINERS = {"\u200c", "\u200d"}
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment in a calendar. `uid` names it for good, and `sequence` grows whenever it was moved.

    `changed_at` is when what it tells was last changed; `url` is an address that needs no escaping.
    """

    uid: str
    at: datetime
    created_at: datetime
    changed_at: datetime
    sequence: int
    summary: str
    description: str
    url: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar for programs that subscribe to it, which ask again every `refresh_hours`."""

    name: str
    product: str
    refresh_hours: int
    entries: Iterable[Entry]


def render(calendar: Calendar) -> bytes:
    """Return the calendar as a file; the same calendar is the same file."""
    return "".join(f"{_folded(line)}{_END}" for line in _lines(calendar)).encode()


def escaped(text: str) -> str:
    """Return `text` as a value: what means something to the format escaped, what nobody sees left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(filter(_is_visible, text)).translate(_ESCAPES)


def _is_visible(character: str) -> bool:
    return character == "\n" or character in _JOINERS or unicodedata.category(character) not in _HIDDEN


def _lines(calendar: Calendar) -> Iterator[str]:
    name, pause = escaped(calendar.name), f"PT{calendar.refresh_hours}H"
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:-//{escaped(calendar.product)}//EN"
    yield "CALSCALE:GREGORIAN"
    # Each twice: as RFC 7986 has it, and as Outlook, Google and Apple read it.
    yield f"NAME:{name}"
    yield f"X-WR-CALNAME:{name}"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{pause}"
    yield f"X-PUBLISHED-TTL:{pause}"
    for entry in calendar.entries:
        yield from _entry(entry)
    yield "END:VCALENDAR"


def _entry(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(entry.uid)}"
    # A calendar without METHOD says by it when what an event tells was last revised (RFC 5545, 3.8.7.2).
    yield f"DTSTAMP:{_moment(entry.changed_at)}"
    yield f"CREATED:{_moment(entry.created_at)}"
    yield f"LAST-MODIFIED:{_moment(entry.changed_at)}"
    yield f"SEQUENCE:{min(max(entry.sequence, 0), _LARGEST)}"
    # Without an end it takes no time (RFC 5545, 3.6.1), and it makes nobody look busy.
    yield f"DTSTART:{_moment(entry.at)}"
    yield "TRANSP:TRANSPARENT"
    yield "CLASS:PRIVATE"
    yield f"SUMMARY:{escaped(entry.summary)}"
    yield f"DESCRIPTION:{escaped(entry.description)}"
    yield f"URL:{entry.url}"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    """Return a moment in UTC; years have four digits, whatever the C library does."""
    at = at.astimezone(UTC)
    return f"{at.year:04}{at:%m%dT%H%M%SZ}"


def _folded(line: str) -> str:
    """Return a line as lines of at most 75 octets, cut between characters; the later begin with a space."""
    parts, part, room = [], "", _LINE_OCTETS
    for character in line:
        size = len(character.encode())
        if size > room:
            parts.append(part)
            part, room = "", _LINE_OCTETS - 1
        part, room = part + character, room - size
    return f"{_END} ".join([*parts, part])
