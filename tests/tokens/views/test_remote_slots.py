"""The few places for remote calls: when all are taken, actions say so and pages still open."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.people import World
from tests.tokens.test_lanes import others
from tests.tokens.views.page import read
from tests.tokens.views.test_pat_create import form_of, typed
from tokens.lanes import LANES
from tokens.models import Operation, Organization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def committed_world(transactional_db: None, world: World) -> World:
    """A world whose rows other threads can see."""
    Organization.objects.configured(settings.AZURE_DEVOPS_ORGANIZATIONS)
    return world


def test_beyond_the_places_there_is_a_sentence_and_the_list_still_opens(committed_world: World) -> None:
    world, person = committed_world, committed_world.alice
    people = [committed_world.bob, committed_world.carol]
    places = settings.REMOTE_CALLS_PER_PROCESS
    forms = [(people[number % 2], world.form(name=f"held {number}")) for number in range(places)]
    with ThreadPoolExecutor(places) as pool:
        with world.tenant.hold("all places", times=places, verb="create"):
            held = [pool.submit(_in_own_connection(owner.browser), form) for owner, form in forms]
            world.control.wait_for_hold("all places", count=places)

            one_more = world.form(name="one more")
            answer = person.browser.post("/tokens/new", one_more)
            assert answer.status_code == 503
            page = read(answer)
            assert "Too many requests are waiting for Azure DevOps" in page.text
            assert typed(form_of(page))["name"] == ["one more"]
            assert not Operation.objects.filter(name="one more").exists()
            assert person.browser.get("/").status_code == 200
        assert [_status(one) for one in held] == [200] * places
    assert form_of(page).submit(person.browser).status_code == 200
    assert len(world.tenant.pats()) == places + 1


def test_one_person_leaves_places_to_everybody_else(committed_world: World) -> None:
    world, alice, bob = committed_world, committed_world.alice, committed_world.bob
    own = settings.REMOTE_CALLS_PER_PROCESS // 2
    with ThreadPoolExecutor(own) as pool:
        with world.tenant.hold("her places", times=own, verb="create"):
            forms = [world.form(name=f"held {number}") for number in range(own)]
            held = [pool.submit(_in_own_connection(alice.browser), form) for form in forms]
            world.control.wait_for_hold("her places", count=own)
            assert alice.browser.post("/tokens/new", world.form(name="one more")).status_code == 503
            assert bob.browser.post("/tokens/new", world.form(name="his")).status_code == 200
        assert [_status(one) for one in held] == [200] * own


def test_whoever_finds_no_lane_hears_of_it_soon(committed_world: World) -> None:
    world, person = committed_world, committed_world.alice
    with others(LANES, user_id=person.user.pk):
        began_at = time.monotonic()
        answer = person.browser.post("/tokens/new", world.form())
        assert time.monotonic() - began_at < 4
    assert answer.status_code == 503
    assert "Too many requests are waiting for Azure DevOps" in read(answer).text
    assert world.tenant.pats() == []


def test_nobody_waits_long_for_azure_devops_to_be_ready(committed_world: World) -> None:
    world, person = committed_world, committed_world.alice
    began_at = time.monotonic()
    with world.tenant.fault("pats", verb="create", status=429, headers={"Retry-After": "20"}):
        answer = person.browser.post("/tokens/new", world.form())
    assert time.monotonic() - began_at < 10
    assert "Azure DevOps asks to slow down" in read(answer).text


def _in_own_connection(browser: Client) -> Callable[[dict[str, Any]], int]:
    """Return a submission for a thread: with the person's cookies, and its connection closed at the end."""
    cookies = browser.cookies

    def submit(form: dict[str, Any]) -> int:
        other = Client()
        other.cookies = cookies
        try:
            return int(other.post("/tokens/new", form).status_code)
        finally:
            connection.close()

    return submit


def _status(future: "Future[int]") -> int:
    return future.result(timeout=30)


def test_a_place_is_free_again_after_every_ending(committed_world: World) -> None:
    world, person = committed_world, committed_world.alice
    deeds: list[dict[str, Any]] = [
        {"status": 403},
        {"drop": "before"},
        {"pat_error": "invalidScope"},
        {"status": 500},
    ]
    for deed in deeds:
        with world.tenant.fault("pats", verb="create", **deed):
            assert person.browser.post("/tokens/new", world.form()).status_code != 503
    for _ in range(settings.REMOTE_CALLS_PER_PROCESS):
        assert person.browser.post("/tokens/new", world.form()).status_code == 200
