"""What the pages read: addresses, pages, counts, notices. Always one person's own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Grant, User
from tokens import queries
from tokens.models import (
    NOT_CONFIRMED,
    BackupContact,
    Operation,
    Organization,
    OrganizationAccess,
    Pat,
    Place,
    global_stop_at,
)
from tokens.queries import ListQuery

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
    page = queries.pat_page(owner, ListQuery(**query), organizations=places, now=NOW)
    return [pat.name for pat in page.rows]


# --- The address ---------------------------------------------------------------------------------


def test_an_empty_address_asks_for_the_active_ones_by_expiry() -> None:
    query = ListQuery.from_params(QueryDict(""), organizations=PLACES)
    assert query == ListQuery(status="active", sort="expires", is_descending=False, page=1)
    assert query.url("/") == "/"


def test_an_address_says_everything() -> None:
    text = "status=revoked&organization=alpha&q=deploy+key&sort=-name&page=3"
    query = ListQuery.from_params(QueryDict(text), organizations=PLACES)
    assert query == ListQuery("revoked", "Alpha", "deploy key", "name", is_descending=True, page=3)
    said = "/?status=revoked&organization=Alpha&q=deploy+key&sort=-name"
    assert query.url("/", page=3) == f"{said}&page=3"
    assert query.url("/") == said


@pytest.mark.parametrize(
    "text",
    [
        "status=invented",
        "status=",
        "organization=invented",
        "sort=invented",
        "sort=--name",
        "sort=-",
        "page=0",
        "page=-1",
        "page=99999999",
        "page=1e3",
        "page=%D9%A3",
        "q=%00",
        "q=+++",
    ],
)
def test_what_it_does_not_know_counts_as_not_said(text: str) -> None:
    assert ListQuery.from_params(QueryDict(text), organizations=PLACES) == ListQuery()


def test_a_search_is_cut() -> None:
    query = ListQuery.from_params(QueryDict(f"q={'a' * 10_000}"), organizations=PLACES)
    assert len(query.search) == queries.SEARCH_LENGTH
    query = ListQuery.from_params(QueryDict("q=a b c d e f g h i j"), organizations=[])
    assert query.search == "a b c d e f g h"


QUERIES = st.builds(
    ListQuery,
    status=st.sampled_from(queries.STATUSES),
    organization=st.sampled_from(["", *PLACES]),
    search=st.text(max_size=40).map(lambda text: " ".join(text.replace("\x00", "").split()[:8])),
    sort=st.sampled_from(queries.SORTS),
    is_descending=st.booleans(),
    page=st.integers(min_value=1, max_value=999_999),
)


@given(query=QUERIES)
def test_an_address_reads_back_as_what_it_was_made_of(query: ListQuery) -> None:
    read = QueryDict(query.url("", page=query.page).removeprefix("?"))
    assert ListQuery.from_params(read, organizations=PLACES) == query


@given(query=QUERIES)
def test_any_change_but_one_of_the_page_leads_to_the_first_page(query: ListQuery) -> None:
    changed = QueryDict(query.url("", status="all").removeprefix("?"))
    assert ListQuery.from_params(changed, organizations=PLACES).page == 1
    turned = QueryDict(query.url("", page=7).removeprefix("?"))
    assert ListQuery.from_params(turned, organizations=PLACES).page == 7


# --- The page ------------------------------------------------------------------------------------


def test_a_page_shows_one_status_and_counts_all(owner: User, places: list[Organization]) -> None:
    _pat(owner, places[0], "works")
    _pat(owner, places[0], "soon", valid_to=NOW + timedelta(days=3))
    _pat(owner, places[1], "over", valid_to=NOW - timedelta(days=3))
    _pat(owner, places[1], "revoked", revoked_at=NOW)
    _pat(owner, places[1], "gone", vanished_at=NOW)
    page = queries.pat_page(owner, ListQuery(), organizations=places, now=NOW)
    assert page.counts == {"active": 2, "expiring": 1, "expired": 1, "revoked": 2, "all": 5}
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
    page = queries.pat_page(owner, query, organizations=places, now=NOW)
    assert [pat.name for pat in page.rows] == ["in alpha"]
    assert page.counts["all"] == 1


@pytest.mark.parametrize("sort", queries.SORTS)
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
        rows = queries.pat_page(owner, query, organizations=places, now=NOW).rows
        found = [keys[sort](pat) for pat in rows]
        assert found == sorted(found, reverse=is_descending)
        again = queries.pat_page(owner, query, organizations=places, now=NOW).rows
        assert rows == again


def test_pages_have_fifty_rows_and_none_twice(owner: User, places: list[Organization]) -> None:
    for _ in range(101):
        _pat(owner, places[0], "the same name")
    seen = []
    for number, count in ((1, 50), (2, 50), (3, 1), (4, 1), (999_999, 1)):
        query = ListQuery(page=number)
        page = queries.pat_page(owner, query, organizations=places, now=NOW)
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
        page = queries.pat_page(owner, ListQuery(sort="created"), organizations=places, now=NOW)
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
    page = queries.pat_page(owner, ListQuery(search="ops"), organizations=places, now=NOW)
    assert ([pat.name for pat in page.rows], page.counts["all"]) == (["ops"], 1)


def test_the_order_goes_by_when_they_really_stop(owner: User, places: list[Organization]) -> None:
    day = timedelta(days=1)
    _pat(owner, places[0], "late", valid_to=NOW + 300 * day)
    _pat(owner, places[0], "ending", valid_to=NOW + 200 * day, ends_at=NOW + day)
    _pat(owner, places[0], "soon", valid_to=NOW + 2 * day)
    assert _names(owner, places, sort="expires") == ["ending", "soon", "late"]
    _pat(owner, places[0], "global", valid_to=NOW + 400 * day, is_global=True)
    stop = global_stop_at()
    page = queries.pat_page(
        owner, ListQuery(status="all"), organizations=places, now=stop - timedelta(seconds=1)
    )
    ends = [pat.stops_at for pat in page.rows]
    assert ends == sorted(ends)


# --- One PAT -------------------------------------------------------------------------------------


def test_the_overlap_is_that_of_the_rotation_until_its_secret_is_stored(
    owner: User, places: list[Organization]
) -> None:
    old, new = _pat(owner, places[0], "old"), _pat(owner, places[0], "new")
    assert queries.overlap_of(new) is None
    new.replaces = old
    facts = {"pat": new, "replaces": old, "verb": "rotate", "state": "done"}
    _operation(owner, places[0], name="a rotation", overlap_seconds=60, **facts)
    assert queries.overlap_of(new) == timedelta(minutes=1)
    new.received_at = timezone.now()
    assert queries.overlap_of(new) is None


def test_what_is_open_about_a_pat_is_its_own_and_its_rotation(
    owner: User, places: list[Organization]
) -> None:
    pat = _pat(owner, places[0], "old")
    other = _pat(owner, places[0], "other")
    _operation(owner, places[0], name="done", verb="update", state="done", pat=pat)
    _operation(owner, places[0], name="of another", verb="update", pat=other)
    _operation(owner, places[0], name="a change", verb="update", pat=pat)
    _operation(owner, places[0], name="a rotation", replaces=pat, verb="rotate")
    assert {one.name for one in queries.open_operations(pat)} == {"a change", "a rotation"}


# --- Beside the page -----------------------------------------------------------------------------


def test_organizations_come_in_the_operators_order(owner: User, places: list[Organization]) -> None:
    assert queries.organization_access(owner) == []
    for place in reversed(places):
        OrganizationAccess.objects.create(user=owner, organization=place)
    former = Organization.objects.create(name="former")
    OrganizationAccess.objects.create(user=owner, organization=former)
    access = queries.organization_access(owner)
    assert [row.organization.name for row in access] == PLACES
    assert queries.is_complete(access)
    assert not queries.is_complete(access[:1])


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (None, "grant_missing"),
        ({}, ""),
        ({"state": "sign_in_needed", "lost_code": "challenged"}, "challenged"),
        ({"state": "sign_in_needed"}, "sign_in_needed"),
    ],
)
def test_the_same_query_says_why_the_portal_cannot_act(
    owner: User,
    places: list[Organization],
    columns: dict[str, Any] | None,
    code: str,
    django_assert_num_queries: Any,
) -> None:
    OrganizationAccess.objects.create(user=owner, organization=places[0])
    if columns is not None:
        Grant.objects.create(user=owner, interactive_at=NOW, sealed_cache=b"", **columns)
    with django_assert_num_queries(1):
        assert queries.lost_code(queries.organization_access(owner)) == code


def test_active_pats_are_counted_by_organization(owner: User, places: list[Organization]) -> None:
    for number in range(3):
        _pat(owner, places[0], str(number))
    _pat(owner, places[0], "ended", valid_to=NOW - timedelta(days=1))
    _pat(owner, places[1], "of another organization")
    assert queries.active_counts(owner, places[:1], now=NOW) == {places[0].pk: 3}
    other = User.objects.create(tenant_id=uuid4(), object_id=uuid4())
    assert queries.active_counts(other, places, now=NOW) == {}


def _operation(owner: User, place: Organization, **columns: Any) -> Operation:
    is_open = columns.get("state", "requested") in {"requested", "sent"}
    defaults: dict[str, Any] = {
        "verb": "create",
        "key": uuid4().hex,
        "content_digest": "",
        "asked_valid_to": NOW,
        "requested_at": NOW,
        "deadline_at": NOW,
        "finished_at": None if is_open else NOW,
    }
    return Operation.objects.create(user=owner, organization=place, **defaults | columns)


@pytest.mark.parametrize(
    ("columns", "is_told"),
    [
        ({"state": "requested"}, False),
        ({"state": "requested", "answer_lost_at": NOW}, True),
        ({"state": "nothing_made"}, True),
        ({"state": "orphaned"}, True),
        ({"state": "ambiguous"}, True),
        ({"state": "done"}, False),
        ({"state": "refused"}, False),
        ({"state": "failed", "error_code": "no_access"}, False),
        ({"verb": "revoke", "state": "sent"}, False),
        ({"verb": "revoke", "state": "failed", "error_code": "forbidden"}, False),
        ({"verb": "revoke", "state": "failed", "error_code": NOT_CONFIRMED}, True),
        ({"state": "orphaned", "dismissed_at": NOW}, False),
    ],
    ids=str,
)
def test_people_hear_of_what_ended_out_of_their_sight(
    owner: User, places: list[Organization], columns: dict[str, Any], is_told: bool
) -> None:
    operation = _operation(owner, places[0], **columns)
    assert queries.notices(owner) == ([operation] if is_told else [])
    other = User.objects.create(tenant_id=uuid4(), object_id=uuid4())
    assert queries.notices(other) == []


@pytest.mark.parametrize("verb", ["update", "extend", "end"])
@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("state", ["requested", "done", "refused", "failed"])
def test_of_changes_those_whose_answer_was_lost_are_told(
    owner: User, places: list[Organization], verb: str, is_lost: bool, state: str
) -> None:
    operation = _operation(owner, places[0], verb=verb, state=state, answer_lost_at=NOW if is_lost else None)
    is_told = is_lost and verb != "end"
    assert queries.notices(owner) == ([operation] if is_told else [])


@pytest.mark.parametrize(
    ("facts", "is_told"),
    [
        ({}, True),
        ({"issued_at": timedelta(minutes=8)}, False),
        ({"received_at": timedelta(0)}, False),
        ({"revoked_at": timedelta(0)}, False),
        ({"vanished_at": timedelta(0)}, False),
        ({"valid_to": timedelta(minutes=1)}, False),
    ],
)
def test_a_rotation_that_nobody_confirmed_is_told_while_its_pat_works(
    owner: User, places: list[Organization], facts: dict[str, timedelta], is_told: bool
) -> None:
    now = timezone.now()
    moments = {name: now - ago for name, ago in ({"issued_at": timedelta(minutes=11)} | facts).items()}
    operation = _operation(
        owner, places[0], verb="rotate", state="done", pat=_pat(owner, places[0], "new", **moments)
    )
    assert queries.notices(owner) == ([operation] if is_told else [])


def test_at_most_ten_notices_are_shown_the_newest_first(owner: User, places: list[Organization]) -> None:
    made = [
        _operation(owner, places[0], state="orphaned", requested_at=NOW + timedelta(minutes=number))
        for number in range(12)
    ]
    assert queries.notices(owner) == made[:1:-1]


def test_a_secret_in_the_search_is_not_searched_for_nor_shown_again() -> None:
    secret = "a" * 76 + "SIMU" + "b" * 4
    query = ListQuery.from_params(QueryDict(f"q=my+{secret}&status=all"), organizations=[])
    assert (query.search, query.params()) == ("", {"status": "all"})
