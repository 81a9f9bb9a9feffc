"""Signing in through the portal's pages and the sandbox's Entra."""

from __future__ import annotations

import time
from threading import Thread
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.claims import Role
from accounts.models import Grant
from tests.accounts.browsers import Browser, Heard, query_of, text_of
from tests.sandbox_control import SandboxControl, Tenant
from tokens import rules

COOKIE = portal_settings.SESSION_COOKIE_NAME
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "http:evil.example",
    "javascript:alert(1)",
    "evil.example",
    "",
    " /tokens/new",
    "/\t/evil.example",
]
OWN = ["/sign-in", "/sign-in?next=/", "/getAToken?code=1", "/sign-out", "/signed-out", "/sign-in/start"]


# --- the page --------------------------------------------------------------------------------------


def test_the_page_has_a_form_with_the_way_back(browser: Browser) -> None:
    answer = browser.get("/sign-in", {"next": "/tokens/new?name=x"})
    assert answer.status_code == 200
    assert answer.context["next"] == "/tokens/new?name=x"
    assert answer.context["reason"] is None
    assert 'action="/sign-in/start"' in text_of(answer)


@pytest.mark.parametrize("url", ELSEWHERE + OWN)
def test_the_page_leads_nowhere_else(browser: Browser, url: str) -> None:
    assert browser.get("/sign-in", {"next": url}).context["next"] == "/"


@pytest.mark.parametrize(("access", "days"), [("full", 1), ("off", 30)])
def test_the_page_says_what_the_portal_will_do_and_how_long_it_may(
    browser: Browser, settings: Any, access: str, days: int
) -> None:
    settings.BACKGROUND_ACCESS, settings.GRANT_MAX_DAYS = access, days
    text = " ".join(text_of(browser.get("/sign-in")).split())
    assert "Create, change, extend, rotate and revoke them" in text
    assert ("look for changes" in text) == (access == "full")
    assert ("it does nothing in your name" in text) == (access == "off")
    assert f"deleted {days} day{'s' * (days > 1)} after you last signed in" in text


def test_the_page_says_which_mails_come_and_how_they_are_stopped(browser: Browser) -> None:
    text = " ".join(text_of(browser.get("/sign-in")).split())
    first, hour = max(rules.REMINDER_STEPS_DAYS), rules.NINE.hour
    assert hour == 9
    assert f"Mail you before a token expires: the first time {first} days before, at nine" in text
    assert "or stop it, in Settings or by the link in each mail." in text


def test_the_page_passes_on_whoever_is_signed_in(browser: Browser) -> None:
    browser.sign_in("alice")
    answer = browser.get("/sign-in", {"next": "/tokens/new"})
    assert (answer.status_code, answer["Location"]) == (302, "/tokens/new")


def test_the_page_shows_itself_when_asked_to_sign_in_again(browser: Browser) -> None:
    browser.sign_in("alice")
    answer = browser.get("/sign-in", {"next": "/tokens/new", "again": "1"})
    assert answer.status_code == 200
    assert answer.context["reason"].title == "Please sign in again"


def test_the_page_says_why_a_grant_was_lost(browser: Browser) -> None:
    browser.sign_in("alice")
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED, lost_code="grant_revoked")
    answer = browser.get("/sign-in")
    assert "ended" in answer.context["reason"].sentence
    Grant.objects.all().delete()
    assert "no access" in browser.get("/sign-in").context["reason"].sentence


@pytest.mark.parametrize(
    ("path", "method"),
    [("/sign-in", "post"), ("/sign-in/start", "get"), ("/getAToken", "post"), ("/getAToken", "head")],
)
def test_other_methods_are_refused(browser: Browser, path: str, method: str) -> None:
    assert getattr(browser, method)(path).status_code == 405


# --- the way there and back --------------------------------------------------------------------------


