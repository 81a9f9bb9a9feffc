"""What the list reads: rows, counts, days and what is folded. Always one person's own."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tokens import list_queries, queries
from tokens.list_address import SORTS, ListQuery
from tokens.models import BackupContact, Organization, Pat, Place, global_stop_at

NOW = timezone.now()
PLACES = ["Alpha", "beta"]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), display_name="Alice Archer")


@pytest.fixture
def places(owner: User, settings: Any) -> list[Organization]:
    """The configured organizations, in an order of the operator's own."""
    settings.AZURE_DEVOPS_ORGANIZATIONS = PLACES
    return queries.configured_organizations()


def _pat(owner: User, place: Organization, name: str, **columns: Any) -> Pat:
    defaults: dict[str, Any] = {
        "valid_from": NOW - timedelta(days=1),
        "valid_to": NOW + timedelta(days=100),
        "first_seen_at": NOW,
        "written_at": NOW,
    }
    return Pat.objects.create(
        user=owner, organization=place, authorization_id=uuid4(), name=name, **defaults | columns
    )


def _names(owner: User, places: list[Organization], **query: Any) -> list[str]:
    page = list_queries.pat_page(owner, ListQuery(**query), organizations=places, now=NOW)
    return [pat.name for pat in page.rows]


def test_a_page_shows_one_status_and_counts_all(owner: User, places: list[Organization]) -> None:
    _pat(owner, places[0], "works")
    _pat(owner, places[0], "soon", valid_to=NOW + timedelta(days=3))
    _pat(owner, places[1], "over", valid_to=NOW - timedelta(days=3))
    _pat(owner, places[1], "revoked", revoked_at=NOW)
    _pat(owner, places[1], "gone", vanished_at=NOW)
    page = list_queries.pat_page(owner, ListQuery(), organizations=places, now=NOW)
    assert page.counts == {
        "active": 2,
        "expiring": 1,
        "powerful": 0,
        "expired": 1,
        "revoked": 2,
        "all": 5,
    }
    assert (page.number, page.total) == (1, 2)
    assert _names(owner, places) == ["soon", "works"]
    assert _names(owner, places, status="expiring") == ["soon"]
    assert _names(owner, places, status="expired") == ["over"]
    assert set(_names(owner, places, status="revoked")) == {"revoked", "gone"}


def test_a_page_shows_nothing_of_anybody_else(owner: User, places: list[Organization]) -> None:
    other = User.objects.create(tenant_id=uuid4(), object_id=uuid4())
    _pat(other, places[0], "of somebody else")
    assert _names(owner, places, status="all") == []


def test_organizations_that_are_not_configured_any_more_are_left_out(
    owner: User, places: list[Organization]
) -> None:
    _pat(owner, Organization.objects.create(name="former"), "former")
    assert _names(owner, places, status="all") == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("deploy", ["Deploy key", "key to deploy"]),
        ("DEPLOY key", ["Deploy key", "key to deploy"]),
        ("key deploy", ["Deploy key", "key to deploy"]),
        ("ploy k", ["Deploy key", "key to deploy"]),
        ("100%", ["100% sure"]),
        ("_", ["under_score"]),
        ("\\", ["back\\slash"]),
        ("'; DROP TABLE tokens_pat; --", []),
        ("nothing", []),
    ],
)
def test_every_word_of_a_search_must_be_in_the_name(
    owner: User, places: list[Organization], search: str, found: list[str]
) -> None:
    for name in ("Deploy key", "key to deploy", "100% sure", "under_score", "back\\slash"):
        _pat(owner, places[0], name)
    assert _names(owner, places, search=search, sort="name") == found


