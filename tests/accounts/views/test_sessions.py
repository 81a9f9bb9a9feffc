"""The page that shows where one is signed in, and ends it there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Grant, SignIn
from tests.accounts.browsers import Browser, Heard, query_of, text_of
from tests.sandbox_control import Tenant

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def another(tenant: Tenant, name: str = "alice", *, user_agent: str = FIREFOX) -> Browser:
    """Return another browser in which somebody is signed in."""
    made = Browser(tenant, headers={"User-Agent": user_agent})
    made.sign_in(name)
    return made


def id_of(browser: Browser) -> int:
    return int(browser.session["sign_in_id"])


def is_signed_in(browser: Browser) -> bool:
    browser.get("/help/sign-in")
    return browser.user is not None


def test_it_shows_this_browser_first_and_the_others(browser: Browser, tenant: Tenant) -> None:
    browser.sign_in("alice")
    other = another(tenant)
    answer = browser.get("/sessions")
    rows = answer.context["rows"]
    assert [(row.is_this, row.browser) for row in rows] == [
        (True, "Unknown browser"),
        (False, "Firefox on Linux"),
    ]
    assert {row.address for row in rows} == {"127.0.0.1"}
    assert [row.end_url for row in rows] == [f"/sessions/{id_of(one)}/end" for one in (browser, other)]
    text = text_of(answer)
    assert f'action="/sessions/{id_of(other)}/end"' in text
    assert f'action="/sessions/{id_of(browser)}/end"' not in text
    assert 'action="/sessions/end-all"' in text


def test_it_shows_nobody_elses_and_none_that_are_over(browser: Browser, tenant: Tenant) -> None:
    browser.sign_in("alice")
    another(tenant, "bob")
    another(tenant).post("/sign-out")
    idle = another(tenant)
    long_ago = timezone.now() - timedelta(hours=2)
    SignIn.objects.filter(pk=id_of(idle)).update(last_seen_at=long_ago)
    assert [row.is_this for row in browser.get("/sessions").context["rows"]] == [True]


def test_what_a_browser_says_of_itself_is_only_text(browser: Browser, tenant: Tenant) -> None:
    browser.sign_in("alice")
    another(tenant, user_agent="<script>alert(1)</script>")
    text = text_of(browser.get("/sessions"))
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


def test_many_cost_as_much_as_one(browser: Browser) -> None:
    user, now = browser.sign_in("alice"), timezone.now()
    counts = []
    for number in (1, 60):
        SignIn.objects.bulk_create(SignIn(user=user, started_at=now, last_seen_at=now) for _ in range(number))
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get("/sessions")
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert len(answer.context["rows"]) <= 50


def test_another_session_is_ended_and_this_one_goes_on(
    browser: Browser, tenant: Tenant, heard: Heard
) -> None:
    user = browser.sign_in("alice")
    other, third = another(tenant), another(tenant)
    heard.events.clear()
    for _ in range(2):
        answer = browser.post(f"/sessions/{id_of(other)}/end")
        assert (answer.status_code, answer["Location"]) == (302, "/sessions")
    assert "signed out in that browser: Firefox on Linux (127.0.0.1)." in text_of(browser.get("/sessions"))
    assert [is_signed_in(one) for one in (browser, other, third)] == [True, False, True]
    ((name, event),) = heard.events
    assert (name, event["user"], event["count"]) == ("sessions_ended", user, 1)
    assert event["actor"].object_id == user.object_id
    assert "another browser" in other.get("/sign-in").context["reason"].sentence


def test_what_belongs_to_somebody_else_does_not_exist(browser: Browser, tenant: Tenant, heard: Heard) -> None:
    browser.sign_in("alice")
    theirs = another(tenant, "bob")
    heard.events.clear()
    for sign_in_id in (id_of(theirs), 0, 10**30):
        assert browser.post(f"/sessions/{sign_in_id}/end").status_code == 404
    assert is_signed_in(theirs)
    assert heard.events == []


def test_this_one_ends_as_by_signing_out(browser: Browser) -> None:
    browser.sign_in("alice")
    answer = browser.post(f"/sessions/{id_of(browser)}/end")
    assert "/oauth2/v2.0/logout?" in answer["Location"]
    assert browser.user is None


def test_everywhere_is_here_as_well_and_then_at_microsoft(
    browser: Browser, tenant: Tenant, heard: Heard
) -> None:
    user = browser.sign_in("alice")
    other, theirs = another(tenant), another(tenant, "bob")
    heard.events.clear()
    answer = browser.post("/sessions/end-all")
    assert "/oauth2/v2.0/logout?" in answer["Location"]
    assert query_of(answer["Location"])["logout_hint"] == user.login_hint
    assert [is_signed_in(one) for one in (browser, other, theirs)] == [False, False, True]
    ((name, event),) = heard.events
    assert (name, event["count"], event["reason"]) == ("sessions_ended", 2, "signed_out_everywhere")
    assert Grant.objects.get(user=user).is_active


def test_everywhere_works_while_entra_is_down(browser: Browser, tenant: Tenant, settings: Any) -> None:
    browser.sign_in("alice")
    settings.ENTRA_CLIENT_SECRET = "another client knows no discovery yet"
    with tenant.fault("discovery", drop="before"):
        answer = browser.post("/sessions/end-all")
    assert (answer.status_code, answer["Location"]) == (302, "/signed-out")
    assert browser.user is None


@pytest.mark.parametrize(
    ("path", "method"), [("/sessions", "post"), ("/sessions/1/end", "get"), ("/sessions/end-all", "get")]
)
def test_other_methods_are_refused(browser: Browser, path: str, method: str) -> None:
    browser.sign_in("alice")
    assert getattr(browser, method)(path).status_code == 405


@pytest.mark.parametrize(
    ("path", "method"), [("/sessions", "get"), ("/sessions/1/end", "post"), ("/sessions/end-all", "post")]
)
def test_strangers_are_sent_to_the_sign_in_page_and_back_to_the_list(
    browser: Browser, path: str, method: str
) -> None:
    answer = getattr(browser, method)(path)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fsessions")


def test_another_site_ends_no_session(browser: Browser, tenant: Tenant) -> None:
    browser.sign_in("alice")
    other = another(tenant)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    for path in (f"/sessions/{id_of(other)}/end", "/sessions/end-all"):
        assert strict.post(path).status_code == 403
    assert is_signed_in(other)


def test_every_page_leads_there(browser: Browser) -> None:
    browser.sign_in("alice")
    assert '<a href="/sessions">Sessions</a>' in text_of(browser.get("/tokens/new"))
    assert '<a href="/sessions" aria-current="page">Sessions</a>' in text_of(browser.get("/sessions"))
