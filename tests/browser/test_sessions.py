"""Sessions in a real browser: the page, ending them without JavaScript, and Microsoft's sign-out page."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def sign_in_elsewhere(visitor: Visitor, open_browser: OpenBrowser) -> Visitor:
    """Sign the same person in, in another browser, which has no JavaScript."""
    elsewhere = open_browser(java_script_enabled=False)
    elsewhere.person = visitor.person
    elsewhere.sign_in("/sessions")
    return elsewhere


def test_the_page_suits_everybody(visitor: Visitor, open_browser: OpenBrowser) -> None:
    inspector = Inspector(visitor.page)
    visitor.sign_in("/sessions")
    inspector.look("one session")
    sign_in_elsewhere(visitor, open_browser)
    visitor.page.reload()
    expect(visitor.page.get_by_text("This browser", exact=True)).to_have_count(1)
    inspector.look("two sessions")
    assert not inspector.faults, inspector.report()


def test_a_browser_without_scripts_ends_another_and_then_all(
    visitor: Visitor, open_browser: OpenBrowser
) -> None:
    visitor.sign_in()
    elsewhere = sign_in_elsewhere(visitor, open_browser)
    elsewhere.page.get_by_role("listitem").get_by_role("button").click()
    expect(elsewhere.page.get_by_text("You are signed out in that browser: ")).to_be_visible()
    visitor.go("/sessions")
    expect(visitor.heading("You were signed out")).to_be_visible()
    visitor.sign_in("/sessions")
    elsewhere.button("Sign out everywhere").click()
    expect(elsewhere.button("Sign out")).to_have_count(0)
    visitor.page.reload()
    expect(visitor.heading("You were signed out")).to_be_visible()


def test_microsofts_sign_out_page_signs_out_here(visitor: Visitor, chromium: Browser) -> None:
    address = f"{visitor.portal.base_url}/sign-out/front-channel"
    visitor.tenant.change(front_channel_logout_url=address)
    try:
        visitor.sign_in_by_hand("/sessions")
        entra = visitor.page.context.new_page()
        pages = visitor.tenant.control.session.get(
            f"{visitor.tenant.issuer}/.well-known/openid-configuration", timeout=10
        ).json()
        with entra.expect_response(lambda answer: answer.url.startswith(address)) as loaded:
            entra.goto(pages["end_session_endpoint"])
        assert loaded.value.status == 200
        assert "set-cookie" not in loaded.value.headers
        entra.close()
    finally:
        visitor.tenant.change(front_channel_logout_url=None)
    visitor.page.reload()
    expect(visitor.heading("You were signed out")).to_be_visible()
