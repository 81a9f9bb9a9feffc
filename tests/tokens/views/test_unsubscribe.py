"""The page behind a mail's link: it asks, acts on POST alone, and is one person's for 60 days."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.people import World
from tests.tokens.mail import scene
from tests.tokens.operations.invitation import earlier_signed
from tests.tokens.operations.scene import Record
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_pat
from tokens.mail import letter_of, unsubscribe_address
from tokens.models import OutgoingMail, ReminderSettings

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def link(world: World) -> str:
    """The link that a digest of Alice's carries in its header."""
    pat = make_pat(world, world.alice, ends_in=timedelta(days=3))
    letter = letter_of(scene.digest(world, [pat]), now=timezone.now())
    assert letter is not None
    return urlsplit(letter.headers["List-Unsubscribe"].strip("<>")).path


def until() -> Any:
    row = ReminderSettings.objects.first()
    return row.unsubscribed_until if row else None


@pytest.fixture
def stranger() -> Client:
    """A mail program: no session, no cookie, and nothing that a page gave it."""
    return Client(enforce_csrf_checks=True)


def test_it_answers_other_methods_with_405(link: str, client: Client) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(client, method)(link).status_code == 405


def test_looking_at_it_changes_nothing(link: str, client: Client) -> None:
    record = Record()
    for method in (client.get, client.head):
        assert method(link).status_code == 200
        assert method(f"{link}?List-Unsubscribe=One-Click").status_code == 200
    page = read(client.get(link))
    assert page.one("h1").text == "Stop reminders for 30 days?"
    assert page.one("button", name="List-Unsubscribe")["value"] == "One-Click"
    assert (until(), record.types) == (None, [])


@pytest.mark.parametrize(
    ("wishes", "is_told"),
    [({}, True), ({"steps": [7]}, False), ({"muted_until": timezone.now() + timedelta(days=40)}, False)],
)
def test_it_speaks_of_the_last_day_where_that_is_told(
    world: World, link: str, stranger: Client, wishes: dict[str, Any], *, is_told: bool
) -> None:
    ReminderSettings.objects.update_or_create(user=world.alice.user, defaults=wishes)
    for page in (read(stranger.get(link)), read(stranger.post(link, ONE_CLICK))):
        assert ("on the last day of a token" in page.one("main").text) is is_told


@pytest.mark.parametrize("is_form_data", [False, True], ids=["urlencoded", "multipart"])
def test_one_click_of_a_mail_program_stops_them_without_a_redirect(
    link: str, stranger: Client, is_form_data: bool
) -> None:
    if is_form_data:
        answer = stranger.post(link, ONE_CLICK)
    else:
        encoded = "application/x-www-form-urlencoded"
        answer = stranger.post(link, "List-Unsubscribe=One-Click", content_type=encoded)
    assert answer.status_code == 200
    assert until() - timezone.now() > timedelta(days=29, hours=23)
    assert read(answer).one("h1").text == "Reminders are off"
    assert "session" not in answer.cookies


@pytest.mark.parametrize(
    "body", [{}, {"List-Unsubscribe": "one-click"}, {"answer": "yes"}, {"a": "One-Click"}]
)
def test_any_other_post_changes_nothing(link: str, stranger: Client, body: dict[str, str]) -> None:
    assert stranger.post(link, body).status_code == 400
    assert until() is None


def test_they_can_be_turned_on_again_on_the_same_page(link: str, stranger: Client) -> None:
    stranger.post(link, ONE_CLICK)
    answer = stranger.post(link, {"answer": "resume"})
    assert read(answer).one("h1").text == "Stop reminders for 30 days?"
    assert until() is None


def test_it_is_for_one_person_and_nobody_else(world: World, link: str, stranger: Client) -> None:
    stranger.post(link, ONE_CLICK)
    assert list(ReminderSettings.objects.values_list("user", flat=True)) == [world.alice.user.pk]
    others = urlsplit(unsubscribe_address(world.bob.user)).path
    assert others != link
    assert read(stranger.get(others)).one("h1").text == "Stop reminders for 30 days?"


def test_a_link_that_was_altered_or_made_for_something_else_leads_nowhere(
    world: World, link: str, stranger: Client
) -> None:
    foreign = f"/unsubscribe/{signing.dumps(world.alice.user.pk, salt='tokens.backup')}"
    for one in (link[:-1], f"{link}x", foreign, "/unsubscribe/x"):
        answer = stranger.post(one, ONE_CLICK)
        assert answer.status_code == 404
        assert read(answer).one("h1").text == "This link is no longer valid"
    assert until() is None


def test_it_lasts_for_60_days(world: World, stranger: Client) -> None:
    for days, status in ((59, 200), (61, 404)):
        age = timedelta(days=days)
        link = earlier_signed(world.alice.user.pk, salt="tokens.unsubscribe.reminders", age=age)
        assert stranger.get(f"/unsubscribe/{link}").status_code == status


def test_it_signs_nobody_in(link: str, client: Client) -> None:
    client.post(link, ONE_CLICK)
    assert client.get("/").status_code == 302


def test_whoever_is_no_longer_active_has_nothing_to_stop(world: World, link: str, stranger: Client) -> None:
    User.objects.filter(pk=world.alice.user.pk).update(is_active=False)
    assert stranger.get(link).status_code == 404


def test_it_is_not_kept_by_anybody_on_the_way(link: str, client: Client) -> None:
    assert "no-store" in client.get(link)["Cache-Control"]


def test_a_mail_confirms_it(link: str, stranger: Client) -> None:
    stranger.post(link, ONE_CLICK)
    stranger.post(link, ONE_CLICK)
    (mail,) = OutgoingMail.objects.filter(kind=OutgoingMail.Kind.UNSUBSCRIBED)
    letter = letter_of(mail, now=timezone.now())
    assert letter is not None
    assert link in letter.text


def test_back_and_forth_ends_after_a_few_times_with_what_to_do(link: str, stranger: Client) -> None:
    record = Record()
    for _ in range(3):
        assert stranger.post(link, ONE_CLICK).status_code == 200
        assert stranger.post(link, {"answer": "resume"}).status_code == 200
    answer = stranger.post(link, ONE_CLICK)
    assert (answer.status_code, until()) == (429, None)
    page = read(answer)
    assert page.one("h1").text == "Nothing was changed"
    assert "Try again tomorrow, or sign in and choose in your settings." in page.one("p", class_="lead").text
    assert len(record.types) == 6


def test_one_network_may_post_so_many_times_a_minute_and_look_at_will(link: str, stranger: Client) -> None:
    record = Record()
    elsewhere: dict[str, Any] = {"REMOTE_ADDR": "198.51.100.77"}
    answers = [stranger.post(link, {"answer": "yes"}, **elsewhere) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [400] * 60 + [429]
    assert (answers[-1]["Retry-After"], record.types) == ("60", [])
    assert "in a minute" in read(answers[-1]).one("p", class_="lead").text
    assert stranger.get(link, **elsewhere).status_code == 200
    assert stranger.post(link, ONE_CLICK, REMOTE_ADDR="198.51.101.1").status_code == 200
