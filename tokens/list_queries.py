"""What the list reads: one person's PATs, filtered, counted by status and day, cut into pages. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    Expression,
    F,
    Min,
    OuterRef,
    Prefetch,
    Q,
    Value,
    When,
)
from django.db.models.functions import Least, Lower, TruncDate
from django.utils.timezone import get_current_timezone, localdate

from accounts.models import User
from tokens import rules, scopes
from tokens.list_address import MACHINES, STATUSES, ListQuery
from tokens.models import Organization, Pat, PatQuerySet, Place, global_stop_at

PAGE_SIZE, STRIP_DAYS = 50, 42


@dataclass(frozen=True, slots=True)
class Folded:
    """PATs that tools made and that the list shows as one line; `stops_at` is the next end among them."""

    count: int
    stops_at: datetime


@dataclass(frozen=True, slots=True)
class ExpiryDay:
    """How many PATs stop on a day, and their names, those that stop first first."""

    day: date
    count: int
    names: list[str]


@dataclass(frozen=True, slots=True)
class PatPage:
    """One page of PATs with the counts of every status under the same search, organization and day.

    `days` are those of the next `STRIP_DAYS` on which active PATs stop, whatever day is asked for; `later` is
    how many active ones stop on others.
    """

    rows: list[Pat]
    counts: Mapping[str, int]
    number: int
    total: int
    folded: Folded | None = None
    days: list[ExpiryDay] = field(default_factory=list)
    later: int = 0


def pat_page(user: User, query: ListQuery, *, organizations: list[Organization], now: datetime) -> PatPage:
    """Return the page of the person's PATs that `query` asks for: four queries, whatever it holds."""
    searched = _searched(user, query, organizations=organizations)
    tally = _tally(searched, query, now=now)
    meant = [row for row in tally if query.stops_on in {None, row["day"]}]
    counts = {status: sum(row[status] for row in meant) for status in STATUSES}
    stops = [row["folded_stop"] for row in meant if row["folded_stop"]]
    machines = sum(row["folded_count"] for row in meant)
    total, shown = counts[query.status], _on_its_day(searched, query).with_status(query.status, now=now)
    folded = Folded(machines, min(stops)) if query.folds_machines and 0 < machines < total else None
    if folded is not None:
        total, shown = total - folded.count, shown.exclude(_is_made_by_machine())
    page = _cut(
        with_surroundings(_ordered(shown, query, now=now)), counts=counts, total=total, page=query.page
    )
    last = localdate(now) + timedelta(days=STRIP_DAYS - 1)
    days = [row for row in tally if row["day"] and localdate(now) <= row["day"] <= last and row["active"]]
    return replace(
        page,
        folded=folded,
        days=[ExpiryDay(row["day"], row["active"], row["names"]) for row in days],
        later=sum(row["active"] for row in tally) - sum(row["active"] for row in days),
    )


