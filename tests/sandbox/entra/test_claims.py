"""ID tokens: what they say of people, and how a fault forges them."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from typing import Any

import jwt
import pytest

from tests.sandbox.visitors import RESOURCE, Visitor

PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # the tenant of all personal Microsoft accounts


_SIGNATURE_ONLY: Any = {f"verify_{name}": False for name in ("aud", "exp", "nbf", "iat")}


def claims_of(raw: str) -> dict[str, Any]:
    return dict(jwt.decode(raw, options={"verify_signature": False}))


def id_claims(visitor: Visitor, person: str = "alice", scopes: list[str] | None = None) -> dict[str, Any]:
    return claims_of(visitor.signed_in(visitor.application(), person, scopes)["id_token"])


def keys(visitor: Visitor) -> dict[str, jwt.PyJWK]:
    url = f"{visitor.tenant.authority}/discovery/v2.0/keys"
    return {one["kid"]: jwt.PyJWK(one) for one in visitor.session.get(url, timeout=10).json()["keys"]}


def test_an_id_token_says_who_signed_in(visitor: Visitor) -> None:
    tenant, person = visitor.tenant, visitor.tenant.person("dave")
    claims = id_claims(visitor, "dave")
    expected = {
        "aud": tenant.client_id,
        "iss": tenant.issuer,
        "tid": tenant.tenant_id,
        "oid": person.object_id,
        "name": "Dave Draper",
        "preferred_username": "dave@example.test",
        "roles": ["PatPortal.Admin"],
        "ver": "2.0",
        "acct": 0,
    }
    assert expected.items() <= claims.items()
    assert {"sub", "sid", "login_hint", "nonce", "iat", "nbf", "exp"} <= set(claims)
    assert claims["sub"] != claims["oid"]
    assert claims["iat"] <= time.time() < claims["exp"]


def test_no_roles_claim_without_roles(visitor: Visitor) -> None:
    assert "roles" not in id_claims(visitor, "alice")


def test_an_email_is_told_when_asked(visitor: Visitor) -> None:
    assert "email" not in id_claims(visitor)
    assert id_claims(visitor, scopes=[f"{RESOURCE}/.default", "email"])["email"] == "alice@example.test"


def test_a_guest_comes_from_elsewhere(visitor: Visitor) -> None:
    guest = visitor.tenant.add_person(
        name="Gus", user_name="gus@else.example", email="gus@else.example", guest=True
    )
    result = visitor.signed_in(visitor.application(), "gus")
    claims = claims_of(result["id_token"])
    padded = result["client_info"] + "=" * (-len(result["client_info"]) % 4)
    home = json.loads(urlsafe_b64decode(padded))
    assert (claims["acct"], claims["oid"], claims["tid"]) == (1, guest.object_id, visitor.tenant.tenant_id)
    assert claims["email"] == "gus@else.example"
    assert home["utid"] not in {visitor.tenant.tenant_id, ""}
    assert home["uid"] != guest.object_id


def test_every_browser_has_a_session_id_of_its_own(visitor: Visitor) -> None:
    assert id_claims(visitor)["sid"] != id_claims(visitor)["sid"]


def test_an_access_token_is_for_azure_devops_alone(visitor: Visitor) -> None:
    claims = claims_of(visitor.bearer())
    assert claims["aud"] == RESOURCE
    assert claims["scp"].split() == ["vso.pats", "vso.pats_manage"]


@pytest.mark.parametrize(
    "forged",
    [
        {"aud": "somebody"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"tid": "other"},
        {"tid": PERSONAL, "iss": f"https://login.microsoftonline.com/{PERSONAL}/v2.0"},
        {"oid": "00000000-0000-0000-0000-000000000001"},
        {"nonce": "replayed"},
        {"idtyp": "app"},
        {"ver": "1.0"},
        {"roles": ["PatPortal.Admin"]},
    ],
)
def test_a_fault_changes_a_claim_under_a_true_signature(visitor: Visitor, forged: dict[str, Any]) -> None:
    application = visitor.application()
    flow = visitor.flow(application)
    with visitor.tenant.forge_id_token(**forged):
        raw = posted_id_token(visitor, flow)
    assert forged.items() <= claims_of(raw).items()
    key = keys(visitor)[jwt.get_unverified_header(raw)["kid"]]
    assert jwt.decode(raw, key, algorithms=["RS256"], options=_SIGNATURE_ONLY)


def posted_id_token(visitor: Visitor, flow: dict[str, Any]) -> str:
    form = {
        "grant_type": "authorization_code",
        "client_id": visitor.tenant.client_id,
        "client_secret": visitor.tenant.client_secret,
        "code": visitor.callback(flow)["code"],
        "code_verifier": flow["code_verifier"],
        "redirect_uri": flow["redirect_uri"],
        "scope": "openid",
    }
    url = f"{visitor.tenant.authority}/oauth2/v2.0/token"
    return str(visitor.session.post(url, data=form, timeout=10).json()["id_token"])


@pytest.mark.parametrize("name", ["oid", "tid", "nonce", "exp", "aud", "iss", "sub", "ver"])
def test_a_fault_leaves_a_claim_out(visitor: Visitor, name: str) -> None:
    with visitor.tenant.forge_id_token(**{name: None}):
        raw = posted_id_token(visitor, visitor.flow(visitor.application()))
    assert name not in claims_of(raw)


@pytest.mark.parametrize(
    ("forged", "alg", "is_listed"),
    [
        ({"key": "unknown"}, "RS256", True),
        ({"key": "unlisted"}, "RS256", False),
        ({"alg": "none"}, "none", True),
        ({"alg": "HS256"}, "HS256", True),
    ],
)
def test_a_fault_forges_the_signature(
    visitor: Visitor, forged: dict[str, str], alg: str, is_listed: bool
) -> None:
    with visitor.tenant.fault("token_endpoint", forge=forged):
        raw = posted_id_token(visitor, visitor.flow(visitor.application()))
    header = jwt.get_unverified_header(raw)
    listed = keys(visitor)
    assert header["alg"] == alg
    assert (header["kid"] in listed) == is_listed
    key = listed.get(header["kid"], next(iter(listed.values())))
    with pytest.raises(jwt.PyJWTError):
        jwt.decode(raw, key, algorithms=["RS256"], audience=visitor.tenant.client_id)
