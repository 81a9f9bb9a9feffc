"""What polling must leave alone: the focus, what is being typed, what was opened, where the page stands."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.keyboard import Keyboard
from tests.browser.visitor import ASKING, Visitor

pytestmark = pytest.mark.browser

_numbers = count(1)
_SCOPES = "vso.code vso.build vso.work"


@pytest.fixture
def polling(visitor: Visitor) -> Iterator[Visitor]:
    """Somebody whose list has rows and a notice and polls, because one organization does not answer."""
    visitor.add_pat("laptop", scope=_SCOPES)
    visitor.add_pat("ci-0", valid_to=datetime.now(UTC) + timedelta(days=3))
    visitor.sign_in("/tokens/new")
    beta = visitor.tenant.organization("beta").name
    who = visitor.person.object_id
    visitor.fill_form(name="lost")
    with visitor.tenant.fault("pats", verb="create", person=who, drop="after"):
        visitor.button("Create token").click()
        expect(visitor.heading("The answer was lost")).to_be_visible()
    visitor.go("/")
    visitor.await_list()
    with visitor.tenant.hold(f"beta-{who}", verb="list", person=who, organization=beta, times=None):
        visitor.button("Refresh").click()
        expect(visitor.page.get_by_text(ASKING)).to_be_visible()
        # The clock is stopped now: pages poll when the test lets time pass.
        visitor.page.clock.install()
        visitor.page.reload()
        yield visitor


def _poll(visitor: Visitor) -> None:
    """Let time pass until the page polls, and wait for what has changed meanwhile: the name of a row."""
    name = f"ci-{next(_numbers)}"
    visitor.change_row(visitor.page.locator("bdi.pat-name", has_text="ci-").inner_text(), name=name)
    visitor.page.clock.run_for(2100)
    expect(visitor.row(name)).to_be_visible()


def _places(visitor: Visitor) -> dict[str, Locator]:
    page = visitor.page
    organizations = page.get_by_role("navigation", name="Filter by organization")
    return {
        "refresh": visitor.button("Refresh"),
        "freshness": page.locator("summary").filter(has_text="Updated"),
        "notice": visitor.link("Details"),
        "card": page.get_by_role("link", name="Expiring soon"),
        "sort": visitor.link("Name"),
        "search": page.get_by_role("searchbox"),
        "organization": organizations.get_by_role("link", name="alpha"),
        "scopes": visitor.row("laptop").locator("details:not(.menu) summary"),
        "rotate": visitor.row("ci-").get_by_role("link", name="Rotate"),
        "menu": visitor.menu_button("ci-"),
        "day": page.locator(".strip-link").first,
    }


def test_the_focus_stays_where_it_is(polling: Visitor) -> None:
    keys = Keyboard(polling.page)
    lost = []
    for label, place in _places(polling).items():
        place.focus()
        # The focus is drawn once a key was pressed.
        keys.press("Shift")
        _poll(polling)
        if not place.evaluate("element => element === document.activeElement") or keys.focus_fault():
            lost.append(f"{label}: {keys.focus_fault() or 'went elsewhere'}")
    assert lost == []


def test_the_focus_stays_near_where_its_place_is_gone(polling: Visitor) -> None:
    polling.row("laptop").get_by_role("link", name="Rotate").focus()
    polling.change_row("laptop", revoked_at=datetime.now(UTC))
    _poll(polling)
    expect(polling.row("laptop")).to_have_count(0)
    expect(polling.page.locator("#pats")).to_be_focused()


def test_what_is_being_typed_and_what_was_opened_stay(polling: Visitor) -> None:
    page = polling.page
    scopes, search = polling.row("laptop").locator("details:not(.menu)"), page.get_by_role("searchbox")
    scopes.locator("summary").click()
    search.press_sequentially("code")
    search.press("ArrowLeft")
    _poll(polling)
    expect(search).to_have_value("code")
    expect(search).to_be_focused()
    assert search.evaluate("element => element.selectionStart") == 3
    expect(scopes).to_have_attribute("open", "")
    search.press_sequentially("x")
    expect(search).to_have_value("codxe")


def test_the_page_stays_scrolled(polling: Visitor) -> None:
    page = polling.page
    page.set_viewport_size({"width": 400, "height": 400})
    page.evaluate("window.scrollTo(0, 500)")
    before = page.evaluate("scrollY")
    _poll(polling)
    assert before > 300
    assert page.evaluate("scrollY") == before


def test_a_page_that_was_signed_out_elsewhere_asks_to_sign_in(polling: Visitor) -> None:
    other = polling.context.new_page()
    other.goto(polling.portal.base_url)
    polling.button("Sign out", other).click()
    expect(other.get_by_role("heading", name="You are signed out")).to_be_visible()
    polling.page.clock.run_for(2100)
    expect(polling.button("Sign in")).to_be_visible()


def test_a_swap_does_not_tell_each_element_that_it_goes(polling: Visitor) -> None:
    # With many rows that is most of what a swap costs, and it grows with them.
    count = "window.told = 0; document.addEventListener('htmx:beforeCleanupElement', () => { told += 1; })"
    polling.page.evaluate(f"() => {{ {count} }}")
    _poll(polling)
    assert polling.page.evaluate("told") == 0
