"""The authorize page, with and without a browser."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from tests.sandbox.visitors import REDIRECT_URI, RESOURCE, Visitor


def changed(auth_uri: str, **changes: str | None) -> str:
    parts = urlsplit(auth_uri)
    merged: dict[str, str | None] = {**dict(parse_qsl(parts.query)), **changes}
    kept = {name: value for name, value in merged.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


@pytest.fixture
def auth_uri(visitor: Visitor) -> str:
    return str(visitor.flow(visitor.application())["auth_uri"])


@pytest.fixture
def browser() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def opened(browser: requests.Session, address: str) -> requests.Response:
    return browser.get(address, allow_redirects=False, timeout=10)


def returned(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(REDIRECT_URI)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_the_page_offers_everybody_and_says_what_it_is(browser: requests.Session, auth_uri: str) -> None:
    with browser:
        answer = opened(browser, auth_uri)
    assert answer.status_code == 200
    assert "<title>Choose an account</title>" in answer.text
    assert "not Microsoft" in answer.text
    assert re.findall(r'class="name"[^>]*>([^<]+)<', answer.text) == [
        "Alice Archer",
        "Bob Baker",
        "Carol Cooper",
        "Dave Draper",
    ]
    assert "dave@example.test · Administrator" in answer.text
    assert "script" not in answer.headers["Content-Security-Policy"]


def test_the_page_escapes_what_people_are_called(
    browser: requests.Session, visitor: Visitor, auth_uri: str
) -> None:
    visitor.tenant.add_person(name="<b>Eve</b>", user_name='eve"@example.test')
    with browser:
        page = opened(browser, changed(auth_uri, state='"><script>')).text
    assert "<b>Eve" not in page
    assert "<script>" not in page
    assert "&lt;b&gt;Eve&lt;/b&gt;" in page


def test_a_login_hint_puts_that_person_first_and_in_focus(
    browser: requests.Session, visitor: Visitor, auth_uri: str
) -> None:
    opaque = visitor.signed_in(visitor.application(), "carol")["id_token_claims"]["login_hint"]
    with browser:
        by_name, page = (
            opened(browser, changed(auth_uri, login_hint=hint)).text
            for hint in ("carol@example.test", opaque)
        )
    assert by_name.replace("carol@example.test", "") == page.replace(opaque, "").replace(
        "carol@example.test", ""
    )
    first = page.index("Carol Cooper")
    assert first < page.index("Alice Archer")
    assert page[:first].count(" autofocus") == 1


def test_pressing_a_button_comes_back_with_code_and_state(browser: requests.Session, auth_uri: str) -> None:
    with browser:
        page = opened(browser, auth_uri).text
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        person = re.search(r'name="person"\s+value="([^"]+)"', page)
        assert person is not None
        query = urlencode(fields | {"person": person[1]})
        answers = returned(opened(browser, f"{auth_uri.partition('?')[0]}?{query}"))
    assert answers["state"] == dict(parse_qsl(urlsplit(auth_uri).query))["state"]
    assert set(answers) == {"code", "state", "session_state", "client_info"}


@pytest.mark.parametrize("person", ["bob@example.test", "BOB@example.test"])
def test_a_client_without_a_browser_names_the_person(
    browser: requests.Session, auth_uri: str, person: str
) -> None:
    with browser:
        assert "code" in returned(opened(browser, changed(auth_uri, person=person)))


def test_cancel_is_told_as_access_denied(visitor: Visitor, auth_uri: str) -> None:
    answers = dict(parse_qsl(urlsplit(visitor.tenant.control.decline(auth_uri)).query))
    assert answers["error"] == "access_denied"
    assert answers["error_description"].startswith("AADSTS65004: ")
    assert answers["state"]


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, "AADSTS700016"),
        ({"redirect_uri": "https://evil.example/getAToken"}, "AADSTS50011"),
        ({"redirect_uri": "http://localhost:8000/elsewhere"}, "AADSTS50011"),
        ({"redirect_uri": "http://localhost@evil.example/getAToken"}, "AADSTS50011"),
        ({"redirect_uri": None}, "AADSTS50011"),
    ],
)
def test_an_unsafe_address_gets_a_page_and_no_redirect(
    browser: requests.Session, auth_uri: str, changes: dict[str, str | None], number: str
) -> None:
    with browser:
        answer = opened(browser, changed(auth_uri, person="alice@example.test", **changes))
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert number in answer.text
    assert "Correlation ID" in answer.text


def test_registered_addresses_replace_the_loopback_rule(
    browser: requests.Session, visitor: Visitor, auth_uri: str
) -> None:
    visitor.tenant.change(redirect_uris=["https://portal.example/signed-in"])
    chosen = changed(auth_uri, person="alice@example.test")
    with browser:
        assert opened(browser, chosen).status_code == 400
        answer = opened(browser, changed(chosen, redirect_uri="https://portal.example/signed-in"))
    assert answer.headers["Location"].startswith("https://portal.example/signed-in?code=")


@pytest.mark.parametrize(
    ("changes", "error", "number"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type", "AADSTS700054"),
        ({"response_mode": "form_post"}, "invalid_request", "AADSTS90014"),
        ({"code_challenge": None}, "invalid_request", "AADSTS9002325"),
        ({"code_challenge_method": "plain"}, "invalid_request", "AADSTS501491"),
        ({"scope": ""}, "invalid_request", "AADSTS900144"),
        ({"scope": "openid https://graph.example/User.Read"}, "invalid_scope", "AADSTS70011"),
        ({"scope": f"openid {RESOURCE}/vso.unheard_of"}, "invalid_client", "AADSTS650053"),
        ({"prompt": "none"}, "login_required", "AADSTS50058"),
    ],
)
def test_a_bad_request_is_told_at_the_redirect_address(
    browser: requests.Session, auth_uri: str, changes: dict[str, str | None], error: str, number: str
) -> None:
    with browser:
        answers = returned(opened(browser, changed(auth_uri, **changes)))
    assert answers["error"] == error
    assert answers["error_description"].startswith(f"{number}: ")


def test_a_browser_that_signed_in_may_be_asked_silently(browser: requests.Session, auth_uri: str) -> None:
    with browser:
        returned(opened(browser, changed(auth_uri, person="bob@example.test")))
        assert "code" in returned(opened(browser, changed(auth_uri, prompt="none")))


def test_a_disabled_person_stops_at_a_page(
    browser: requests.Session, visitor: Visitor, auth_uri: str
) -> None:
    visitor.tenant.change_person("bob", disabled=True)
    with browser:
        answer = opened(browser, changed(auth_uri, person="bob@example.test"))
    assert (answer.status_code, "AADSTS50057" in answer.text) == (400, True)


def test_required_assignment_stops_people_without_a_role(
    browser: requests.Session, visitor: Visitor, auth_uri: str
) -> None:
    visitor.tenant.change(requires_assignment=True)
    with browser:
        refused = opened(browser, changed(auth_uri, person="bob@example.test"))
        allowed = opened(browser, changed(auth_uri, person="dave@example.test"))
    assert "AADSTS50105" in refused.text
    assert "code" in returned(allowed)


def test_a_fault_sends_an_error_back_or_shows_it(
    browser: requests.Session, visitor: Visitor, auth_uri: str
) -> None:
    refusal = {"code": 65001, "error": "consent_required"}
    with browser:
        with visitor.tenant.fault("authorize", aadsts=refusal):
            answers = returned(opened(browser, changed(auth_uri, person="bob@example.test")))
        with visitor.tenant.fault("authorize", aadsts={"code": 90094}, html=True):
            page = opened(browser, auth_uri)
    assert answers["error"] == "consent_required"
    assert (page.status_code, "AADSTS90094" in page.text) == (400, True)


def test_a_fault_swaps_the_state(visitor: Visitor, auth_uri: str) -> None:
    with visitor.tenant.fault("authorize", forge={"state": "another"}):
        callback = visitor.tenant.sign_in(auth_uri, "alice")
    assert "state=another" in callback
