"""The list of one's own PATs. It reads the database only; a job brings the mirror up to date."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url, replace_url

from accounts import messages as accounts_messages
from accounts.addresses import sign_in_url
from accounts.decorators import sign_in_required
from accounts.errors import SignInReason
from accounts.models import User
from accounts.requests import PersonRequest
from patportal.lib.htmx import page_or_part
from patportal.lib.problems import Problem
from patportal.lib.texts import joined
from tokens import list_queries, messages, operations, queries
from tokens.bulk_queries import unfinished_counts
from tokens.errors import SignInNeeded
from tokens.list_address import WITHHELD, ListQuery
from tokens.list_queries import PatPage
from tokens.models import OrganizationAccess
from tokens.presenters import (
    FilterChip,
    FoldedLine,
    Freshness,
    Nothing,
    Notice,
    OrganizationState,
    Pagination,
    PatRow,
    RiskMark,
    SortLink,
    StatusCard,
    Strip,
    Trouble,
    bulk_notice,
    filter_chips,
    folded_line,
    freshness,
    is_lost,
    is_syncing,
    nothing_to_show,
    notice,
    organization_state,
    pagination_of,
    pat_row,
    risk_marks,
    sort_links,
    status_cards,
    strip,
    troubles,
)
from tokens.settings_queries import has_time_zone
from tokens.views.shortcuts import Shortcuts, shortcuts_of

STALE_AFTER = timedelta(minutes=1)
# What a search begins anew: its words, the page, and what was said of an earlier one.
_OWN_FIELDS = {"q", "page", WITHHELD}


@dataclass(frozen=True, slots=True)
class PatListPage:
    """Everything the list page shows.

    `marks` are all that a row may have; `lost` is why the portal cannot act for the person, if it cannot.
    """

    rows: list[PatRow]
    marks: list[RiskMark]
    folded: FoldedLine | None
    cards: list[StatusCard]
    strip: Strip
    filters: list[FilterChip]
    columns: dict[str, SortLink]
    organizations: list[OrganizationState]
    all_organizations_url: str
    query: str
    is_withheld: bool
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
    shortcuts: Shortcuts
    portal_zone: str
    asks_zone: bool
    now: datetime

    @property
    def title(self) -> str:
        """What the list shows: the first thing that a screen reader hears of a page."""
        shown = [chip.label for chip in self.filters]
        if self.pagination.number > 1:
            at = {"number": self.pagination.number, "total": self.pagination.count}
            shown.append(_("page %(number)s of %(total)s") % at)
        if not shown:
            return _("Tokens")
        return _("Tokens: %(filters)s (%(count)s)") % {"filters": joined(shown), "count": self.said}

    @property
    def is_unread(self) -> bool:
        """Whether no organization was ever read, so that no number is known."""
        return self.is_first_fill or (self.nothing is not None and self.nothing.is_unread)

    @property
    def said(self) -> str:
        """How much there is, in the words that a screen reader hears when the list changed."""
        total = self.pagination.total
        if not total and self.is_unread:
            return _("not read yet")
        if not total:
            return _("no tokens")
        return ngettext("%(count)s token", "%(count)s tokens", total) % {"count": total}


@require_safe
@sign_in_required
def pat_list(request: PersonRequest) -> HttpResponse:
    """Show the person's PATs over all organizations, as the address asks for them."""
    now = timezone.now()
    access = _access_of(request, now=now)
    query = ListQuery.from_params(request.GET, organizations=[row.organization.name for row in access])
    is_whole = not request.htmx or request.htmx.boosted
    if is_whole and "q" in request.GET and query.is_withheld:
        # A secret stays neither in the address nor in the links and logs that an address gets into.
        return redirect(query.url(reverse("pat_list"), is_withheld=True))
    organizations = [row.organization for row in access]
    found = list_queries.pat_page(request.user, query, organizations=organizations, now=now)
    page = _build(request, query, found, access, now=now)
    answer = render(request, page_or_part(request, "tokens/pat_list.html", "table"), {"page": page})
    return (
        answer
        if is_whole or _is_polling(request)
        else _with_address(request, answer, query.url(reverse("pat_list")))
    )


def _is_polling(request: PersonRequest) -> bool:
    return request.headers.get("X-Polling") == "1"


def _with_address(request: PersonRequest, answer: HttpResponse, address: str) -> HttpResponse:
    """Let the browser's address follow the search: a search is one step in its history."""
    shown = urlsplit(request.htmx.current_url_abs_path or "")
    is_searching = bool(QueryDict(shown.query).get("q"))
    return replace_url(answer, address) if is_searching else push_url(answer, address)


def _access_of(request: PersonRequest, *, now: datetime) -> list[OrganizationAccess]:
    """Return the state of each organization, having asked for a sync of those that are not fresh.

    Where the portal cannot act for the person, asking would lead nowhere: their sign-in asks again.
    """
    access = queries.organization_access(request.user)
    if queries.is_complete(access):
        due = [row.organization for row in access if row.is_due(now=now, after=STALE_AFTER)]
        if not due or _is_polling(request) or queries.lost_code(access):
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
        marks=risk_marks(),
        folded=folded_line(query, found.folded),
        cards=status_cards(query, found),
        strip=strip(query, found.days, later=found.later, now=now),
        filters=filter_chips(query),
        columns=sort_links(query),
        organizations=_organizations(query, access, base, now=now),
        all_organizations_url=query.url(base, organization=""),
        query=query.search,
        is_withheld=query.is_withheld,
        hidden_fields=[(name, value) for name, value in query.params().items() if name not in _OWN_FIELDS],
        pagination=pagination_of(query, found, base),
        freshness=freshness(access, now=now),
        is_syncing=is_filling or is_confirming,
        is_first_fill=is_filling and not any(row.read_at for row in access),
        nothing=None if found.rows else _nothing(query, found, access, can_act=lost is None, now=now),
        lost=lost,
        notices=_notices(request.user, access),
        troubles=_troubles(request.user, access, can_act=lost is None, now=now),
        poll_url=query.url(base, page=found.number, is_withheld=query.is_withheld),
        shortcuts=shortcuts_of(request),
        portal_zone=settings.TIME_ZONE,
        asks_zone=not has_time_zone(request.user),
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
        sign_in_url=sign_in_url(reverse("pat_list"), is_again=True),
        can_act=can_act,
        now=now,
    )


def _nothing(
    query: ListQuery, found: PatPage, access: list[OrganizationAccess], *, can_act: bool, now: datetime
) -> Nothing:
    return nothing_to_show(
        access,
        organization=query.organization,
        filters=filter_chips(query),
        elsewhere=found.counts["all"],
        elsewhere_url=query.url(reverse("pat_list"), status="all"),
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
