"""Calendar feeds: read without a session by whoever has the address; made and ended by their owner."""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import icalendar
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person, World
from tests.secret_scan import Scanner
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_feed, make_pat, make_pats
from tokens import operations, rules
from tokens.models import CalendarFeed, Pat, Place, new_calendar_address

FULL = CalendarFeed.Detail.FULL


@pytest.fixture
def address() -> str:
    """The secret part of an address."""
    return new_calendar_address()


@pytest.fixture
def feed(alice: Person, address: str) -> CalendarFeed:
    """Alice's full calendar under that address."""
    return make_feed(alice, address=address, detail=FULL)


def path(address: str) -> str:
    return f"/calendar/{address}.ics"


def fetch(address: str, browser: Client | None = None, **headers: str) -> Any:
    return (browser or Client()).get(path(address), headers=headers)


def events(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


# --- The feed --------------------------------------------------------------------------------------


def test_other_methods_are_answered_with_405(feed: CalendarFeed, address: str) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(Client(), method)(path(address)).status_code == 405


def test_a_program_without_a_session_reads_the_calendar(
    world: World, alice: Person, feed: CalendarFeed, address: str
) -> None:
    pat = make_pat(world, alice, "ci; deploy, and\\more", purpose="deploys, the shop")
    Place.objects.create(pat=pat, position=0, text="https://dev.azure.com/x")
    make_pat(world, world.bob, "bob's")
    answer = fetch(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'inline; filename="tokens.ics"'
    (event,) = events(answer)
    assert event["SUMMARY"] == f"Token “ci; deploy, and\\more” expires ({world.alpha.name})"
    assert event["DTSTART"].dt == pat.valid_to.replace(microsecond=0)
    assert event["URL"] == f"{settings.PORTAL_BASE_URL}/tokens/{pat.pk}"
    assert "deploys, the shop" in event["DESCRIPTION"]
    assert "https://dev.azure.com/x" in event["DESCRIPTION"]
    assert Client().head(path(address)).content == b""


def test_a_minimal_one_names_nothing(world: World, alice: Person, address: str) -> None:
    make_feed(alice, address=address)
    make_pat(world, alice, "ci-deploy", purpose="deploys the shop")
    answer = fetch(address)
    assert [str(one["SUMMARY"]) for one in events(answer)] == ["A token expires"]
    for hidden in ("ci-deploy", "shop", world.alpha.name, str(alice.user)):
        assert hidden.encode() not in answer.content


def test_no_cookie_is_read_or_set_whoever_comes_along(
    alice: Person, bob: Person, feed: CalendarFeed, address: str
) -> None:
    sessions = list(Session.objects.order_by("pk").values())
    for browser in (Client(), alice.browser, bob.browser):
        with CaptureQueriesContext(connection) as captured:
            answer = fetch(address, browser)
        assert answer.status_code == 200
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert not [one for one in captured if "django_session" in one["sql"] or "signin" in one["sql"]]
        assert not fetch("nothing", browser).cookies
    assert list(Session.objects.order_by("pk").values()) == sessions


def test_programs_may_keep_it_and_ask_whether_it_changed(
    world: World, alice: Person, feed: CalendarFeed, address: str
) -> None:
    pat = make_pat(world, alice)
    first = fetch(address)
    assert first["Cache-Control"] == "private, no-cache"
    again = fetch(address, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    Pat.objects.filter(pk=pat.pk).update(valid_to=pat.valid_to + timedelta(days=1))
    changed = fetch(address, **{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_an_extended_pat_moves_and_a_revoked_one_disappears(
    world: World, alice: Person, address: str, feed: CalendarFeed
) -> None:
    pat = operations.create_pat(**world.create_arguments(alice)).pat
    (before,) = events(fetch(address))
    operations.extend_pat(
        key=uuid4().hex,
        actor=alice.actor,
        owner=alice.user,
        pat=pat,
        client=alice.client,
        now=timezone.now() + timedelta(seconds=2),
        seen=operations.seen_of(pat),
        valid_to=rules.with_mark(pat.valid_to + timedelta(days=30)),
    )
    (after,) = events(fetch(address))
    assert after["UID"] == before["UID"]
    assert after["DTSTART"].dt - before["DTSTART"].dt > timedelta(days=29)
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert after["DTSTAMP"].dt == after["LAST-MODIFIED"].dt
    Pat.objects.update(revoked_at=timezone.now())
    assert events(fetch(address)) == []


def test_unknown_and_ended_addresses_are_nothing_and_alike(
    alice: Person, feed: CalendarFeed, address: str
) -> None:
    operations.end_calendar_feed(actor=alice.actor, owner=alice.user, feed_id=feed.pk, now=timezone.now())
    answers = [fetch(one) for one in (address, new_calendar_address(), "x", "../settings", "%00")]
    assert {one.status_code for one in answers[:3]} == {404}
    assert len({one.content for one in answers[:3]}) == 1
    assert answers[0]["Content-Type"] == "text/plain; charset=utf-8"
    assert {one.status_code for one in answers} == {404}


def test_whoever_asks_for_many_unknown_ones_has_to_wait_and_nobody_else(
    feed: CalendarFeed, address: str
) -> None:
    def ask(unknown: str) -> Any:
        return Client(REMOTE_ADDR="203.0.113.7").get(path(unknown))

    answers = [ask(new_calendar_address()) for _ in range(40)]
    assert [one.status_code for one in answers] == [404] * 30 + [429] * 10
    assert answers[-1]["Retry-After"] == "60"
    assert ask(address).status_code == 200
    assert fetch("x").status_code == 404


def test_its_last_use_is_shown_to_its_owner_alone(
    alice: Person, bob: Person, feed: CalendarFeed, address: str
) -> None:
    assert "Not yet" in read(alice.browser.get("/settings")).text
    fetch(address)
    assert "Not yet" not in read(alice.browser.get("/settings")).text
    assert "End this address" not in read(bob.browser.get("/settings")).text


def test_it_costs_the_same_however_many_pats_there_are(
    world: World, alice: Person, feed: CalendarFeed, address: str
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            fetch(address)
        return [one["sql"] for one in captured]

    make_pat(world, alice)
    fetch(address)
    few = queries()
    for pat in make_pats(world, alice, [f"pat {number}" for number in range(30)]):
        Place.objects.create(pat=pat, position=0, text="somewhere")
    many = queries()
    assert len(few) == len(many) == 4, "\n".join(many)
    assert not world.tenant.requests("pats")


def test_no_log_tells_the_address(
    feed: CalendarFeed, address: str, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    with caplog.at_level(logging.DEBUG):
        fetch(address)
        fetch(new_calendar_address())
        Client().post(path(address))
    assert "calendar_feed" in caplog.text
    assert Scanner({"address": address}).scan("log", caplog.text) == []


# --- Making and ending --------------------------------------------------------------------------------


def create(person: Person, **changes: Any) -> Any:
    return person.browser.post("/settings/calendars", {"key": uuid4().hex, "detail": "minimal", **changes})


def shown_address(answer: Any) -> str:
    return read(answer).one("code", class_="secret-text").text


def test_they_answer_posts_alone(alice: Person, feed: CalendarFeed) -> None:
    for method in ("get", "head", "put", "delete"):
        for address in ("/settings/calendars", f"/settings/calendars/{feed.pk}/end"):
            assert getattr(alice.browser, method)(address).status_code == 405


def test_signed_out_they_lead_to_the_sign_in_page(client: Client, feed: CalendarFeed) -> None:
    for address in ("/settings/calendars", f"/settings/calendars/{feed.pk}/end"):
        answer = client.post(address, {"key": "k" * 20, "detail": "full"})
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fsettings")
    assert CalendarFeed.objects.get() == feed


def test_nobody_ends_somebody_elses(bob: Person, feed: CalendarFeed) -> None:
    assert bob.browser.post(f"/settings/calendars/{feed.pk}/end").status_code == 404
    assert CalendarFeed.objects.get() == feed


def test_an_address_is_made_and_works_at_once(world: World, alice: Person) -> None:
    make_pat(world, alice, "ci-deploy")
    form = read(alice.browser.get("/settings")).form("/settings/calendars")
    assert form.value("detail") == "minimal"
    answer = form.submit(alice.browser, detail="full")
    assert answer.status_code == 200
    found = urlsplit(shown_address(answer))
    assert f"{found.scheme}://{found.netloc}" == settings.PORTAL_BASE_URL
    assert "names, organizations, scopes and notes" in read(answer).text
    assert len(events(Client().get(found.path))) == 1


def test_its_page_shows_it_once_as_text_and_no_cache_keeps_it(alice: Person) -> None:
    answer = create(alice)
    shown = shown_address(answer)
    assert answer.content.decode().count(shown.rpartition("/")[2]) == 1
    for one in read(answer).elements():
        assert not [value for value in one.attributes.values() if shown in value or "ppcal_" in value]
    assert "no-store" in answer["Cache-Control"]
    assert "ppcal_" not in str(answer.headers)


def test_it_is_nowhere_afterwards(alice: Person) -> None:
    secret = shown_address(create(alice)).rpartition("/")[2].removesuffix(".ics")
    scanner = Scanner({"address": secret})
    places = {"settings": alice.browser.get("/settings"), "activity": alice.browser.get("/activity")}
    for place, answer in places.items():
        assert scanner.scan(place, answer.content) == []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT one::text FROM "{table}" AS one')  # noqa: S608 - names from the catalogue
            assert scanner.scan(table, "\n".join(row for (row,) in cursor.fetchall())) == []
    session = Session.objects.get(pk=alice.browser.session.session_key)
    assert scanner.scan("session", str(session.get_decoded())) == []


def test_sending_the_form_again_shows_no_address_and_makes_none(alice: Person) -> None:
    key = uuid4().hex
    create(alice, key=key)
    answer = create(alice, key=key)
    assert answer.status_code == 409
    assert "This calendar address was made already" in read(answer).text
    assert "ppcal_" not in answer.content.decode()
    assert CalendarFeed.objects.count() == 1


def test_sending_the_form_again_after_its_address_ended_says_so_and_makes_none(alice: Person) -> None:
    form = read(alice.browser.get("/settings")).form("/settings/calendars")
    form.submit(alice.browser)
    feed = CalendarFeed.objects.get()
    alice.browser.post(f"/settings/calendars/{feed.pk}/end")
    answer = form.submit(alice.browser)
    assert answer.status_code == 409
    page = read(answer)
    assert "This calendar address was made and ended already" in page.text
    assert "ppcal_" not in answer.content.decode()
    assert not CalendarFeed.objects.exists()
    # The form on the page that says so is a fresh one.
    assert page.form("/settings/calendars").submit(alice.browser).status_code == 200
    assert CalendarFeed.objects.count() == 1


def test_a_third_one_is_refused_with_the_way_on(alice: Person) -> None:
    create(alice)
    create(alice)
    page = read(alice.browser.get("/settings"))
    assert [one for one in page.all("form") if one["action"] == "/settings/calendars"] == []
    assert "End one to make another." in page.text
    answer = create(alice)
    assert answer.status_code == 409
    assert "You have two calendar addresses already" in read(answer).text


def test_a_choice_that_there_is_not_comes_back_with_its_error(alice: Person) -> None:
    for changes, said in (({"detail": "all"}, "Choose one of the two."), ({"key": "x"}, "It was incomplete")):
        answer = create(alice, **changes)
        assert answer.status_code == 422
        assert said in read(answer).text
    assert not CalendarFeed.objects.exists()


def test_ending_it_is_told_and_takes_it_away(alice: Person, feed: CalendarFeed, address: str) -> None:
    form = read(alice.browser.get("/settings")).form(f"/settings/calendars/{feed.pk}/end")
    answer = form.submit(alice.browser)
    assert (answer.status_code, answer["Location"]) == (302, "/settings")
    assert "The calendar address is ended" in read(alice.browser.get("/settings")).text
    assert fetch(address).status_code == 404
    activity = read(alice.browser.get("/activity")).text
    assert "You ended your calendar address." in activity
