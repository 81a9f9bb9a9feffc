"""The door in front of pages for people who are signed in."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.decorators import redirect_to_sign_in, sign_in_required
from accounts.kept_forms import take_kept_form
from accounts.models import User
from tests.accounts.browsers import Browser, path_of, query_of
from tests.accounts.test_middleware import HOUR, let_time_pass

pytestmark = pytest.mark.django_db


@sign_in_required
def view(request: HttpRequest, name: str = "") -> HttpResponse:
    return HttpResponse(f"inside {name}")


@sign_in_required(return_to="pat_list")
def post_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


def made(method: str, path: str, data: Any = None, **headers: str) -> HttpRequest:
    request: HttpRequest = getattr(RequestFactory(headers=headers), method)(path, data)
    request.session = SessionStore()
    request.user = AnonymousUser()
    return request


def next_of(answer: HttpResponse) -> str:
    address = answer.headers.get("HX-Redirect") or answer["Location"]
    assert urlsplit(address).path == "/sign-in"
    return parse_qs(urlsplit(address).query)["next"][0]


def test_it_lets_people_in_who_are_signed_in() -> None:
    request = made("get", "/x")
    request.user = User()
    assert view(request, name="x").content == b"inside x"


def test_it_sends_strangers_to_the_sign_in_page_with_the_way_back() -> None:
    answer = view(made("get", "/tokens/new", {"name": "a b", "scope": "x&y"}))
    assert answer.status_code == 302
    assert next_of(answer) == "/tokens/new?name=a+b&scope=x%26y"


def test_what_was_typed_is_kept_and_found_on_the_way_back() -> None:
    request = made("post", "/tokens/new", {"name": "ci", "scopes": ["a", "b"], "csrfmiddlewaretoken": "x"})
    back = next_of(view(request))
    assert urlsplit(back).path == "/tokens/new"
    data = take_kept_form(request, query_of(back)["kept"], path="/tokens/new")
    assert data is not None
    assert data["name"] == "ci"
    assert data.getlist("scopes") == ["a", "b"]
    assert "csrfmiddlewaretoken" not in data


def test_a_view_without_a_page_of_its_own_names_where_to_return_to() -> None:
    request = made("post", "/tokens/refresh", {"x": "y"})
    assert next_of(post_only(request)) == "/"
    assert "kept_forms" not in request.session


def test_htmx_is_told_to_load_the_whole_page() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?status=active"}
    answer = view(made("get", "/?status=active&fragment=1", **headers))
    assert answer.status_code == 200
    assert next_of(answer) == "/?status=active"


@pytest.mark.parametrize(
    "url", ["", "//evil.example/x", "/\\evil.example", "javascript:alert(1)", "http:evil"]
)
def test_an_odd_page_address_does_not_lead_elsewhere(url: str) -> None:
    answer = view(made("get", "/tokens/new", **{"HX-Request": "true", "HX-Current-URL": url}))
    assert next_of(answer) in {"/tokens/new", "/x"}


def test_another_sites_page_address_leaves_its_path_only() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "https://evil.example/tokens/new"}
    assert next_of(view(made("get", "/x", **headers))) == "/tokens/new"


def test_a_path_that_looks_like_a_host_does_not_lead_there() -> None:
    answer = view(made("get", "//evil.example/x"))
    assert "next=%2F%2F" not in answer["Location"]


def test_somebody_signed_in_can_be_asked_again() -> None:
    request = made("post", "/tokens/new", {"name": "ci"})
    request.user = User(pk=7)
    answer = redirect_to_sign_in(request, is_again=True)
    assert query_of(answer["Location"])["again"] == "1"
    assert request.session["kept_forms"][query_of(next_of(answer))["kept"]]["owner_id"] == 7


def test_a_form_survives_the_end_of_a_session(browser: Browser) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=2 * HOUR, since_seen=HOUR)
    answer = browser.post("/tokens/new", {"name": "typed before", "key": "k"})
    assert answer.status_code == 302
    back = query_of(answer["Location"])["next"]
    assert browser.try_sign_in("alice", next_path=back)["Location"] == back
    assert "typed before" in browser.get(back).content.decode()


def test_another_person_does_not_get_the_form(browser: Browser) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=2 * HOUR, since_seen=HOUR)
    answer = browser.post("/tokens/new", {"name": "typed by alice", "key": "k"})
    back = query_of(answer["Location"])["next"]
    assert path_of(browser.try_sign_in("bob", next_path=back)["Location"]) == back
    assert "typed by alice" not in browser.get(back).content.decode()
