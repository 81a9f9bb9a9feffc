"""The reader's time zone: theirs on their pages, that of the portal for everybody else, at no cost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.backends import EntraBackend
from accounts.models import User
from tests.people import Person, World
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_pat, set_access
from tokens.middleware import TimeZoneMiddleware
from tokens.models import ReminderSettings

NOON = datetime(2031, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def alice(world: World) -> Person:
    """Alice, who lives in Kolkata."""
    set_access(world.alice, world, at=timezone.now())
    ReminderSettings.objects.create(user=world.alice.user, time_zone="Asia/Kolkata")
    return world.alice


def zone_within(user: Any, path: str = "/") -> str:
    """Return the name of the zone that is current while a request of `user` is answered."""
    seen: list[str] = []

    def note(_: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    request = RequestFactory().get(path)
    request.user = user
    TimeZoneMiddleware(note)(request)
    return seen[0]


def test_dates_are_told_in_the_zone_that_the_reader_chose(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, valid_to=NOON)
    assert "1 Jul 2031, 17:30 IST" in read(alice.browser.get(f"/tokens/{pat.pk}")).text
    theirs = make_pat(world, world.bob, valid_to=NOON)
    assert "1 Jul 2031, 12:00 UTC" in read(world.bob.browser.get(f"/tokens/{theirs.pk}")).text


def test_after_a_request_nobody_elses_zone_is_left(alice: Person) -> None:
    alice.browser.get("/settings")
    assert timezone.get_current_timezone_name() == settings.TIME_ZONE


def test_it_costs_no_query(alice: Person, world: World) -> None:
    for person in (alice, world.bob):
        user = EntraBackend().get_user(person.user.pk)
        with CaptureQueriesContext(connection) as captured:
            zone_within(user)
        assert len(captured) == 0


def test_without_a_choice_or_a_person_that_of_the_portal_holds(world: World, alice: Person) -> None:
    assert zone_within(alice.user) == "Asia/Kolkata"
    assert zone_within(world.bob.user) == settings.TIME_ZONE
    assert Client().get("/sign-in").status_code == 200


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc", ""])
def test_a_zone_that_is_gone_breaks_nothing(alice: Person, name: str) -> None:
    ReminderSettings.objects.update(time_zone=name)
    assert zone_within(User.objects.get(pk=alice.user.pk)) == settings.TIME_ZONE


def test_what_is_answered_without_a_session_asks_for_nobody(alice: Person) -> None:
    assert zone_within(alice.user, "/calendar/x.ics") == settings.TIME_ZONE
