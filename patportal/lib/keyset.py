"""Long lists in pages that are neither counted nor numbered: each goes on from a row of the one before.

For rows with a time `at` and an `id`, the newest first. However far back one reads, a page costs the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import Q, QuerySet

OLDER, NEWER = "older", "newer"
_FORMAT = "%Y%m%dT%H%M%S%f"
_NEWEST_FIRST, _OLDEST_FIRST = ("-at", "-id"), ("at", "id")
# More than any id, less than what Postgres refuses.
_ID_DIGITS = 18


class Dated(Protocol):
    """A row with its place in such a list."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The place of one row in the list, as an address carries it."""

    at: datetime
    id: int

    @classmethod
    def of(cls, row: Dated) -> "Mark":
        """Return the place of `row`."""
        return cls(row.at, row.id)

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """Return the place that `str` of a mark wrote, None where the text is none."""
        moment, _, number = text.partition("-")
        if not (number.isascii() and number.isdigit() and len(number) <= _ID_DIGITS):
            return None
        try:
            return cls(datetime.strptime(moment, _FORMAT).replace(tzinfo=UTC), int(number))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).strftime(_FORMAT)}-{self.id}"


RowT = TypeVar("RowT", bound=Any)


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[RowT]):
    """One page, the newest row first; `newer` and `older` are the parameters of the pages beside it."""

    rows: list[RowT]
    is_newest: bool
    newer: Mapping[str, str]
    older: Mapping[str, str]


def keyset_page(rows: QuerySet[Any], params: Mapping[str, str], *, size: int) -> KeysetPage[Any]:
    """Return the page of `rows` that the parameters of an address ask for: one query, and no count.

    What is no mark counts as not said; without one it is the newest page.
    """
    older, newer = Mark.parse(params.get(OLDER, "")), Mark.parse(params.get(NEWER, ""))
    if older is not None:
        return _page(_before(rows, older), size=size, is_first=False)
    if newer is not None:
        found = list(_after(rows, newer)[: size + 1])
        if len(found) > size:
            shown = found[size - 1 :: -1]
            return _sides(shown, has_newer=True, has_older=True)
    return _page(rows, size=size, is_first=True)


def _page(rows: QuerySet[Any], *, size: int, is_first: bool) -> KeysetPage[Any]:
    found = list(rows.order_by(*_NEWEST_FIRST)[: size + 1])
    return _sides(found[:size], has_newer=not is_first, has_older=len(found) > size)


def _sides(rows: list[Any], *, has_newer: bool, has_older: bool) -> KeysetPage[Any]:
    return KeysetPage(
        rows=rows,
        is_newest=not has_newer,
        newer={NEWER: str(Mark.of(rows[0]))} if rows and has_newer else {},
        older={OLDER: str(Mark.of(rows[-1]))} if rows and has_older else {},
    )


# An index over (at, id) is searched by `at` alone; the other condition parts the rows of one moment.
def _before(rows: QuerySet[Any], mark: Mark) -> QuerySet[Any]:
    return rows.filter(Q(at__lt=mark.at) | Q(id__lt=mark.id), at__lte=mark.at)


def _after(rows: QuerySet[Any], mark: Mark) -> QuerySet[Any]:
    return rows.filter(Q(at__gt=mark.at) | Q(id__gt=mark.id), at__gte=mark.at).order_by(*_OLDEST_FIRST)
