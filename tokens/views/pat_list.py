"""The list of one's own PATs. It reads the database only; a job brings the mirror up to date."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import messages as accounts_messages
from accounts.addresses import sign_in_url
from accounts.decorators import sign_in_required
from accounts.errors import SignInReason
from accounts.models import User
from accounts.requests import PersonRequest
from patportal.lib.problems import Problem
from tokens import messages, operations, queries
from tokens.bulk_queries import unfinished_counts
from tokens.errors import SignInNeeded
from tokens.models import OrganizationAccess
from tokens.presenters import (
    Freshness,
    Nothing,
    Notice,
    OrganizationState,
    PatRow,
    Trouble,
    bulk_notice,
    freshness,
    is_lost,
    is_syncing,
    nothing_to_show,
    notice,
    organization_state,
    pat_row,
    troubles,
)
from tokens.queries import ListQuery, PatPage

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
    """Everything the list page shows; `lost` is why the portal cannot act for the person, if it cannot."""

    rows: list[PatRow]
    cards: list[StatusCard]
    columns: dict[str, SortLink]
    organizations: list[OrganizationState]
    all_organizations_url: str
    query: str
    hidden_fields: list[tuple[str, str]]
    pagination: Pagination
    freshness: Freshness
    is_syncing: bool
    is_first_fill: bool
    nothing: Nothing | None
    lost: Problem | None
    notices: list[Notice]
    troubles: list[Trouble]
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
    """Return the state of each organization, having asked for a sync of those that are not fresh.

    Where the portal cannot act for the person, asking would lead nowhere: their sign-in asks again.
    """
    access = queries.organization_access(request.user)
    if queries.is_complete(access):
        due = [row.organization for row in access if row.is_due(now=now, after=STALE_AFTER)]
        is_polling = request.headers.get("X-Polling") == "1"
        if not due or is_polling or queries.lost_code(access):
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
    lost = _lost(request, access, now=now)
    return PatListPage(
        rows=[pat_row(row, now=now) for row in found.rows],
        cards=_cards(query, found, base),
        columns=_columns(query, base),
        organizations=_organizations(query, access, base, now=now),
        all_organizations_url=query.url(base, organization=""),
        query=query.search,
        hidden_fields=[(name, value) for name, value in query.params().items() if name not in {"q", "page"}],
        pagination=pagination_of(query, found, base),
        freshness=freshness(access),
        is_syncing=is_filling or is_confirming,
        is_first_fill=is_filling and not any(row.read_at for row in access),
        nothing=None if found.rows else _nothing(query, found, access, can_act=lost is None, now=now),
        lost=lost,
        notices=_notices(request.user, access),
        troubles=_troubles(request.user, access, can_act=lost is None, now=now),
        poll_url=query.url(base, page=found.number),
        now=now,
    )


def _organizations(
    query: ListQuery, access: list[OrganizationAccess], base: str, *, now: datetime
) -> list[OrganizationState]:
    return [
        organization_state(
            row,
            url=query.url(base, organization=row.organization.name),
            is_current=row.organization.name == query.organization,
            now=now,
        )
        for row in access
    ]


def _lost(request: PersonRequest, access: list[OrganizationAccess], *, now: datetime) -> Problem | None:
    """Return why the portal cannot act for the person at all, in the words of the sign-in page."""
    code = queries.lost_code(access)
    if not code and any(
        row.error_code == SignInNeeded.code and not is_syncing(row, now=now) for row in access
    ):
        code = SignInReason.SIGN_IN_NEEDED.value
    if not code:
        return None
    known = code if code in accounts_messages.MESSAGES else SignInReason.SIGN_IN_NEEDED.value
    asks_for_sign_in = accounts_messages.MESSAGES[known].asks_for_sign_in
    return accounts_messages.problem_for(
        known,
        reference="" if asks_for_sign_in else request.request_id,
        sign_in_url=sign_in_url(reverse("pat_list"), is_again=True),
    )


def _troubles(user: User, access: list[OrganizationAccess], *, can_act: bool, now: datetime) -> list[Trouble]:
    lost = [row.organization for row in access if is_lost(row)]
    return troubles(
        access,
        words=messages.reading_message,
        active_counts=queries.active_counts(user, lost, now=now) if lost else {},
        sign_in_url=sign_in_url(reverse("pat_list"), is_again=True) if can_act else "",
        now=now,
    )


def _nothing(
    query: ListQuery, found: PatPage, access: list[OrganizationAccess], *, can_act: bool, now: datetime
) -> Nothing:
    return nothing_to_show(
        access,
        organization=query.organization,
        is_filtered=bool(query.search or query.organization or query.status != queries.DEFAULT_STATUS),
        has_pats=found.counts["all"] > 0,
        can_act=can_act,
        now=now,
    )


def _notices(user: User, access: list[OrganizationAccess]) -> list[Notice]:
    found: list[Notice] = []
    if any(getattr(row, "has_bulks", False) for row in access):
        found += [bulk_notice(row, total=total, left=left) for row, total, left in unfinished_counts(user)]
    if any(getattr(row, "has_notices", False) for row in access):
        found += [notice(row) for row in queries.notices(user)]
    return found


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


def pagination_of(query: ListQuery, found: PatPage, base: str) -> Pagination:
    """Return where `found` stands among all pages of `query`, and the addresses of those beside it."""
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
