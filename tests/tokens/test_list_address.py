"""The address of the list: read, written, and read back."""

from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tokens.list_address import MACHINES, SEARCH_LENGTH, SORTS, STATUSES, ListQuery

PLACES = ["Alpha", "beta"]


def test_an_empty_address_asks_for_the_active_ones_by_expiry() -> None:
    query = ListQuery.from_params(QueryDict(""), organizations=PLACES)
    assert query == ListQuery(status="active", sort="expires", is_descending=False, page=1)
    assert query.url("/") == "/"


def test_an_address_says_everything() -> None:
    text = "status=revoked&organization=alpha&q=deploy+key&on=2026-12-04&by=machines&sort=-name&page=3"
    query = ListQuery.from_params(QueryDict(text), organizations=PLACES)
    assert query == ListQuery(
        "revoked", "Alpha", "deploy key", date(2026, 12, 4), MACHINES, "name", is_descending=True, page=3
    )
    said = "/?status=revoked&organization=Alpha&q=deploy+key&on=2026-12-04&by=machines&sort=-name"
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
        "on=tomorrow",
        "on=20261204",
        "on=2026-02-30",
        "on=0001-01-01",
        "by=somebody",
        "q=%00",
        "q=+++",
    ],
)
def test_what_it_does_not_know_counts_as_not_said(text: str) -> None:
    assert ListQuery.from_params(QueryDict(text), organizations=PLACES) == ListQuery()


def test_a_search_is_cut() -> None:
    query = ListQuery.from_params(QueryDict(f"q={'a' * 10_000}"), organizations=PLACES)
    assert len(query.search) == SEARCH_LENGTH
    query = ListQuery.from_params(QueryDict("q=a b c d e f g h i j"), organizations=[])
    assert query.search == "a b c d e f g h"


QUERIES = st.builds(
    ListQuery,
    status=st.sampled_from(STATUSES),
    organization=st.sampled_from(["", *PLACES]),
    stops_on=st.none() | st.dates(min_value=date(2001, 1, 1), max_value=date(2199, 12, 31)),
    made_by=st.sampled_from(["", MACHINES]),
    search=st.text(max_size=40).map(lambda text: " ".join(text.replace("\x00", "").split()[:8])),
    sort=st.sampled_from(SORTS),
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


def test_a_secret_in_the_search_is_not_searched_for_nor_shown_again() -> None:
    secret = "a" * 76 + "SIMU" + "b" * 4
    query = ListQuery.from_params(QueryDict(f"q=my+{secret}&status=all"), organizations=[])
    assert (query.search, query.params()) == ("", {"status": "all", "withheld": "1"})


def test_that_a_search_was_withheld_goes_with_no_link_unless_it_is_asked_for() -> None:
    query = ListQuery.from_params(QueryDict("withheld=1&sort=name"), organizations=[])
    assert query.is_withheld
    assert query.url("/") == query.url("/", page=1) == "/?sort=name"
    assert query.url("/", is_withheld=True) == "/?sort=name&withheld=1"
    assert not ListQuery.from_params(QueryDict("withheld=1&q=deploy"), organizations=[]).is_withheld
    assert not ListQuery.from_params(QueryDict("withheld=yes"), organizations=[]).is_withheld


@pytest.mark.parametrize("text", ["q=deploy", "on=2026-12-04", "by=machines"])
def test_whoever_looks_for_something_sees_what_tools_made_among_the_rest(text: str) -> None:
    assert ListQuery().folds_machines
    assert not ListQuery.from_params(QueryDict(text), organizations=[]).folds_machines
