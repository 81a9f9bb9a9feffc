"""What people note about a PAT, and what the one whom they name as backup owner sees of it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_PLACES = "pipeline 7 of the shop\nhttps://dev.azure.com/contoso/_build?definitionId=7\n" + "long-" * 50


def _fill_notes(visitor: Visitor, backup_email: str) -> None:
    visitor.page.get_by_label("Purpose").fill("Deploys the shop every night")
    visitor.page.get_by_label("Places of use").fill(_PLACES)
    visitor.page.get_by_label("Review by").fill("2027-03-31")
    visitor.page.get_by_label("Backup owner").fill(backup_email)


def test_notes_are_written_with_a_new_pat_and_seen_by_the_backup_owner(
    visitor: Visitor, open_browser: OpenBrowser
) -> None:
    other = open_browser()
    other.sign_in("/backup")
    expect(other.page.get_by_text("No token names you.")).to_be_visible()

    visitor.sign_in("/tokens/new")
    inspector = Inspector(visitor.page)
    visitor.fill_form()
    visitor.page.get_by_text("Notes: purpose").click()
    _fill_notes(visitor, other.person.email)
    inspector.look("new token with notes")
    visitor.button("Create token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()

    seen = Inspector(other.page)
    other.go("/backup")
    expect(other.heading("ci-deploy")).to_be_visible()
    expect(other.page.get_by_text("Deploys the shop every night")).to_be_visible()
    seen.look("tokens that name you")
    other.page.get_by_role("button", name="Leave: no longer be the backup owner of ci-deploy").click()
    expect(other.page.get_by_text("No token names you.")).to_be_visible()
    assert not (inspector.faults + seen.faults), f"{inspector.report()}\n{seen.report()}"


def test_the_notes_page_suits_everybody(visitor: Visitor) -> None:
    visitor.watch.allow_status(422)
    visitor.sign_in()
    visitor.create_pat()
    visitor.go("/")
    visitor.link("ci-deploy").click()
    visitor.go(f"{visitor.page.url.removeprefix(visitor.portal.base_url)}/notes")
    inspector = Inspector(visitor.page)
    _fill_notes(visitor, "nobody")
    visitor.button("Save notes").click()
    expect(visitor.page.get_by_role("link", name="Backup owner")).to_be_visible()
    inspector.look("notes refused")
    visitor.page.get_by_label("Backup owner").fill("ops@example.com")
    visitor.button("Save notes").click()
    expect(visitor.page.get_by_text("are saved")).to_be_visible()
    expect(visitor.page.get_by_text("was asked by mail and has not answered yet")).to_be_visible()
    assert not inspector.faults, inspector.report()


def test_links_that_are_too_old_say_so(visitor: Visitor) -> None:
    visitor.watch.allow_status(404)
    visitor.go("/backup/answer/of-long-ago")
    inspector = Inspector(visitor.page)
    inspector.look("old link")
    expect(visitor.heading("This link is no longer valid")).to_be_visible()
    visitor.go("/unsubscribe/of-long-ago")
    inspector.look("old link to unsubscribe")
    expect(visitor.heading("This link is no longer valid")).to_be_visible()
    assert not inspector.faults, inspector.report()
