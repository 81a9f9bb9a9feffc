"""Connections to Entra: what they trust, and what MSAL may do over them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from accounts.discovery import Discovery, discovery_url
from accounts.entra.transport import Transport, build_session, fetch_json, json_object
from accounts.errors import EntraUnreachable, PortalMisconfigured
from tests.accounts.signing import ISSUER, TENANT
from tests.sandbox_control import Tenant

ENDPOINT = "https://127.0.0.1:1/token"
CHECKED = Discovery(
    issuer=ISSUER,
    tenant_id=UUID(TENANT),
    authorization_endpoint="https://127.0.0.1:1/authorize",
    token_endpoint=ENDPOINT,
    jwks_uri="https://127.0.0.1:1/keys",
    end_session_endpoint="",
)


def fetched(tenant: Tenant, **wish: Any) -> dict[str, Any]:
    session = build_session(**({"ca_bundle": tenant.control.ca_bundle, "proxy": None} | wish))
    return fetch_json(session, discovery_url(tenant.authority))


def test_the_environments_bundles_and_proxies_do_not_count(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "/nonexistent/ca.pem")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetched(tenant)["issuer"] == tenant.issuer


def test_a_strange_certificate_is_an_outage(tenant: Tenant) -> None:
    with pytest.raises(EntraUnreachable, match="SSLError"):
        fetched(tenant, ca_bundle=None)


def test_a_configured_proxy_is_used(tenant: Tenant) -> None:
    with pytest.raises(EntraUnreachable, match="ProxyError"):
        fetched(tenant, proxy="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 200, "html": True}, EntraUnreachable),
        ({"status": 200, "body": [1]}, EntraUnreachable),
        ({"status": 503}, EntraUnreachable),
        ({"status": 302, "headers": {"Location": "/elsewhere"}}, EntraUnreachable),
        ({"status": 400, "body": {"error": "invalid_tenant", "error_codes": [90002]}}, PortalMisconfigured),
    ],
)
def test_anything_but_a_document_is_an_error(
    tenant: Tenant, answer: dict[str, Any], kind: type[Exception]
) -> None:
    with tenant.fault("discovery", **answer), pytest.raises(kind):
        fetched(tenant)


def test_msal_sees_the_checked_document_alone() -> None:
    transport = Transport(build_session(ca_bundle=None, proxy=None), CHECKED)
    answer = transport.get("https://elsewhere.example/v2.0/.well-known/openid-configuration")
    document = json_object(answer.text)
    assert document is not None
    assert document["token_endpoint"] == ENDPOINT
    with pytest.raises(EntraUnreachable, match="does not use"):
        transport.get("https://login.microsoftonline.com/common/discovery/instance")


def test_msal_posts_to_the_checked_endpoint_alone() -> None:
    transport = Transport(build_session(ca_bundle=None, proxy=None), CHECKED)
    with pytest.raises(EntraUnreachable, match="does not use"):
        transport.post("https://elsewhere.example/token", data={"client_secret": "sandbox-client-secret"})


def test_an_answer_does_not_show_its_text() -> None:
    transport = Transport(build_session(ca_bundle=None, proxy=None), CHECKED)
    answer = transport.get("https://127.0.0.1:1/.well-known/openid-configuration")
    assert ENDPOINT not in repr(answer)


def test_a_bundle_that_is_gone_is_an_outage_that_says_so(tenant: Tenant) -> None:
    with pytest.raises(EntraUnreachable, match=r"CA certificate bundle.*/nowhere/ca\.pem"):
        fetched(tenant, ca_bundle="/nowhere/ca.pem")
    transport = Transport(build_session(ca_bundle="/nowhere/ca.pem", proxy=None), CHECKED)
    with pytest.raises(EntraUnreachable, match=r"CA certificate bundle.*/nowhere/ca\.pem"):
        transport.post(ENDPOINT)