def _cut(rows: PatQuerySet, *, counts: Mapping[str, int], total: int, page: int) -> PatPage:
    number = max(1, min(page, -(-total // PAGE_SIZE)))
    start = (number - 1) * PAGE_SIZE
    return PatPage(rows=list(rows[start : start + PAGE_SIZE]), counts=counts, number=number, total=total)


def matching_pats(
    user: User, query: ListQuery, *, organizations: list[Organization], now: datetime, most: int
) -> list[Pat]:
    """Return the first `most` of all PATs that the list shows for `query`, whatever its page."""
    matching = _on_its_day(_searched(user, query, organizations=organizations), query)
    rows = with_surroundings(_ordered(matching.with_status(query.status, now=now), query, now=now))
    # What the list folds was not seen, so it is not meant; where it is all there is, the list shows it.
    unfolded = list(rows.exclude(_is_made_by_machine())[:most]) if query.folds_machines else []
    return unfolded or list(rows[:most])


def _on_its_day(pats: PatQuerySet, query: ListQuery) -> PatQuerySet:
    if query.stops_on is None:
        return pats
    is_on_it = _stops_between(query.stops_on, query.stops_on + timedelta(days=1))
    return pats.annotate(stops=_stops_at()).filter(is_on_it)


def _searched(user: User, query: ListQuery, *, organizations: list[Organization]) -> PatQuerySet:
    matching = Pat.objects.filter(user=user, organization__in=organizations)
    if query.organization:
        matching = matching.filter(organization__name__iexact=query.organization)
    if query.made_by == MACHINES:
        matching = matching.filter(_is_made_by_machine())
    # Each word costs a look at every place of use, so one that is said twice looks once.
    for word in {word.casefold(): word for word in query.search.split()}.values():
        is_place = Exists(Place.objects.filter(pat=OuterRef("pk"), text__icontains=word))
        is_noted = Q(name__icontains=word) | Q(purpose__icontains=word) | is_place
        matching = matching.filter(is_noted | _is_for(word) | _is_backed_by(word) | _is_reviewed_by(word))
    return matching


def _is_for(word: str) -> Q:
    # Codes that the catalogue does not know are found as they are written.
    return Q(scopes__overlap=[*scopes.named_like(word), word])


def _is_backed_by(word: str) -> Q:
    columns = ("email", "user__display_name", "user__email", "user__user_principal_name")
    named = [(f"backup_contact__{column}__icontains", word) for column in columns]
    return Q(*named, _connector=Q.OR)


def _is_reviewed_by(word: str) -> Q:
    """Return what is to be reviewed by a day such as 2027-03-31, nothing where the word is none."""
    try:
        return Q(review_date=date.fromisoformat(word))
    except ValueError:
        return Q(pk__in=[])


def _is_made_by_machine() -> Q:
    starts = [("name__istartswith", start) for start in rules.MACHINE_NAMES]
    return Q(*starts, _connector=Q.OR)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=get_current_timezone())


def with_surroundings(pats: PatQuerySet) -> PatQuerySet:
    """Return `pats` with all that a page says of each: a fixed number of queries, however many there are."""
    successors = Pat.objects.select_related("organization").order_by("valid_from", "pk")
    return pats.select_related("organization", "replaces", "backup_contact__user").prefetch_related(
        "places", Prefetch("successors", queryset=successors)
    )


def _tally(pats: PatQuerySet, query: ListQuery, *, now: datetime) -> list[Mapping[str, Any]]:
    """Count `pats` in one query: a row for each day of the strip on which any stop, and one for the others.

    A day that is asked for has a row as well. `names` are of those that work, `folded_` what tools made.
    """
    today = localdate(now)
    has_day = _stops_between(today, today + timedelta(days=STRIP_DAYS))
    if query.stops_on:
        has_day |= _stops_between(query.stops_on, query.stops_on + timedelta(days=1))
    conditions = Pat.objects.status_conditions(now=now)
    folded = conditions[query.status] & _is_made_by_machine()
    day = TruncDate("stops", tzinfo=get_current_timezone())
    named = conditions["active"] & has_day
    rows: Iterable[Mapping[str, Any]] = (
        pats.annotate(stops=_stops_at())
        .annotate(day=Case(When(has_day, then=day), default=None))
        .order_by()
        .values("day")
        .annotate(
            names=ArrayAgg("name", order_by=["stops", "pk"], filter=named, default=[]),
            folded_count=Count("pk", filter=folded),
            folded_stop=Min("stops", filter=folded),
            **{status: Count("pk", filter=conditions[status]) for status in STATUSES},
        )
        .order_by("day")
    )
    return list(rows)


def _stops_between(first: date, end: date) -> Q:
    return Q(stops__gte=_midnight(first), stops__lt=_midnight(end))


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


def pats_naming(user: User, *, page: int, now: datetime) -> PatPage:
    """Return a page of the PATs that name `user` as backup owner: what works first, then what expired."""
    named = Pat.objects.filter(backup_contact__user=user, revoked_at=None, vanished_at=None)
    ordered = _ordered(with_surroundings(named).select_related("user"), ListQuery(sort="status"), now=now)
    total = named.count()
    return _cut(ordered, counts={"all": total}, total=total, page=page)
