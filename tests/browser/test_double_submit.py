"""One intention, one PAT: double clicks, two tabs, and what the page says about them."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("has_javascript", [True, False], ids=["with script", "without script"])
def test_a_double_click_creates_one_token_and_shows_its_secret(
    open_browser: OpenBrowser, has_javascript: bool
) -> None:
    visitor = open_browser(java_script_enabled=has_javascript)
    visitor.sign_in("/tokens/new")
    visitor.fill_form()
    with visitor.tenant.fault("pats", verb="create", person=visitor.person.object_id, latency_seconds=0.5):
        visitor.button("Create token").dblclick()
        expect(visitor.heading("Store the secret now")).to_be_visible()
    assert len(visitor.pats()) == 1


def _second_tab(visitor: Visitor) -> Page:
    """Open the form a second time as a duplicated tab would hold it: with the same key."""
    key = visitor.page.locator("input[name=key]").input_value()
    other = visitor.context.new_page()
    other.goto(visitor.page.url)
    other.locator("input[name=key]").evaluate("(field, key) => { field.value = key; }", key)
    return other


def test_two_tabs_with_one_form_create_one_token_and_the_second_says_so(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    other = _second_tab(visitor)
    visitor.fill_form()
    visitor.fill_form(page=other)
    visitor.button("Create token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    visitor.button("Create token", other).click()
    expect(other.get_by_role("heading", name="The token was created", exact=True)).to_be_visible()
    expect(other.get_by_text("cannot be shown again")).to_be_visible()
    assert len(visitor.pats()) == 1


def test_a_second_tab_that_asks_for_something_else_gets_its_form_back(visitor: Visitor) -> None:
    visitor.watch.allow_status(409)
    visitor.sign_in("/tokens/new")
    other = _second_tab(visitor)
    visitor.fill_form(name="first")
    visitor.fill_form(name="second", page=other)
    visitor.button("Create token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    visitor.button("Create token", other).click()
    expect(other.get_by_label("Name", exact=True)).to_have_value("second")
    assert [pat.display_name for pat in visitor.pats()] == ["first"]
    visitor.button("Create token", other).click()
    expect(other.get_by_role("heading", name="Store the secret now")).to_be_visible()
    assert sorted(pat.display_name for pat in visitor.pats()) == ["first", "second"]


def test_a_double_click_on_revoke_revokes_once(visitor: Visitor) -> None:
    visitor.add_pat("laptop")
    visitor.sign_in_to_full_list()
    visitor.choose("Revoke", "laptop")
    visitor.button("Revoke").dblclick()
    expect(visitor.page.get_by_text("The revocation of “laptop” was sent to Azure DevOps.")).to_be_visible()
    requests = visitor.tenant.requests("pats", verb="revoke")
    assert len([one for one in requests if one.person == visitor.person.user_name]) == 1


def test_a_form_sent_again_while_it_is_on_its_way_waits_for_the_outcome(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    other = _second_tab(visitor)
    visitor.fill_form()
    visitor.fill_form(page=other)
    with visitor.tenant.hold("on its way", verb="create", person=visitor.person.object_id):
        visitor.button("Create token").click(no_wait_after=True)
        visitor.tenant.control.wait_for_hold("on its way")
        visitor.button("Create token", other).click()
        expect(other.get_by_role("heading", name="The token is being created", exact=True)).to_be_visible()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    expect(other.get_by_role("heading", name="The token was created", exact=True)).to_be_visible()
    assert len(visitor.pats()) == 1


_SLOW = "The answer takes longer than usual. Leave this page open."
# Nothing can look at a page that waits for the next one: it notes what it says, where that one can read it.
_NOTE = """
() => {
  const region = document.getElementById("messages");
  new MutationObserver(() => { sessionStorage.said = region.innerText; }).observe(region, {childList: true});
}
"""


def test_an_answer_that_takes_long_is_said_to(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    visitor.fill_form()
    visitor.page.evaluate(_NOTE)
    with visitor.tenant.fault("pats", verb="create", person=visitor.person.object_id, latency_seconds=4):
        visitor.button("Create token").click()
        expect(visitor.heading("Store the secret now")).to_be_visible()
    assert _SLOW in visitor.page.evaluate("sessionStorage.said ?? ''")
    expect(visitor.page.get_by_text(_SLOW)).to_have_count(0)


def test_who_is_asked_whether_to_leave_and_stays_waits_for_nothing(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.create_pat()
    visitor.page.on("dialog", lambda dialog: dialog.dismiss())
    visitor.button("Sign out").click(no_wait_after=True)
    visitor.page.wait_for_timeout(3_500)
    expect(visitor.heading("Store the secret now")).to_be_visible()
    expect(visitor.page.get_by_text(_SLOW)).to_have_count(0)
