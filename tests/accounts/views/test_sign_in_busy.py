"""Strangers who come back all at once do not take every thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from tests.accounts.browsers import Browser, Heard, text_of
from tests.sandbox_control import SandboxControl, Tenant

PLACES = 2


def in_own_connection(browser: Browser, path: str) -> Callable[[], Any]:
    def do() -> Any:
        try:
            return browser.get(path)
        finally:
            connections.close_all()

    return do


@pytest.mark.django_db(transaction=True)
def test_beyond_the_places_there_is_a_sentence(
    tenant: Tenant, sandbox_control: SandboxControl, heard: Heard
) -> None:
    known = Browser(tenant)
    known.sign_in("alice")
    known_callback = known.authorize("alice", known.start())
    browsers = [Browser(tenant) for _ in range(PLACES + 1)]
    callbacks = [browser.authorize("bob", browser.start()) for browser in browsers]
    heard.events.clear()
    with ThreadPoolExecutor(PLACES) as pool:
        with tenant.hold("strangers", "token_endpoint", times=PLACES):
            works = [in_own_connection(browsers[number], callbacks[number]) for number in range(PLACES)]
            held = [pool.submit(work) for work in works]
            sandbox_control.wait_for_hold("strangers", count=PLACES)
            tenant.forget_requests()
            answer = browsers[PLACES].get(callbacks[PLACES])
            assert answer.status_code == 503
            assert "Too many sign-ins" in text_of(answer)
            assert tenant.requests("token_endpoint") == []
            assert heard.events == []
            assert known.get(known_callback).status_code == 302
        assert [one.result(timeout=20).status_code for one in held] == [302] * PLACES
    assert browsers[PLACES].get(callbacks[PLACES]).status_code == 400  # used up, as ever
    assert browsers[PLACES].sign_in("bob")
