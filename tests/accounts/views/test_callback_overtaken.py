"""Returns from Entra that were overtaken: by a twin in the same browser, or by signing out everywhere."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.contrib.sessions.models import Session
from django.db import connections

from accounts.models import SignIn
from tests.accounts.browsers import Browser, Heard
from tests.sandbox_control import SandboxControl, Tenant

pytestmark = pytest.mark.django_db(transaction=True)
COOKIE = portal_settings.SESSION_COOKIE_NAME


def twin_of(browser: Browser) -> Browser:
    """Return the same browser once more, for a second request at the same time."""
    twin = Browser(browser.tenant)
    twin.cookies[COOKIE] = browser.cookies[COOKIE].value
    return twin


def in_own_connection(browser: Browser, path: str, ready: Callable[[], Any] = int) -> Callable[[], Any]:
    def do() -> Any:
        try:
            ready()
            return browser.get(path)
        finally:
            connections.close_all()

    return do


def come_back_after(
    event: Callable[[], Any], browser: Browser, callback: str, control: SandboxControl
) -> Any:
    """Return the answer to a return during which, while Entra is slow, `event` happens."""
    with ThreadPoolExecutor(1) as pool:
        with browser.tenant.hold("the return", "token_endpoint"):
            held = pool.submit(in_own_connection(browser, callback))
            control.wait_for_hold("the return")
            event()
        return held.result(timeout=20)


def live_rows() -> list[int]:
    return list(SignIn.objects.filter(ended_at=None).values_list("pk", flat=True))


@pytest.mark.parametrize("names", [("alice", "alice"), ("alice", "bob")])
@pytest.mark.parametrize("is_known", [False, True])
def test_of_two_returns_at_once_one_leaves_a_session(
    tenant: Tenant, is_known: bool, names: tuple[str, str]
) -> None:
    browser = Browser(tenant)
    if is_known:
        browser.sign_in("alice")
    callbacks = [browser.authorize(name, browser.start()) for name in names]
    browsers = [browser, twin_of(browser)]
    barrier = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        works = [
            in_own_connection(one, path, barrier.wait) for one, path in zip(browsers, callbacks, strict=True)
        ]
        answers = [one.result(timeout=20) for one in [pool.submit(work) for work in works]]
    assert {answer.status_code for answer in answers} <= {302, 400}
    held = [one.session.get("sign_in_id") for one in browsers if one.user is not None]
    assert set(held) == set(live_rows())
    assert len(live_rows()) == 1
    assert Session.objects.count() == 1


def test_the_twin_that_is_late_leaves_the_session_alone(
    tenant: Tenant, sandbox_control: SandboxControl
) -> None:
    browser = Browser(tenant)
    browser.sign_in("alice")
    first, second = (browser.authorize("alice", browser.start()) for _ in range(2))
    twin = twin_of(browser)
    answer = come_back_after(lambda: twin.get(second), browser, first, sandbox_control)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert COOKIE not in answer.cookies
    assert live_rows() == [twin.session["sign_in_id"]]
    assert twin.get("/sessions").status_code == 200


@pytest.mark.parametrize("is_same_browser", [True, False])
@pytest.mark.parametrize("is_known", [True, False])
def test_a_return_that_began_before_signing_out_everywhere_signs_nobody_in(
    tenant: Tenant, sandbox_control: SandboxControl, heard: Heard, is_same_browser: bool, is_known: bool
) -> None:
    browser, elsewhere = Browser(tenant), Browser(tenant)
    elsewhere.sign_in("alice")
    if is_known:
        browser.sign_in("alice")
    callback = browser.authorize("alice", browser.start())
    where = twin_of(browser) if is_same_browser and is_known else elsewhere

    def sign_out_everywhere() -> None:
        assert where.post("/sessions/end-all").status_code == 302

    come_back_after(sign_out_everywhere, browser, callback, sandbox_control)
    assert live_rows() == []
    assert browser.get("/sessions").status_code == 302
    assert len(heard.named("sessions_ended")) == 1
    assert browser.sign_in("alice")
    assert len(live_rows()) == 1


def test_a_session_that_was_ended_meanwhile_is_not_revived(
    tenant: Tenant, sandbox_control: SandboxControl
) -> None:
    browser, elsewhere = Browser(tenant), Browser(tenant)
    browser.sign_in("alice")
    elsewhere.sign_in("alice")
    callback = browser.authorize("alice", browser.start())
    ended = f"/sessions/{browser.session['sign_in_id']}/end"
    answer = come_back_after(lambda: elsewhere.post(ended), browser, callback, sandbox_control)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert live_rows() == [elsewhere.session["sign_in_id"]]
    assert browser.get("/sessions").status_code == 302