def test_an_organization_narrows_rows_and_counts(owner: User, places: list[Organization]) -> None:
    _pat(owner, places[0], "in alpha")
    _pat(owner, places[1], "in beta")
    query = ListQuery(organization="ALPHA")
    page = list_queries.pat_page(owner, query, organizations=places, now=NOW)
    assert [pat.name for pat in page.rows] == ["in alpha"]
    assert page.counts["all"] == 1


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_total_and_can_be_turned(owner: User, places: list[Organization], sort: str) -> None:
    for number in range(6):
        _pat(
            owner,
            places[number % 2],
            f"{'aB'[number % 2]} {number}",
            valid_from=NOW - timedelta(days=number),
            valid_to=NOW + timedelta(days=(number * 7) % 5 - 1),
            revoked_at=NOW if number == 3 else None,
        )
    keys: dict[str, Any] = {
        "name": lambda pat: pat.name.lower(),
        "organization": lambda pat: pat.organization.name.lower(),
        "status": lambda pat: 2 if pat.is_revoked else int(pat.is_expired(now=NOW)),
        "expires": lambda pat: pat.valid_to,
        "created": lambda pat: pat.valid_from,
    }
    for is_descending in (False, True):
        query = ListQuery(status="all", sort=sort, is_descending=is_descending)
        rows = list_queries.pat_page(owner, query, organizations=places, now=NOW).rows
        found = [keys[sort](pat) for pat in rows]
        assert found == sorted(found, reverse=is_descending)
        again = list_queries.pat_page(owner, query, organizations=places, now=NOW).rows
        assert rows == again


def test_pages_have_fifty_rows_and_none_twice(owner: User, places: list[Organization]) -> None:
    for _ in range(101):
        _pat(owner, places[0], "the same name")
    seen = []
    for number, count in ((1, 50), (2, 50), (3, 1), (4, 1), (999_999, 1)):
        query = ListQuery(page=number)
        page = list_queries.pat_page(owner, query, organizations=places, now=NOW)
        assert (len(page.rows), page.number, page.total) == (count, min(number, 3), 101)
        seen += [pat.pk for pat in page.rows] if number <= 3 else []
    assert len(set(seen)) == 101


def test_a_page_takes_four_queries_however_much_there_is(
    owner: User, places: list[Organization], django_assert_num_queries: Any
) -> None:
    for number in range(60):
        old = _pat(owner, places[number % 2], str(number))
        _pat(owner, places[number % 2], f"{number} again", replaces=old)
        Place.objects.create(pat=old, position=0, text="the pipeline")
    with django_assert_num_queries(4):
        page = list_queries.pat_page(owner, ListQuery(sort="created"), organizations=places, now=NOW)
        assert {pat.organization.name for pat in page.rows} == set(PLACES)
        surroundings = [
            (pat.replaces, [one.organization.name for one in pat.successors.all()], len(pat.places.all()))
            for pat in page.rows
        ]
    assert any(successors for _, successors, _ in surroundings)


def test_the_search_looks_into_purpose_and_places_of_use(owner: User, places: list[Organization]) -> None:
    _pat(owner, places[0], "by name deploy")
    _pat(owner, places[0], "by purpose", purpose="Deploys the web shop")
    noted = _pat(owner, places[0], "by place")
    for position, text in enumerate(["https://ci.example.test/deploy", "the deploy box"]):
        Place.objects.create(pat=noted, position=position, text=text)
    _pat(owner, places[0], "nothing of it", purpose="reads packages")
    assert set(_names(owner, places, search="DEPLOY")) == {"by name deploy", "by purpose", "by place"}
    assert _names(owner, places, search="deploy shop") == ["by purpose"]
    assert _names(owner, places, search="ci.example box") == ["by place"]


