"""The lines of an export: JSON Lines that prove themselves, and a table for reading.

The first line says which range is exported, the last one how many events came; where that one is missing, the
export broke off. Formats: docs/audit.md.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tokens.audit_proof.links import StoredLink

FORMAT = "pat-portal-audit/1"
# What spreadsheets take for the beginning of a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
        }
    )
    count, digest = 0, previous
    for link in links:
        if link.position > last:
            break
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

    A cell that a spreadsheet would take for a formula gets an apostrophe before it. `end` gets the number of
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
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) or cell.startswith("\n") else cell