def test_a_person_signs_in(browser: Browser, tenant: Tenant, heard: Heard) -> None:
    before = timezone.now()
    answer = browser.get(
        browser.authorize("alice", browser.start("/tokens/new?name=x")), headers={"User-Agent": "a browser"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/tokens/new?name=x")
    assert answer["Referrer-Policy"] == "strict-origin"
    assert "no-store" in answer["Cache-Control"]
    user = browser.user
    assert user is not None
    assert str(user.tenant_id) == tenant.tenant_id
    assert str(user.object_id) == tenant.person("alice").object_id
    assert (user.display_name, user.user_principal_name) == ("Alice Archer", "alice@example.test")
    assert user.login_hint
    assert not user.is_staff
    assert not user.is_superuser
    assert user.signed_in_at is not None
    assert user.signed_in_at >= before
    ((name, event),) = heard.events
    assert name == "signed_in"
    assert event["user"] == user
    assert event["actor"].object_id == user.object_id
    assert event["actor"].origin.address == "127.0.0.1"
    assert event["actor"].origin.user_agent == "a browser"
    assert event["actor"].origin.request_id == answer["X-Request-ID"]


@pytest.mark.parametrize("url", ELSEWHERE + OWN)
def test_the_way_back_never_leads_elsewhere(browser: Browser, url: str) -> None:
    answer = browser.try_sign_in("alice", next_path=url)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_way_back_is_not_in_the_state(browser: Browser) -> None:
    assert "secret-way" not in browser.start("/secret-way")


SECRET = "Aa1" * 25 + "x" + "SI" + "MU" + "abcd"


@pytest.mark.parametrize(
    "url",
    [
        f"/?q={SECRET}",
        f"/tokens/{SECRET}/new",
        f"/?q={SECRET.replace('S', '%53')}",
        "/?q=authorization%3A+bearer+abcdefgh",
        "/?q=" + "x" * 8192,
    ],
)
def test_the_way_back_keeps_no_secret_and_nothing_huge(browser: Browser, url: str) -> None:
    assert len(SECRET) == 84
    assert browser.get("/sign-in", {"next": url}).context["next"] == "/"
    browser.start(url)
    (flow,) = browser.session["entra_flows"].values()
    assert flow["next"] == "/"
    assert SECRET not in str(dict(browser.session))


def test_a_strangers_session_ends_with_the_flow(browser: Browser) -> None:
    callback = browser.authorize("alice", browser.start())
    assert browser.cookies[COOKIE]["max-age"] == 600
    left = Session.objects.get().expire_date - timezone.now()
    assert 590 < left.total_seconds() <= 600
    browser.get(callback)
    assert browser.cookies[COOKIE]["max-age"] == portal_settings.SESSION_COOKIE_AGE
    left = Session.objects.get().expire_date - timezone.now()
    assert abs(left.total_seconds() - portal_settings.SESSION_COOKIE_AGE) < 10


def test_signing_in_again_shortens_nothing(browser: Browser) -> None:
    browser.sign_in("alice")
    browser.start()
    assert browser.session.get_expiry_age() == portal_settings.SESSION_COOKIE_AGE


def test_signing_in_twice_keeps_one_person_and_follows_new_names(browser: Browser, tenant: Tenant) -> None:
    first = browser.sign_in("alice")
    tenant.change_person("alice", name="Alice Married", user_name="alice.m@example.test")
    again = Browser(tenant)
    second = again.sign_in("alice.m@example.test")
    assert second.pk == first.pk
    assert (second.display_name, second.user_principal_name) == ("Alice Married", "alice.m@example.test")
    assert Grant.objects.count() == 1


def test_a_reused_address_is_another_person(browser: Browser, tenant: Tenant) -> None:
    first = browser.sign_in("alice")
    tenant.change_person("alice", user_name="former@example.test")
    tenant.add_person(name="New Alice", user_name="alice@example.test")
    assert Browser(tenant).sign_in("alice@example.test").pk != first.pk


def test_the_session_gets_a_new_key(browser: Browser) -> None:
    callback = browser.authorize("alice", browser.start())
    before = browser.cookies[COOKIE].value
    browser.get(callback)
    assert browser.cookies[COOKIE].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_planted_session_key_is_not_taken_over(browser: Browser) -> None:
    browser.cookies[COOKIE] = "chosenbyanattacker0000000000000a"
    browser.sign_in("alice")
    assert browser.cookies[COOKIE].value != "chosenbyanattacker0000000000000a"


def test_another_person_finds_nothing_of_the_one_before(browser: Browser) -> None:
    browser.sign_in("alice")
    session = browser.session
    session["of alice"] = 1
    session.save()
    browser.sign_in("bob")
    assert "of alice" not in browser.session


def test_the_same_person_keeps_what_is_under_way(browser: Browser) -> None:
    browser.sign_in("alice")
    session = browser.session
    session["of alice"] = 1
    session.save()
    browser.sign_in("alice")
    assert browser.session["of alice"] == 1


def test_two_tabs_can_sign_in(browser: Browser) -> None:
    first, second = browser.start("/tokens/new"), browser.start("/?status=expired")
    assert browser.get(browser.authorize("alice", second))["Location"] == "/?status=expired"
    assert browser.get(browser.authorize("alice", first))["Location"] == "/tokens/new"


def test_another_account_can_be_asked_for(browser: Browser) -> None:
    user = browser.sign_in("alice")
    assert query_of(browser.start())["login_hint"] == user.login_hint
    query = query_of(browser.start(account="other"))
    assert query["prompt"] == "select_account"
    assert "login_hint" not in query


def test_starting_needs_the_csrf_cookie(tenant: Tenant, db: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sign-in/start", {"next": "/"}).status_code == 403
    assert "entra_flows" not in strict.session


# --- login CSRF, reloads, double submits ---------------------------------------------------------------


def test_a_callback_of_another_browser_signs_nobody_in(browser: Browser, tenant: Tenant) -> None:
    callback = browser.authorize("bob", browser.start())
    victim = Browser(tenant)
    assert victim.get(callback).status_code == 400
    assert victim.user is None
    signed_in = Browser(tenant)
    signed_in.sign_in("alice")
    assert signed_in.get(callback)["Location"] == "/"
    assert signed_in.user is not None
    assert signed_in.user.display_name == "Alice Archer"


@pytest.mark.parametrize(
    "query", ["", "?state=", "?state=x&code=y", "?code=y", "?error=access_denied", "?state[]=x"]
)
def test_a_callback_out_of_the_blue_says_so(
    browser: Browser, tenant: Tenant, heard: Heard, query: str
) -> None:
    tenant.forget_requests()
    answer = browser.get(f"/getAToken{query}")
    assert answer.status_code == 400
    assert answer["Referrer-Policy"] == "strict-origin"
    assert tenant.requests() == []
    assert heard.events == []
    assert COOKIE not in answer.cookies


def test_a_reload_is_friendly_and_asks_entra_nothing(browser: Browser, tenant: Tenant) -> None:
    callback = browser.authorize("alice", browser.start())
    browser.get(callback)
    tenant.forget_requests()
    answer = browser.get(callback)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert tenant.requests() == []


def test_a_late_return_says_so(browser: Browser) -> None:
    callback = browser.authorize("alice", browser.start())
    session = browser.session
    session["entra_flows"][query_of(callback)["state"]]["created_at"] = int(time.time()) - 601
    session.save()
    answer = browser.get(callback)
    assert answer.status_code == 400
    assert answer.context["problem"].title == "This sign-in is no longer open"


@pytest.mark.django_db(transaction=True)
def test_a_double_submit_signs_in_once_and_keeps_the_session(
    tenant: Tenant, sandbox_control: SandboxControl
) -> None:
    browser = Browser(tenant)
    callback = browser.authorize("alice", browser.start())
    twin = Browser(tenant)
    twin.cookies[COOKIE] = browser.cookies[COOKIE].value
    first: list[Any] = []

    def come_back() -> None:
        try:
            first.append(browser.get(callback))
        finally:
            connections.close_all()

    with tenant.hold("the first", "token_endpoint"):
        thread = Thread(target=come_back)
        thread.start()
        sandbox_control.wait_for_hold("the first")
        second = twin.get(callback)
    thread.join(20)
    assert (first[0].status_code, first[0]["Location"]) == (302, "/")
    assert second.status_code == 400
    assert len(tenant.requests("token_endpoint")) == 1
    assert browser.user is not None


def test_a_double_submit_that_comes_late_does_not_delete_the_new_cookie(
    browser: Browser, tenant: Tenant
) -> None:
    callback = browser.authorize("alice", browser.start())
    twin = Browser(tenant)
    twin.cookies[COOKIE] = browser.cookies[COOKIE].value
    browser.get(callback)
    late = twin.get(callback)
    assert late.status_code == 400
    assert COOKIE not in late.cookies


# --- roles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "roles", "is_staff"),
    [("alice", set(), False), ("carol", {Role.AUDITOR}, True), ("dave", {Role.ADMIN}, True)],
)
def test_app_roles_become_groups(browser: Browser, name: str, roles: set[Role], is_staff: bool) -> None:
    user = browser.sign_in(name)
    assert user.roles == roles
    assert user.is_staff is is_staff
    assert not user.is_superuser


def test_roles_are_counted_anew_at_each_sign_in(browser: Browser, tenant: Tenant) -> None:
    browser.sign_in("dave")
    tenant.change_person("dave", roles=["PatPortal.Auditor"])
    assert browser.sign_in("dave").roles == {Role.AUDITOR}
    tenant.change_person("dave", roles=["PatPortal.Unheard"])
    user = browser.sign_in("dave")
    assert user.roles == frozenset()
    assert not user.is_staff


# --- the admin's door --------------------------------------------------------------------------------


def test_the_admins_sign_in_is_the_portals(browser: Browser) -> None:
    answer = browser.get("/admin/login/", {"next": "/admin/accounts/user/"})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fadmin%2Faccounts%2Fuser%2F")
    assert browser.get("/admin/login/", {"next": "https://evil.example/"})["Location"] == "/sign-in?next=%2F"


def test_the_admins_sign_in_turns_away_whoever_has_no_role(browser: Browser) -> None:
    browser.sign_in("alice")
    assert browser.get("/admin/login/", {"next": "/admin/"}).status_code == 403


def test_the_admins_sign_in_takes_no_password(browser: Browser) -> None:
    assert browser.post("/admin/login/", {"username": "x", "password": "y"}).status_code == 405
