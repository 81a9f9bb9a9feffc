"""The list of one's own PATs. It reads the database only; a job brings the mirror up to date."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import sign_in_required
from accounts.models import User
from tokens import operations, queries
from tokens.models import OrganizationAccess
from tokens.presenters import (
    Notice,
    OrganizationState,
    PatRow,
    is_syncing,
    notice,
    organization_state,
    pat_row,
)
from tokens.queries import ListQuery, PatPage
from tokens.views._requests import PersonRequest

STALE_AFTER = timedelta(minutes=1)

_CARDS = {
    "active": ("Active", "check-circle", "good"),
    "expiring": ("Expiring soon", "exclamation-triangle", "warn"),
    "expired": ("Expired", "x-circle", "bad"),
    "revoked": ("Revoked", "no-symbol", "quiet"),
    "all": ("All", "queue-list", "quiet"),
}
_COLUMNS = {
    "name": "Name",
    "organization": "Organization",
    "status": "Status",
    "expires": "Expires",
    "created": "Created",
}


@dataclass(frozen=True, slots=True)
class StatusCard:
    code: str
    label: str
    count: int
    url: str
    is_current: bool
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class SortLink:
    """A column's heading; `direction` is what aria-sort says of it now."""

    label: str
    url: str
    direction: str


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


@dataclass(frozen=True, slots=True)
class PatListPage:
    """Everything the list page shows."""

    rows: list[PatRow]
    cards: list[StatusCard]
    columns: dict[str, SortLink]
    organizations: list[OrganizationState]
    all_organizations_url: str
    query: str
    hidden_fields: list[tuple[str, str]]
    pagination: Pagination
    updated_at: datetime | None
    is_syncing: bool
    is_first_fill: bool
    is_filtered: bool
    clear_url: str
    nothing_found: str
    notices: list[Notice]
    poll_url: str
    now: datetime


@require_safe
@sign_in_required
def pat_list(request: PersonRequest) -> HttpResponse:
    """Show the person's PATs over all organizations, as the address asks for them."""
    now = timezone.now()
    access = _access_of(request, now=now)
    query = ListQuery.from_params(request.GET, organizations=[row.organization.name for row in access])
    found = queries.pat_page(request.user, query, organizations=[row.organization for row in access], now=now)
    page = _build(request, query, found, access, now=now)
    is_fragment = request.htmx and not request.htmx.boosted
    template = "tokens/pat_list.html#table" if is_fragment else "tokens/pat_list.html"
    return render(request, template, {"page": page})


def _access_of(request: PersonRequest, *, now: datetime) -> list[OrganizationAccess]:
    """Return the state of each organization, having asked for a sync of those that are not fresh."""
    access = queries.organization_access(request.user)
    if queries.is_complete(access):
        due = [row.organization for row in access if row.is_due(now=now, after=STALE_AFTER)]
        is_polling = request.headers.get("X-Polling") == "1"
        if not due or is_polling:
            return access
        operations.request_sync(user=request.user, organizations=due, now=now, known=access)
        for row in access:
            row.requested_at = now if row.organization in due else row.requested_at
        return access
    operations.request_sync(user=request.user, organizations=queries.configured_organizations(), now=now)
    return queries.organization_access(request.user)


@require_POST
@sign_in_required(return_to="pat_list")
def pat_refresh(request: PersonRequest) -> HttpResponse:
    """Ask for a sync of every organization and show the list."""
    organizations = queries.configured_organizations()
    operations.request_sync(user=request.user, organizations=organizations, now=timezone.now())
    query = ListQuery.from_params(request.POST, organizations=[row.name for row in organizations])
    return redirect(query.url(reverse("pat_list"), page=query.page))


def _build(
    request: PersonRequest,
    query: ListQuery,
    found: PatPage,
    access: list[OrganizationAccess],
    *,
    now: datetime,
) -> PatListPage:
    base = reverse("pat_list")
    is_filling = any(is_syncing(row, now=now) for row in access)
    is_confirming = any(row.is_being_revoked(now=now) for row in found.rows)
    read_at = [row.read_at for row in access if row.read_at]
    return PatListPage(
        rows=[pat_row(row, now=now) for row in found.rows],
        cards=_cards(query, found, base),
        columns=_columns(query, base),
        organizations=[
            organization_state(
                row,
                url=query.url(base, organization=row.organization.name),
                is_current=row.organization.name == query.organization,
                now=now,
            )
            for row in access
        ],
        all_organizations_url=query.url(base, organization=""),
        query=query.search,
        hidden_fields=[(name, value) for name, value in query.params().items() if name not in {"q", "page"}],
        pagination=_pagination(query, found, base),
        updated_at=min(read_at, default=None),
        is_syncing=is_filling or is_confirming,
        is_first_fill=not read_at and is_filling,
        is_filtered=bool(query.search or query.organization or query.status != queries.DEFAULT_STATUS),
        clear_url=base,
        nothing_found=_nothing_found(query, access),
        notices=_notices(request.user, access),
        poll_url=query.url(base, page=found.number),
        now=now,
    )


def _nothing_found(query: ListQuery, access: list[OrganizationAccess]) -> str:
    """Return why a filtered list may be empty."""
    for row in access:
        if row.organization.name == query.organization and row.state == OrganizationAccess.State.NO_ACCESS:
            return f"You have no access to {row.organization.name}. Ask its administrator if you should."
    return "No token fits this search and these filters."


def _notices(user: User, access: list[OrganizationAccess]) -> list[Notice]:
    has_notices = any(getattr(row, "has_notices", False) for row in access)
    return [notice(row) for row in queries.notices(user)] if has_notices else []


def _cards(query: ListQuery, found: PatPage, base: str) -> list[StatusCard]:
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


def _columns(query: ListQuery, base: str) -> dict[str, SortLink]:
    links = {}
    for code, label in _COLUMNS.items():
        is_current = code == query.sort
        is_descending = is_current and not query.is_descending
        direction = ("descending" if query.is_descending else "ascending") if is_current else "none"
        links[code] = SortLink(label, query.url(base, sort=code, is_descending=is_descending), direction)
    return links


def _pagination(query: ListQuery, found: PatPage, base: str) -> Pagination:
    count = max(1, -(-found.total // queries.PAGE_SIZE))
    first = (found.number - 1) * queries.PAGE_SIZE + 1 if found.total else 0
    return Pagination(
        number=found.number,
        count=count,
        first=first,
        last=first + len(found.rows) - 1 if found.rows else 0,
        total=found.total,
        previous_url=query.url(base, page=found.number - 1) if found.number > 1 else "",
        next_url=query.url(base, page=found.number + 1) if found.number < count else "",
    )
