"""Signing out at Microsoft is signing out here as well."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.conf import settings as portal_settings
from django.test import Client

from accounts.models import Grant, SignIn
from tests.accounts.browsers import Browser, Heard
from tests.sandbox_control import SandboxControl, Tenant

PATH = "/sign-out/front-channel"
COOKIE = portal_settings.SESSION_COOKIE_NAME
SIDS = ["sid-of-entra-1", "sid-of-entra-2"]


@pytest.fixture
def frame(db: None) -> Client:
    """The frame in Microsoft's page, without a cookie of the portal; each has an address of its own."""
    address = f"198.51.100.{next(_addresses)}"
    return Client(REMOTE_ADDR=address)


_addresses = iter(range(1, 250))


def signed_in_with(place: Tenant, sid: str, **fields: str) -> Browser:
    """Return a browser whose sign-in began with that session of Entra's."""
    made = Browser(place)
    with place.fault("token_endpoint", forge={"sid": sid}, times=1):
        assert made.try_sign_in("alice", **fields).status_code == 302
    return made


def is_signed_in(browser: Browser) -> bool:
    browser.get("/help/sign-in")
    return browser.user is not None


def test_it_ends_the_sessions_of_that_sid_and_no_others(tenant: Tenant, frame: Client, heard: Heard) -> None:
    first, second = (signed_in_with(tenant, sid) for sid in SIDS)
    heard.events.clear()
    for _ in range(2):
        assert frame.get(PATH, {"sid": SIDS[0]}).status_code == 200
    assert [is_signed_in(one) for one in (first, second)] == [False, True]
    assert Grant.objects.get().is_active
    ((name, event),) = heard.events
    assert (name, event["count"], event["reason"]) == ("sessions_ended", 1, "signed_out_at_microsoft")
    assert (event["actor"].kind, event["actor"].object_id) == ("system", None)
    assert event["actor"].origin.address.startswith("198.51.100.")
    assert "signing out at Microsoft" in first.get("/sign-in").context["reason"].sentence


def test_it_works_across_tenants(
    tenant: Tenant, sandbox_control: SandboxControl, settings: Any, frame: Client
) -> None:
    other = sandbox_control.create_tenant(client_id=tenant.client_id, client_secret=tenant.client_secret)
    settings.ENTRA_ADDITIONAL_TENANTS = {UUID(other.tenant_id): "Fabrikam"}
    here, there = signed_in_with(tenant, SIDS[0]), signed_in_with(other, SIDS[1], tenant=other.tenant_id)
    frame.get(PATH, {"sid": SIDS[1]})
    assert [is_signed_in(one) for one in (here, there)] == [True, False]
    other.remove()


@pytest.mark.parametrize(
    "query", [{}, {"sid": ""}, {"sid": "unknown"}, {"sid": "x" * 10_000}, {"sid": "\x00"}]
)
def test_whatever_is_asked_the_answer_is_the_same(frame: Client, query: dict[str, str], heard: Heard) -> None:
    answer = frame.get(PATH, query)
    assert answer.status_code == 200
    assert len(answer.content) < 100
    assert b"x" * 20 not in answer.content
    assert heard.events == []


def test_only_entra_may_show_it_in_a_frame(frame: Client, tenant: Tenant, settings: Any) -> None:
    policy = frame.get(PATH)["Content-Security-Policy"]
    origin = "https://" + urlsplit(tenant.authority).netloc
    assert policy == f"default-src 'none'; frame-ancestors {origin} http://127.0.0.1:*"
    settings.ALLOW_OTHER_HOSTS = False
    settings.ENTRA_AUTHORITY = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555"
    answer = frame.get(PATH)
    assert (
        answer["Content-Security-Policy"]
        == "default-src 'none'; frame-ancestors https://login.microsoftonline.com"
    )
    assert "X-Frame-Options" not in answer
    assert frame.get("/signed-out")["X-Frame-Options"] == "DENY"


def test_no_cookie_is_set_deleted_or_looked_at(
    tenant: Tenant, frame: Client, django_assert_num_queries: Any
) -> None:
    browser = signed_in_with(tenant, SIDS[0])
    SignIn.objects.update(ended_at="2026-01-01T00:00Z")  # any other page would end this session
    for value in (browser.cookies[COOKIE].value, "of-a-session-that-is-gone"):
        frame.cookies[COOKIE] = value
        with django_assert_num_queries(0):
            answer = frame.get(PATH)
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


def test_who_asks_too_often_is_not_heard_and_not_told(tenant: Tenant, db: None, heard: Heard) -> None:
    browser = signed_in_with(tenant, SIDS[0])
    heard.events.clear()
    busy, calm = Client(REMOTE_ADDR="203.0.113.50"), Client(REMOTE_ADDR="203.0.113.51")
    answers = {busy.get(PATH, {"sid": f"guess {number}"}).status_code for number in range(60)}
    answers.add(busy.get(PATH, {"sid": SIDS[0]}).status_code)
    assert answers == {200}
    assert is_signed_in(browser)
    assert heard.events == []
    calm.get(PATH, {"sid": SIDS[0]})
    assert not is_signed_in(browser)


@pytest.mark.parametrize("method", ["post", "head", "put"])
def test_other_methods_are_refused(frame: Client, method: str) -> None:
    assert getattr(frame, method)(PATH).status_code == 405
