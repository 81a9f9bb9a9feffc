"""Permission: given, refused, missing, or an administrator's to give."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import msal
import pytest
import requests

from tests.sandbox.visitors import DEFAULT_SCOPES, REDIRECT_URI, Visitor


@pytest.fixture
def application(visitor: Visitor) -> msal.ConfidentialClientApplication:
    return visitor.application()


def returned(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(REDIRECT_URI)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def admin_consent_address(visitor: Visitor, **changes: str) -> str:
    query = {
        "client_id": visitor.tenant.client_id,
        "scope": DEFAULT_SCOPES[0],
        "redirect_uri": REDIRECT_URI,
        "state": "a state",
    } | changes
    return f"{visitor.tenant.authority}/v2.0/adminconsent?{urlencode(query)}"


def test_who_has_not_consented_is_asked(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.tenant.change_person("alice", consent="missing")
    address = visitor.flow(application)["auth_uri"]
    page = visitor.tenant.visit(address, "alice")
    assert (page.status_code, "<title>Permissions requested</title>" in page.text) == (200, True)
    wanted = re.findall(r"<li>([^<]+)</li>", page.text)
    assert wanted[:2] == [
        "read what personal access tokens there are",
        "create, change and revoke personal access tokens",
    ]
    assert "keep the access that it is given" in wanted
    assert f'name="person" value="{visitor.tenant.person("alice").object_id}"' in page.text
    assert returned(visitor.tenant.visit(address, "alice", answer="cancel"))["error"] == "access_denied"
    assert visitor.tenant.visit(address, "alice").status_code == 200
    assert "code" in returned(visitor.tenant.visit(address, "alice", answer="accept"))
    assert "code" in returned(visitor.tenant.visit(address, "alice"))


def test_consent_can_be_asked_for_again(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    address = visitor.flow(application, prompt="consent")["auth_uri"]
    assert visitor.tenant.visit(address, "alice").status_code == 200
    assert "access_token" in visitor.signed_in(application, prompt="consent")


def test_a_refresh_without_consent_is_refused(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.signed_in(application)
    visitor.tenant.change_person("alice", consent="missing")
    refused = visitor.refreshed(application)
    assert (refused["error"], refused["suberror"]) == ("invalid_grant", "consent_required")
    assert refused["error_codes"] == [65001]
    visitor.signed_in(application, prompt="consent")
    again = visitor.application(token_cache=application.token_cache)
    assert "access_token" in visitor.refreshed(again)


def test_silence_cannot_give_consent(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.tenant.change_person("alice", consent="missing")
    address = visitor.flow(application, prompt="none")["auth_uri"]
    answers = returned(visitor.tenant.visit(address, "alice"))
    assert answers["error"] == "consent_required"
    assert answers["error_description"].startswith("AADSTS65001: ")


def test_where_only_administrators_consent_people_stop_at_a_page(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.tenant.change_person("alice", consent="admin")
    page = visitor.tenant.visit(visitor.flow(application)["auth_uri"], "alice", answer="accept")
    assert page.status_code == 400
    assert "<title>Need admin approval</title>" in page.text
    assert "AADSTS90094" in page.text


def test_an_administrator_approves_for_everybody(
    visitor: Visitor, application: msal.ConfidentialClientApplication
) -> None:
    visitor.tenant.change_person("alice", consent="admin")
    visitor.tenant.change_person("bob", consent="missing")
    address = visitor.tenant.visit(admin_consent_address(visitor)).headers["Location"]
    page = visitor.tenant.visit(address)
    assert visitor.tenant.domain in page.text
    assert "script" not in page.headers["Content-Security-Policy"]
    answers = returned(visitor.tenant.visit(address, answer="accept"))
    assert answers["admin_consent"] == "True"
    assert (answers["tenant"], answers["state"]) == (visitor.tenant.tenant_id, "a state")
    sign_in = visitor.flow(application)["auth_uri"]
    assert [visitor.tenant.visit(sign_in, name).status_code for name in ("alice", "bob")] == [302, 302]


def test_an_administrator_may_decline(visitor: Visitor) -> None:
    visitor.tenant.change_person("alice", consent="admin")
    address = visitor.tenant.visit(admin_consent_address(visitor)).headers["Location"]
    answers = returned(visitor.tenant.visit(address, answer="cancel"))
    assert (answers["error"], answers["state"]) == ("access_denied", "a state")
    assert "admin_consent" not in answers


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_id": "another"}, "AADSTS700016"),
        ({"redirect_uri": "https://evil.example/"}, "AADSTS50011"),
    ],
)
def test_an_unsafe_approval_is_told_on_a_page(visitor: Visitor, changes: dict[str, str], number: str) -> None:
    address = visitor.tenant.visit(admin_consent_address(visitor, **changes)).headers["Location"]
    page = visitor.tenant.visit(address, answer="accept")
    assert (page.status_code, number in page.text) == (400, True)


def test_an_approval_of_no_scope_is_sent_back(visitor: Visitor) -> None:
    address = visitor.tenant.visit(admin_consent_address(visitor, scope="")).headers["Location"]
    assert returned(visitor.tenant.visit(address))["error"] == "invalid_request"


def test_a_person_has_one_of_three_kinds_of_consent(visitor: Visitor) -> None:
    with pytest.raises(requests.HTTPError):
        visitor.tenant.change_person("alice", consent="perhaps")
