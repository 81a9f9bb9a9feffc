"""Azure DevOps wants more than an access token: what the person, the job and the record see of it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from accounts.errors import SignInReason
from accounts.messages import MESSAGES
from tests.installation import Installation
from tests.journeys.visitor import Visitor
from tests.sandbox_tenant import Tenant

NAME = "deploy of the shop"


def create(alice: Visitor, tenant: Tenant, *, page: str = "/tokens/new") -> requests.Response:
    """Fill in the form and send it."""
    organization = tenant.organization("alpha").name
    return alice.submit(
        "/tokens/new", page=page, name=NAME, organization=organization, expires="30", scopes=["vso.code"]
    )


def come_back(alice: Visitor, tenant: Tenant, answer: requests.Response) -> tuple[Any, requests.Response]:
    """Sign in again where the portal sends one; return the claims that Entra was asked for, and the page."""
    assert answer.status_code == 302, answer.text
    return_path = parse_qs(urlsplit(answer.headers["Location"]).query)["next"][0]
    started = alice.submit("/sign-in/start", page=answer.headers["Location"], next=return_path)
    auth_uri = started.headers["Location"]
    asked = json.loads(parse_qs(urlsplit(auth_uri).query)["claims"][0])["access_token"]
    path = urlsplit(tenant.sign_in(auth_uri, "alice"))
    return asked, alice.get(f"{path.path}?{path.query}")


def sign_in_again(alice: Visitor, tenant: Tenant) -> Any:
    """Press the button that the list shows; return the claims that Entra was asked for."""
    started = alice.submit("/sign-in/start", page="/sign-in?again=1&next=/", next="/")
    auth_uri = started.headers["Location"]
    path = urlsplit(tenant.sign_in(auth_uri, "alice"))
    assert alice.get(f"{path.path}?{path.query}").status_code == 200
    return json.loads(parse_qs(urlsplit(auth_uri).query)["claims"][0])["access_token"]


def lost(portal: Installation, tenant: Tenant) -> list[str]:
    """Return why grants were lost, by the record."""
    statement = (
        "SELECT error_code FROM tokens_auditevent"
        " WHERE owner_tenant_id = %s AND type = 'auth.grant_lost' ORDER BY id"
    )
    return [row[0] for row in portal.rows(statement, tenant.tenant_id)]


def wanted(claims: str) -> Any:
    return json.loads(claims)["access_token"]


def reason(alice: Visitor) -> str:
    return alice.text("/sign-in?again=1&next=/")


def calls(tenant: Tenant) -> int:
    return len(tenant.requests("pats"))


# --- a request -------------------------------------------------------------------------------------


def test_a_request_answers_it_without_a_word(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    for _ in range(2):
        tenant.challenge("alice")
        answer = create(alice, tenant)
        assert answer.status_code == 200
    assert [one.display_name for one in tenant.pats()] == [NAME, NAME]
    assert lost(portal, tenant) == []


def test_a_request_asks_for_the_second_factor_and_keeps_what_was_typed(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    claims = tenant.challenge("alice", kind="mfa")
    answer = create(alice, tenant)
    assert lost(portal, tenant) == [SignInReason.CHALLENGED]
    assert str(MESSAGES[SignInReason.CHALLENGED].title) in alice.text(answer.headers["Location"])

    asked, page = come_back(alice, tenant, answer)
    assert wanted(claims).items() <= asked.items()
    assert urlsplit(page.url).path == "/tokens/new"
    assert re.search(rf'name="name"[^>]*value="{NAME}"|value="{NAME}"[^>]*name="name"', page.text)
    # It comes back filled, and is not sent by itself.
    assert tenant.pats() == []

    parts = urlsplit(page.url)
    assert create(alice, tenant, page=f"{parts.path}?{parts.query}").status_code == 200
    assert [one.display_name for one in tenant.pats()] == [NAME]
    assert lost(portal, tenant) == [SignInReason.CHALLENGED]


def test_a_request_that_no_sign_in_helps_says_so(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    tenant.challenge("alice", kind="network")
    first = create(alice, tenant)
    assert lost(portal, tenant) == [SignInReason.CHALLENGED]
    come_back(alice, tenant, first)
    second = create(alice, tenant)
    assert lost(portal, tenant) == [SignInReason.CHALLENGED, SignInReason.NETWORK_REFUSED]
    assert str(MESSAGES[SignInReason.NETWORK_REFUSED].title) in alice.text(second.headers["Location"])
    assert tenant.pats() == []


# --- a job -----------------------------------------------------------------------------------------


def test_a_job_answers_it_without_the_person(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    tenant.add_pat("alice", "alpha", NAME)
    tenant.challenge("alice")
    portal.work()
    assert NAME in alice.text()
    assert lost(portal, tenant) == []


def test_a_job_leaves_it_to_the_person_and_goes_on_afterwards(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    tenant.add_pat("alice", "alpha", NAME)
    claims = tenant.challenge("alice", kind="mfa")
    portal.work()
    assert NAME not in alice.text()
    assert lost(portal, tenant) == [SignInReason.CHALLENGED]
    assert str(MESSAGES[SignInReason.CHALLENGED].title) in reason(alice)

    asked = sign_in_again(alice, tenant)
    assert wanted(claims).items() <= asked.items()
    portal.work()
    assert NAME in alice.text()
    assert lost(portal, tenant) == [SignInReason.CHALLENGED]


def test_background_work_stops_where_the_network_is_refused(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    tenant.challenge("alice", kind="network")
    portal.work()
    sign_in_again(alice, tenant)
    portal.work()
    assert lost(portal, tenant) == [SignInReason.CHALLENGED, SignInReason.NETWORK_REFUSED]
    assert str(MESSAGES[SignInReason.NETWORK_REFUSED].title) in reason(alice)

    before = calls(tenant), len(tenant.requests("token_endpoint"))
    for task in ("tokens.sweep", "tokens.sweep"):
        portal.defer(task)
    alice.submit("/tokens/refresh", page="/")
    portal.work()
    assert (calls(tenant), len(tenant.requests("token_endpoint"))) == before


@pytest.mark.parametrize("kind", ["mfa", "network"])
def test_the_challenge_is_nowhere_to_be_read(
    portal: Installation, tenant: Tenant, alice: Visitor, kind: str
) -> None:
    claims = tenant.challenge("alice", kind=kind)
    create(alice, tenant)
    sealed = portal.rows("SELECT sealed_challenge FROM accounts_grant WHERE state = 'sign_in_needed'")
    assert sealed
    value = str(wanted(claims)["nbf"]["value"])
    assert all(value.encode() not in bytes(row[0]) for row in sealed)
    assert value not in portal.logs()
