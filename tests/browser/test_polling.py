"""What polling must leave alone: the focus, what is being typed, what was opened, where the page was scrolled to."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.keyboard import Keyboard
from tests.browser.visitor import ASKING, Visitor

pytestmark = pytest.mark.browser

_SCOPES = "vso.code vso.build vso.work"


@pytest.fixture
def polling(visitor: Visitor) -> Iterator[Visitor]:
    """Somebody whose list has two rows and polls, because one organization does not answer."""
    visitor.add_pat("laptop", scope=_SCOPES)
    visitor.add_pat("ci-deploy")
    visitor.sign_in_to_full_list()
    beta = visitor.tenant.organization("beta").name
    who = visitor.person.object_id
    with visitor.tenant.hold(f"beta-{who}", verb="list", person=who, organization=beta, times=None):
        visitor.button("Refresh").click()
        expect(visitor.page.get_by_text(ASKING)).to_be_visible()
        # The clock is stopped now: pages poll when the test lets time pass.
        visitor.page.clock.install()
        visitor.page.reload()
        yield visitor


def _swap(visitor: Visitor, name: str) -> None:
    """Have the page poll after something has changed: a row of that name appears."""
    user = "SELECT id FROM accounts_user WHERE object_id = %s"
    visitor.portal.query(
        f"UPDATE tokens_pat SET name = %s WHERE name LIKE 'ci-%%' AND user_id = ({user})",
        [name, visitor.person.object_id],
    )
    visitor.page.clock.run_for(2100)
    expect(visitor.row(name)).to_be_visible()


def _places(visitor: Visitor) -> dict[str, Locator]:
    page = visitor.page
    return {
        "refresh": visitor.button("Refresh"),
        "freshness": page.locator("summary").filter(has_text="Updated"),
        "card": page.get_by_role("link", name="Expiring soon"),
        "sort": visitor.link("Name"),
        "search": page.get_by_role("searchbox"),
        "organization": page.get_by_role("navigation", name="Filter by organization").get_by_role("link", name="alpha"),
        "scopes": visitor.row("laptop").locator("summary"),
        "revoke": visitor.row("ci-").get_by_role("link", name="Revoke"),
    }


def test_the_focus_stays_where_it_is(polling: Visitor) -> None:
    keys = Keyboard(polling.page)
    lost = []
    for number, (label, place) in enumerate(_places(polling).items()):
        place.focus()
        # Focus counts as visible once a key was pressed.
        keys.press("Shift")
        _swap(polling, f"ci-{number}")
        if not place.evaluate("element => element === document.activeElement") or keys.focus_fault():
            lost.append(f"{label}: {keys.focus_fault() or 'went elsewhere'}")
    assert lost == []


def test_what_is_being_typed_and_what_was_opened_stay(polling: Visitor) -> None:
    page = polling.page
    scopes, search = polling.row("laptop").locator("details"), page.get_by_role("searchbox")
    scopes.locator("summary").click()
    search.press_sequentially("lapt")
    search.press("ArrowLeft")
    _swap(polling, "ci-next")
    expect(search).to_have_value("lapt")
    expect(search).to_be_focused()
    assert search.evaluate("element => element.selectionStart") == 3
    expect(scopes).to_have_attribute("open", "")
    search.press_sequentially("o")
    expect(search).to_have_value("lapot")


def test_the_page_stays_scrolled(polling: Visitor) -> None:
    page = polling.page
    page.set_viewport_size({"width": 400, "height": 400})
    page.evaluate("window.scrollTo(0, 500)")
    before = page.evaluate("scrollY")
    _swap(polling, "ci-next")
    assert before > 300
    assert page.evaluate("scrollY") == before


def test_a_page_that_was_signed_out_elsewhere_asks_to_sign_in(polling: Visitor) -> None:
    other = polling.context.new_page()
    other.goto(polling.portal.base_url)
    polling.button("Sign out", other).click()
    expect(other.get_by_role("heading", name="You are signed out")).to_be_visible()
    polling.page.clock.run_for(2100)
    expect(polling.button("Sign in")).to_be_visible()
