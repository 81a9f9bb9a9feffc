"""Signing out at the sandbox's Entra."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.sandbox.visitors import Visitor


@pytest.fixture
def auth_uri(visitor: Visitor) -> str:
    return str(visitor.flow(visitor.application())["auth_uri"])


def signed_out(browser: requests.Session, auth_uri: str, **values: str) -> requests.Response:
    url = auth_uri.partition("?")[0].replace("/authorize", "/logout")
    return browser.get(url, params=values, allow_redirects=False, timeout=10)


def test_the_page_says_so_and_leads_back(auth_uri: str) -> None:
    with requests.Session() as browser:
        back = "http://localhost:8000/signed-out"
        answer = signed_out(browser, auth_uri, post_logout_redirect_uri=back, state="abc")
    assert "<h1>You signed out</h1>" in answer.text
    assert answer.headers["Refresh"].endswith(f"url={back}?state=abc")
    assert f'href="{back}?state=abc"' in answer.text


@pytest.mark.parametrize("back", ["https://evil.example/", "javascript:alert(1)", "", "//evil.example"])
def test_it_leads_nowhere_else(auth_uri: str, back: str) -> None:
    with requests.Session() as browser:
        answer = signed_out(browser, auth_uri, post_logout_redirect_uri=back)
    assert answer.status_code == 200
    assert "Refresh" not in answer.headers
    assert "evil" not in answer.text


def test_the_browsers_session_ends(auth_uri: str) -> None:
    with requests.Session() as browser:
        browser.get(f"{auth_uri}&person=alice@example.test", allow_redirects=False, timeout=10)
        assert browser.cookies
        signed_out(browser, auth_uri)
        assert not browser.cookies
        silent = browser.get(f"{auth_uri}&prompt=none", allow_redirects=False, timeout=10)
    assert "login_required" in silent.headers["Location"]


def test_it_tells_the_application_which_session_ended(visitor: Visitor, auth_uri: str) -> None:
    visitor.tenant.change(front_channel_logout_url="http://localhost:8000/front-channel")
    with requests.Session() as browser:
        browser.get(f"{auth_uri}&person=alice@example.test", allow_redirects=False, timeout=10)
        answer = signed_out(browser, auth_uri)
    frame = answer.text.partition('src="')[2].partition('"')[0]
    assert frame.startswith("http://localhost:8000/front-channel?sid=")
    assert dict(parse_qsl(urlsplit(frame).query))["sid"]
    assert "frame-src http://localhost:8000" in answer.headers["Content-Security-Policy"]


def test_post_is_taken_too(visitor: Visitor, auth_uri: str) -> None:
    url = auth_uri.partition("?")[0].replace("/authorize", "/logout")
    form = {"post_logout_redirect_uri": "http://127.0.0.1:9/"}
    answer = visitor.session.post(url, data=form, timeout=10)
    assert answer.headers["Refresh"].endswith("http://127.0.0.1:9/")
