"""The guided way out of a PAT for all organizations: each step, and that it can be left and taken up."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from patportal.templatetags.portal import relative
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rotation import known_pat, make_successor, rotate_form
from tests.tokens.views.rows import make_pat
from tokens.models import AuditEvent, Pat, global_stop_at


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT for all organizations that is used in two places."""
    return known_pat(world, "everywhere", places=("build server", "laptop"), is_global=True)


def move_page(person: Person, pat: Pat) -> Page:
    answer = person.browser.get(f"/tokens/{pat.id}/move")
    assert answer.status_code == 200
    return read(answer)


def tick_path(pat: Pat, text: str) -> str:
    return f"/tokens/{pat.id}/places/{pat.places.get(text=text).pk}/tick"


def test_other_methods_are_answered_with_405(alice: Person, pat: Pat) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.id}/move").status_code == 405
    for method in ("get", "head", "put", "delete"):
        assert getattr(alice.browser, method)(tick_path(pat, "laptop")).status_code == 405


def test_signed_out_it_leads_to_the_sign_in_page(pat: Pat, client: Client) -> None:
    for answer in (client.get(f"/tokens/{pat.id}/move"), client.post(tick_path(pat, "laptop"))):
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in")


def test_somebody_elses_is_not_found(world: World, alice: Person, bob: Person, pat: Pat) -> None:
    own = make_pat(world, bob, "his", is_global=True)
    place = pat.places.get(text="laptop")
    for answer in (
        bob.browser.get(f"/tokens/{pat.id}/move"),
        bob.browser.get(f"/tokens/{uuid4()}/move"),
        bob.browser.post(tick_path(pat, "laptop"), {"moved": "yes"}),
        bob.browser.post(f"/tokens/{own.id}/places/{place.pk}/tick", {"moved": "yes"}),
    ):
        assert answer.status_code == 404
    place.refresh_from_db()
    assert place.moved_at is None


def test_it_tells_when_it_stops_and_shows_a_row_for_each_organization(
    world: World, alice: Person, pat: Pat
) -> None:
    page = move_page(alice, pat)
    assert page.heading == "Replace everywhere"
    assert f"It stops {relative(global_stop_at())}" in page.one(class_="alert").text
    for organization in (world.alpha, world.beta):
        address = f"/tokens/{pat.id}/rotate?organization={organization.name}"
        assert page.one("a", href=address).text.startswith("Create it")
    assert "0 of 2 made." in page.text
    assert "0 of 2 changed." in page.text
    assert page.one("a", href=f"/tokens/{pat.id}/revoke").text == "Revoke everywhere"


def test_it_can_be_left_and_taken_up_again_after_each_step(world: World, alice: Person, pat: Pat) -> None:
    form = rotate_form(alice, pat, f"?organization={world.beta.name}")
    issued = read(form.submit(alice.browser))
    successor = Pat.objects.get(replaces=pat)
    page = move_page(alice, pat)
    assert "1 of 2 made." in page.text
    assert "Nobody has confirmed that the secret of the new token" in page.text
    assert page.one("a", href=f"/tokens/{pat.id}/rotate?organization={world.beta.name}").text.startswith(
        "Finish"
    )
    answer = issued.form(f"/tokens/{successor.id}/received").submit(alice.browser)
    assert answer["Location"] == f"/tokens/{pat.id}/move"
    assert "Nobody has confirmed" not in move_page(alice, pat).text

    answer = move_page(alice, pat).form(tick_path(pat, "laptop")).submit(alice.browser)
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}/move")
    page = move_page(alice, pat)
    assert "1 of 2 changed." in page.text
    assert open_steps(page) == ["Still noted as using this token: build server"]
    assert f"There is no new token in {world.alpha.name}." in page.text
    assert "if nothing does, nothing is to be done there" in page.text


def open_steps(page: Page) -> list[str]:
    return [one.text for one in page.one("ul", class_="open-steps").all("li")]


def test_a_tick_can_be_taken_back_and_counts_once(alice: Person, pat: Pat) -> None:
    path = tick_path(pat, "laptop")
    for data, is_moved in (({"moved": "yes"}, True), ({"moved": "yes"}, True), ({}, False)):
        alice.browser.post(path, data)
        assert (pat.places.get(text="laptop").moved_at is not None) is is_moved
    assert AuditEvent.objects.filter(type="pat.place_moved").count() == 2


def test_nothing_is_open_once_all_is_done(world: World, alice: Person, pat: Pat) -> None:
    for organization in (world.alpha, world.beta):
        make_successor(world, alice, pat, organization=organization, received_at=timezone.now())
    pat.places.update(moved_at=timezone.now())
    page = move_page(alice, pat)
    assert page.all("ul", class_="open-steps") == []
    assert "Everything that is noted uses a new token." in page.text
    assert "There is no new token" not in page.text


def test_where_nothing_was_made_nothing_is_said_to_be_done(world: World, alice: Person) -> None:
    page = move_page(alice, make_pat(world, alice, "untouched", is_global=True))
    assert "Everything that is noted" not in page.text
    assert f"There is no new token in {world.alpha.name}, {world.beta.name}." in page.text


@pytest.mark.parametrize("facts", [{"revoked_at": timezone.now()}, {"ends_in": -timedelta(days=1)}])
def test_one_that_has_ended_needs_no_revoking(world: World, alice: Person, facts: dict[str, Any]) -> None:
    pat = make_pat(world, alice, "over", is_global=True, **facts)
    page = move_page(alice, pat)
    assert "It has ended:" in page.text
    assert page.all("a", href=f"/tokens/{pat.id}/revoke") == []


def test_one_of_a_single_organization_is_rotated_instead(world: World, alice: Person) -> None:
    pat = make_pat(world, alice)
    answer = alice.browser.get(f"/tokens/{pat.id}/move")
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}/rotate")


def test_it_costs_the_same_whatever_there_is(
    world: World, alice: Person, pat: Pat, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_successor(world, alice, pat, organization=world.alpha)
    with django_assert_max_num_queries(14):
        move_page(alice, pat)
