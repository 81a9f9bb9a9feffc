"""Challenges: what Azure DevOps answers with them, and what Entra makes of the claims that come back."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import jwt
import msal
import pytest
import requests

from sandbox.entra import claims_request
from sandbox.entra.errors import AadstsError
from tests.sandbox.visitors import Visitor


@pytest.fixture
def application(visitor: Visitor) -> msal.ConfidentialClientApplication:
    return visitor.application(client_capabilities=["CP1"])


def challenge_in(answer: requests.Response) -> str:
    assert answer.status_code == 401
    header = answer.headers["WWW-Authenticate"]
    assert header.startswith("Bearer ")
    assert 'error="insufficient_claims"' in header
    match = re.search(r'claims="([^"]+)"', header)
    assert match
    return base64.b64decode(match[1]).decode()


def test_an_application_that_declares_cp1_is_told_so_in_its_access_token(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    plain = visitor.signed_in(visitor.application())["access_token"]
    signed_in = visitor.signed_in(application)["access_token"]
    refreshed = visitor.refreshed(application)["access_token"]
    found = [
        jwt.decode(text, options={"verify_signature": False}).get("xms_cc")
        for text in (plain, signed_in, refreshed)
    ]
    assert found == [None, ["CP1"], ["CP1"]]


def test_access_tokens_of_such_an_application_may_live_longer(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.tenant.change(continuous_seconds=100_000, access_token_seconds=4_000)
    assert visitor.signed_in(application)["expires_in"] == 100_000
    assert visitor.signed_in(visitor.application())["expires_in"] == 4_000


def test_after_a_revocation_a_refresh_with_the_claims_is_enough(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    old = visitor.signed_in(application)["access_token"]
    wanted = visitor.tenant.challenge("alice")
    assert challenge_in(visitor.call(access_token=old)) == wanted
    assert json.loads(wanted)["access_token"]["nbf"]["essential"] is True
    without = visitor.refreshed(application)["access_token"]
    assert challenge_in(visitor.call(access_token=without)) == wanted
    renewed = visitor.refreshed(application, claims_challenge=wanted)["access_token"]
    later = visitor.refreshed(application)["access_token"]
    assert [visitor.call(access_token=one).status_code for one in (renewed, later)] == [200, 200]


def test_a_second_challenge_is_not_met_by_what_met_the_first(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.signed_in(application)
    first = visitor.tenant.challenge("alice")
    renewed = visitor.refreshed(application, claims_challenge=first)["access_token"]
    assert visitor.tenant.challenge("alice") != first
    assert visitor.call(access_token=renewed).status_code == 401


def test_a_second_factor_needs_a_sign_in_that_carries_the_claims(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.signed_in(application)
    wanted = visitor.tenant.challenge("alice", kind="mfa")
    refused = visitor.refreshed(application, claims_challenge=wanted)
    assert (refused["error"], refused["suberror"]) == ("interaction_required", "basic_action")
    assert (refused["error_codes"], refused["claims"]) == ([50076], wanted)
    without = visitor.signed_in(application)["access_token"]
    assert visitor.call(access_token=without).status_code == 401
    answered = visitor.signed_in(application, claims_challenge=wanted)["access_token"]
    later = visitor.refreshed(application, claims_challenge=wanted)["access_token"]
    assert [visitor.call(access_token=one).status_code for one in (answered, later)] == [200, 200]


def test_a_refused_network_is_refused_whatever_one_does(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.signed_in(application)
    wanted = visitor.tenant.challenge("alice", kind="network")
    found = [
        visitor.refreshed(application, claims_challenge=wanted),
        visitor.signed_in(application, claims_challenge=wanted),
    ]
    assert [visitor.call(access_token=one["access_token"]).status_code for one in found] == [401, 401]
    visitor.tenant.end_challenge("alice")
    assert visitor.call(access_token=found[0]["access_token"]).status_code == 200


def test_a_challenge_concerns_one_person_and_only_applications_that_understand_it(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.tenant.challenge("alice")
    bob = visitor.signed_in(application, "bob")["access_token"]
    assert visitor.call(access_token=bob).status_code == 200
    assert visitor.call(person="alice").status_code == 200


def test_connection_data_is_challenged_too(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    bearer = visitor.signed_in(application)["access_token"]
    wanted = visitor.tenant.challenge("alice")
    url = f"{visitor.tenant.devops_url}/{visitor.tenant.organization('alpha').name}/_apis/connectionData"
    answer = visitor.session.get(url, headers={"Authorization": f"Bearer {bearer}"}, timeout=10)
    assert challenge_in(answer) == wanted


def test_a_challenge_may_stand_among_other_ways_to_sign_in(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    bearer = visitor.signed_in(application)["access_token"]
    visitor.tenant.challenge("alice")
    answer = visitor.call(access_token=bearer, headers={"X-TFS-FedAuthRedirect": "Suppress"})
    found = answer.raw.headers.getlist("WWW-Authenticate")
    assert [one.partition(" ")[0] for one in found] == ["TFS-Federated", "Bearer", "Basic"]
    assert 'claims="' in answer.headers["WWW-Authenticate"]


def test_an_unknown_kind_of_challenge_is_told(visitor: Visitor) -> None:
    with pytest.raises(requests.HTTPError):
        visitor.tenant.challenge("alice", kind="weather")


@pytest.mark.parametrize("text", ["eyJhY2Nlc3NfdG9rZW4iOnt9fQ==", "[]", '{"access_token":[1]}', "{"])
def test_claims_that_are_no_json_object_are_refused(text: str) -> None:
    with pytest.raises(AadstsError) as caught:
        claims_request.read(text)
    assert caught.value.error == "invalid_request"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, (False, 0)),
        ({"access_token": None}, (False, 0)),
        ({"access_token": {"xms_cc": {"values": ["cp1", "other"]}}}, (True, 0)),
        ({"access_token": {"nbf": {"essential": True, "value": "17"}}}, (False, 17)),
    ],
)
def test_claims_are_read(wanted: dict[str, Any], expected: tuple[bool, int]) -> None:
    asked = claims_request.read(json.dumps(wanted))
    assert (asked.has_cp1, asked.not_before) == expected
