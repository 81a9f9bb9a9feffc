"""What comes out of a printer: what the page says, black on white, and never a secret."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_CONTROLS = ":is(button, .button, input:not([type=hidden]), select, textarea, .site-nav, dialog):visible"
_INK = "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
_AFTER = "(link) => getComputedStyle(link, '::after').content"


def _print(visitor: Visitor) -> str:
    """Show the page as it is on paper, on a screen that was dark; return what can be read."""
    visitor.page.emulate_media(media="print", color_scheme="dark")
    return visitor.page.locator("body").inner_text()


@pytest.mark.parametrize("is_shown", [False, True], ids=["masked", "shown"])
def test_a_secret_is_not_printed(visitor: Visitor, is_shown: bool) -> None:
    visitor.sign_in()
    secret = visitor.create_pat()
    visitor.page.locator(".snippet summary").first.click()
    if is_shown:
        visitor.button("Show").click()
        expect(visitor.page.get_by_text(secret).first).to_be_visible()
    paper = _print(visitor)
    assert secret not in paper
    assert "The secret is not printed. Copy it from the page." in paper
    assert "ci-deploy" in paper


def test_the_address_of_a_calendar_is_not_printed(visitor: Visitor) -> None:
    visitor.sign_in("/settings")
    visitor.button("Make a calendar address").click()
    expect(visitor.heading("Copy the calendar address now")).to_be_visible()
    visitor.button("Show").click()
    paper = _print(visitor)
    assert "/calendar/" not in paper
    assert "The address is not printed. Copy it from the page." in paper


def test_pages_are_printed_without_what_only_a_screen_can_do(visitor: Visitor) -> None:
    visitor.add_pat(
        "deploy", scope="vso.code vso.build vso.work", valid_to=datetime.now(UTC) + timedelta(days=9)
    )
    visitor.sign_in_to_full_list()
    visitor.link("deploy").click()
    expect(visitor.heading("deploy")).to_be_visible()
    detail = visitor.page.url.removeprefix(visitor.portal.base_url)
    visitor.go(f"{detail}/notes")
    visitor.page.get_by_label("Places of use").fill("https://wiki.example/deploy")
    visitor.button("Save notes").click()
    expect(visitor.heading("deploy")).to_be_visible()
    for path, told in {
        "/": "Work items (read)",
        detail: "What happened lately",
        "/activity": "You changed the notes",
        "/settings/data": "What the portal holds for you",
    }.items():
        visitor.page.emulate_media(media="screen")
        visitor.go(path)
        paper = _print(visitor)
        assert told in paper
        assert visitor.page.locator(_CONTROLS).all_inner_texts() == [], path
        assert visitor.page.evaluate(_INK) == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"]
    visitor.go(detail)
    link = visitor.page.get_by_role("link", name="https://wiki.example/deploy")
    assert "https://wiki.example/deploy" in link.evaluate(_AFTER)
