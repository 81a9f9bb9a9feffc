"""The form for a token that exists: what it says as it is filled in, and that nothing makes it useless."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_NOBODY_ASKED = "The portal could not be asked what comes of this."
_NOTHING = "Nothing is changed yet."
_CHECKS = "**/tokens/*/edit/check"


@pytest.fixture
def editing(visitor: Visitor) -> Visitor:
    """Somebody who has opened the form of a token."""
    _open(visitor)
    return visitor


def _open(visitor: Visitor) -> None:
    visitor.add_pat("ci", scope="vso.code_write")
    visitor.sign_in_to_full_list()
    visitor.choose("Edit", "ci")
    expect(visitor.heading("Edit ci")).to_be_visible()
    for group in ("Build", "Wiki"):
        visitor.page.locator("details.scope-group > summary", has_text=group).first.click()


def _pending(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-live=pending]")


def _ability(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-live=sentence]")


def test_it_says_by_the_server_s_rule_whether_anything_is_changed(editing: Visitor) -> None:
    name, page = editing.page.get_by_label("Name", exact=True), editing.page
    expect(_pending(editing)).to_have_text(_NOTHING)
    name.fill("ci two")
    expect(_pending(editing)).to_have_text("This changes its name.")
    page.get_by_label("Build (read)", exact=True).check()
    expect(_pending(editing)).to_have_text("This changes its name and its scopes.")
    # What surrounds a name is taken away before it is compared.
    name.fill("  ci ")
    expect(_pending(editing)).to_have_text("This changes its scopes.")
    page.get_by_label("Build (read)", exact=True).uncheck()
    expect(_pending(editing)).to_have_text(_NOTHING)
    name.fill("")
    expect(_pending(editing)).to_have_text("")
    name.fill("ci")
    expect(_pending(editing)).to_have_text(_NOTHING)
    editing.watch.allow_status(422)
    editing.button("Change token").click()
    expect(page.locator("#error-summary")).to_contain_text("Name and scopes are what they were.")
    inspector = Inspector(page)
    inspector.look("edit with nothing changed")
    assert not inspector.faults, inspector.report()


def test_without_javascript_it_says_so_when_it_is_sent(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False)
    _open(visitor)
    expect(_pending(visitor)).to_have_text(_NOTHING)
    visitor.button("Change token").click()
    expect(visitor.page.locator("#error-summary")).to_contain_text("Name and scopes are what they were.")
    visitor.watch.allow_status(422)


def _refuse(route: Route) -> None:
    route.abort("connectionrefused")


def _break(route: Route) -> None:
    route.fulfill(status=500, body="<h1>Broken</h1>", content_type="text/html")


def _sign_out(route: Route) -> None:
    route.fulfill(status=302, headers={"location": "/sign-in?next=/"})


@pytest.mark.parametrize("deed", [_refuse, _break, _sign_out], ids=["unreachable", "broken", "signed out"])
def test_where_the_server_cannot_be_asked_the_form_stays_usable(
    editing: Visitor, deed: Callable[[Route], None]
) -> None:
    page, name = editing.page, editing.page.get_by_label("Name", exact=True)
    editing.watch.allow("ERR_CONNECTION_REFUSED")
    editing.watch.allow_status(500)
    page.route(_CHECKS, deed)
    name.fill("")
    name.blur()
    expect(_ability(editing)).to_contain_text(_NOBODY_ASKED)
    # What was said of the form as it was before is taken back.
    expect(_pending(editing)).to_have_text("")
    name.fill("ci two")
    page.get_by_label("Build (read)", exact=True).check()
    expect(_ability(editing)).to_contain_text(_NOBODY_ASKED)
    expect(editing.heading("Edit ci")).to_be_visible()
    page.unroute(_CHECKS)
    page.get_by_label("Build (read)", exact=True).uncheck()
    expect(_ability(editing)).to_contain_text("“ci two” will be able to")
    expect(_pending(editing)).to_have_text("This changes its name.")
    page.route(_CHECKS, deed)
    page.get_by_label("Wiki (read)", exact=True).check()
    expect(_ability(editing)).to_contain_text(_NOBODY_ASKED)
    editing.button("Change token").click()
    expect(page.get_by_text("“ci two” was changed.")).to_be_visible()


def test_an_answer_that_was_overtaken_says_nothing(editing: Visitor) -> None:
    page, name = editing.page, editing.page.get_by_label("Name", exact=True)
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if not held:
            held.append(route)
        else:
            route.continue_()

    page.route(_CHECKS, hold_first)
    name.fill("first")
    page.wait_for_timeout(800)
    assert len(held) == 1
    name.fill("second")
    expect(_ability(editing)).to_contain_text("“second” will be able to")
    held[0].fulfill(status=500, body="too late")
    page.wait_for_timeout(300)
    expect(_ability(editing)).to_contain_text("“second” will be able to")
    expect(_pending(editing)).to_have_text("This changes its name.")
