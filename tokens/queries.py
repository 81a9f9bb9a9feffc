"""What the pages read: one person's mirror, filtered, counted and cut into pages. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Case, Count, Exists, Expression, F, Q, QuerySet, When
from django.db.models.functions import Lower
from django.http import QueryDict

from accounts.errors import SignInReason
from accounts.models import Grant, User
from patportal.lib.redaction import looks_like_secret
from tokens.models import NOT_CONFIRMED, Operation, Organization, OrganizationAccess, Pat, PatQuerySet

PAGE_SIZE = 50
SEARCH_LENGTH = 200
STATUSES = ("active", "expiring", "expired", "revoked", "all")
DEFAULT_STATUS, DEFAULT_SORT = "active", "expires"
SORTS = ("name", "organization", "status", "expires", "created")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the address of the list asks for. Anything it does not know counts as not said."""

    status: str = DEFAULT_STATUS
    organization: str = ""
    search: str = ""
    sort: str = DEFAULT_SORT
    is_descending: bool = False
    page: int = 1

    @classmethod
    def from_params(cls, params: QueryDict, *, organizations: list[str]) -> "ListQuery":
        """Read the query of an address; `organizations` are the names that exist."""
        status, order = params.get("status", ""), params.get("sort", "")
        by_key = {name.lower(): name for name in organizations}
        page, words = params.get("page", ""), params.get("q", "").replace("\x00", "")
        return cls(
            status=status if status in STATUSES else DEFAULT_STATUS,
            organization=by_key.get(params.get("organization", "").lower(), ""),
            search="" if looks_like_secret(words) else " ".join(words.split())[:SEARCH_LENGTH],
            sort=order.removeprefix("-") if order.removeprefix("-") in SORTS else DEFAULT_SORT,
            is_descending=order.startswith("-") and order.removeprefix("-") in SORTS,
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 and int(page) else 1,
        )

    def params(self) -> dict[str, str]:
        """Return what differs from the defaults, as parameters of an address."""
        order = f"-{self.sort}" if self.is_descending else self.sort
        said = {
            "status": self.status if self.status != DEFAULT_STATUS else "",
            "organization": self.organization,
            "q": self.search,
            "sort": order if order != DEFAULT_SORT else "",
            "page": str(self.page) if self.page > 1 else "",
        }
        return {name: value for name, value in said.items() if value}

    def url(self, base: str, **changes: object) -> str:
        """Return the address of the same list with `changes`; all but a change of page lead to page 1."""
        changed = replace(self, **({"page": 1} | changes))  # type: ignore[arg-type]
        params = urlencode(changed.params())
        return f"{base}?{params}" if params else base


@dataclass(frozen=True, slots=True)
class PatPage:
    """One page of PATs with the counts of every status under the same search and organization."""

    rows: list[Pat]
    counts: Mapping[str, int]
    number: int
    total: int


def organization_access(user: User) -> list[OrganizationAccess]:
    """Return how the person's mirror of each configured organization stands, in the operator's order.

    Each row also says whether the person `has_notices`, which spares a page without any a query, and how
    their grant stands, for `lost_code`.
    """
    names = [name.lower() for name in settings.AZURE_DEVOPS_ORGANIZATIONS]
    rows = (
        OrganizationAccess.objects.filter(user=user)
        .annotate(
            key=Lower("organization__name"),
            has_notices=Exists(_notices(user)),
            grant_state=F("user__grant__state"),
            grant_lost_code=F("user__grant__lost_code"),
        )
        .filter(key__in=names)
        .select_related("organization")
    )
    return sorted(rows, key=lambda row: names.index(row.organization.name.lower()))


def lost_code(access: Iterable[OrganizationAccess]) -> str:
    """Return why the portal cannot act for the person of these rows, "" where nothing is known against it.

    The rows are those of `organization_access`.
    """
    for row in access:
        state = getattr(row, "grant_state", None)
        if state is None:
            return SignInReason.GRANT_MISSING.value
        if state != Grant.State.ACTIVE:
            return getattr(row, "grant_lost_code", "") or SignInReason.SIGN_IN_NEEDED.value
    return ""


def active_counts(user: User, organizations: Iterable[Organization], *, now: datetime) -> dict[int, int]:
    """Return how many of the person's PATs still work as far as is known, by organization id."""
    pats = Pat.objects.filter(user=user, organization__in=organizations).with_status("active", now=now)
    counts = pats.order_by().values("organization_id").annotate(count=Count("pk"))
    return dict(counts.values_list("organization_id", "count"))


def is_complete(access: list[OrganizationAccess]) -> bool:
    """Tell whether every configured organization is among `access`."""
    return len(access) == len(settings.AZURE_DEVOPS_ORGANIZATIONS)


def configured_organizations() -> list[Organization]:
    """Return the configured organizations in the operator's order."""
    return Organization.objects.configured(settings.AZURE_DEVOPS_ORGANIZATIONS)


def pat_page(user: User, query: ListQuery, *, organizations: list[Organization], now: datetime) -> PatPage:
    """Return the page of the person's PATs that `query` asks for, in two queries."""
    matching = Pat.objects.filter(user=user, organization__in=organizations)
    if query.organization:
        matching = matching.filter(organization__name__iexact=query.organization)
    for word in query.search.split():
        matching = matching.filter(name__icontains=word)
    counts = _counts(matching, now=now)
    total = counts[query.status]
    number = max(1, min(query.page, -(-total // PAGE_SIZE)))
    start = (number - 1) * PAGE_SIZE
    rows = _ordered(matching.with_status(query.status, now=now), query, now=now).select_related(
        "organization"
    )
    return PatPage(rows=list(rows[start : start + PAGE_SIZE]), counts=counts, number=number, total=total)


def _counts(pats: PatQuerySet, *, now: datetime) -> dict[str, int]:
    conditions = Pat.objects.status_conditions(now=now)
    return pats.aggregate(**{status: Count("pk", filter=conditions[status]) for status in STATUSES})


def _ordered(pats: PatQuerySet, query: ListQuery, *, now: datetime) -> PatQuerySet:
    is_gone = Q(revoked_at__isnull=False) | Q(vanished_at__isnull=False)
    columns: dict[str, Expression | F] = {
        "name": Lower("name"),
        "organization": Lower("organization__name"),
        "status": Case(When(is_gone, then=2), When(valid_to__lte=now, then=1), default=0),
        "expires": F("valid_to"),
        "created": F("valid_from"),
    }
    column = columns[query.sort]
    return pats.order_by(column.desc() if query.is_descending else column.asc(), "valid_to", "pk")


def operation_of_key(user: User, key: str) -> Operation | None:
    """Return what became of the person's form with this key, None where it was not begun."""
    return Operation.objects.filter(user=user, key=key).first()


def notices(user: User) -> list[Operation]:
    """Return the person's operations whose end they should hear of and have not put away."""
    return list(_notices(user).select_related("organization", "pat").order_by("-requested_at")[:10])


def _notices(user: User) -> QuerySet[Operation]:
    lost = Q(state=Operation.State.REQUESTED, answer_lost_at__isnull=False)
    settled = Q(state__in=[Operation.State.NOTHING_MADE, Operation.State.ORPHANED, Operation.State.AMBIGUOUS])
    unconfirmed = Q(verb=Operation.Verb.REVOKE, state=Operation.State.FAILED, error_code=NOT_CONFIRMED)
    return Operation.objects.filter(lost | settled | unconfirmed, user=user, dismissed_at__isnull=True)
