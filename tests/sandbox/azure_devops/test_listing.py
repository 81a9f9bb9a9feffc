"""Lists: filters, order, pages and lag."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.visitors import Visitor

NOW = datetime.now(UTC)


def walked(visitor: Visitor, **query: Any) -> list[list[str]]:
    pages: list[list[str]] = []
    mark = ""
    while True:
        arguments: dict[str, Any] = query | ({"continuationToken": mark} if mark else {})
        payload = visitor.call(**arguments).json()
        pages.append([one["displayName"] for one in payload["patTokens"]])
        mark = payload["continuationToken"]
        if not mark:
            return pages


@pytest.fixture
def varied(visitor: Visitor) -> Visitor:
    add = visitor.tenant.add_pat
    add("alice", "alpha", "living", valid_to=NOW + timedelta(days=3))
    add("alice", "alpha", "gone", valid_from=NOW - timedelta(days=9), valid_to=NOW - timedelta(days=1))
    add("alice", "alpha", "ended", revoked=True)
    add("alice", "alpha", "ended and gone", revoked=True, valid_to=NOW - timedelta(days=1))
    add("alice", "beta", "everywhere", all_orgs=True)
    add("alice", "beta", "of beta")
    add("bob", "alpha", "of bob")
    return visitor


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("active", {"living", "everywhere"}),
        ("Active", {"living", "everywhere"}),
        ("expired", {"gone"}),
        ("REVOKED", {"ended", "ended and gone"}),
        ("all", {"living", "everywhere", "gone", "ended", "ended and gone"}),
    ],
)
def test_a_filter_keeps_what_it_names(varied: Visitor, option: str, expected: set[str]) -> None:
    assert set(varied.names(displayFilterOption=option)) == expected


def test_without_a_filter_the_active_ones_are_listed(varied: Visitor) -> None:
    assert set(varied.names()) == {"living", "everywhere"}


def test_a_pat_for_all_organizations_names_none(varied: Visitor) -> None:
    rows = varied.call(organization="beta").json()["patTokens"]
    targets = {one["displayName"]: one["targetAccounts"] for one in rows}
    assert targets == {"everywhere": None, "of beta": [varied.tenant.organization("beta").instance_id]}


def test_no_list_shows_a_secret(varied: Visitor) -> None:
    rows = varied.call(displayFilterOption="all").json()["patTokens"]
    assert {one["token"] for one in rows} == {None}


def test_it_sorts_both_ways(varied: Visitor) -> None:
    query = {"displayFilterOption": "all", "sortByOption": "displayName"}
    rising = varied.names(**query, isSortAscending="true")
    assert rising == sorted(rising)
    assert varied.names(**query, isSortAscending="false") == rising[::-1]
    assert varied.names(sortByOption="displayDate", isSortAscending="true") == ["living", "everywhere"]
    statuses = varied.names(displayFilterOption="all", sortByOption="status", isSortAscending="true")
    assert set(statuses[:2]) == {"living", "everywhere"}
    assert set(statuses[3:]) == {"ended", "ended and gone"}


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_pages_hold_a_hundred_and_the_last_says_so(visitor: Visitor, count: int, sizes: list[int]) -> None:
    if count:
        visitor.tenant.add_pats("alice", "alpha", "many", count)
    pages = walked(visitor)
    assert [len(page) for page in pages] == sizes
    assert len({name for page in pages for name in page}) == count


@pytest.mark.parametrize("option", ["displayName", "displayDate", "status"])
@pytest.mark.parametrize("ascending", ["true", "false"])
def test_pages_neither_repeat_nor_lose_a_row(visitor: Visitor, option: str, ascending: str) -> None:
    visitor.tenant.add_pats("alice", "alpha", "row", 7, valid_to=NOW + timedelta(days=3))
    query = {"sortByOption": option, "isSortAscending": ascending, "$top": "3"}
    pages = walked(visitor, **query)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(name for page in pages for name in page) == [f"row {number}" for number in range(1, 8)]


def test_a_page_is_never_larger_than_a_hundred(visitor: Visitor) -> None:
    visitor.tenant.add_pats("alice", "alpha", "many", 105)
    assert len(visitor.names(**{"$top": "500"})) == 100


@pytest.mark.parametrize(
    "changes",
    [
        {"displayFilterOption": "all"},
        {"sortByOption": "displayName"},
        {"isSortAscending": "true"},
        {"organization": "beta"},
        {"person": "bob"},
    ],
)
def test_a_continuation_belongs_to_its_query(visitor: Visitor, changes: dict[str, str]) -> None:
    visitor.tenant.add_pats("alice", "alpha", "many", 3)
    arguments: dict[str, Any] = {"$top": "2"}
    arguments["continuationToken"] = visitor.call(**arguments).json()["continuationToken"]
    assert visitor.call(**arguments).status_code == 200
    assert visitor.call(**(arguments | changes)).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"continuationToken": "invented"},
        {"continuationToken": "e30="},
        {"displayFilterOption": "some"},
        {"sortByOption": "size"},
        {"$top": "many"},
        {"isSortAscending": "maybe"},
    ],
)
def test_what_it_cannot_read_is_a_400(visitor: Visitor, query: dict[str, Any]) -> None:
    assert visitor.call(**query).status_code == 400


def test_a_list_may_lag_behind_a_create_and_a_revoke(visitor: Visitor) -> None:
    first = visitor.create(name="first").json()["patToken"]["authorizationId"]
    visitor.tenant.change(list_lag_seconds=60)
    assert visitor.names() == []
    assert visitor.call(authorizationId=first).json()["patToken"]["displayName"] == "first"
    visitor.tenant.change(list_lag_seconds=0)
    assert visitor.names() == ["first"]
    visitor.call("DELETE", authorizationId=first)
    assert visitor.names(displayFilterOption="revoked") == ["first"]


def test_a_late_revocation_is_still_listed_as_active(visitor: Visitor) -> None:
    pat = visitor.tenant.add_pat("alice", "alpha", "old")
    visitor.tenant.change(list_lag_seconds=60)
    visitor.call("DELETE", authorizationId=pat.authorization_id)
    assert visitor.names() == ["old"]
    assert visitor.names(displayFilterOption="revoked") == []
    visitor.tenant.change(list_lag_seconds=0)
    assert visitor.names() == []
