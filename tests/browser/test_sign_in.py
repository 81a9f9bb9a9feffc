"""The ways to Microsoft and back, which the content security policy of a real browser has to let through."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def _expect_form_as_typed(visitor: Visitor) -> None:
    expect(visitor.page.get_by_label("Name", exact=True)).to_have_value("typed before")
    organization = visitor.tenant.organization("beta").name
    expect(visitor.page.get_by_label("Organization")).to_have_value(organization)
    expect(visitor.page.get_by_label("30 days")).to_be_checked()
    expect(visitor.page.get_by_label("Code (read)", exact=True)).to_be_checked()


def test_a_form_sent_after_the_session_ended_comes_back_filled_and_unsent(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    visitor.fill_form(name="typed before", organization="beta")
    visitor.context.clear_cookies(name="session")
    visitor.button("Create token").click()
    visitor.button("Sign in").click()
    visitor.button(visitor.person.name).click()
    _expect_form_as_typed(visitor)
    assert visitor.pats() == []
    visitor.button("Create token").click()
    expect(visitor.heading("Store the secret now")).to_be_visible()


def test_a_form_sent_after_the_access_died_asks_to_sign_in_again_and_keeps_it(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    visitor.fill_form(name="typed before", organization="beta")
    visitor.tenant.revoke_refresh(visitor.person.object_id)
    with visitor.tenant.fault("pats", verb="create", person=visitor.person.object_id, status=401):
        visitor.button("Create token").click()
        expect(visitor.page.get_by_text("Please sign in again")).to_be_visible()
    visitor.button("Sign in").click()
    visitor.button(visitor.person.name).click()
    _expect_form_as_typed(visitor)
    assert visitor.pats() == []


def test_a_rule_that_stands_in_the_way_is_told_with_what_administrators_need(visitor: Visitor) -> None:
    visitor.sign_in("/tokens/new")
    visitor.fill_form(name="typed before")
    person = visitor.person.object_id
    blocked = visitor.tenant.fault("token_endpoint", aadsts={"code": 53003, "error": "invalid_grant"})
    with blocked, visitor.tenant.fault("pats", verb="create", person=person, status=401):
        visitor.button("Create token").click()
        visitor.go("/sign-in")
        expect(visitor.heading("A rule of your organization stands in the way")).to_be_visible()
    expect(visitor.page.get_by_text("AADSTS53003")).to_be_visible()
    expect(visitor.page.get_by_text("Correlation id")).to_be_visible()
    expect(visitor.button("Sign in")).to_have_count(0)
    visitor.button("Try once more").click()
    visitor.button(visitor.person.name).click()
    expect(visitor.button("Sign out")).to_be_visible()
    visitor.go("/sign-in?again=1")
    expect(visitor.page.get_by_text("AADSTS53003")).to_have_count(0)


def test_the_help_page_leads_on_from_the_number_that_microsoft_showed(visitor: Visitor) -> None:
    visitor.go()
    visitor.link("Look it up").click()
    visitor.page.get_by_label("Number or words").fill("Error 50105 Correlation 12345")
    visitor.button("Look up").click()
    expect(visitor.page.get_by_label("Number or words")).to_have_value("AADSTS50105")
    visitor.button("Use another account").click()
    visitor.button(visitor.person.name).click()
    expect(visitor.button("Sign out")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_the_help_page_is_short_and_its_answers_are_found(open_browser: OpenBrowser, script: bool) -> None:
    visitor = open_browser(java_script_enabled=script)
    page = visitor.page
    visitor.go("/help/sign-in")
    answer = page.get_by_text("You have not been given access to this portal")
    expect(answer).to_be_hidden()
    page.get_by_label("Number or words").fill("guest")
    visitor.button("Look up").click()
    page.locator("summary", has_text="AADSTS50014").first.click()
    expect(page.get_by_text("Open the invitation in your mail").first).to_be_visible()
    page.locator("summary", has_text="All 89 numbers").click()
    visitor.link("50105").click()
    expect(page.get_by_role("heading", name="You have not been given access to this portal")).to_be_visible()
    # A link to one answer unfolds it.
    visitor.go("/help/sign-in#AADSTS50105")
    expect(answer).to_be_visible()


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor: Visitor) -> None:
    visitor.sign_in_by_hand("/?status=revoked&q=old")
    assert visitor.page.url == f"{visitor.portal.base_url}/?status=revoked&q=old"


def test_signing_out_ends_at_microsoft_too_and_comes_back(visitor: Visitor) -> None:
    visitor.sign_in_by_hand()
    visitor.tenant.forget_requests()
    visitor.button("Sign out").click()
    expect(visitor.heading("You are signed out")).to_be_visible()
    assert visitor.page.url == f"{visitor.portal.base_url}/signed-out"
    assert len(visitor.tenant.requests("sign_out")) == 1


def test_a_declined_permission_says_so_and_can_be_given(visitor: Visitor) -> None:
    visitor.watch.allow_status(403)
    visitor.go()
    visitor.button("Sign in").click()
    visitor.button("Cancel").click()
    expect(visitor.page.get_by_text("AADSTS65004")).to_be_visible()
    visitor.button("Give permission").click()
    visitor.button(visitor.person.name).click()
    visitor.button("Accept").click()
    expect(visitor.button("Sign out")).to_be_visible()


def test_somebody_without_a_role_is_told_that_the_administration_is_closed(visitor: Visitor) -> None:
    visitor.watch.allow_status(403)
    visitor.sign_in()
    visitor.go("/admin/")
    expect(visitor.heading("You may not do that")).to_be_visible()
