"""The page with a person's settings, and saving each section of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.views.page import Element, read
from tests.tokens.views.rows import make_feed, make_pat, make_pats
from tokens.models import AuditEvent, OutgoingMail, ReminderSettings

SAVING = [
    "/settings/days",
    "/settings/time-zone",
    "/settings/mute",
    "/settings/unmute",
    "/settings/test-mail",
]


def wishes(person: Person) -> ReminderSettings:
    return ReminderSettings.objects.get(user=person.user)


def zone_questions(person: Person) -> list[Element]:
    """Return the template of the question for the time zone, where the list asks it."""
    templates = read(person.browser.get("/")).all("template")
    return [one for one in templates if "data-zone" in one.attributes]


def said(person: Person) -> str:
    return read(person.browser.get("/settings")).text


def test_other_methods_are_answered_with_405(alice: Person) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.browser, method)("/settings").status_code == 405
    for address in SAVING:
        for method in ("get", "head", "put", "delete"):
            assert getattr(alice.browser, method)(address).status_code == 405


def test_signed_out_it_leads_to_the_sign_in_page(world: World, client: Client) -> None:
    for answer in (client.get("/settings"), *(client.post(address) for address in SAVING)):
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=%2Fsettings")
    assert not ReminderSettings.objects.exists()


def test_somebody_elses_settings_are_not_shown(alice: Person, bob: Person) -> None:
    make_feed(bob)
    ReminderSettings.objects.create(
        user=bob.user, time_zone="Asia/Tokyo", muted_until=timezone.now() + timedelta(days=9)
    )
    page = read(alice.browser.get("/settings"))
    assert "End this address" not in page.text
    assert "Send reminders again" not in page.text
    assert page.form("/settings/time-zone").value("time_zone") == "UTC"


def test_it_shows_ones_own(alice: Person) -> None:
    make_feed(alice)
    page = read(alice.browser.get("/settings"))
    assert page.heading == "Settings"
    assert page.title.startswith("Settings")
    assert "That a token expires" in page.text
    assert str(alice.user.mail_address) in page.text
    assert page.one("a", aria_current="page").text == "Settings"
    assert {"/sessions", "/activity"} <= {one["href"] for one in page.one("main").all("a")}


def test_it_costs_a_fixed_number_of_queries(world: World, alice: Person) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            alice.browser.get("/settings")
        return [one["sql"] for one in captured]

    few = queries()
    make_feed(alice)
    make_feed(alice, position=2)
    make_pats(world, alice, [f"pat {number}" for number in range(30)])
    many = queries()
    assert len(many) == len(few) <= 8, "\n".join(many)


def test_it_says_when_the_next_mail_comes(world: World, alice: Person) -> None:
    assert "None: no token of yours has a reminder ahead" in said(alice)
    pat = make_pat(world, alice, "ci-deploy")
    page = read(alice.browser.get("/settings"))
    assert "in 30 days" in page.text or "in 29 days" in page.text
    assert "for ci-deploy" in page.text
    assert f"/tokens/{pat.pk}" in {one["href"] for one in page.all("a")}


# --- Saving ------------------------------------------------------------------------------------------


def test_days_are_saved(alice: Person) -> None:
    form = read(alice.browser.get("/settings")).form("/settings/days")
    assert form.data["days"] == ["30", "14", "7", "3", "1", "0"]
    answer = form.submit(alice.browser, days=["7", "0"])
    assert (answer.status_code, answer["Location"]) == (302, "/settings")
    page = read(alice.browser.get("/settings"))
    assert "Your reminder days are saved." in page.text
    assert page.form("/settings/days").data["days"] == ["7", "0"]
    alice.browser.post("/settings/days", {})
    assert "No reminders are sent to you any more." in said(alice)
    assert wishes(alice).steps == []


def test_the_list_asks_for_the_time_zone_until_one_is_chosen_there(alice: Person) -> None:
    (question,) = zone_questions(alice)
    assert question["data-zone"] == settings.TIME_ZONE
    answer = question.form("/settings/time-zone").submit(alice.browser, time_zone="Europe/Vienna")
    assert answer.headers["Location"] == "/"
    assert zone_questions(alice) == []
    assert wishes(alice).time_zone == "Europe/Vienna"


@pytest.mark.parametrize("name", ["Etc/GMT+5", "Europe/Vienna"])
def test_the_zone_of_the_portal_can_be_chosen_whatever_it_is(alice: Person, settings: Any, name: str) -> None:
    settings.TIME_ZONE = name
    alice.browser.post("/settings/time-zone", {"time_zone": name, "from": "list"})
    assert wishes(alice).time_zone == name


def test_the_time_zone_is_saved_and_holds_from_the_next_page_on(alice: Person) -> None:
    page = read(alice.browser.get("/settings"))
    assert "You have not chosen one" in page.text
    page.form("/settings/time-zone").submit(alice.browser, time_zone="Asia/Kolkata")
    page = read(alice.browser.get("/settings"))
    assert "Dates are told in the time zone Asia/Kolkata from now on." in page.text
    assert page.form("/settings/time-zone").value("time_zone") == "Asia/Kolkata"
    make_feed(alice)
    assert "IST" in said(alice)


def test_all_is_muted_and_heard_again(alice: Person) -> None:
    page = read(alice.browser.get("/settings"))
    assert page.form("/settings/mute").value("mute_for") == "7"
    page.form("/settings/mute").submit(alice.browser)
    assert wishes(alice).muted_until is not None
    page = read(alice.browser.get("/settings"))
    assert "No reminders are sent to you until" in page.text
    page.form("/settings/unmute").submit(alice.browser)
    assert wishes(alice).muted_until is None
    assert "Reminders are sent to you again." in said(alice)


def test_what_the_link_of_a_mail_stopped_is_told_and_taken_back(alice: Person) -> None:
    ReminderSettings.objects.create(user=alice.user, unsubscribed_until=timezone.now() + timedelta(days=9))
    page = read(alice.browser.get("/settings"))
    assert "By the link of a mail, only those of the last day are sent to you until" in page.text
    page.form("/settings/unmute").submit(alice.browser)
    assert wishes(alice).unsubscribed_until is None


@pytest.mark.parametrize(
    ("address", "data", "expected"),
    [
        ("/settings/days", {"days": "5"}, "Choose from the days that are offered."),
        ("/settings/time-zone", {"time_zone": "Mars/Olympus"}, "The portal does not know this time zone."),
        ("/settings/time-zone", {}, "Choose your time zone."),
        ("/settings/mute", {"mute_for": "custom"}, "Enter the last day of quiet."),
    ],
)
def test_errors_stand_in_place_and_nothing_is_saved(
    alice: Person, address: str, data: dict[str, str], expected: str
) -> None:
    events = AuditEvent.objects.count()
    answer = alice.browser.post(address, data)
    assert answer.status_code == 422
    page = read(answer)
    assert expected in page.text
    assert "Nothing was saved yet" in page.text
    assert page.title == "Error: Settings \u2013 PAT Portal"
    assert page.one("a", aria_current="true").text == "Settings"
    assert not ReminderSettings.objects.exists()
    assert AuditEvent.objects.count() == events


def test_every_change_is_in_ones_activity_in_words(alice: Person) -> None:
    alice.browser.post("/settings/days", {"days": "7"})
    alice.browser.post("/settings/time-zone", {"time_zone": "Asia/Kolkata"})
    alice.browser.post("/settings/test-mail")
    activity = read(alice.browser.get("/activity")).text
    assert "You changed your settings: reminder days." in activity
    assert "You changed your settings: time zone." in activity
    assert "30, 14, 7, 3, 1, 0 → 7" in activity
    assert "You asked for a test mail." in activity


# --- The test mail -----------------------------------------------------------------------------------


def test_a_test_mail_arrives_and_the_page_tells_so(alice: Person) -> None:
    read(alice.browser.get("/settings")).form("/settings/test-mail").submit(alice.browser)
    page = read(alice.browser.get("/settings"))
    assert f"A test mail to {alice.user.mail_address} is on its way." in page.text
    assert page.one(id="test-mail")["hx-get"] == "/settings"
    run_jobs()
    assert [one.to for one in outbox.outbox] == [[alice.user.mail_address]]
    fragment = read(alice.browser.get("/settings", headers={"HX-Request": "true"}))
    assert fragment.all("h1") == []
    assert "The mail server accepted it." in fragment.one(id="test-mail").text
    assert "hx-get" not in fragment.one(id="test-mail").attributes


def test_the_fourth_within_an_hour_is_refused(alice: Person) -> None:
    answers = [alice.browser.post("/settings/test-mail") for _ in range(4)]
    assert [one.status_code for one in answers] == [302, 302, 302, 429]
    assert "Enough test mails for now" in read(answers[-1]).text
    assert OutgoingMail.objects.count() == 3


def test_where_no_mail_can_go_the_page_says_so(alice: Person, settings: Any) -> None:
    settings.MAIL_DOMAINS = ["elsewhere.example"]
    answer = alice.browser.post("/settings/test-mail")
    assert answer.status_code == 422
    assert "The portal cannot send you mail" in read(answer).text