def test_a_word_that_is_said_twice_is_looked_for_once(owner: User, places: list[Organization]) -> None:
    def length(search: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            _names(owner, places, search=search)
        return max(len(one["sql"]) for one in captured)

    assert length("deploy") == length("deploy Deploy DEPLOY")


def test_the_search_finds_what_is_to_be_reviewed_by_a_day(owner: User, places: list[Organization]) -> None:
    _pat(owner, places[0], "one", review_date=date(2099, 3, 31))
    _pat(owner, places[0], "other", review_date=date(2099, 4, 1))
    assert _names(owner, places, search="2099-03-31") == ["one"]
    assert _names(owner, places, search="one 2099-03-31") == ["one"]
    for words in ("2099-03", "2099-02-30", "other 2099-03-31"):
        assert _names(owner, places, search=words) == []


@pytest.mark.parametrize("search", ["baker", "BOB@example", "bob.b@corp", "deploy baker"])
def test_the_search_finds_by_the_name_and_the_addresses_of_a_backup_person(
    owner: User, places: list[Organization], search: str
) -> None:
    bob = User.objects.create(
        tenant_id=owner.tenant_id,
        object_id=uuid4(),
        display_name="Bob Baker",
        email="bob@example.test",
        user_principal_name="bob.b@corp.example.test",
    )
    named = BackupContact.objects.create(tenant_id=owner.tenant_id, user=bob)
    _pat(owner, places[0], "deploy", backup_contact=named)
    _pat(owner, places[0], "deploy of nobody")
    assert _names(owner, places, search=search) == ["deploy"]


def test_the_search_finds_by_a_backup_address_and_counts_each_pat_once(
    owner: User, places: list[Organization]
) -> None:
    ops = BackupContact.objects.create(tenant_id=owner.tenant_id, email="ops@example.test")
    noted = _pat(owner, places[0], "ops", backup_contact=ops, purpose="for ops")
    for position in range(2):
        Place.objects.create(pat=noted, position=position, text=f"ops {position}")
    page = list_queries.pat_page(owner, ListQuery(search="ops"), organizations=places, now=NOW)
    assert ([pat.name for pat in page.rows], page.counts["all"]) == (["ops"], 1)


def test_the_order_goes_by_when_they_really_stop(owner: User, places: list[Organization]) -> None:
    day = timedelta(days=1)
    _pat(owner, places[0], "late", valid_to=NOW + 300 * day)
    _pat(owner, places[0], "ending", valid_to=NOW + 200 * day, ends_at=NOW + day)
    _pat(owner, places[0], "soon", valid_to=NOW + 2 * day)
    assert _names(owner, places, sort="expires") == ["ending", "soon", "late"]
    _pat(owner, places[0], "global", valid_to=NOW + 400 * day, is_global=True)
    stop = global_stop_at()
    page = list_queries.pat_page(
        owner, ListQuery(status="all"), organizations=places, now=stop - timedelta(seconds=1)
    )
    ends = [pat.stops_at for pat in page.rows]
    assert ends == sorted(ends)


@pytest.mark.parametrize("search", ["build", "(manage)", "vso.custom_thing", "BUILD exe", "pip"])
def test_the_search_finds_by_scope_in_words_and_as_a_code(
    owner: User, places: list[Organization], search: str
) -> None:
    _pat(owner, places[0], "pipeline", scopes=["vso.build_execute", "vso.code_manage", "vso.custom_thing"])
    _pat(owner, places[0], "other", scopes=["vso.wiki"])
    assert _names(owner, places, search=search) == ["pipeline"]


def test_powerful_ones_are_those_that_the_list_marks(owner: User, places: list[Organization]) -> None:
    _pat(owner, places[0], "full", scopes=["app_token"])
    _pat(owner, places[0], "high", scopes=["vso.code", "vso.code_manage"])
    _pat(owner, places[0], "modest", scopes=["vso.code"])
    _pat(owner, places[0], "ended", scopes=["app_token"], valid_to=NOW)
    assert set(_names(owner, places, status="powerful")) == {"full", "high"}


# --- What tools made -----------------------------------------------------------------------------
GIT = "Git: https://dev.azure.com/fabrikam on BUILD-07"


def test_what_tools_made_is_folded_and_counted(owner: User, places: list[Organization]) -> None:
    for name, days in {GIT: 9, "service hooks :: Azure App Service": 3, "deploy": 5}.items():
        _pat(owner, places[0], name, valid_to=NOW + timedelta(days=days))
    _pat(owner, places[0], "Git: https://old on PC", valid_to=NOW - timedelta(days=1))
    page = list_queries.pat_page(owner, ListQuery(), organizations=places, now=NOW)
    assert [pat.name for pat in page.rows] == ["deploy"]
    assert (page.total, page.counts["active"]) == (1, 3)
    assert page.folded == list_queries.Folded(2, NOW + timedelta(days=3))
    assert len(_names(owner, places, made_by="machines")) == 2
    assert _names(owner, places, search="build-07") == [GIT]


def test_what_is_all_there_is_is_not_folded(owner: User, places: list[Organization]) -> None:
    _pat(owner, places[0], GIT)
    page = list_queries.pat_page(owner, ListQuery(), organizations=places, now=NOW)
    assert ([pat.name for pat in page.rows], page.folded) == ([GIT], None)


@pytest.mark.parametrize("names", [[GIT, "deploy"], [GIT], ["deploy"]])
def test_all_that_match_are_those_that_the_list_shows(
    owner: User, places: list[Organization], names: list[str]
) -> None:
    for name in names:
        _pat(owner, places[0], name)
    for query in (ListQuery(), ListQuery(search="d"), ListQuery(made_by="machines")):
        meant = list_queries.matching_pats(owner, query, organizations=places, now=NOW, most=10)
        shown = list_queries.pat_page(owner, query, organizations=places, now=NOW)
        assert meant == shown.rows


# --- The days ------------------------------------------------------------------------------------
def _days(owner: User, places: list[Organization], **query: Any) -> tuple[list[tuple[str, int]], int]:
    page = list_queries.pat_page(owner, ListQuery(**query), organizations=places, now=NOW)
    return [("+".join(one.names), one.count) for one in page.days], page.later


def test_each_pat_stands_on_the_day_that_it_stops(owner: User, places: list[Organization]) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    _pat(owner, places[0], "evening", valid_to=midnight + timedelta(days=3, hours=20))
    _pat(owner, places[1], "morning", valid_to=midnight + timedelta(days=3, hours=1))
    _pat(owner, places[0], "last", valid_to=midnight + timedelta(days=41, hours=23))
    _pat(owner, places[0], "late", valid_to=midnight + timedelta(days=42))
    _pat(owner, places[0], "revoked", valid_to=midnight + timedelta(days=3), revoked_at=NOW)
    _pat(owner, places[0], "ending", ends_at=midnight + timedelta(days=2))
    assert _days(owner, places) == ([("ending", 1), ("morning+evening", 2), ("last", 1)], 1)
    assert _days(owner, places, search="ev") == ([("evening", 1)], 0)
    assert _days(owner, places, organization="Beta") == ([("morning", 1)], 0)
    day = (midnight + timedelta(days=3)).date()
    assert _names(owner, places, stops_on=day) == ["morning", "evening"]
    assert _days(owner, places, stops_on=day) == _days(owner, places)


def test_the_days_are_those_of_the_readers_time_zone(owner: User, places: list[Organization]) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    _pat(owner, places[0], "late evening", valid_to=midnight + timedelta(days=3, hours=23, minutes=30))
    with timezone.override("Asia/Tokyo"):
        day = (midnight + timedelta(days=4)).date()
        page = list_queries.pat_page(owner, ListQuery(), organizations=places, now=NOW)
        assert [one.day for one in page.days] == [day]
        assert _names(owner, places, stops_on=day) == ["late evening"]


def test_a_thousand_pats_are_one_row_for_each_day(owner: User, places: list[Organization]) -> None:
    sample = _pat(owner, places[0], "sample")
    Pat.objects.bulk_create(
        Pat(
            user=owner,
            organization=places[0],
            authorization_id=uuid4(),
            name=f"pat {number}",
            valid_from=sample.valid_from,
            valid_to=NOW + timedelta(days=1 + number % 30),
            first_seen_at=NOW,
            written_at=NOW,
        )
        for number in range(1_000)
    )
    days, later = _days(owner, places)
    assert (len(days), sum(count for _, count in days), later) == (30, 1_000, 1)


@pytest.mark.parametrize("ahead", [3, 100])
def test_the_counts_are_those_of_the_day_that_is_asked_for(
    owner: User, places: list[Organization], ahead: int
) -> None:
    at = NOW.replace(hour=12) + timedelta(days=ahead)
    _pat(owner, places[0], "works", valid_to=at)
    _pat(owner, places[0], "revoked", valid_to=at, revoked_at=NOW)
    _pat(owner, places[0], "another day", valid_to=at + timedelta(days=1))
    query = ListQuery(stops_on=at.date())
    page = list_queries.pat_page(owner, query, organizations=places, now=NOW)
    assert ([pat.name for pat in page.rows], page.total) == (["works"], 1)
    assert (page.counts["active"], page.counts["revoked"], page.counts["all"]) == (1, 1, 2)
