"""The demo's tenant shows every state that a list can be in."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from sandbox import seeds
from sandbox.azure_devops import dates, listing, scopes
from sandbox.state import Pat, Tenant


@pytest.fixture
def tenant() -> Tenant:
    return seeds.demo_tenant("a key")


def of(tenant: Tenant, user_name: str) -> list[Pat]:
    person = tenant.person(user_name)
    assert person is not None
    return [pat for pat in tenant.pats.values() if pat.owner_id == person.object_id]


def test_the_owner_has_pats_in_every_state(tenant: Tenant) -> None:
    pats, now = of(tenant, "mira@fabrikam.example"), int(time.time() * 300)
    states = Counter(listing.status_of(pat, now) for pat in pats)
    days = [
        (pat.valid_to - now) / dates.TICKS_PER_DAY for pat in pats if listing.status_of(pat, now) == "active"
    ]
    assert len(pats) == 26
    assert min(states.values()) >= 3
    assert [
        any(low < one < high for one in days) for low, high in ((0, 1.1), (4, 6), (20, 22), (199, 201))
    ] == [True] * 4
    assert {pat.organization_id for pat in pats} == {
        None,
        *(one.instance_id for one in tenant.organizations.values()),
    }


def test_the_owner_has_the_odd_ones(tenant: Tenant) -> None:
    pats = of(tenant, "mira@fabrikam.example")
    names = Counter(pat.display_name for pat in pats)
    assert "Git: https://dev.azure.com/fabrikam on BUILD-07" in names
    assert names["Laptop"] == 2
    assert max(len(name) for name in names) > 150
    assert any(not name.isascii() for name in names)
    assert any(pat.scope == "app_token" for pat in pats)


def test_every_scope_is_one_that_the_api_knows(tenant: Tenant) -> None:
    assert all(scopes.normalised(pat.scope) == pat.scope for pat in tenant.pats.values())


def test_one_person_has_many_and_one_has_none(tenant: Tenant) -> None:
    assert len(of(tenant, "priya@fabrikam.example")) == 120
    assert of(tenant, "jonas@fabrikam.example") == []


def test_some_are_no_members_of_one_organization(tenant: Tenant) -> None:
    strangers = [
        one.name for one in tenant.people.values() if not tenant.organizations["northwind"].has_member(one)
    ]
    assert strangers == ["Jonas Weber", "Lena Kowalska"]


def test_no_pat_belongs_to_who_is_no_member(tenant: Tenant) -> None:
    places = {one.instance_id: one for one in tenant.organizations.values()}
    for pat in tenant.pats.values():
        if pat.organization_id is not None:
            assert places[pat.organization_id].has_member(tenant.people[pat.owner_id])


def test_some_show_what_can_go_wrong(tenant: Tenant) -> None:
    people = {one.user_name.partition("@")[0]: one for one in tenant.people.values()}
    assert tenant.challenges[people["emil"].object_id].kind == "mfa"
    assert {(one.number, one.person_id) for one in tenant.refusals.values()} == {
        (53003, people["noah"].object_id)
    }
    assert [name for name, one in people.items() if one.consent == "admin"] == ["sofia"]
    assert [name for name, one in people.items() if one.is_guest] == ["lena"]
    assert of(tenant, "emil@fabrikam.example")


def test_everybody_says_what_they_show(tenant: Tenant) -> None:
    assert all(one.shows for one in tenant.people.values())
