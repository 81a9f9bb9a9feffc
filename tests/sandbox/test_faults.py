"""Every fault, as a caller meets it."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
import requests

from tests.sandbox.visitors import DEFAULT_SCOPES, Visitor


def test_latency_comes_before_the_effect(visitor: Visitor) -> None:
    visitor.bearer()
    with visitor.tenant.fault("pats", verb="list", latency_seconds=0.2):
        begun = time.monotonic()
        assert visitor.call().status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_a_connection_cut_before_leaves_nothing_behind(visitor: Visitor) -> None:
    visitor.bearer()
    with visitor.tenant.fault("pats", verb="create", drop="before"), pytest.raises(requests.ConnectionError):
        visitor.create()
    assert visitor.tenant.pats() == []
    assert [(one.verb, one.status) for one in visitor.tenant.requests("pats")] == [("create", None)]


def test_a_connection_cut_after_leaves_the_effect_behind(visitor: Visitor) -> None:
    visitor.bearer()
    with visitor.tenant.fault("pats", verb="create", drop="after"), pytest.raises(requests.ConnectionError):
        visitor.create(name="lost")
    assert [one.display_name for one in visitor.tenant.pats()] == ["lost"]


def test_a_held_answer_waits_with_its_effect_done(visitor: Visitor) -> None:
    visitor.bearer()
    control, answers = visitor.tenant.control, []
    thread = threading.Thread(target=lambda: answers.append(visitor.create(name="held").status_code))
    with visitor.tenant.hold("a gate", verb="create"):
        thread.start()
        control.wait_for_hold("a gate")
        assert [one.display_name for one in visitor.tenant.pats()] == ["held"]
        assert answers == []
    thread.join(10)
    assert answers == [200]
    assert control.held("a gate") == 0


def test_a_held_answer_can_end_in_a_cut(visitor: Visitor) -> None:
    visitor.bearer()
    failed = threading.Event()

    def create() -> None:
        with pytest.raises(requests.ConnectionError):
            visitor.create()
        failed.set()

    with visitor.tenant.hold("another gate", verb="create", drop="after"):
        thread = threading.Thread(target=create)
        thread.start()
        visitor.tenant.control.wait_for_hold("another gate")
        assert not failed.is_set()
    thread.join(10)
    assert failed.is_set()
    assert len(visitor.tenant.pats()) == 1


def test_a_client_that_gave_up_does_no_harm(visitor: Visitor) -> None:
    visitor.bearer()
    with visitor.tenant.fault("pats", latency_seconds=0.3, times=1), pytest.raises(requests.Timeout):
        visitor.session.get(
            f"{visitor.tenant.vssps_url}/{visitor.tenant.organization('alpha').name}/_apis/tokens/pats",
            timeout=0.05,
        )
    assert visitor.call().status_code == 200


@pytest.mark.parametrize(
    ("wish", "status", "type_key"),
    [
        ({"status": 500}, 500, "VssServiceException"),
        ({"status": 503, "headers": {"Retry-After": "7"}}, 503, "VssServiceException"),
        ({"status": 429, "headers": {"Retry-After": "1"}}, 429, "RequestBlockedException"),
        ({"status": 403}, 403, "VssServiceException"),
    ],
)
def test_a_status_comes_in_the_envelope_and_nothing_happens(
    visitor: Visitor, wish: dict[str, Any], status: int, type_key: str
) -> None:
    with visitor.tenant.fault("pats", verb="create", **wish):
        answer = visitor.create()
    assert (answer.status_code, answer.json()["typeKey"]) == (status, type_key)
    assert answer.headers["ActivityId"]
    assert wish.get("headers", {}).items() <= dict(answer.headers).items()
    assert visitor.tenant.pats() == []


@pytest.mark.parametrize(
    ("type_key", "status"),
    [("InvalidAccessException", 403), ("InvalidIdentityException", 401), ("AccessCheckException", 401)],
)
def test_an_exception_of_the_service_can_be_named(visitor: Visitor, type_key: str, status: int) -> None:
    exception = {"type_key": type_key, "message": "Service principals may not do this."}
    with visitor.tenant.fault("pats", status=status, exception=exception):
        answer = visitor.call()
    payload = json.loads(answer.content.decode("utf-8-sig"))
    assert (answer.status_code, payload["typeKey"]) == (status, type_key)
    assert payload["message"] == exception["message"]
    assert answer.headers["X-TFS-ServiceError"]


def test_a_failure_can_hide_an_effect(visitor: Visitor) -> None:
    with visitor.tenant.fault("pats", verb="create", status=500, effect=True):
        assert visitor.create().status_code == 500
    assert len(visitor.tenant.pats()) == 1


@pytest.mark.parametrize(
    ("wish", "status", "content"),
    [
        ({"status": 401}, 401, b"TF400813"),
        ({"status": 401, "body": ""}, 401, b""),
        ({"status": 302, "headers": {"Location": "https://sign-in.example/"}}, 302, b""),
        ({"html": True}, 200, b"<title>Azure DevOps Services | Sign In"),
        ({"html": True, "status": 203}, 203, b"Sign In"),
        ({"body": "{not json"}, 200, b"{not json"),
        ({"body": {"patTokens": "?"}}, 200, b'"?"'),
        ({"pat_error": "somethingNew"}, 200, b"somethingNew"),
    ],
)
def test_answers_can_be_replaced(visitor: Visitor, wish: dict[str, Any], status: int, content: bytes) -> None:
    with visitor.tenant.fault("pats", **wish):
        answer = visitor.call()
    assert answer.status_code == status
    assert content in answer.content if content else answer.content == b""


def test_a_pat_error_takes_its_message_and_content_type(visitor: Visitor) -> None:
    body = {"patTokenErrorMessage": "ask Ines"}
    with visitor.tenant.fault("pats", pat_error="accessDenied", body=body, content_type="text/json"):
        answer = visitor.create()
    assert answer.json() == {
        "patToken": None,
        "patTokenError": "accessDenied",
        "patTokenErrorMessage": "ask Ines",
    }
    assert answer.headers["Content-Type"] == "text/json"


def test_headers_alone_decorate_the_true_answer(visitor: Visitor) -> None:
    with visitor.tenant.fault("pats", headers={"Retry-After": "3", "Date": "Mon, 01 Jan 2029 00:00:00 GMT"}):
        answer = visitor.create()
    assert answer.json()["patTokenError"] == "none"
    assert answer.headers["Retry-After"] == "3"
    assert answer.raw.headers.getlist("Date") == ["Mon, 01 Jan 2029 00:00:00 GMT"]


def test_a_claims_challenge_can_be_sent(visitor: Visitor) -> None:
    challenge = 'Bearer error="insufficient_claims", claims="e30="'
    with visitor.tenant.fault("pats", status=401, headers={"WWW-Authenticate": challenge}):
        assert visitor.call().headers["WWW-Authenticate"] == challenge


def test_a_fault_strikes_as_often_as_told(visitor: Visitor) -> None:
    visitor.tenant.fault("pats", status=500, times=2)
    visitor.tenant.fault("pats", status=503, times=1)
    assert [visitor.call().status_code for _ in range(4)] == [500, 500, 503, 200]


@pytest.mark.parametrize(
    "match",
    [
        {"verb": "create"},
        {"person": "bob@example.test"},
        {"organization": "nowhere"},
    ],
)
def test_a_fault_strikes_only_what_it_means(visitor: Visitor, match: dict[str, Any]) -> None:
    with visitor.tenant.fault("pats", status=500, **match):
        assert visitor.call().status_code == 200


def test_a_fault_finds_its_call_by_verb_organization_and_person(visitor: Visitor) -> None:
    place = visitor.tenant.organization("alpha").name.upper()
    person = visitor.tenant.person("alice").object_id
    with visitor.tenant.fault("pats", verb="list", organization=place, person=person, status=500):
        assert visitor.call().status_code == 500
        assert visitor.call(organization="beta").status_code == 200


def test_a_fault_of_another_tenant_does_not_strike(visitor: Visitor) -> None:
    other = visitor.tenant.control.create_tenant()
    with other.fault("pats", status=500):
        assert visitor.call().status_code == 200
    other.remove()


@pytest.mark.parametrize(
    ("wish", "status", "error"),
    [
        (
            {"aadsts": {"code": 53003, "error": "invalid_grant", "suberror": "message_only"}},
            400,
            "invalid_grant",
        ),
        ({"aadsts": {"code": 7000222, "error": "invalid_client"}}, 401, "invalid_client"),
        ({"aadsts": {"code": 50076, "claims": '{"access_token":{}}'}}, 400, "invalid_grant"),
        ({"status": 503}, 503, "temporarily_unavailable"),
    ],
)
def test_the_token_endpoint_refuses_by_order(
    visitor: Visitor, wish: dict[str, Any], status: int, error: str
) -> None:
    with visitor.tenant.fault("token_endpoint", verb="refresh_token", **wish):
        answer = visitor.session.post(
            f"{visitor.tenant.authority}/oauth2/v2.0/token", data={"grant_type": "refresh_token"}, timeout=10
        )
    payload = answer.json()
    assert (answer.status_code, payload["error"]) == (status, error)
    assert wish.get("aadsts", {}).get("claims") == payload.get("claims")
    assert wish.get("aadsts", {}).get("suberror") == payload.get("suberror")


def test_a_one_time_refresh_token_is_spent_though_its_answer_was_lost(visitor: Visitor) -> None:
    visitor.tenant.change(one_time_refresh=True)
    application = visitor.application()
    visitor.signed_in(application)
    account = application.get_accounts()[0]

    def refresh() -> Any:
        return application.acquire_token_silent_with_error(DEFAULT_SCOPES, account, force_refresh=True)

    with (
        visitor.tenant.fault("token_endpoint", person="alice@example.test", drop="after"),
        pytest.raises(requests.ConnectionError),
    ):
        refresh()
    assert refresh()["error_codes"] == [70000]


def test_a_proxy_may_answer_instead_of_entra(visitor: Visitor) -> None:
    url = f"{visitor.tenant.authority}/discovery/v2.0/keys"
    with visitor.tenant.fault("keys", html=True, status=502):
        answer = visitor.session.get(url, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")


def test_the_keys_can_be_replaced_or_withheld(visitor: Visitor) -> None:
    url = f"{visitor.tenant.authority}/discovery/v2.0/keys"
    visitor.tenant.fault("keys", body={"keys": []}, times=1)
    visitor.tenant.fault("keys", drop="before", times=1)
    assert visitor.session.get(url, timeout=10).json() == {"keys": []}
    with pytest.raises(requests.ConnectionError):
        visitor.session.get(url, timeout=10)


@pytest.mark.parametrize(
    "order",
    [
        {"match": {"surface": "mail"}, "do": {}},
        {"match": {"surface": "pats", "verbs": "list"}, "do": {}},
        {"match": {"surface": "pats"}, "do": {"explode": True}},
        {"match": {"surface": "pats"}, "do": {"drop": "sometimes"}},
        {"match": {"surface": "pats"}, "do": {"status": 99}},
        {"match": {"surface": "pats"}, "do": {"headers": {"X": "a\r\nY: b"}}},
        {"match": {"surface": "pats"}, "times": 0, "do": {}},
        {"match": {"surface": "token_endpoint"}, "do": {"pat_error": "accessDenied"}},
        {"match": {"surface": "pats"}, "do": {"aadsts": {"code": 50076}}},
        {"match": {"surface": "pats"}, "do": {"exception": {"type_key": "AccessCheckException"}}},
        {"match": {}, "do": {}},
    ],
)
def test_a_misspelt_fault_is_told(visitor: Visitor, order: dict[str, Any]) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        visitor.tenant.control.call("POST", f"tenants/{visitor.tenant.tenant_id}/faults", order)
    assert caught.value.response.status_code == 400


def test_control_answers_while_calls_hang(visitor: Visitor) -> None:
    visitor.bearer()
    threads = [threading.Thread(target=visitor.call) for _ in range(20)]
    with visitor.tenant.hold("a crowd", verb="list", times=None):
        for thread in threads:
            thread.start()
        visitor.tenant.control.wait_for_hold("a crowd", count=20)
        begun = time.monotonic()
        assert len(visitor.tenant.requests("pats")) == 20
        assert time.monotonic() - begun < 5
    for thread in threads:
        thread.join(10)
    assert {one.status for one in visitor.tenant.requests("pats")} == {200}
