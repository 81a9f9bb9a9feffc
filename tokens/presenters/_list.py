"""What stands around the rows of the list: cards, columns, filters and pages, each with its address."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from patportal.lib.notation import written
from patportal.lib.texts import Text
from tokens.list_address import DEFAULT_STATUS, MACHINES, ListQuery
from tokens.list_queries import PAGE_SIZE, Folded, PatPage

_CARDS = {
    "active": (_("Active"), "check-circle", "good"),
    "expiring": (_("Expiring soon"), "exclamation-triangle", "warn"),
    "powerful": (_("Powerful"), "shield-exclamation", "warn"),
    "expired": (_("Expired"), "x-circle", "bad"),
    "revoked": (_("Revoked"), "no-symbol", "quiet"),
    "all": (pgettext_lazy("tokens", "All"), "queue-list", "quiet"),
}
_COLUMNS = {
    "name": _("Name"),
    "organization": _("Organization"),
    "status": _("Status"),
    "expires": _("Expires"),
    "created": _("Created"),
}


@dataclass(frozen=True, slots=True)
class StatusCard:
    code: str
    label: Text
    count: int
    url: str
    is_current: bool
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class SortLink:
    """A column's heading; `direction` is what aria-sort says of it now."""

    label: Text
    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class FilterChip:
    """One thing that the list is filtered by; `url` leads to the list without it."""

    code: str
    label: Text
    url: str


@dataclass(frozen=True, slots=True)
class FoldedLine:
    """PATs that tools made, as one line of the list."""

    count: int
    stops_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Pagination:
    """The page at hand: `first` to `last` of `total` rows."""

    number: int
    count: int
    first: int
    last: int
    total: int
    previous_url: str
    next_url: str


def status_cards(query: ListQuery, found: PatPage) -> list[StatusCard]:
    """Return a card for every status, each leading to the list of that status."""
    base = reverse("pat_list")
    return [
        StatusCard(
            code=code,
            label=label,
            count=found.counts[code],
            url=query.url(base, status=code),
            is_current=code == query.status,
            icon=icon,
            tone=tone,
        )
        for code, (label, icon, tone) in _CARDS.items()
    ]


def sort_links(query: ListQuery) -> dict[str, SortLink]:
    """Return the heading of every column that sorts."""
    base, links = reverse("pat_list"), {}
    for code, label in _COLUMNS.items():
        is_current = code == query.sort
        is_descending = is_current and not query.is_descending
        direction = ("descending" if query.is_descending else "ascending") if is_current else "none"
        links[code] = SortLink(label, query.url(base, sort=code, is_descending=is_descending), direction)
    return links


def filter_chips(query: ListQuery) -> list[FilterChip]:
    """Return everything that the list is filtered by, each with the address without it."""
    base, chips = reverse("pat_list"), []
    if query.search:
        chips.append(FilterChip("search", f"“{query.search}”", query.url(base, search="")))
    if query.status != DEFAULT_STATUS:
        label = gettext("Status: %(status)s") % {"status": _CARDS[query.status][0].lower()}
        chips.append(FilterChip("status", label, query.url(base, status=DEFAULT_STATUS)))
    if query.organization:
        chips.append(FilterChip("organization", query.organization, query.url(base, organization="")))
    if query.stops_on:
        label = gettext("Stops on %(day)s") % {"day": written(query.stops_on, "long day")}
        chips.append(FilterChip("on", label, query.url(base, stops_on=None)))
    if query.made_by:
        chips.append(FilterChip("by", gettext("Made by tools"), query.url(base, made_by="")))
    return chips


def folded_line(query: ListQuery, folded: Folded | None) -> FoldedLine | None:
    """Return what stands for PATs that tools made, None where none are folded."""
    if folded is None:
        return None
    return FoldedLine(folded.count, folded.stops_at, query.url(reverse("pat_list"), made_by=MACHINES))


def pagination_of(query: ListQuery, found: PatPage, base: str) -> Pagination:
    """Return where `found` stands among all pages of `query`, and the addresses of those beside it."""
    count = max(1, -(-found.total // PAGE_SIZE))
    first = (found.number - 1) * PAGE_SIZE + 1 if found.total else 0
    return Pagination(
        number=found.number,
        count=count,
        first=first,
        last=first + len(found.rows) - 1 if found.rows else 0,
        total=found.total,
        previous_url=query.url(base, page=found.number - 1) if found.number > 1 else "",
        next_url=query.url(base, page=found.number + 1) if found.number < count else "",
    )
