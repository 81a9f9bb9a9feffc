"""The table of Entra's numbers: for each what is seen, recorded and retried, and what becomes of the grant.

A number that Entra shows on its own page never reaches the portal, so there the help page is all there is.
Where it comes back, it is refused twice: to somebody who signs in, and to somebody whose access is renewed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from accounts.aadsts import entries, entry_for
from accounts.errors import AccountsError
from accounts.grants import access_token_for
from accounts.messages import MESSAGES
from accounts.models import Grant, User
from sandbox.entra import numbers
from tests.people import World
from tests.refusals.sign_ins import (
    TOO_SHORT_SECONDS,
    alarms,
    forget_discovery,
    listed,
    recorded,
    see_refusal,
    start,
    token_requests,
    way_back,
)
from tests.refusals.table import NOTHING, Row, rows_of, words_of
from tests.sandbox_control import SandboxControl, Tenant
from tests.secret_scan import Scanner
from tests.tokens.views.page import read

# Every number in the references' lists of AADSTS codes: where it is raised, what it means, what helps.
LISTED = {
    *(50011, 500112, 700016, 700011, 70001, 7000112, 7000215, 7000222, 7000218, 700027, 50012, 700005),
    *(50105, 65001, 65004, 90094, 90095, 90093, 90008, 650056, 650057, 650052, 500011, 50020, 16000),
    *(50034, 51004, 50014, 500208, 500021, 500212, 500213, 50194, 90002, 50076, 50079, 50072, 50074),
    *(50078, 500121, 50158, 53000, 53001, 50097, 50129, 50155, 53002, 530035, 53003, 530032, 50131),
    *(53004, 53011, 70043, 70008, 700082, 50173, 50132, 50133, 70000, 50089, 54005, 501481, 50053, 50055),
    *(50144, 50057, 50126, 50058, 50196, 90033, 90006, 90024, 50033, 80001, 80002, 700022, 70011, 28002),
    *(700229, 650053),
}
# Not in those lists: what Entra answers to a code that was damaged on its way through the browser.
BEYOND_THE_LISTS = {9002313, 70021, 700211, 700212, 700213, 700214, 700222, 700223}

COLUMNS = "number places redirect sign_in recorded alarm refresh lost requests second grant help"
ROWS = rows_of("aadsts.tsv", COLUMNS)
NUMBERED = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"AADSTS{row['number']}")


def _with(column: str) -> pytest.MarkDecorator:
    """Run a test for the rows that say something in a column."""
    chosen = [row for row in ROWS if row[column] != NOTHING]
    return pytest.mark.parametrize("row", chosen, ids=lambda row: f"AADSTS{row['number']}")


def _raised_at(place: str) -> pytest.MarkDecorator:
    chosen = [row for row in ROWS if place in words_of(row["places"])]
    return pytest.mark.parametrize("row", chosen, ids=lambda row: f"AADSTS{row['number']}")


@pytest.fixture(scope="module")
def tenant(sandbox_control: SandboxControl) -> Iterator[Tenant]:
    made = sandbox_control.create_tenant(access_token_seconds=TOO_SHORT_SECONDS)
    yield made
    made.remove()


def number_of(row: Row) -> int:
    return int(row["number"])


@contextmanager
def refused(world: World, row: Row, place: str, *, times: int | None = None) -> Iterator[None]:
    """Have Entra refuse with the row's number at a place: page, redirect, discovery, code or refresh."""
    number = number_of(row)
    if numbers.is_known(number):
        with world.tenant.refuse(number, place=place, times=times):
            yield
        return
    # What the sandbox's own table does not have, it answers on demand.
    is_page = place == "page"
    match: dict[str, Any] = (
        {} if is_page else {"verb": "authorization_code" if place == "code" else "refresh_token"}
    )
    deed: dict[str, Any] = {"aadsts": {"code": number, "error": "invalid_request"}, "html": is_page}
    with world.tenant.fault("authorize" if is_page else "token_endpoint", **match, **deed):
        yield


def sentence_of(row: Row, place: str) -> str:
    """Return Entra's own words for a refusal, which the portal never repeats."""
    number = number_of(row)
    known = numbers.entry(number, place).sentence if numbers.is_known(number) else "The request was refused."
    return f"AADSTS{number}: {known}"


def check_failure(world: World, answer: Any, row: Row, code: str, place: str) -> None:
    """Check the page of a failed sign-in: our words, the number, an id, and nothing of what Entra wrote."""
    message = MESSAGES[code]
    # What only an address says is no failure of a server.
    is_hearsay = place == "redirect" and message.status >= 500
    assert answer.status_code == (400 if is_hearsay else message.status)
    page, entry = read(answer), entry_for(number_of(row))
    assert entry is not None
    assert answer.context["problem"].message == message
    assert page.heading == entry.title
    assert entry.next_step in page.text
    assert f"AADSTS{number_of(row)}" in [one.text for one in page.all("code")]
    assert UUID(answer.context["problem"].reference)
    scanner = Scanner(
        {"Entra's sentence": sentence_of(row, place), "the portal's secret": world.tenant.client_secret}
    )
    assert scanner.scan_answers([answer]) == []
    assert "Trace ID" not in page.text


# --- The table itself ------------------------------------------------------------------------------


def test_the_table_has_every_listed_number_once() -> None:
    assert sorted(number_of(row) for row in ROWS) == sorted(LISTED | BEYOND_THE_LISTS)
    assert LISTED.isdisjoint(BEYOND_THE_LISTS)


