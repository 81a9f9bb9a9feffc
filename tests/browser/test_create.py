"""The form for a new token: templates, links, what it says as it is filled in, how scopes are found."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.inspection import Inspector
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def sentence(visitor: Visitor) -> Locator:
    return visitor.page.locator("[data-live=sentence]")


def errors(visitor: Visitor, field: str) -> Locator:
    return visitor.page.locator(f"#errors-{field}")


def test_the_sentence_follows_the_form(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("/tokens/new")
    expect(sentence(visitor)).to_have_text("Nothing yet: choose at least one scope.")
    page.get_by_label("Code (read)", exact=True).check()
    expect(sentence(visitor)).to_contain_text("The token will be able to read code in ")
    page.get_by_label("Name", exact=True).press_sequentially("ci-deploy")
    expect(sentence(visitor)).to_contain_text("“ci-deploy” will be able to read code in ")
    beta = visitor.tenant.organization("beta").name
    page.get_by_label("Organization").select_option(beta)
    page.get_by_label("7 days").check()
    expect(sentence(visitor)).to_contain_text(f"in {beta} until ")
    expect(sentence(visitor)).to_contain_text("(in 7 days), with your rights and never more.")
    page.get_by_label("Packaging (read and write)").check()
    expect(page.locator("[data-live=warnings]")).to_contain_text(
        "High privilege: Packaging (read and write)."
    )
    expect(page.get_by_text("download packages, Packaging (read) is enough")).to_be_visible()
    expect(page.locator("summary", has_text="Packaging")).to_contain_text("1 chosen")
    assert page.locator("ul.field-errors").count() == 0


def test_errors_come_beside_fields_that_were_left_and_go_when_mended(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("/tokens/new")
    name = page.get_by_label("Name", exact=True)
    name.focus()
    name.press("Tab")
    expect(errors(visitor, "name")).to_have_text("Enter a name.")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(
        "What it is for and where it is used, so that you know it again in a year. Enter a name."
    )
    # Nobody is told of what they have not come to yet.
    expect(errors(visitor, "scopes")).to_have_count(0)
    name.fill("ci")
    name.press("Tab")
    expect(errors(visitor, "name")).to_have_count(0)
    expect(name).not_to_have_attribute("aria-invalid", "true")
    page.get_by_label("On a date").check()
    page.get_by_label("Date", exact=True).fill("2001-01-01")
    expect(errors(visitor, "expires_date")).to_contain_text("or later.")
    page.locator("summary", has_text="Notes:").click()
    page.get_by_label("Backup owner").fill("nobody")
    page.get_by_label("Purpose").fill("builds")
    expect(errors(visitor, "backup_email")).to_contain_text("Enter an e-mail address such as")
    expect(name).to_have_value("ci")


def test_a_template_fills_in_the_rest_and_keeps_what_was_typed(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("/tokens/new")
    page.get_by_label("Name", exact=True).fill("agent 7")
    visitor.page.get_by_role("button", name="Build agent").click()
    expect(visitor.heading("Filled in from the template “Build agent”")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("agent 7")
    expect(page.get_by_label("Agent pools (manage)")).to_be_checked()
    expect(page.get_by_label("Agent pools (read)")).to_be_disabled()
    expect(page.get_by_role("button", name="Build agent")).to_have_attribute("aria-pressed", "true")
    expect(sentence(visitor)).to_contain_text("“agent 7” will be able to manage agent pools and agents")
    visitor.button("Create token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()
    assert visitor.pats()[0].scope == "vso.agentpools_manage"


def test_a_link_to_the_form_is_copied_and_fills_in_the_same(open_browser: OpenBrowser) -> None:
    visitor = open_browser(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    visitor.sign_in("/tokens/new")
    visitor.fill_form(name="ci & co", organization="beta")
    page.get_by_label("Build (read and execute)").check()
    expect(page.locator("[data-live=link]")).to_contain_text("Build (read and execute).")
    visitor.button("Copy").click()
    expect(visitor.button("Copied")).to_be_visible()
    address = page.evaluate("navigator.clipboard.readText()")
    assert address.startswith(f"{visitor.portal.base_url}/tokens/new?name=ci+%26+co&")
    page.goto(address)
    expect(visitor.heading("Filled in by a link")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("ci & co")
    expect(page.get_by_label("Code (read)", exact=True)).to_be_checked()
    expect(page.get_by_label("Build (read and execute)")).not_to_be_checked()
    assert visitor.pats() == []


def test_without_javascript_a_link_a_template_and_the_sentence_work(open_browser: OpenBrowser) -> None:
    visitor = open_browser(java_script_enabled=False)
    page = visitor.page
    visitor.sign_in("/tokens/new?template=package-read&name=from+a+wiki")
    expect(visitor.heading("Filled in by a link")).to_be_visible()
    expect(sentence(visitor)).to_contain_text("“from a wiki” will be able to read packages in")
    page.get_by_role("button", name="Read code").click()
    expect(page.get_by_label("Packaging (read)", exact=True)).not_to_be_checked()
    page.locator("summary", has_text="Wiki").click()
    page.get_by_label("Wiki (read)", exact=True).check()
    visitor.button("Say what it will be able to do").click()
    expect(sentence(visitor)).to_contain_text("“from a wiki” will be able to read code and wikis in")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(visitor.heading("Store the secret now")).to_be_visible()
    assert set(visitor.pats()[0].scope.split()) == {"vso.code", "vso.wiki"}


def test_templates_and_folded_groups_need_no_mouse(visitor: Visitor) -> None:
    page, keys = visitor.page, Keyboard(visitor.page)
    visitor.sign_in("/tokens/new")
    keys.reach(page.get_by_role("button", name="Read packages"))
    keys.press("Enter")
    expect(visitor.heading("Filled in from the template “Read packages”")).to_be_visible()
    keys.reach(page.get_by_label("Name", exact=True))
    keys.type("restores")
    keys.reach(page.locator("summary", has_text="Wiki"))
    keys.press("Enter")
    keys.reach(page.get_by_label("Wiki (read)", exact=True))
    keys.press("Space")
    expect(sentence(visitor)).to_contain_text("“restores” will be able to read packages and wikis")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(visitor.heading("Store the secret now")).to_be_visible()


def test_a_form_that_a_link_filled_in_suits_everybody(visitor: Visitor) -> None:
    inspector = Inspector(visitor.page)
    visitor.sign_in("/tokens/new?template=build-agent&name=agent&scope=vso.code&scope=vso.odd&days=90")
    inspector.look("create from a link")
    visitor.page.get_by_label("Agent pools (manage)").check()
    expect(visitor.page.locator("[data-live=warnings]")).to_contain_text("High privilege")
    name = visitor.page.get_by_label("Name", exact=True)
    name.fill("")
    name.press("Tab")
    expect(errors(visitor, "name")).to_be_visible()
    inspector.look("create with an error beside its field")
    assert not inspector.faults, inspector.report()


def test_the_scopes_of_a_token_are_said_before_and_after(visitor: Visitor) -> None:
    visitor.add_pat("laptop", scope="vso.wiki")
    visitor.sign_in_to_full_list()
    visitor.link("laptop").click()
    visitor.link("Edit").click()
    expect(sentence(visitor)).to_contain_text("“laptop” will be able to read wikis in")
    visitor.page.get_by_label("Wiki (read and write)").check()
    expect(sentence(visitor)).to_contain_text("“laptop” will be able to read and write wikis in")
    changes = visitor.page.locator("[data-scope-changes]")
    # What the new scope includes is not taken away.
    expect(changes).to_have_text("Added: Wiki (read and write).")
    visitor.page.get_by_label("Wiki (read and write)").uncheck()
    visitor.page.get_by_label("Find a scope").fill("code read")
    visitor.page.get_by_label("Code (read)", exact=True).check()
    visitor.page.get_by_label("Find a scope").fill("wiki")
    visitor.page.get_by_label("Wiki (read)", exact=True).uncheck()
    expect(changes).to_have_text("Added: Code (read). Removed: Wiki (read).")
    name = visitor.page.get_by_label("Name", exact=True)
    name.fill("")
    name.press("Tab")
    expect(errors(visitor, "name")).to_have_text("Enter a name.")
