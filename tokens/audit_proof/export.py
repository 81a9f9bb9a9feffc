"""The lines of an export: JSON Lines that prove themselves, and a table for reading.

The first line says which range is exported, the last one how many events came; where that one is missing, the
export broke off. Formats: docs/audit.md.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tokens.audit_proof.links import StoredLink, stored_links
from tokens.models import AuditLink

FORMAT = "pat-portal-audit/1"
_AT_ONCE = 1_000
# What spreadsheets take for a formula, also behind what some of them take for the end of a cell: where the
# comma is the decimal sign they part cells at semicolons, and know no quotes that do not begin one.
_FORMULA = re.compile(
    r"""^(?=[\t\r\n]|[\s"]*[=+\-@\uff1d\uff0b\uff0d\uff20])"""
    r"""|(?<=[;\t\r\n])(?=[\ "]*[=+\-@\uff1d\uff0b\uff0d\uff20])"""
)


def links_between(*, first: int, last: int) -> Iterator[StoredLink]:
    """Yield the links from position `first` to `last`, in their order.

    However slowly they are taken, no transaction stays open: a thousand are read at once.
    """
    while True:
        links = AuditLink.objects.filter(position__range=(first, last)).order_by("position")
        positions = list(links.values_list("position", flat=True)[:_AT_ONCE])
        if not positions:
            return
        yield from list(stored_links(first=first, last=positions[-1]))
        first = positions[-1] + 1


def json_lines(
    links: Iterable[StoredLink], *, origin: str, first: int, last: int, previous: bytes, now: datetime
) -> Iterator[str]:
    """Yield the lines of the links from position `first` to `last`.

    `previous` is the hash before the first. Links that are missing are missing in the export as well.
    """
    yield _line(
        {
            "format": FORMAT,
            "origin": origin,
            "exported_at": now.astimezone(UTC).isoformat(),
            "from_position": first,
            "to_position": last,
            "previous": previous.hex(),
            "complete": True,
        }
    )
    count, digest = 0, previous
    for link in links:
        count, digest = count + 1, link.hash
        yield _line(_event(link))
    yield _line({"events": count, "last_hash": digest.hex()})


def _event(link: StoredLink) -> dict[str, Any]:
    is_there = link.found_id is not None and link.salt is not None
    return {
        "position": link.position,
        "canonical": link.canonical,
        "hash": link.hash.hex(),
        "personal": link.personal if is_there else None,
        "salt": link.salt.hex() if is_there and link.salt is not None else None,
        "erased_by": link.erased_by,
    }


def _line(content: dict[str, Any]) -> str:
    # Whoever reads the line gets the canonical text back byte by byte.
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")) + "\n"


class _Line:
    """What `csv.writer` writes to: keeps the last line."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def table_lines(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, end: Callable[[int], str]
) -> Iterator[str]:
    """Yield the lines of a table for spreadsheets; without the byte order mark Excel guesses the encoding.

    What a spreadsheet would take for a formula gets an apostrophe before it. `end` gets the number of
    rows and returns what stands in the last line.
    """
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(head)
    yield f"\ufeff{line.text}"
    count = 0
    for row in rows:
        count += 1
        writer.writerow([harmless(cell) for cell in row])
        yield line.text
    writer.writerow([end(count)])
    yield line.text


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, wherever it sees cells end."""
    return _FORMULA.sub("'", cell)
