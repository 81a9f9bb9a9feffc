"""Sessions end when they are old or left alone."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.middleware import LAST_SEEN_AT, SIGNED_IN_AT, SessionLimitMiddleware
from accounts.models import User
from tests.accounts.browsers import Browser

MINUTE, HOUR = 60, 3600


def let_time_pass(browser: Client, *, since_sign_in: int, since_seen: int) -> None:
    """Put the clocks of the browser's session back by seconds."""
    session = browser.session
    now = int(time.time())
    session[SIGNED_IN_AT], session[LAST_SEEN_AT] = now - since_sign_in, now - since_seen
    session.save()


def is_signed_in(browser: Browser) -> bool:
    browser.get("/help/sign-in")
    return browser.user is not None


@pytest.mark.parametrize(
    ("name", "since_sign_in", "since_seen", "is_over"),
    [
        ("alice", 8 * HOUR - MINUTE, 0, False),
        ("alice", 8 * HOUR, 0, True),
        ("alice", 2 * HOUR, HOUR - MINUTE, False),
        ("alice", 2 * HOUR, HOUR, True),
        ("dave", 4 * HOUR - MINUTE, 0, False),
        ("dave", 4 * HOUR, 0, True),
        ("carol", 2 * HOUR, 29 * MINUTE, False),
        ("carol", 2 * HOUR, 30 * MINUTE, True),
    ],
)
def test_limits_are_shorter_with_a_role(
    browser: Browser, name: str, since_sign_in: int, since_seen: int, is_over: bool
) -> None:
    browser.sign_in(name)
    let_time_pass(browser, since_sign_in=since_sign_in, since_seen=since_seen)
    assert is_signed_in(browser) is not is_over


def test_settings_shorten_the_limits_for_everybody(browser: Browser, settings: Any) -> None:
    settings.SESSION_IDLE_SECONDS = 10 * MINUTE
    browser.sign_in("dave")
    let_time_pass(browser, since_sign_in=11 * MINUTE, since_seen=10 * MINUTE)
    assert not is_signed_in(browser)


@pytest.mark.parametrize(("seconds", "title"), [((0, HOUR), "while"), ((8 * HOUR, 0), "length")])
def test_the_sign_in_page_says_why_once(browser: Browser, seconds: tuple[int, int], title: str) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=seconds[0], since_seen=seconds[1])
    answer = browser.get("/tokens/new?name=x")
    assert answer.status_code == 302
    assert title in browser.get(answer["Location"]).context["reason"].sentence
    assert browser.get("/sign-in").context["reason"] is None


def test_what_was_in_the_session_is_gone(browser: Browser) -> None:
    browser.sign_in("alice")
    key = browser.cookies[portal_settings.SESSION_COOKIE_NAME].value
    let_time_pass(browser, since_sign_in=0, since_seen=HOUR)
    browser.get("/help/sign-in")
    assert not Session.objects.filter(session_key=key).exists()


def test_a_session_without_clocks_is_over(browser: Browser) -> None:
    browser.sign_in("alice")
    session = browser.session
    del session[SIGNED_IN_AT]
    session.save()
    assert not is_signed_in(browser)


def test_activity_is_noted_once_a_minute(browser: Browser) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=HOUR, since_seen=59)
    noted = browser.session[LAST_SEEN_AT]
    browser.get("/help/sign-in")
    assert browser.session[LAST_SEEN_AT] == noted
    let_time_pass(browser, since_sign_in=HOUR, since_seen=61)
    browser.get("/help/sign-in")
    assert browser.session[LAST_SEEN_AT] >= int(time.time()) - 2


def test_polling_is_no_activity_and_does_not_escape_the_limit(browser: Browser) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=HOUR, since_seen=50 * MINUTE)
    noted = browser.session[LAST_SEEN_AT]
    browser.get("/help/sign-in", headers={"X-Polling": "1"})
    assert browser.session[LAST_SEEN_AT] == noted
    let_time_pass(browser, since_sign_in=2 * HOUR, since_seen=HOUR)
    browser.get("/help/sign-in", headers={"X-Polling": "1"})
    assert browser.user is None


def test_a_slow_request_overwrites_nothing_that_was_written_meanwhile(browser: Browser) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=HOUR, since_seen=10 * MINUTE)
    request = _request_of(browser)

    def slow_view(request: HttpRequest) -> HttpResponse:
        session = browser.session
        session["written meanwhile"] = 1
        session.save()
        return HttpResponse()

    SessionLimitMiddleware(slow_view)(request)
    assert not request.session.modified
    assert browser.session["written meanwhile"] == 1
    assert browser.session[LAST_SEEN_AT] >= int(time.time()) - 2


def test_noting_activity_is_one_statement(browser: Browser, django_assert_num_queries: Any) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=HOUR, since_seen=10 * MINUTE)
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    request = _request_of(browser)
    with django_assert_num_queries(1):
        SessionLimitMiddleware(lambda _: HttpResponse())(request)
    left = Session.objects.get().expire_date - timezone.now()
    assert abs(left.total_seconds() - portal_settings.SESSION_COOKIE_AGE) < 10


def test_a_sign_out_in_another_tab_at_this_moment_counts(browser: Browser) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=HOUR, since_seen=10 * MINUTE)
    request = _request_of(browser)
    Session.objects.all().delete()
    seen: list[bool] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.user.is_authenticated)
        return HttpResponse()

    SessionLimitMiddleware(view)(request)
    assert seen == [False]
    assert Session.objects.count() == 0


def _request_of(browser: Browser) -> HttpRequest:
    """Return a request of the browser whose session and person are loaded already."""
    request = RequestFactory().get("/")
    request.session = browser.session
    assert request.session[SIGNED_IN_AT]
    request.user = User.objects.get()
    return request


def test_strangers_pass(client: Client, db: None) -> None:
    assert client.get("/help/sign-in").status_code == 200
    assert Session.objects.count() == 0
