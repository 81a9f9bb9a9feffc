"""What the audit log is filtered by: one form that works without scripts and keeps what was chosen."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from patportal.lib.actors import Actor, ActorKind, system_actor
from tests.people import Person, World
from tests.tokens.views.page import Form, Page, read
from tokens import audit
from tokens.models import EventType, Outcome

LIST = "/admin/tokens/auditevent/"


def open_list(person: Person, **params: str) -> Page:
    answer = person.browser.get(LIST, params)
    assert answer.status_code == 200
    return read(answer)


def sentences(page: Page) -> list[str]:
    return [cell.text for cell in page.all("td", class_="field-told")]


def filter_form(page: Page) -> Form:
    element = page.one("form", class_="filter-form")
    element.attributes["action"] = LIST
    return Form(element)


@pytest.fixture
def events(world: World) -> None:
    """Three events that differ in everything that is filtered by."""
    audit.record(EventType.PAT_KEPT, actor=system_actor("test"), pat_name="one", organization="alpha-org")
    operator = Actor(kind=ActorKind.OPERATOR, label="root (uid 0)")
    audit.record(EventType.COMMAND_RAN, actor=operator, outcome=Outcome.FAILED)
    assert world.carol


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("type", "pat.kept", ["The portal decided to keep “one” in alpha-org."]),
        ("outcome", "failed", ["root (uid 0) ran a management command."]),
        ("organization", "alpha-org", ["The portal decided to keep “one” in alpha-org."]),
        ("actor_kind", "operator", ["root (uid 0) ran a management command."]),
        ("actor_kind", "person", ["Carol Cooper signed in."]),
        ("type", "nonsense", []),
    ],
)
def test_each_filter_leaves_what_it_names(
    world: World, events: None, name: str, value: str, found: list[str]
) -> None:
    page = open_list(world.carol, **{name: value})
    assert sentences(page) == found
    # What is chosen stays chosen, also where it is not known.
    assert filter_form(page).value(name) == value


def test_the_form_sends_what_was_chosen_with_the_search(world: World, events: None) -> None:
    page = open_list(world.carol, q="one")
    answer = filter_form(page).submit(world.carol.browser, type="pat.kept", actor_kind="")
    assert sentences(read(answer)) == ["The portal decided to keep “one” in alpha-org."]
    assert read(answer).one("input", id="searchbar")["value"] == "one"


def test_every_type_can_be_chosen_under_a_heading(world: World) -> None:
    select = open_list(world.carol).one("select", id="filter-type")
    groups = select.all("optgroup")
    options = [one["value"] for group in groups for one in group.all("option")]
    assert sorted(options) == sorted(EventType.values)
    assert len({group["label"] for group in groups}) == len(groups)


def test_organizations_of_the_portal_can_be_chosen(world: World) -> None:
    name = world.alpha.name
    options = [
        one.text for one in open_list(world.carol).one("select", id="filter-organization").all("option")
    ]
    assert name in options


def test_days_are_included_on_both_ends(world: World, events: None) -> None:
    today = localdate()
    yesterday, tomorrow = (str(today + timedelta(days=days)) for days in (-1, 1))
    for days, count in (
        ({"from": str(today)}, 4),
        ({"to": str(today)}, 4),
        ({"from": str(today), "to": str(today)}, 4),
        ({"from": tomorrow}, 0),
        ({"to": yesterday}, 0),
        ({"from": tomorrow, "to": yesterday}, 0),
    ):
        page = open_list(world.carol, **days)
        assert len(sentences(page)) == count, days
        form = filter_form(page)
        assert {name: form.value(name) for name in days} == days


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "9999-12-31", "0001-01-01", "x" * 300])
def test_what_is_no_day_is_said(world: World, text: str) -> None:
    page = open_list(world.carol, **{"from": text})
    if "is no date, so it limits nothing" in page.text:
        assert f"“{text[:40]}”" in page.text
    assert page.one("input", id="filter-from")["value"] in {"", text}


def test_filters_can_be_cleared_and_the_search_stays(world: World, events: None) -> None:
    page = open_list(world.carol, type="pat.kept", q="one")
    (clear,) = [one for one in page.all("a") if one.text == "Clear all filters"]
    assert clear["href"] == "?q=one"
    assert all(one.text != "Clear all filters" for one in open_list(world.carol).all("a"))
