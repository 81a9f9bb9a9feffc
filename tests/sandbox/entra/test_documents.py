"""What a relying party reads before anybody signs in."""

from __future__ import annotations

from typing import Any

import jwt
import requests

from tests.sandbox.visitors import Visitor
from tests.sandbox_control import Tenant


def document(session: requests.Session, tenant: Tenant) -> dict[str, Any]:
    answer = session.get(f"{tenant.authority}/v2.0/.well-known/openid-configuration", timeout=10)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def keys(session: requests.Session, tenant: Tenant) -> list[dict[str, str]]:
    found: list[dict[str, str]] = session.get(document(session, tenant)["jwks_uri"], timeout=10).json()[
        "keys"
    ]
    return found


def test_discovery_names_endpoints_over_tls_and_pages_over_plain_http(
    session: requests.Session, tenant: Tenant
) -> None:
    found = document(session, tenant)
    assert found["issuer"] == f"{tenant.authority}/v2.0"
    assert found["token_endpoint"] == f"{tenant.authority}/oauth2/v2.0/token"
    assert found["authorization_endpoint"].startswith("http://127.0.0.1:")
    assert found["end_session_endpoint"].endswith(f"/{tenant.tenant_id}/oauth2/v2.0/logout")


def test_discovery_by_domain_name_still_names_the_tenant_id(
    session: requests.Session, tenant: Tenant
) -> None:
    url = f"{tenant.control.base_url}/{tenant.domain}/v2.0/.well-known/openid-configuration"
    assert session.get(url, timeout=10).json()["issuer"] == tenant.issuer


def test_an_unknown_tenant_is_refused_with_its_number(session: requests.Session, tenant: Tenant) -> None:
    url = f"{tenant.control.base_url}/nobody.example/v2.0/.well-known/openid-configuration"
    answer = session.get(url, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error_codes"] == [90002]


def test_keys_verify_an_id_token(visitor: Visitor, session: requests.Session) -> None:
    raw = visitor.signed_in(visitor.application())["id_token"]
    found = {one["kid"]: jwt.PyJWK(one) for one in keys(session, visitor.tenant)}
    claims = jwt.decode(
        raw,
        found[jwt.get_unverified_header(raw)["kid"]],
        algorithms=["RS256"],
        audience=visitor.tenant.client_id,
        issuer=visitor.tenant.issuer,
    )
    assert claims["oid"] == visitor.tenant.person("alice").object_id


def test_rotation_signs_with_a_new_key_and_keeps_the_old_one_listed(
    visitor: Visitor, session: requests.Session
) -> None:
    tenant = visitor.tenant
    before = visitor.signed_in(visitor.application())["id_token"]
    tenant.rotate_keys()
    after = visitor.signed_in(visitor.application())["id_token"]
    ids = [jwt.get_unverified_header(raw)["kid"] for raw in (before, after)]
    assert ids[0] != ids[1]
    assert [one["kid"] for one in keys(session, tenant)] == ids


def test_a_rotation_can_drop_the_old_key(session: requests.Session, tenant: Tenant) -> None:
    old = keys(session, tenant)[0]["kid"]
    tenant.rotate_keys(drop_old=True)
    assert old not in [one["kid"] for one in keys(session, tenant)]


def test_a_fault_poisons_discovery(session: requests.Session, tenant: Tenant) -> None:
    with tenant.fault("discovery", forge={"issuer": "https://evil.example/v2.0"}):
        assert document(session, tenant)["issuer"] == "https://evil.example/v2.0"
    assert document(session, tenant)["issuer"] == tenant.issuer
