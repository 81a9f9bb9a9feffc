"""A form that changes, rotates or ends tokens has one effect: double clicks, two tabs, and after "back"."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

NAME = "deploy"


@dataclass(frozen=True)
class Form:
    """One page about a token: its address, what is filled in, its button, the call that it makes."""

    path: str
    button: str
    verb: str
    fill: Callable[[Page], None]

    def open(self, visitor: Visitor, pat_id: str) -> None:
        visitor.go(self.path.format(pat_id))
        self.fill(visitor.page)

    def send(self, page: Page) -> Locator:
        return page.get_by_role("button", name=self.button, exact=True)


def _as_it_is(page: Page) -> None:
    expect(page.locator("input[name=key]")).to_have_count(1)


def _rename(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("renamed")


def _seven_more_days(page: Page) -> None:
    page.get_by_label("7 more days").check()


FORMS = {
    "edit": Form("/tokens/{}/edit", "Change token", "update", _rename),
    "extend": Form("/tokens/{}/extend", "Extend", "update", _seven_more_days),
    "rotate": Form("/tokens/{}/rotate", "Create the new token", "create", _as_it_is),
    "extend many": Form("/bulk/extend?pat={}", "Extend 1 token", "update", _as_it_is),
    "revoke many": Form("/bulk/revoke?pat={}", "Revoke 1 token", "revoke", _as_it_is),
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@pytest.fixture
def pat_id(visitor: Visitor) -> str:
    """The id by which the pages know the visitor's only token."""
    visitor.add_pat(NAME)
    visitor.sign_in_to_full_list()
    return str(visitor.link(NAME).get_attribute("href")).rsplit("/", 1)[-1]


def _effects(visitor: Visitor, form: Form) -> int:
    calls = visitor.tenant.requests("pats", verb=form.verb)
    return sum(one.person == visitor.person.user_name for one in calls)


def _expect_one(visitor: Visitor, form: Form) -> None:
    """Expect one call, after all that is on its way has had the time to become a second one."""
    for _ in range(100):
        if _effects(visitor, form):
            break
        visitor.page.wait_for_timeout(100)
    visitor.page.wait_for_timeout(800)
    assert _effects(visitor, form) == 1


@forms
def test_a_double_click_has_one_effect(visitor: Visitor, pat_id: str, form: Form) -> None:
    form.open(visitor, pat_id)
    with visitor.tenant.fault("pats", verb=form.verb, person=visitor.person.object_id, latency_seconds=0.5):
        form.send(visitor.page).dblclick()
        expect(form.send(visitor.page)).to_have_count(0)
        _expect_one(visitor, form)


@forms
def test_two_tabs_with_one_form_have_one_effect(visitor: Visitor, pat_id: str, form: Form) -> None:
    form.open(visitor, pat_id)
    key = visitor.page.locator("input[name=key]").input_value()
    other = visitor.context.new_page()
    other.goto(visitor.page.url)
    form.fill(other)
    other.locator("input[name=key]").evaluate("(field, key) => { field.value = key; }", key)
    with visitor.tenant.fault("pats", verb=form.verb, person=visitor.person.object_id, latency_seconds=0.5):
        form.send(visitor.page).click(no_wait_after=True)
        form.send(other).click()
        expect(form.send(other)).to_have_count(0)
        expect(form.send(visitor.page)).to_have_count(0)
        _expect_one(visitor, form)
    # Neither is told that anything went wrong.
    for page in (visitor.page, other):
        assert page.locator(".tone-bad").count() == 0


@forms
def test_going_back_and_sending_it_again_has_one_effect(visitor: Visitor, pat_id: str, form: Form) -> None:
    page = visitor.page
    form.open(visitor, pat_id)
    hidden = {name: page.locator(f"input[name={name}]").first for name in ("key", "seen")}
    kept = {name: field.input_value() for name, field in hidden.items() if field.count()}
    form.send(page).click()
    expect(form.send(page)).to_have_count(0)
    _expect_one(visitor, form)
    page.go_back()
    if form.send(page).count():
        # It was fetched anew and knows what has happened. A browser that had kept it would send this:
        form.fill(page)
        for name, value in kept.items():
            hidden[name].evaluate("(field, value) => { field.value = value; }", value)
        form.send(page).click()
        expect(form.send(page)).to_have_count(0)
    _expect_one(visitor, form)
