"""What was typed, kept over a sign-in."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, QueryDict

from accounts.kept_forms import is_form_kept, keep_form, take_kept_form
from accounts.models import User

# Made here, so that no file holds anything that a scanner takes for a secret.
SECRET = "Aa1" * 25 + "x" + "AZ" + "DO" + "abcd"


@pytest.fixture
def request_() -> HttpRequest:
    request = HttpRequest()
    request.session = SessionStore()
    request.user = AnonymousUser()
    return request


def form(text: str) -> QueryDict:
    return QueryDict(text)


def test_it_gives_a_form_back_each_time_the_page_is_loaded(request_: HttpRequest) -> None:
    key = keep_form(request_, path="/p", data=form("name=x&scopes=a&scopes=b&empty="))
    data = take_kept_form(request_, key, path="/p")
    assert data is not None
    assert data == form("name=x&scopes=a&scopes=b&empty=")
    assert take_kept_form(request_, key, path="/p") == data
    request_.session["kept_forms"][key]["at"] -= 600
    assert take_kept_form(request_, key, path="/p") is None


def test_what_a_stranger_typed_is_of_whoever_signs_in_first(request_: HttpRequest) -> None:
    key = keep_form(request_, path="/p", data=form("a=b"))
    for person, is_given in ((1, True), (1, True), (2, False), (1, False)):
        request_.user = User(pk=person)
        assert (take_kept_form(request_, key, path="/p") is not None) is is_given, person


def test_it_tells_whether_something_waits(request_: HttpRequest) -> None:
    key = keep_form(request_, path="/p", data=form("name=x"))
    assert is_form_kept(request_, f"/p?x=y&kept={key}")
    for address in ("/p", f"/other?kept={key}", "/p?kept=guessed", "/p?kept=", "/"):
        assert not is_form_kept(request_, address), address
    request_.session["kept_forms"][key]["at"] -= 600
    assert not is_form_kept(request_, f"/p?kept={key}")


def test_what_comes_back_cannot_be_changed(request_: HttpRequest) -> None:
    data = take_kept_form(request_, keep_form(request_, path="/p", data=form("a=b")), path="/p")
    assert data is not None
    with pytest.raises(AttributeError, match="immutable"):
        data["a"] = "c"


def test_it_gives_it_to_its_own_page_only(request_: HttpRequest) -> None:
    key = keep_form(request_, path="/p", data=form("a=b"))
    assert take_kept_form(request_, key, path="/other") is None
    assert take_kept_form(request_, "guessed", path="/p") is None
    assert take_kept_form(request_, key, path="/p") is not None


def test_it_drops_secrets_and_the_csrf_value(request_: HttpRequest) -> None:
    assert len(SECRET) == 84
    key = keep_form(
        request_, path="/p", data=form(f"name=x&note=see+{SECRET}&{SECRET}=x&csrfmiddlewaretoken=y")
    )
    data = take_kept_form(request_, key, path="/p")
    assert data == form("name=x")
    assert SECRET not in str(dict(request_.session))


def test_it_keeps_five_for_ten_minutes(request_: HttpRequest) -> None:
    keys = [keep_form(request_, path="/p", data=form(f"n={number}")) for number in range(7)]
    assert list(request_.session["kept_forms"]) == keys[2:]
    request_.session["kept_forms"][keys[2]]["at"] -= 600
    request_.session["kept_forms"][keys[3]]["at"] -= 590
    found = [take_kept_form(request_, key, path="/p") for key in keys]
    assert [data["n"] if data else None for data in found] == [None, None, None, "3", "4", "5", "6"]


def test_it_keeps_long_names_and_no_more_than_a_session_holds(request_: HttpRequest) -> None:
    text = "x" * 10_000
    key = keep_form(request_, path="/p", data=form(f"name={text}&huge={'y' * 6_000}&last=z"))
    assert take_kept_form(request_, key, path="/p") == form(f"name={text}&last=z")


def test_a_strangers_session_is_kept_no_longer_than_the_form(request_: HttpRequest) -> None:
    keep_form(request_, path="/p", data=form("a=b"))
    assert request_.session.get_expiry_age() == 600


def test_a_persons_session_lasts_as_long_as_ever(request_: HttpRequest, settings: Any) -> None:
    request_.user = User(pk=1)
    keep_form(request_, path="/p", data=form("a=b"))
    assert request_.session.get_expiry_age() == settings.SESSION_COOKIE_AGE


@pytest.mark.parametrize(
    ("owner", "taker", "is_given"), [(1, 1, True), (1, 2, False), (1, None, False), (None, 2, True)]
)
def test_it_gives_nobody_what_another_person_typed(
    request_: HttpRequest, owner: Any, taker: Any, is_given: bool
) -> None:
    request_.user = User(pk=owner) if owner else AnonymousUser()
    key = keep_form(request_, path="/p", data=form("a=b"))
    request_.user = User(pk=taker) if taker else AnonymousUser()
    assert (take_kept_form(request_, key, path="/p") is not None) is is_given


def test_a_session_can_hold_it(request_: HttpRequest, db: None) -> None:
    key = keep_form(request_, path="/p", data=form("name=Zo%C3%AB&scopes=a&scopes=b"))
    request_.session.save()
    request_.session = SessionStore(request_.session.session_key)
    assert take_kept_form(request_, key, path="/p") == form("name=Zo%C3%AB&scopes=a&scopes=b")
