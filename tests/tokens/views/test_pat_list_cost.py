"""What the list costs: a fixed number of queries and no remote call, whatever is there or down."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Grant
from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_operation, make_pats, set_access
from tokens.models import BackupContact, Pat

# Two of them fetch the places of use and the successors of all rows at once.
MOST_QUERIES = 10


def queries_of(person: Person, address: str = "/", **headers: str) -> list[str]:
    """Return the statements of one look at the list, transaction control left out."""
    with CaptureQueriesContext(connection) as captured:
        answer = person.browser.get(address, headers=headers)
    assert answer.status_code == 200
    return [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]


def test_ten_pats_and_a_thousand_cost_the_same(world: World, alice: Person, bob: Person) -> None:
    make_pats(world, alice, [f"pat {number}" for number in range(10)])
    make_pats(world, bob, [f"pat {number}" for number in range(1_000)])
    few, many = queries_of(alice), queries_of(bob)
    assert len(few) == len(many) <= MOST_QUERIES, "\n".join(many)


def test_backup_owners_and_their_search_cost_nothing_more(world: World, alice: Person) -> None:
    pats = make_pats(world, alice, [f"pat {number}" for number in range(10)])
    plain = len(queries_of(alice))
    for number, pat in enumerate(pats):
        contact = BackupContact.objects.create(tenant_id=alice.user.tenant_id, email=f"{number}@example.com")
        Pat.objects.filter(pk=pat.pk).update(backup_contact=contact, review_date=timezone.localdate())
    assert len(queries_of(alice)) == len(queries_of(alice, "/?q=example.com")) == plain


def test_it_costs_the_same_when_it_is_old_and_asks_for_a_sync(
    world: World, alice: Person, bob: Person
) -> None:
    make_pats(world, alice, [f"pat {number}" for number in range(10)])
    make_pats(world, bob, [f"pat {number}" for number in range(1_000)])
    run_jobs()
    counts = []
    for person in (alice, bob):
        set_access(person, world, at=timezone.now() - timedelta(minutes=2))
        statements = queries_of(person)
        assert len(statements) <= MOST_QUERIES, "\n".join(statements)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_filters_pages_notices_and_the_fragment_cost_nothing_more(world: World, alice: Person) -> None:
    make_pats(world, alice, [f"pat {number}" for number in range(200)])
    make_operation(world, alice, name="lost")
    plain = len(queries_of(alice))
    assert plain <= MOST_QUERIES
    for number in range(12):
        make_operation(world, alice, name=f"lost {number}")
    address = f"/?status=all&organization={world.alpha.name}&q=pat+1&sort=-status&page=2"
    assert len(queries_of(alice, address)) == plain
    assert len(queries_of(alice, "/", **{"HX-Request": "true", "X-Polling": "1"})) == plain


def test_a_lost_grant_costs_nothing_more_and_a_lost_organization_one_count(
    world: World, alice: Person, bob: Person
) -> None:
    make_pats(world, alice, [f"pat {number}" for number in range(10)])
    make_pats(world, bob, [f"pat {number}" for number in range(1_000)])
    plain = len(queries_of(alice))
    for person in (alice, bob):
        Grant.objects.filter(user=person.user).update(state="sign_in_needed", lost_code="challenged")
        assert len(queries_of(person)) == plain
        set_access(person, world, at=timezone.now(), state="no_access", error_code="no_access")
        statements = queries_of(person)
        assert len(statements) == plain + 1 <= MOST_QUERIES, "\n".join(statements)


def test_a_thousand_pats_made_elsewhere_arrive_by_a_sync(world: World) -> None:
    world.tenant.add_pats("alice", "alpha", "made elsewhere", count=1_000)
    assert world.alice.browser.get("/").status_code == 200
    run_jobs()
    page = read(world.alice.browser.get("/"))
    assert Pat.objects.filter(user=world.alice.user).count() == 1_000
    assert len(page.names()) == 50
    assert "1 to 50 of 1000" in page.text


TROUBLES: list[dict[str, Any]] = [
    {"latency_seconds": 30},
    {"drop": "before"},
    {"html": True},
    {"status": 401},
    {"status": 429},
    {"status": 500},
    {"body": "garbage"},
]


@pytest.mark.parametrize("is_old", [False, True])
def test_the_list_opens_at_once_whatever_azure_devops_does(world: World, alice: Person, is_old: bool) -> None:
    make_pats(world, alice, ["seen before"])
    world.tenant.forget_requests()
    for deed in TROUBLES:
        set_access(alice, world, at=timezone.now() - timedelta(minutes=2 if is_old else 0))
        with world.tenant.fault("pats", **deed), world.tenant.fault("token_endpoint", **deed):
            started = time.monotonic()
            page = read(alice.browser.get("/"))
            assert time.monotonic() - started < 5
        assert page.names() == ["seen before"], deed
    assert world.tenant.requests() == []


def test_the_first_look_of_all_makes_no_remote_call(world: World) -> None:
    person = world.alice
    world.tenant.forget_requests()
    with world.tenant.fault("pats", latency_seconds=30):
        assert "Fetching your tokens" in read(person.browser.get("/")).text
    assert world.tenant.requests() == []
