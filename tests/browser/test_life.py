"""Rotating one token until the old one is ending, and revoking many, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import Inspector
from tests.browser.secrecy import traces
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def inspector(visitor: Visitor) -> Inspector:
    return Inspector(visitor.page)


def _choose(visitor: Visitor, *names: str) -> None:
    for name in names:
        visitor.page.get_by_label(f"Select {name}", exact=True).check()


def _act(visitor: Visitor, name: str) -> None:
    """Press a button of the bar below the list."""
    bar = visitor.page.get_by_role("form", name="What to do with the selected tokens")
    bar.get_by_role("button", name=name, exact=True).click()


def test_a_rotation_is_stored_and_the_old_one_ends(visitor: Visitor, inspector: Inspector) -> None:
    page = visitor.page
    visitor.add_pat("deploy")
    visitor.sign_in_to_full_list()
    visitor.link("Rotate deploy").click()
    expect(visitor.heading("Rotate deploy")).to_be_visible()
    inspector.look("rotate in a dialog")
    page.goto(page.locator("a[href$='/rotate']").first.evaluate("link => link.href"))
    inspector.look("rotate")
    page.get_by_label("1 hour").check()
    visitor.button("Create the new token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    old, new = sorted(visitor.pats(), key=lambda pat: pat.created_at or 0)
    inspector.look("secret of a successor")
    visitor.button("Show").click()
    expect(page.locator("[data-secret-text]")).to_have_text(new.secret)

    visitor.button("I have stored it").click()
    expect(page.get_by_text("Noted: you have stored the secret of “deploy”.")).to_be_visible()
    assert traces(page, new.secret) == []
    inspector.look("detail of a successor")
    visitor.go("/")
    ending = visitor.row("Ending")
    expect(ending).to_have_count(1)
    inspector.look("list with an ending token")
    ending.get_by_role("link", name="deploy", exact=True).first.click()
    expect(visitor.heading("It is about to end, because it was replaced")).to_be_visible()
    inspector.look("detail of an ending token")
    visitor.link("Keep the old one").click()
    expect(visitor.heading("Keep deploy?")).to_be_visible()
    inspector.look("keep the old one")
    assert {pat.authorization_id: pat.status for pat in visitor.pats()} == {
        old.authorization_id: "active",
        new.authorization_id: "active",
    }
    assert not inspector.faults, inspector.report()


def test_many_are_revoked_while_the_page_shows_how_far_it_is(visitor: Visitor, inspector: Inspector) -> None:
    page = visitor.page
    visitor.tenant.add_pats(visitor.person.object_id, "alpha", "service", 6)
    visitor.add_pat("laptop")
    visitor.sign_in_to_full_list()
    names = [pat.display_name for pat in visitor.pats() if pat.display_name != "laptop"]
    _choose(visitor, *names)
    expect(page.get_by_text("6 tokens selected")).to_be_visible()
    inspector.look("list with a selection")
    _act(visitor, "Revoke")
    expect(visitor.heading("Revoke 6 tokens?")).to_be_visible()
    inspector.look("revoke many")
    held: dict[str, Any] = {"verb": "revoke", "person": visitor.person.object_id, "times": None}
    with visitor.tenant.hold("many", **held):
        visitor.button("Revoke 6 tokens").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        inspector.look("revoking many")
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=60_000)
    inspector.look("many revoked")
    assert {pat.display_name: pat.status for pat in visitor.pats()} == {
        **dict.fromkeys(names, "revoked"),
        "laptop": "active",
    }
    assert not inspector.faults, inspector.report()


def test_the_pages_of_one_token_suit_everybody(visitor: Visitor, inspector: Inspector) -> None:
    visitor.watch.allow_status(422)
    visitor.add_pat("deploy")
    visitor.sign_in_to_full_list()
    visitor.link("deploy").click()
    expect(visitor.heading("deploy")).to_be_visible()
    address = visitor.page.url.removeprefix(visitor.portal.base_url)
    inspector.look("detail in a panel")
    visitor.go(address)
    inspector.look("detail")
    for name in ("edit", "extend", "notes"):
        visitor.go(f"{address}/{name}")
        inspector.look(name)
    visitor.page.get_by_label("Purpose").fill("builds the shop")
    visitor.page.get_by_label("Places of use").fill("pipeline 7\nhttps://wiki.example/deploy")
    visitor.page.get_by_role("button", name="Save notes").click()
    expect(visitor.page.get_by_text("builds the shop").first).to_be_visible()
    inspector.look("detail with notes")
    visitor.go("/")
    inspector.look("list with notes")
    visitor.go("/tokens/revoke-everything")
    inspector.look("revoke everything")
    visitor.go("/backup")
    inspector.look("backup")
    assert not inspector.faults, inspector.report()


def test_results_on_a_narrow_screen_keep_to_their_card(visitor: Visitor) -> None:
    page = visitor.page
    for name in ("one", "two"):
        visitor.add_pat(name)
    visitor.sign_in_to_full_list()
    _choose(visitor, "one", "two")
    _act(visitor, "Extend")
    visitor.button("Extend 2 tokens").click()
    expect(visitor.heading("2 of 2 tokens extended")).to_be_visible(timeout=30_000)
    page.set_viewport_size({"width": 320, "height": 900})
    cell = page.locator("td[data-label=Result]").first
    badge, date, card = (
        found.bounding_box() for found in (cell.locator(".badge"), cell.locator(".moment-exact"), cell)
    )
    assert badge
    assert date
    assert card
    assert badge["width"] < card["width"] / 2
    assert date["x"] + date["width"] <= card["x"] + card["width"]


def test_the_way_out_of_a_token_for_all_organizations_suits_everybody(
    visitor: Visitor, inspector: Inspector
) -> None:
    visitor.add_pat("everything", scope="app_token", all_orgs=True)
    visitor.sign_in_to_full_list()
    visitor.link("everything").click()
    expect(visitor.heading("everything")).to_be_visible()
    address = visitor.page.url.removeprefix(visitor.portal.base_url)
    visitor.go(f"{address}/move")
    expect(visitor.heading("Replace everything")).to_be_visible()
    inspector.look("replace a token for all organizations")
    assert not inspector.faults, inspector.report()