def test_the_portal_knows_exactly_these_numbers() -> None:
    assert {entry.number for entry in entries()} == LISTED | BEYOND_THE_LISTS


@NUMBERED
def test_the_portal_knows_where_each_is_raised(row: Row) -> None:
    entry = entry_for(number_of(row))
    assert entry is not None
    # The discovery document is read from server to server, as tokens are.
    asked = {"discovery": "token"}
    assert entry.places == {asked.get(place, place) for place in words_of(row["places"])}


@NUMBERED
def test_a_row_speaks_of_what_can_happen_at_its_places(row: Row) -> None:
    places = words_of(row["places"])
    assert set(places) <= {"page", "redirect", "token", "discovery"}
    comes_back = bool({"token", "discovery"} & set(places))
    assert (row["redirect"] != NOTHING) == ("redirect" in places)
    assert ((row["sign_in"], row["refresh"]) != (NOTHING, NOTHING)) == comes_back
    assert (row["requests"] != NOTHING) == comes_back
    assert (row["grant"] == "none") == (row["refresh"] == NOTHING)
    assert (row["grant"] == "sign_in_needed") == (row["lost"] != NOTHING)


# --- Where Entra raises it -------------------------------------------------------------------------


@NUMBERED
def test_the_help_page_explains_it(row: Row, client: Client, db: None) -> None:
    answer = client.get("/help/sign-in", {"code": row["number"]})
    found = read(answer).one("section", class_="help-found")
    assert row["help"] in found.one("h3").text
    assert f"AADSTS{row['number']}" in found.one("code").text


@_raised_at("page")
def test_on_entras_page_it_never_reaches_the_portal(row: Row, world: World) -> None:
    browser = Client()
    with refused(world, row, "page"):
        shown = world.tenant.visit(start(browser)["Location"], "alice")
    assert shown.status_code == 400
    assert f"AADSTS{row['number']}:" in shown.text
    assert token_requests(world) == 0
    assert (recorded(), alarms(), User.objects.count()) == ([], [], 0)


@_with("redirect")
def test_on_the_way_back_it_is_shown_and_believed_no_further(row: Row, world: World) -> None:
    browser = Client()
    location = start(browser)["Location"]
    with refused(world, row, "redirect"):
        back = urlsplit(world.tenant.visit(location, "alice").headers["Location"])
    assert f"AADSTS{row['number']}:" in parse_qs(back.query)["error_description"][0]
    answer = browser.get(f"{back.path}?{back.query}")
    check_failure(world, answer, row, row["redirect"], "redirect")
    assert token_requests(world) == 0
    assert (recorded(), alarms(), User.objects.count()) == ([], [], 0)


@_with("sign_in")
def test_a_sign_in_that_is_refused_with_it_says_why(
    row: Row, world: World, sandbox_control: SandboxControl, settings: Any
) -> None:
    answer = _discovered(settings, world, row) if row["requests"] == "0" else _redeemed(world, row)
    check_failure(world, answer, row, row["sign_in"], "code")
    assert token_requests(world) == int(row["requests"])
    assert recorded() == listed(row["recorded"])
    assert alarms() == listed(row["alarm"])
    assert User.objects.count() == Grant.objects.count() == 0


def _redeemed(world: World, row: Row) -> Any:
    browser = Client()
    path = way_back(world, browser)
    with refused(world, row, "code"):
        return browser.get(path)


def _discovered(settings: Any, world: World, row: Row) -> Any:
    forget_discovery(settings)
    with refused(world, row, "discovery"):
        return start(Client())


@_with("refresh")
def test_a_refresh_that_is_refused_with_it_ends_the_grant_or_leaves_it(
    row: Row, world: World, settings: Any
) -> None:
    alice, before = world.alice, recorded()
    user = alice.user  # whose session may not outlive it
    world.tenant.forget_requests()
    is_discovery = row["requests"] == "0"
    if is_discovery:
        forget_discovery(settings)
    with refused(world, row, "discovery" if is_discovery else "refresh"):
        with pytest.raises(AccountsError) as caught:
            access_token_for(user, now=timezone.now())
        requests = token_requests(world)
        events = recorded()[len(before) :]
        seen = see_refusal(world, alice, row["refresh"], is_lost=row["lost"] != NOTHING)
    assert caught.value.code == row["refresh"]
    assert caught.value.aadsts == number_of(row)
    assert requests == int(row["requests"])
    assert events == listed(row["lost"])
    is_everybodys = row["refresh"] == "portal_misconfigured"
    assert alarms() == (["portal_misconfigured"] if is_everybodys else [])
    assert Grant.objects.get(user=user).state == row["grant"]
    assert Scanner({"Entra's sentence": sentence_of(row, "refresh")}).scan_answers([seen]) == []


@_with("second")
def test_a_second_credential_serves_where_the_first_is_refused_with_it(
    row: Row, world: World, settings: Any
) -> None:
    alice = world.alice
    world.tenant.forget_requests()
    settings.ENTRA_CLIENT_SECRET_FALLBACK = world.tenant.client_secret
    forget_discovery(settings)
    with refused(world, row, "refresh", times=1):
        assert access_token_for(alice.user, now=timezone.now())
    assert token_requests(world) == 2
    assert alarms() == ["credential_fallback"]
    assert Grant.objects.get(user=alice.user).is_active
