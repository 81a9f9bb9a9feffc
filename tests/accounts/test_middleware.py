"""Sessions end when they are old or left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as portal_settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.errors import SignInNeeded
from accounts.grants import access_token_for
from accounts.messages import MESSAGES
from accounts.middleware import LAST_SEEN_AT, SIGN_IN_ID, SIGNED_IN_AT, SessionLimitMiddleware
from accounts.models import SignIn, User
from accounts.tenants import home_tenant_id, known_home_tenant_id
from tests.accounts.browsers import Browser, Heard
from tests.sandbox_control import SandboxControl, Tenant

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


def test_noting_activity_is_one_statement_each(browser: Browser, django_assert_num_queries: Any) -> None:
    browser.sign_in("alice")
    let_time_pass(browser, since_sign_in=HOUR, since_seen=10 * MINUTE)
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    request = _request_of(browser)
    with django_assert_num_queries(3):  # is it over, the session, its row
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


def test_checking_is_one_statement(browser: Browser, django_assert_num_queries: Any) -> None:
    browser.sign_in("alice")
    request = _request_of(browser)
    with django_assert_num_queries(1):
        SessionLimitMiddleware(lambda _: HttpResponse())(request)


# --- rows --------------------------------------------------------------------------------------


def test_activity_is_noted_in_the_row_as_well(browser: Browser) -> None:
    browser.sign_in("alice")
    before = timezone.now() - timedelta(minutes=10)
    SignIn.objects.update(last_seen_at=before)
    browser.get("/help/sign-in")
    assert SignIn.objects.get().last_seen_at == before
    let_time_pass(browser, since_sign_in=HOUR, since_seen=10 * MINUTE)
    browser.get("/help/sign-in")
    assert SignIn.objects.get().last_seen_at > timezone.now() - timedelta(seconds=5)


@pytest.mark.parametrize(
    ("since_sign_in", "since_seen", "reason"),
    [(2 * HOUR, HOUR, "session_idle"), (8 * HOUR, 0, "session_too_old")],
)
def test_what_the_clock_ends_is_ended_in_the_row_and_told_once(
    browser: Browser, heard: Heard, since_sign_in: int, since_seen: int, reason: str
) -> None:
    browser.sign_in("alice")
    heard.events.clear()
    let_time_pass(browser, since_sign_in=since_sign_in, since_seen=since_seen)
    assert not is_signed_in(browser)
    row = SignIn.objects.get()
    assert row.ended_at is not None
    assert row.ended_reason == reason
    assert not is_signed_in(browser)
    ((name, event),) = heard.events
    assert (name, event["reason"], event["count"]) == ("sessions_ended", reason, 1)
    assert (event["actor"].kind, event["actor"].label) == ("system", "sessions")
    assert event["actor"].origin.request_id


@pytest.mark.parametrize("way", ["ended", "gone"])
def test_a_session_whose_row_is_ended_or_gone_is_over_and_says_so(browser: Browser, way: str) -> None:
    browser.sign_in("alice")
    if way == "ended":
        SignIn.objects.update(ended_at=timezone.now(), ended_reason="signed_out_everywhere")
    else:
        SignIn.objects.all().delete()
    answer = browser.get("/tokens/new")
    assert answer.status_code == 302
    assert browser.user is None
    assert "from another browser" in browser.get(answer["Location"]).context["reason"].sentence
    assert browser.get("/sign-in").context["reason"] is None


def test_polling_notices_the_end_as_well(browser: Browser) -> None:
    browser.sign_in("alice")
    SignIn.objects.update(ended_at=timezone.now())
    assert browser.get("/", headers={"X-Polling": "1"}).status_code == 302


# --- people who may no longer come in ---------------------------------------------------------------


def test_whoever_lost_the_last_role_is_out_at_the_next_request(
    browser: Browser, tenant: Tenant, settings: Any, heard: Heard
) -> None:
    settings.SIGN_IN_REQUIRES_ROLE = True
    user = browser.sign_in("carol")
    assert is_signed_in(browser)
    tenant.change_person("carol", roles=[])
    access_token_for(user, now=timezone.now(), fresh=True)
    heard.events.clear()
    answer = browser.post("/tokens/new", {"name": "typed before", "key": "k"})
    assert answer.status_code == 302
    assert browser.user is None
    page = browser.get(answer["Location"])
    assert (
        page.context["reason"].sentence == "Your access to this portal was changed while you were signed in."
    )
    assert page.context["is_form_kept"]
    ((name, event),) = heard.events
    assert (name, event["reason"], event["count"]) == ("sessions_ended", "role_lost", 1)
    assert event["actor"].kind == "system"


def test_nobody_needs_a_role_where_none_is_required(browser: Browser, tenant: Tenant) -> None:
    user = browser.sign_in("carol")
    tenant.change_person("carol", roles=[])
    access_token_for(user, now=timezone.now(), fresh=True)
    assert is_signed_in(browser)


def test_a_tenant_that_is_no_longer_admitted_is_out(browser: Browser, settings: Any, heard: Heard) -> None:
    browser.sign_in("alice")
    heard.events.clear()
    settings.ENTRA_AUTHORITY = f"https://login.microsoftonline.com/{uuid4()}"
    answer = browser.get("/tokens/new")
    assert answer.status_code == 302
    assert browser.user is None
    assert browser.get(answer["Location"]).context["reason"].title == MESSAGES["tenant_removed"].title
    ((_, event),) = heard.events
    assert event["reason"] == "tenant_removed"


def test_a_tenant_that_was_home_stays_without_its_roles(browser: Browser, settings: Any) -> None:
    dave, alice = browser, Browser(browser.tenant)
    tenant_id = dave.sign_in("dave").tenant_id
    alice.sign_in("alice")
    settings.ENTRA_AUTHORITY = f"https://login.microsoftonline.com/{uuid4()}"
    settings.ENTRA_ADDITIONAL_TENANTS = {tenant_id: "Former home"}
    assert is_signed_in(alice)
    assert not is_signed_in(dave)


def test_an_authority_named_by_a_domain_asks_nobody(browser: Browser, settings: Any) -> None:
    browser.sign_in("alice")
    settings.ENTRA_AUTHORITY = "https://127.0.0.1:9/example.test"
    assert is_signed_in(browser)


@pytest.fixture
def other_domain(
    tenant: Tenant, sandbox_control: SandboxControl, settings: Any
) -> Iterator[Callable[[], None]]:
    """Makes another tenant home, named by its domain, and has this process know its address."""
    made = sandbox_control.create_tenant(client_id=tenant.client_id, client_secret=tenant.client_secret)

    def move() -> None:
        settings.ENTRA_AUTHORITY = f"{made.control.base_url}/{made.domain}"
        home_tenant_id()

    yield move
    made.remove()


def test_a_domain_that_is_known_admits_no_one_elses_people(
    browser: Browser, other_domain: Callable[[], None]
) -> None:
    browser.sign_in("alice")
    other_domain()
    assert not is_signed_in(browser)


def test_a_domain_that_is_known_takes_the_roles_of_other_tenants(
    browser: Browser, settings: Any, other_domain: Callable[[], None]
) -> None:
    dave, alice = browser, Browser(browser.tenant)
    tenant_id = dave.sign_in("dave").tenant_id
    alice.sign_in("alice")
    settings.ENTRA_ADDITIONAL_TENANTS = {tenant_id: "Former home"}
    other_domain()
    assert is_signed_in(alice)
    assert not is_signed_in(dave)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_home_that_is_listed_as_well_keeps_its_roles(
    browser: Browser, tenant: Tenant, settings: Any, is_known: bool
) -> None:
    settings.ENTRA_AUTHORITY = f"{tenant.control.base_url}/{tenant.domain}"
    home = browser.sign_in("dave").tenant_id
    settings.ENTRA_ADDITIONAL_TENANTS = {home: "Ours"}
    if not is_known:
        settings.ENTRA_AUTHORITY = f"https://127.0.0.1:9/{tenant.domain}"
    assert (known_home_tenant_id() == home) is is_known
    assert is_signed_in(browser)


def test_strangers_pass(client: Client, db: None) -> None:
    assert client.get("/help/sign-in").status_code == 200
    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    ("number", "code"), [(50057, "account_disabled"), (50034, "account_gone"), (50173, "grant_revoked")]
)
def test_whom_entra_refuses_is_signed_out_everywhere_and_told_why(
    browser: Browser, tenant: Tenant, heard: Heard, number: int, code: str
) -> None:
    alice, elsewhere = browser.sign_in("alice"), Browser(tenant)
    elsewhere.sign_in("alice")
    bob = Browser(tenant)
    bob.sign_in("bob")
    fault = tenant.fault("token_endpoint", aadsts={"code": number, "error": "invalid_grant"})
    with fault, pytest.raises(SignInNeeded):
        access_token_for(alice, now=timezone.now(), fresh=True)
    (told,) = heard.named("sessions_ended")
    assert (told["user"], told["count"], told["reason"]) == (alice, 2, code)
    assert told["actor"].label == "Microsoft Entra"
    for one in (browser, elsewhere):
        answer = one.get("/sign-in")
        assert one.user is None
        assert answer.context["reason"].sentence == MESSAGES[code].sentence
    assert is_signed_in(bob)


def test_who_has_only_to_prove_more_stays_signed_in(browser: Browser, tenant: Tenant) -> None:
    alice = browser.sign_in("alice")
    fault = tenant.fault("token_endpoint", aadsts={"code": 50076, "error": "invalid_grant"})
    with fault, pytest.raises(SignInNeeded):
        access_token_for(alice, now=timezone.now(), fresh=True)
    assert is_signed_in(browser)


def test_a_session_from_before_an_upgrade_ends_with_a_neutral_sentence(browser: Browser) -> None:
    browser.sign_in("alice")
    session = browser.session
    del session[SIGN_IN_ID]
    session.save()
    answer = browser.get("/sign-in")
    assert browser.user is None
    assert answer.context["reason"].sentence == MESSAGES["session_outdated"].sentence
