"""The token endpoint as MSAL and as a plain form sees it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from tests.sandbox.visitors import DEFAULT_SCOPES, REDIRECT_URI, RESOURCE, Visitor


def code_form(visitor: Visitor, **changes: str) -> dict[str, str]:
    flow = visitor.flow(visitor.application())
    return {
        "grant_type": "authorization_code",
        "client_id": visitor.tenant.client_id,
        "client_secret": visitor.tenant.client_secret,
        "code": visitor.callback(flow)["code"],
        "code_verifier": flow["code_verifier"],
        "redirect_uri": REDIRECT_URI,
        "scope": f"{DEFAULT_SCOPES[0]} openid profile offline_access",
    } | changes


def refresh_form(visitor: Visitor, refresh_token: str) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "client_id": visitor.tenant.client_id,
        "client_secret": visitor.tenant.client_secret,
        "refresh_token": refresh_token,
        "scope": f"{DEFAULT_SCOPES[0]} openid profile offline_access",
    }


def posted(visitor: Visitor, form: dict[str, str], **headers: str) -> requests.Response:
    url = f"{visitor.tenant.authority}/oauth2/v2.0/token"
    return visitor.session.post(url, data=form, headers=headers, timeout=10)


def refused(answer: requests.Response) -> tuple[int, str, int]:
    payload = answer.json()
    return answer.status_code, payload["error"], payload["error_codes"][0]


def test_msal_redeems_a_code_and_then_answers_from_its_cache(visitor: Visitor) -> None:
    application = visitor.application()
    result = visitor.signed_in(application)
    assert result["token_source"] == "identity_provider"
    assert DEFAULT_SCOPES[0] in result["scope"].split()
    account = application.get_accounts()[0]
    assert account["local_account_id"] == visitor.tenant.person("alice").object_id
    silent = application.acquire_token_silent_with_error(DEFAULT_SCOPES, account)
    assert silent["token_source"] == "cache"
    assert [one.verb for one in visitor.tenant.requests("token_endpoint")] == ["authorization_code"]


def test_msal_refreshes(visitor: Visitor) -> None:
    application = visitor.application()
    visitor.signed_in(application)
    account = application.get_accounts()[0]
    result = application.acquire_token_silent_with_error(DEFAULT_SCOPES, account, force_refresh=True)
    assert result["token_source"] == "identity_provider"
    assert result["id_token_claims"]["oid"] == account["local_account_id"]
    assert "nonce" not in result["id_token_claims"]


def test_default_stands_for_the_permissions_of_the_registration(visitor: Visitor) -> None:
    visitor.tenant.change(permissions=["user_impersonation"])
    result = visitor.signed_in(visitor.application())
    assert f"{RESOURCE}/user_impersonation" in result["scope"].split()


def test_narrow_scopes_are_echoed_and_found_again(visitor: Visitor) -> None:
    application = visitor.application()
    scopes = [f"{RESOURCE}/vso.pats", f"{RESOURCE}/vso.pats_manage"]
    result = visitor.signed_in(application, scopes=scopes)
    assert set(scopes) <= set(result["scope"].split())
    assert DEFAULT_SCOPES[0] not in result["scope"]
    silent = application.acquire_token_silent_with_error(scopes, application.get_accounts()[0])
    assert silent["token_source"] == "cache"


def test_a_code_works_once(visitor: Visitor) -> None:
    form = code_form(visitor)
    assert posted(visitor, form).status_code == 200
    assert refused(posted(visitor, form)) == (400, "invalid_grant", 54005)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code_verifier": "x" * 43}, (400, "invalid_grant", 501481)),
        ({"redirect_uri": "http://127.0.0.1:8000/getAToken"}, (400, "invalid_client", 500112)),
        ({"client_secret": "another"}, (401, "invalid_client", 7000215)),
        ({"client_id": str(uuid.UUID(int=1))}, (400, "unauthorized_client", 700016)),
        ({"code": "invented"}, (400, "invalid_grant", 70000)),
        ({"grant_type": "client_credentials"}, (400, "unsupported_grant_type", 70003)),
        ({"scope": "nonsense"}, (400, "invalid_scope", 70011)),
    ],
)
def test_a_mistake_in_the_form_has_its_own_number(
    visitor: Visitor, changes: dict[str, str], expected: tuple[int, str, int]
) -> None:
    assert refused(posted(visitor, code_form(visitor, **changes))) == expected


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("grant_type", (400, "invalid_request", 900144)),
        ("client_id", (400, "invalid_request", 900144)),
        ("client_secret", (401, "invalid_client", 7000218)),
        ("code", (400, "invalid_request", 900144)),
        ("code_verifier", (400, "invalid_grant", 501481)),
    ],
)
def test_a_missing_field_is_named(visitor: Visitor, missing: str, expected: tuple[int, str, int]) -> None:
    form = code_form(visitor)
    del form[missing]
    assert refused(posted(visitor, form)) == expected


def test_a_failed_redemption_leaves_the_code_usable(visitor: Visitor) -> None:
    form = code_form(visitor)
    assert posted(visitor, form | {"client_secret": "another"}).status_code == 401
    assert posted(visitor, form).status_code == 200


def test_a_refusal_carries_the_ids_that_support_asks_for(visitor: Visitor) -> None:
    asked = str(uuid.uuid4())
    payload: dict[str, Any] = posted(visitor, {}, **{"client-request-id": asked}).json()
    assert payload["correlation_id"] == asked
    assert payload["error_description"].startswith("AADSTS900144: ")
    expected = f"Trace ID: {payload['trace_id']} Correlation ID: {asked} Timestamp: {payload['timestamp']}"
    assert payload["error_description"].endswith(expected)


def test_get_is_refused(visitor: Visitor) -> None:
    url = f"{visitor.tenant.authority}/oauth2/v2.0/token"
    assert refused(visitor.session.get(url, timeout=10)) == (400, "invalid_request", 900561)


def test_a_disabled_person_gets_nothing(visitor: Visitor) -> None:
    form = code_form(visitor)
    refresh_token = posted(visitor, code_form(visitor)).json()["refresh_token"]
    visitor.tenant.change_person("alice", disabled=True)
    assert refused(posted(visitor, form)) == (400, "invalid_grant", 50057)
    assert refused(posted(visitor, refresh_form(visitor, refresh_token))) == (400, "invalid_grant", 50057)


def test_refresh_tokens_are_reusable_by_default(visitor: Visitor) -> None:
    old = posted(visitor, code_form(visitor)).json()["refresh_token"]
    answers = [posted(visitor, refresh_form(visitor, old)) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert old not in [one.json()["refresh_token"] for one in answers]


def test_reusing_a_one_time_refresh_token_ends_the_whole_family(visitor: Visitor) -> None:
    visitor.tenant.change(one_time_refresh=True)
    old = posted(visitor, code_form(visitor)).json()["refresh_token"]
    new = posted(visitor, refresh_form(visitor, old)).json()["refresh_token"]
    assert refused(posted(visitor, refresh_form(visitor, old))) == (400, "invalid_grant", 70000)
    assert refused(posted(visitor, refresh_form(visitor, new))) == (400, "invalid_grant", 50173)


def test_another_sign_in_survives_the_end_of_a_family(visitor: Visitor) -> None:
    visitor.tenant.change(one_time_refresh=True)
    other = posted(visitor, code_form(visitor)).json()["refresh_token"]
    old = posted(visitor, code_form(visitor)).json()["refresh_token"]
    for _ in range(2):
        posted(visitor, refresh_form(visitor, old))
    assert posted(visitor, refresh_form(visitor, other)).status_code == 200


def test_msal_learns_of_revocation_with_its_suberror(visitor: Visitor) -> None:
    application = visitor.application()
    visitor.signed_in(application)
    assert visitor.tenant.revoke_refresh("bob") == 0
    assert visitor.tenant.revoke_refresh("alice") == 1
    account = application.get_accounts()[0]
    result = application.acquire_token_silent_with_error(DEFAULT_SCOPES, account, force_refresh=True)
    assert (result["error"], result["suberror"]) == ("invalid_grant", "bad_token")
    assert result["error_codes"] == [50173]


def test_a_refresh_token_that_lay_unused_too_long_is_refused(visitor: Visitor) -> None:
    old = posted(visitor, code_form(visitor)).json()["refresh_token"]
    visitor.tenant.change(refresh_token_seconds=-1)
    assert refused(posted(visitor, refresh_form(visitor, old))) == (400, "invalid_grant", 700082)


def test_an_unknown_refresh_token_is_refused(visitor: Visitor) -> None:
    assert refused(posted(visitor, refresh_form(visitor, "invented"))) == (400, "invalid_grant", 70000)


def test_lifetimes_follow_the_tenants_settings(visitor: Visitor) -> None:
    visitor.tenant.change(access_token_seconds=120, refresh_in=60)
    payload = posted(visitor, code_form(visitor)).json()
    assert (payload["expires_in"], payload["refresh_in"]) == (120, 60)


def test_no_refresh_token_without_offline_access(visitor: Visitor) -> None:
    payload = posted(visitor, code_form(visitor, scope=f"{DEFAULT_SCOPES[0]} openid")).json()
    assert "refresh_token" not in payload
    assert "id_token" in payload
