"""What the pages read: one person's mirror, filtered, counted and cut into pages. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Least, Lower, Now
from django.http import QueryDict
from django.utils import timezone

from accounts.errors import SignInReason
from accounts.grant_life import spent_reason, usable
from accounts.models import Grant, User
from patportal.lib.redaction import looks_like_secret
from tokens.bulk_queries import unfinished_bulks
from tokens.models import (
    CHANGE_VERBS,
    NOT_CONFIRMED,
    Operation,
    Organization,
    OrganizationAccess,
    Pat,
    PatQuerySet,
    Place,
    global_stop_at,
)
from tokens.models.pat import RECEIPT_PATIENCE

PAGE_SIZE = 50
SEARCH_LENGTH, SEARCH_WORDS = 200, 8
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
            search="" if looks_like_secret(words) else " ".join(words.split()[:SEARCH_WORDS])[:SEARCH_LENGTH],
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

    Each row also says whether the person `has_notices` and `has_bulks`, which spares a page without any a
    query, and how their grant stands, for `lost_code`.
    """
    names = [name.lower() for name in settings.AZURE_DEVOPS_ORGANIZATIONS]
    rows = (
        OrganizationAccess.objects.filter(user=user)
        .annotate(
            key=Lower("organization__name"),
            has_notices=Exists(_notices(user)),
            has_bulks=Exists(unfinished_bulks(user)),
            grant_state=F("user__grant__state"),
            grant_is_renewable=F("user__grant__is_renewable"),
            grant_is_usable=ExpressionWrapper(
                usable(now=timezone.now(), prefix="user__grant__"), output_field=BooleanField()
            ),
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
        if not getattr(row, "grant_is_usable", True):
            return spent_reason(is_renewable=bool(getattr(row, "grant_is_renewable", True))).value
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
    """Return the page of the person's PATs that `query` asks for: four queries, whatever it holds."""
    matching = _matching(user, query, organizations=organizations)
    counts = _counts(matching, now=now)
    rows = with_surroundings(_ordered(matching.with_status(query.status, now=now), query, now=now))
    return _cut(rows, counts=counts, total=counts[query.status], page=query.page)


def _cut(rows: PatQuerySet, *, counts: Mapping[str, int], total: int, page: int) -> PatPage:
    number = max(1, min(page, -(-total // PAGE_SIZE)))
    start = (number - 1) * PAGE_SIZE
    return PatPage(rows=list(rows[start : start + PAGE_SIZE]), counts=counts, number=number, total=total)


def matching_pats(
    user: User, query: ListQuery, *, organizations: list[Organization], now: datetime, most: int
) -> list[Pat]:
    """Return the first `most` of all PATs that the list shows for `query`, whatever its page."""
    matching = _matching(user, query, organizations=organizations).with_status(query.status, now=now)
    return list(with_surroundings(_ordered(matching, query, now=now))[:most])


def _matching(user: User, query: ListQuery, *, organizations: list[Organization]) -> PatQuerySet:
    matching = Pat.objects.filter(user=user, organization__in=organizations)
    if query.organization:
        matching = matching.filter(organization__name__iexact=query.organization)
    # Each word costs a look at every place of use, so one that is said twice looks once.
    for word in {word.casefold(): word for word in query.search.split()}.values():
        is_place = Exists(Place.objects.filter(pat=OuterRef("pk"), text__icontains=word))
        is_noted = Q(name__icontains=word) | Q(purpose__icontains=word) | is_place
        matching = matching.filter(is_noted | _is_backed_by(word))
    return matching


def _is_backed_by(word: str) -> Q:
    columns = ("email", "user__display_name", "user__email", "user__user_principal_name")
    named = [(f"backup_contact__{column}__icontains", word) for column in columns]
    return Q(*named, _connector=Q.OR)


def with_surroundings(pats: PatQuerySet) -> PatQuerySet:
    """Return `pats` with all that a page says of each: a fixed number of queries, however many there are."""
    successors = Pat.objects.select_related("organization").order_by("valid_from", "pk")
    return pats.select_related("organization", "replaces", "backup_contact__user").prefetch_related(
        "places", Prefetch("successors", queryset=successors)
    )


def _counts(pats: PatQuerySet, *, now: datetime) -> dict[str, int]:
    conditions = Pat.objects.status_conditions(now=now)
    return pats.aggregate(**{status: Count("pk", filter=conditions[status]) for status in STATUSES})


def _ordered(pats: PatQuerySet, query: ListQuery, *, now: datetime) -> PatQuerySet:
    conditions = Pat.objects.status_conditions(now=now)
    stops_at = _stops_at()
    columns: dict[str, Expression | F] = {
        "name": Lower("name"),
        "organization": Lower("organization__name"),
        "status": Case(When(conditions["revoked"], then=2), When(conditions["expired"], then=1), default=0),
        "expires": stops_at,
        "created": F("valid_from"),
    }
    column = columns[query.sort]
    return pats.order_by(column.desc() if query.is_descending else column.asc(), stops_at, "pk")


def _stops_at() -> Least:
    """Return `Pat.stops_at` for the database, which leaves out what is empty."""
    stop = Value(global_stop_at(), output_field=DateTimeField())
    return Least("valid_to", "ends_at", Case(When(is_global=True, then=stop), default=None))


def operation_of_key(user: User, key: str) -> Operation | None:
    """Return what became of the person's form with this key, None where it was not begun."""
    return Operation.objects.filter(user=user, key=key).first()


def overlap_of(successor: Pat) -> timedelta | None:
    """Return how long the PAT that `successor` takes over from works on once the secret is stored.

    None means that the portal does not end it.
    """
    if successor.replaces_id is None or successor.received_at is not None:
        return None
    made = Operation.objects.filter(pat=successor, verb=Operation.Verb.ROTATE, state=Operation.State.DONE)
    seconds = made.filter(replaces=successor.replaces_id).values_list("overlap_seconds", flat=True).first()
    return None if seconds is None else timedelta(seconds=seconds)


def open_operations(pat: Pat) -> list[Operation]:
    """Return what is on its way with the PAT or with its rotation, the newest first."""
    is_about_it = Q(pat=pat) | Q(replaces=pat)
    rows = Operation.objects.filter(is_about_it, user=pat.user_id, finished_at__isnull=True)
    return list(rows.select_related("organization", "pat").order_by("-requested_at"))


def notices(user: User) -> list[Operation]:
    """Return the person's operations whose end they should hear of and have not put away."""
    return list(_notices(user).select_related("organization", "pat").order_by("-requested_at")[:10])


def _notices(user: User) -> QuerySet[Operation]:
    """Return what a banner tells of; of an earlier expiry the PAT itself says which end applies."""
    State, Verb = Operation.State, Operation.Verb  # noqa: N806 - they are classes
    lost = Q(state=State.REQUESTED, answer_lost_at__isnull=False)
    settled = Q(state__in=[State.NOTHING_MADE, State.ORPHANED, State.AMBIGUOUS])
    found_out = Q(verb__in=CHANGE_VERBS, answer_lost_at__isnull=False, finished_at__isnull=False)
    unconfirmed = Q(verb=Verb.REVOKE, state=State.FAILED, error_code=NOT_CONFIRMED)
    unfinished = Q(
        verb=Verb.ROTATE,
        state=State.DONE,
        pat__issued_at__lt=Now() - Value(RECEIPT_PATIENCE),
        pat__received_at__isnull=True,
        pat__revoked_at__isnull=True,
        pat__vanished_at__isnull=True,
        pat__valid_to__gt=Now(),
    )
    told = lost | settled | found_out | unconfirmed | unfinished
    return Operation.objects.filter(told, user=user, dismissed_at__isnull=True).exclude(verb=Verb.END)


def pats_naming(user: User, *, page: int, now: datetime) -> PatPage:
    """Return a page of the PATs that name `user` as backup owner: what works first, then what expired."""
    named = Pat.objects.filter(backup_contact__user=user, revoked_at=None, vanished_at=None)
    ordered = _ordered(with_surroundings(named).select_related("user"), ListQuery(sort="status"), now=now)
    counts = _counts(named, now=now)
    return _cut(ordered, counts=counts, total=counts["all"], page=page)
