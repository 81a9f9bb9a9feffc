"""Ordered refusals: each number at each place where Entra raises it."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import msal
import pytest
import requests

from sandbox.entra import numbers
from tests.sandbox.visitors import Visitor


def at(place: str) -> list[int]:
    return sorted({one.number for one in numbers.entries() if one.is_raised_at(place)})


@pytest.fixture
def application(visitor: Visitor) -> msal.ConfidentialClientApplication:
    return visitor.application()


@pytest.mark.parametrize("number", at("page"))
def test_a_page_shows_the_number_and_sends_nobody_back(
    visitor: Visitor, application: msal.ConfidentialClientApplication, number: int
) -> None:
    address = visitor.flow(application)["auth_uri"]
    with visitor.tenant.refuse(number, person="alice"):
        page = visitor.tenant.visit(address, "alice")
        bob = visitor.tenant.visit(address, "bob")
    assert (page.status_code, bob.status_code) == (400, 302)
    assert f"AADSTS{number}: {numbers.entry(number).sentence[:20]}" in page.text.replace("&#x27;", "'")
    assert "Correlation ID" in page.text
    assert "Location" not in page.headers


@pytest.mark.parametrize("number", at("redirect"))
def test_a_redirect_carries_the_error_back(
    visitor: Visitor, application: msal.ConfidentialClientApplication, number: int
) -> None:
    visitor.tenant.refuse(number, place="redirect")
    flow = visitor.flow(application)
    answers = dict(parse_qsl(urlsplit(visitor.tenant.sign_in(flow["auth_uri"], "alice")).query))
    assert answers["error"] == numbers.entry(number, "redirect").error
    assert answers["error_description"].startswith(f"AADSTS{number}: ")
    assert answers["state"] == flow["state"]


@pytest.mark.parametrize("number", at("refresh"))
def test_a_refresh_is_refused(
    visitor: Visitor, application: msal.ConfidentialClientApplication, number: int
) -> None:
    visitor.signed_in(application)
    visitor.tenant.refuse(number, person="alice", times=1)
    entry = numbers.entry(number, "refresh")
    refused = visitor.refreshed(application)
    assert (refused["error"], refused.get("suberror", "")) == (entry.error, entry.suberror)
    assert refused["error_codes"] == [number]
    assert refused["error_description"].startswith(f"AADSTS{number}: ")
    assert ("claims" in refused) == (entry.suberror in {"basic_action", "additional_action"})
    # MSAL keeps a refusal for a minute; another application object asks anew.
    again = visitor.application(token_cache=application.token_cache)
    assert visitor.refreshed(again)["token_source"] == "identity_provider"


@pytest.mark.parametrize("number", at("code"))
def test_a_code_is_refused_and_stays_good(
    visitor: Visitor, application: msal.ConfidentialClientApplication, number: int
) -> None:
    flow = visitor.flow(application)
    answers = visitor.callback(flow)
    visitor.tenant.refuse(number, place="token", times=1)
    refused = application.acquire_token_by_auth_code_flow(dict(flow), answers)
    assert refused["error_codes"] == [number]
    assert "access_token" in visitor.application().acquire_token_by_auth_code_flow(dict(flow), answers)


def test_a_token_number_of_one_grant_leaves_the_other_alone_unless_asked_for(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    with visitor.tenant.refuse(700082):
        assert "access_token" in visitor.signed_in(application)
    with visitor.tenant.refuse(700082, place="token"):
        assert visitor.signed_in(visitor.application())["error_codes"] == [700082]


def test_one_place_of_several_may_be_chosen(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    with visitor.tenant.refuse(53003, place="refresh"):
        visitor.signed_in(application)
        assert visitor.refreshed(application)["error_codes"] == [53003]


def test_discovery_is_refused(visitor: Visitor) -> None:
    url = f"{visitor.tenant.issuer}/.well-known/openid-configuration"
    with visitor.tenant.refuse(90002):
        answer = visitor.session.get(url, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_tenant")
    assert visitor.session.get(url, timeout=10).status_code == 200


def test_a_sign_in_with_the_claims_ends_what_they_were_about(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.signed_in(application)
    visitor.tenant.refuse(50076, person="alice")
    wanted = visitor.refreshed(application)["claims"]
    assert json.loads(wanted)["access_token"]["capolids"]["values"]
    visitor.signed_in(application)
    assert visitor.refreshed(visitor.application(token_cache=application.token_cache))["claims"] == wanted
    visitor.signed_in(application, claims_challenge=wanted)
    renewed = visitor.refreshed(visitor.application(token_cache=application.token_cache))
    assert "access_token" in renewed


def test_the_client_is_checked_before_a_person_is_refused(visitor: Visitor) -> None:
    visitor.tenant.refuse(53003, place="token")
    refused = visitor.signed_in(visitor.application(client_credential="wrong"))
    assert refused["error_codes"] == [7000215]


def test_all_refusals_end_at_once(visitor: Visitor, application: msal.ConfidentialClientApplication) -> None:
    visitor.tenant.refuse(53003)
    visitor.tenant.refuse(50105)
    visitor.tenant.end_refusals()
    assert "access_token" in visitor.signed_in(application)


@pytest.mark.parametrize(
    "order",
    [
        {"number": 1},
        {"number": 53003, "place": "mail"},
        {"number": 53003, "times": 0},
        {"number": 53003, "people": "alice"},
        {},
    ],
)
def test_a_mistaken_refusal_is_told(visitor: Visitor, order: dict[str, object]) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        visitor.tenant.control.call("POST", f"tenants/{visitor.tenant.tenant_id}/refusals", order)
    assert caught.value.response.status_code == 400
