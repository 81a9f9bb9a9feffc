"""Signing out here and at Entra."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import signals
from accounts.models import Grant
from tests.accounts.browsers import Browser, Heard, query_of, text_of
from tests.people import World
from tests.sandbox_control import Tenant


def test_it_ends_the_session_and_goes_on_to_entra(browser: Browser, heard: Heard, settings: Any) -> None:
    user = browser.sign_in("alice")
    answer = browser.post("/sign-out")
    assert answer.status_code == 302
    assert "/oauth2/v2.0/logout?" in answer["Location"]
    assert query_of(answer["Location"]) == {
        "client_id": settings.ENTRA_CLIENT_ID,
        "post_logout_redirect_uri": "http://127.0.0.1:8000/signed-out",
        "logout_hint": user.login_hint,
    }
    assert Session.objects.count() == 0
    assert browser.user is None
    (event,) = heard.named("signed_out")
    assert event["user"] == user
    assert event["actor"].object_id == user.object_id


def test_the_grant_stays(browser: Browser) -> None:
    browser.sign_in("alice")
    browser.post("/sign-out")
    assert Grant.objects.get().is_active


def test_it_works_while_entra_is_down(browser: Browser, tenant: Tenant, settings: Any) -> None:
    browser.sign_in("alice")
    settings.ENTRA_CLIENT_SECRET = "another client knows no discovery yet"
    with tenant.fault("discovery", drop="before"):
        answer = browser.post("/sign-out")
    assert (answer.status_code, answer["Location"]) == (302, "/signed-out")
    assert browser.user is None


def test_it_works_without_a_sign_out_address(browser: Browser, tenant: Tenant, settings: Any) -> None:
    browser.sign_in("alice")
    settings.ENTRA_CLIENT_SECRET = "another client knows no discovery yet"
    with tenant.fault("discovery", forge={"end_session_endpoint": None}):
        assert browser.post("/sign-out")["Location"] == "/signed-out"


def test_without_a_hint_entra_asks_which_account(browser: Browser) -> None:
    user = browser.sign_in("alice")
    user.login_hint = ""
    user.save()
    assert "logout_hint" not in query_of(browser.post("/sign-out")["Location"])


def test_a_stranger_is_signed_out_already(browser: Browser, heard: Heard) -> None:
    assert browser.post("/sign-out")["Location"] == "/signed-out"
    assert heard.events == []


def test_a_link_signs_nobody_out(browser: Browser) -> None:
    browser.sign_in("alice")
    assert browser.get("/sign-out").status_code == 405
    assert browser.user is not None


def test_another_site_signs_nobody_out(browser: Browser, tenant: Tenant) -> None:
    browser.sign_in("alice")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post("/sign-out").status_code == 403
    assert browser.user is not None


def test_a_receiver_that_fails_fails_the_sign_out(browser: Browser) -> None:
    browser.sign_in("alice")

    def fail(sender: type, **details: Any) -> None:
        raise ZeroDivisionError

    signals.signed_out.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            browser.post("/sign-out")
    finally:
        signals.signed_out.disconnect(fail)
    assert browser.user is not None


def test_the_page_says_so_to_everybody(client: Client, db: None) -> None:
    answer = client.get("/signed-out")
    assert answer.status_code == 200
    assert "/sign-in" in text_of(answer)
    assert client.post("/signed-out").status_code == 405


def test_whoever_is_signed_in_is_not_told_that_they_are_signed_out(world: World) -> None:
    answer = world.alice.browser.get("/signed-out")
    assert (answer.status_code, answer["Location"]) == (302, "/")
