"""The conversation with Entra, against the sandbox's: real TLS, real MSAL, real signatures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts.entra import EntraClient
from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    PortalMisconfigured,
    RefusalReason,
    SignInNeeded,
    SignInReason,
    SignInRefused,
)
from tests.accounts.browsers import query_of
from tests.accounts.entra.conversation import CALLBACK, NARROW, RESOURCE, config_of, refresh, sign_in
from tests.accounts.entra.little_entra import KEPT_CACHE, little_entra, secret_source
from tests.accounts.signing import PERSON, TENANT
from tests.sandbox_control import SandboxControl, Tenant


@pytest.fixture
def client(tenant: Tenant) -> EntraClient:
    return EntraClient(config_of(tenant))


# --- the flow ------------------------------------------------------------------------------------


def test_it_asks_for_a_code_with_pkce_state_and_nonce(client: EntraClient) -> None:
    flow = client.start_flow(redirect_uri=CALLBACK)
    query = query_of(flow["auth_uri"])
    assert query["response_type"] == "code"
    assert query["redirect_uri"] == CALLBACK
    assert query["code_challenge_method"] == "S256"
    assert query["state"] == flow["state"]
    assert flow["nonce"] not in flow["auth_uri"]
    assert flow["code_verifier"] not in flow["auth_uri"]
    assert {"openid", "profile", "offline_access", f"{RESOURCE}/.default"} <= set(query["scope"].split())
    assert json.loads(json.dumps(flow)) == flow


def test_it_passes_hints_on(client: EntraClient) -> None:
    uri = client.start_flow(redirect_uri=CALLBACK, login_hint="O.abc", prompt="select_account")["auth_uri"]
    assert (query_of(uri)["login_hint"], query_of(uri)["prompt"]) == ("O.abc", "select_account")


@pytest.mark.parametrize("scopes", [(f"{RESOURCE}/.default",), NARROW])
def test_it_redeems_a_code_and_refreshes_with_both_ways_of_asking_for_scopes(
    tenant: Tenant, scopes: tuple[str, ...]
) -> None:
    client = EntraClient(config_of(tenant, scopes=scopes))
    signed_in = sign_in(client, tenant)
    assert signed_in.claims["oid"] == tenant.person("alice").object_id
    assert signed_in.claims["name"] == "Alice Archer"
    assert set(NARROW) <= set(signed_in.scopes)
    refreshed = refresh(client, tenant, signed_in)
    assert refreshed.error is None
    assert refreshed.cache_text not in {None, signed_in.cache_text}
    assert set(NARROW) <= set(refreshed.scopes)


def test_a_domain_name_as_authority_works(tenant: Tenant) -> None:
    client = EntraClient(config_of(tenant, authority=f"{tenant.control.base_url}/{tenant.domain}"))
    assert sign_in(client, tenant).claims["tid"] == tenant.tenant_id
    assert client.discovery().tenant_id == UUID(tenant.tenant_id)


def test_a_guest_keeps_a_grant_that_refreshes(sandbox_control: SandboxControl) -> None:
    tenant = sandbox_control.create_tenant(
        people=[{"name": "Gus Guest", "user_name": "gus@elsewhere.test", "guest": True}]
    )
    client = EntraClient(config_of(tenant))
    signed_in = sign_in(client, tenant, "gus")
    assert (
        tenant.tenant_id
        not in next(iter(json.loads(signed_in.cache_text)["Account"].values()))["home_account_id"]
    )
    assert refresh(client, tenant, signed_in, "gus").error is None
    tenant.remove()


# --- what comes back must be believable ------------------------------------------------------------

FORGED: dict[str, dict[str, Any]] = {
    "audience": {"aud": "00000000-0000-4000-8000-000000000009"},
    "issuer": {"iss": "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0"},
    "tenant": {"tid": "11111111-2222-4333-8444-555555555555"},
    "nonce": {"nonce": "0" * 64},
    "no nonce": {"nonce": None},
    "expired": {"exp": 1_000_000_000},
    "version": {"ver": "1.0"},
    "a stranger's key": {"key": "stranger"},
    "no signature": {"alg": "none"},
    "the public key as secret": {"alg": "HS256"},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_id_token_is_refused(client: EntraClient, tenant: Tenant, forge: dict[str, Any]) -> None:
    with tenant.fault("token_endpoint", forge=forge), pytest.raises(SignInRefused) as caught:
        sign_in(client, tenant)
    assert caught.value.code == RefusalReason.ID_TOKEN_INVALID


def test_an_application_is_no_person(client: EntraClient, tenant: Tenant) -> None:
    with tenant.fault("token_endpoint", forge={"idtyp": "app"}), pytest.raises(SignInRefused) as caught:
        sign_in(client, tenant)
    assert caught.value.code == RefusalReason.NOT_A_PERSON


def test_an_id_token_that_is_none_is_refused(client: EntraClient, tenant: Tenant) -> None:
    answers: list[dict[str, Any]] = [
        {"access_token": "x", "token_type": "Bearer", "scope": "x"},
        {"access_token": "x", "id_token": "garbage"},
        {"access_token": "x", "id_token": "a.b.c"},
        {"access_token": "x", "id_token": 7},
    ]
    for body in answers:
        with tenant.fault("token_endpoint", status=200, body=body), pytest.raises(SignInRefused) as caught:
            sign_in(client, tenant)
        assert caught.value.code == RefusalReason.ID_TOKEN_INVALID


def test_a_rotated_key_is_found_within_a_minute(tenant: Tenant) -> None:
    now = [1000.0]
    client = EntraClient(config_of(tenant), clock=lambda: now[0])
    sign_in(client, tenant)
    tenant.rotate_keys(drop_old=True)
    with pytest.raises(SignInRefused):
        sign_in(client, tenant)  # the keys were fetched a moment ago
    now[0] += 60
    assert sign_in(client, tenant).claims["name"] == "Alice Archer"


def test_a_foreign_discovery_document_is_refused(tenant: Tenant) -> None:
    wrong = {
        "issuer": f"{tenant.control.base_url}/11111111-2222-4333-8444-555555555555/v2.0",
        "token_endpoint": "https://elsewhere.example/token",
        "jwks_uri": "https://elsewhere.example/keys",
        "authorization_endpoint": "https://elsewhere.example/authorize",
    }
    for name, value in wrong.items():
        client = EntraClient(config_of(tenant))
        with tenant.fault("discovery", forge={name: value}), pytest.raises(PortalMisconfigured):
            client.start_flow(redirect_uri=CALLBACK)


def test_plain_pages_need_the_permission_for_other_hosts(tenant: Tenant) -> None:
    with pytest.raises(PortalMisconfigured):
        EntraClient(config_of(tenant, is_loopback_page_allowed=False)).discovery()


def test_an_unknown_tenant_is_a_matter_of_setup(sandbox_control: SandboxControl, tenant: Tenant) -> None:
    nowhere = f"{sandbox_control.base_url}/99999999-2222-4333-8444-555555555555"
    with pytest.raises(AccountsError) as caught:
        EntraClient(config_of(tenant, authority=nowhere)).discovery()
    assert isinstance(caught.value, PortalMisconfigured)


# --- refusals and outages --------------------------------------------------------------------------


def test_a_code_counts_once(client: EntraClient, tenant: Tenant) -> None:
    flow = client.start_flow(redirect_uri=CALLBACK)
    query = query_of(tenant.sign_in(flow["auth_uri"], "alice"))
    client.redeem(flow, query=query)
    with pytest.raises(SignInRefused) as caught:
        client.redeem(flow, query=query)
    assert caught.value.code == RefusalReason.FLOW_SPENT
    assert caught.value.aadsts == 54005
    assert UUID(caught.value.correlation_id)


def test_a_refusal_on_the_redirect_is_told(client: EntraClient, tenant: Tenant) -> None:
    flow = client.start_flow(redirect_uri=CALLBACK)
    query = query_of(tenant.control.decline(flow["auth_uri"]))
    with pytest.raises(SignInRefused) as caught:
        client.redeem(flow, query=query)
    assert caught.value.code == RefusalReason.PERMISSION_DECLINED
    assert caught.value.aadsts == 65004


def test_an_answer_with_neither_code_nor_error_is_refused(client: EntraClient) -> None:
    flow = client.start_flow(redirect_uri=CALLBACK)
    with pytest.raises(SignInRefused):
        client.redeem(flow, query={"state": flow["state"]})


def test_a_wrong_secret_is_a_matter_of_setup(tenant: Tenant) -> None:
    client = EntraClient(config_of(tenant, credentials=(secret_source("not the secret"),)))
    with pytest.raises(PortalMisconfigured) as caught:
        sign_in(client, tenant)
    assert caught.value.aadsts == 7000215


OUTAGES: dict[str, dict[str, Any]] = {
    "500": {"status": 500, "body": {"error": "server_error"}},
    "503 with a page": {"status": 503, "html": True},
    "a page with 200": {"status": 200, "html": True},
    "a page with 403": {"status": 403, "html": True},
    "429 with JSON": {"status": 429, "body": {"error": "invalid_request"}, "headers": {"Retry-After": "1"}},
    "429 with a page": {"status": 429, "html": True},
    "a redirect": {"status": 302, "headers": {"Location": "/elsewhere"}},
    "a list": {"status": 200, "body": [1]},
    "an error of theirs": {"aadsts": {"code": 90033, "error": "temporarily_unavailable"}},
    "cut off before": {"drop": "before"},
    "cut off after": {"drop": "after"},
}


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES.keys())
def test_no_usable_answer_is_an_outage(client: EntraClient, tenant: Tenant, outage: dict[str, Any]) -> None:
    signed_in = sign_in(client, tenant)
    with tenant.fault("token_endpoint", **outage):
        with pytest.raises(EntraUnreachable):
            sign_in(client, tenant)
        refreshed = refresh(client, tenant, signed_in)
    assert isinstance(refreshed.error, EntraUnreachable)
    assert refreshed.cache_text is None


def test_an_outage_of_the_documents_is_one_only_without_copies(tenant: Tenant) -> None:
    with tenant.fault("discovery", status=503), pytest.raises(EntraUnreachable):
        EntraClient(config_of(tenant)).start_flow(redirect_uri=CALLBACK)
    with tenant.fault("discovery", status=200, html=True), pytest.raises(EntraUnreachable):
        EntraClient(config_of(tenant)).discovery()
    with tenant.fault("keys", status=503), pytest.raises(EntraUnreachable):
        sign_in(EntraClient(config_of(tenant)), tenant)
    with tenant.fault("keys", status=200, body={"keys": []}), pytest.raises(EntraUnreachable):
        sign_in(EntraClient(config_of(tenant)), tenant)
    client = EntraClient(config_of(tenant))
    sign_in(client, tenant)
    with tenant.fault("discovery", drop="before"), tenant.fault("keys", drop="before"):
        assert sign_in(client, tenant).claims["name"] == "Alice Archer"


def test_nobody_listening_is_an_outage(tenant: Tenant) -> None:
    authority = f"https://127.0.0.1:1/{tenant.tenant_id}"
    with pytest.raises(EntraUnreachable):
        EntraClient(config_of(tenant, authority=authority)).discovery()


def test_documents_are_fetched_once(client: EntraClient, tenant: Tenant) -> None:
    tenant.forget_requests()
    for _ in range(3):
        sign_in(client, tenant)
    assert len(tenant.requests("discovery")) == 1
    assert len(tenant.requests("keys")) == 1


# --- refreshing ------------------------------------------------------------------------------------


def test_a_revoked_grant_needs_the_person(client: EntraClient, tenant: Tenant) -> None:
    signed_in = sign_in(client, tenant)
    tenant.revoke_refresh("alice")
    error = refresh(client, tenant, signed_in).error
    assert isinstance(error, SignInNeeded)
    assert error.code == SignInReason.GRANT_REVOKED
    assert error.aadsts == 50173


@pytest.mark.parametrize("name", ["bob"])
def test_it_refreshes_for_the_person_of_the_cache_alone(
    client: EntraClient, tenant: Tenant, name: str
) -> None:
    signed_in = sign_in(client, tenant)
    tenant.forget_requests()
    error = refresh(client, tenant, signed_in, name).error
    assert isinstance(error, SignInNeeded)
    assert tenant.requests("token_endpoint") == []


# --- claims challenges -----------------------------------------------------------------------------

CHALLENGE = '{"access_token": {"nbf": {"essential": true, "value": "1700000000"}}}'
CAPABLE = {"access_token": {"xms_cc": {"values": ["CP1"]}}}
MERGED = {"access_token": json.loads(CHALLENGE)["access_token"] | CAPABLE["access_token"]}


def test_it_says_that_it_can_handle_challenges(client: EntraClient, tenant: Tenant) -> None:
    flow = client.start_flow(redirect_uri=CALLBACK)
    assert json.loads(query_of(flow["auth_uri"])["claims"]) == CAPABLE


def test_a_challenge_goes_along_with_a_sign_in_and_its_code(tmp_path: Path) -> None:
    with little_entra(tmp_path) as entra:
        client = entra.client(secret_source("sandbox-client-secret"))
        flow = client.start_flow(redirect_uri=CALLBACK, claims_challenge=CHALLENGE)
        assert json.loads(query_of(flow["auth_uri"])["claims"]) == MERGED
        flow = json.loads(json.dumps(flow))
        with pytest.raises(SignInRefused):
            client.redeem(flow, query={"state": flow["state"], "code": "a-code-of-the-page"})
    assert [json.loads(form["claims"]) for form in entra.forms] == [MERGED]


def test_a_challenge_goes_along_with_a_refresh(tmp_path: Path) -> None:
    with little_entra(tmp_path) as entra:
        client = entra.client(secret_source("sandbox-client-secret"))
        for challenge in (CHALLENGE, ""):
            refreshed = client.refresh(
                KEPT_CACHE, tenant_id=UUID(TENANT), object_id=UUID(PERSON), claims_challenge=challenge
            )
            assert isinstance(refreshed.error, SignInNeeded)
    assert [json.loads(form["claims"]) for form in entra.forms] == [MERGED, CAPABLE]


@pytest.mark.parametrize("challenge", ["eyJhIjoxfQ==", "[]", "null", '{"access_token": []}', "{"])
def test_what_is_no_challenge_is_left_out(client: EntraClient, tenant: Tenant, challenge: str) -> None:
    uri = client.start_flow(redirect_uri=CALLBACK, claims_challenge=challenge)["auth_uri"]
    assert json.loads(query_of(uri)["claims"]) == CAPABLE
    assert refresh(client, tenant, sign_in(client, tenant), claims_challenge=challenge).error is None


def test_the_claims_of_a_refusal_come_with_its_error(client: EntraClient, tenant: Tenant) -> None:
    signed_in = sign_in(client, tenant)
    refusal = {
        "error": "interaction_required",
        "error_codes": [50076],
        "suberror": "basic_action",
        "claims": CHALLENGE,
    }
    with tenant.fault("token_endpoint", status=400, body=refusal):
        error = refresh(client, tenant, signed_in).error
    assert isinstance(error, SignInNeeded)
    assert json.loads(error.claims) == json.loads(CHALLENGE)


# --- credentials -----------------------------------------------------------------------------------


def test_a_person_notices_nothing_of_a_change_of_secrets(tenant: Tenant) -> None:
    good, bad = secret_source(tenant.client_secret), secret_source("an old secret")
    client = EntraClient(config_of(tenant, credentials=(bad, good)))
    signed_in = sign_in(client, tenant)
    assert refresh(client, tenant, signed_in).error is None
    other = EntraClient(config_of(tenant, credentials=(bad, good)))
    assert refresh(other, tenant, signed_in).error is None
    assert (client.serving_credential, other.serving_credential) == (1, 1)


def test_a_refused_credential_ends_nobodys_grant(client: EntraClient, tenant: Tenant) -> None:
    signed_in = sign_in(client, tenant)
    broken = EntraClient(config_of(tenant, credentials=(secret_source("an old secret"),)))
    refreshed = refresh(broken, tenant, signed_in)
    assert isinstance(refreshed.error, PortalMisconfigured)
    assert refreshed.error.aadsts == 7000215


def test_the_sandbox_is_asked_about_a_credential(client: EntraClient, tenant: Tenant) -> None:
    assert client.check_credential(0) is None
    broken = EntraClient(config_of(tenant, credentials=(secret_source("an old secret"),)))
    assert isinstance(broken.check_credential(0), PortalMisconfigured)


def test_administrators_have_an_address_of_their_own(client: EntraClient, tenant: Tenant) -> None:
    address = client.admin_consent_url()
    assert address.startswith(f"{tenant.authority}/v2.0/adminconsent?")
    assert query_of(address) == {
        "client_id": tenant.client_id,
        "scope": f"{RESOURCE}/.default",
        "redirect_uri": CALLBACK,
        "state": "admin_consent",
    }
    narrow = EntraClient(config_of(tenant, scopes=NARROW))
    assert query_of(narrow.admin_consent_url())["scope"] == f"{RESOURCE}/.default"


def test_nothing_secret_shows(tenant: Tenant, client: EntraClient) -> None:
    shown = repr(config_of(tenant)) + repr(sign_in(client, tenant))
    assert tenant.client_secret not in shown
    assert "SANDBOX" not in shown
