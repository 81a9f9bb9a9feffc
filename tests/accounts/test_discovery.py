"""What the discovery document must say."""

from typing import Any
from uuid import UUID

import pytest

from accounts.discovery import Untrusted, discovery_url, parse_discovery, tenant_in

TENANT = "11111111-2222-4333-8444-555555555555"
HOST = "https://login.microsoftonline.com"
AUTHORITY = f"{HOST}/{TENANT}"


def document(**changes: Any) -> dict[str, Any]:
    return {
        "issuer": f"{AUTHORITY}/v2.0",
        "authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/authorize",
        "token_endpoint": f"{AUTHORITY}/oauth2/v2.0/token",
        "jwks_uri": f"{AUTHORITY}/discovery/v2.0/keys",
        "end_session_endpoint": f"{AUTHORITY}/oauth2/v2.0/logout",
        **changes,
    }


def parse(authority: str = AUTHORITY, *, is_page_allowed: bool = False, **changes: Any) -> Any:
    return parse_discovery(document(**changes), authority=authority, is_loopback_page_allowed=is_page_allowed)


def test_it_accepts_what_entra_sends() -> None:
    found = parse()
    assert found.tenant_id == UUID(TENANT)
    assert found.token_endpoint == f"{AUTHORITY}/oauth2/v2.0/token"
    assert discovery_url(AUTHORITY) == f"{AUTHORITY}/v2.0/.well-known/openid-configuration"


def test_an_authority_names_its_tenant_or_a_domain() -> None:
    assert tenant_in(AUTHORITY) == UUID(TENANT)
    assert tenant_in(f"{AUTHORITY.upper()}/") == UUID(TENANT)
    assert tenant_in(f"{HOST}/contoso.onmicrosoft.com") is None


def test_it_takes_the_tenant_of_a_domain_from_the_issuer() -> None:
    assert parse(f"{HOST}/contoso.onmicrosoft.com").tenant_id == UUID(TENANT)


def test_it_does_not_mind_the_case_of_host_and_tenant() -> None:
    authority = "https://LOGIN.microsoftonline.com/" + "aaaaaaaa-2222-4333-8444-555555555555".upper()
    issuer = f"{HOST}/aaaaaaaa-2222-4333-8444-555555555555/v2.0"
    assert parse(authority, issuer=issuer).tenant_id == UUID("aaaaaaaa-2222-4333-8444-555555555555")


@pytest.mark.parametrize(
    "issuer",
    [
        f"{HOST}/99999999-2222-4333-8444-555555555555/v2.0",
        f"https://login.microsoftonline.example/{TENANT}/v2.0",
        f"https://login.microsoftonline.com:444/{TENANT}/v2.0",
        f"https://evil@login.microsoftonline.com/{TENANT}/v2.0",
        f"http://login.microsoftonline.com/{TENANT}/v2.0",
        f"{HOST}/{TENANT}",
        f"{HOST}/{TENANT}/v2.0/",
        f"{HOST}/{TENANT}/v2.0?x=1",
        f"{HOST}/{{tenantid}}/v2.0",
        "",
        None,
        ["x"],
    ],
)
def test_it_refuses_another_issuer(issuer: Any) -> None:
    with pytest.raises(Untrusted, match="issuer"):
        parse(issuer=issuer)


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"]
)
@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/token",
        "http://login.microsoftonline.com/token",
        "https://login.microsoftonline.com.evil.example/token",
        "https://login.microsoftonline.com@evil.example/token",
        "https://login.microsoftonline.com:8443/token",
        "//login.microsoftonline.com/token",
        "http://127.0.0.1:8080/token",
        "https://login.microsoftonline.com/token#x",
        7,
    ],
)
def test_it_refuses_addresses_elsewhere(name: str, address: Any) -> None:
    with pytest.raises(Untrusted, match=name):
        parse(**{name: address})


@pytest.mark.parametrize("name", ["authorization_endpoint", "end_session_endpoint"])
@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:9000", "[::1]:9000"])
def test_it_allows_plain_pages_on_this_machine_where_asked(name: str, host: str) -> None:
    assert getattr(parse(is_page_allowed=True, **{name: f"http://{host}/x"}), name) == f"http://{host}/x"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("token_endpoint", "http://127.0.0.1:9000/x"),
        ("jwks_uri", "http://127.0.0.1:9000/x"),
        ("authorization_endpoint", "http://192.0.2.1:9000/x"),
        ("authorization_endpoint", "http://127.0.0.1.evil.example/x"),
    ],
)
def test_it_allows_nothing_else_plain(name: str, address: str) -> None:
    with pytest.raises(Untrusted):
        parse(is_page_allowed=True, **{name: address})


def test_it_can_do_without_a_sign_out_address() -> None:
    assert parse(end_session_endpoint=None).end_session_endpoint == ""
