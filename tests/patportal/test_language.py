"""Whoever reads English of another country reads days, hours and numbers as that country writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone, translation

from tests.people import Person, World
from tests.sandbox_mail import SandboxMail
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_pat, set_access
from tokens.mail import letter_of
from tokens.models import OutgoingMail, Pat

AFTERNOON = datetime(2031, 7, 1, 17, 30, tzinfo=UTC)


@pytest.fixture
def pat(world: World) -> Pat:
    """A PAT of Alice that stops in an afternoon."""
    set_access(world.alice, world, at=timezone.now())
    return make_pat(world, world.alice, valid_to=AFTERNOON)


def page_of(pat: Pat, person: Person, language: str | None) -> Any:
    headers = {} if language is None else {"Accept-Language": language}
    return read(person.browser.get(f"/tokens/{pat.pk}", headers=headers))


@pytest.mark.parametrize(
    ("asked_for", "lang", "words"),
    [
        (None, "en-gb", "1 Jul 2031, 17:30 UTC"),
        ("en-GB,en;q=0.9", "en-gb", "1 Jul 2031, 17:30 UTC"),
        ("en-US,en;q=0.9", "en-us", "Jul 1, 2031, 5:30 PM UTC"),
        ("en-AU", "en-au", "1 Jul 2031, 5:30 p.m. UTC"),
        ("en-CA,fr-CA;q=0.8", "en-ca", "1 Jul 2031, 5:30 p.m. UTC"),
        ("en-IE", "en-ie", "1 Jul 2031, 17:30 UTC"),
        ("en-NZ", "en-gb", "1 Jul 2031, 17:30 UTC"),
        ("en", "en-gb", "1 Jul 2031, 17:30 UTC"),
        ("de-DE,de;q=0.9", "en-gb", "1 Jul 2031, 17:30 UTC"),
        ("de-DE,de;q=0.9,en-US;q=0.8", "en-us", "Jul 1, 2031, 5:30 PM UTC"),
        ("../../etc;q=x", "en-gb", "1 Jul 2031, 17:30 UTC"),
    ],
)
def test_the_page_is_written_as_its_reader_writes_and_says_so(
    world: World, pat: Pat, asked_for: str | None, lang: str, words: str
) -> None:
    page = page_of(pat, world.alice, asked_for)
    assert words in page.text
    assert page.one("html")["lang"] == lang


def test_numbers_are_written_as_the_reader_writes_them(world: World) -> None:
    set_access(world.alice, world, at=timezone.now())
    count = 1_234
    now = timezone.now()
    Pat.objects.bulk_create(
        Pat(
            user=world.alice.user,
            organization=world.alpha,
            authorization_id=f"00000000-0000-4000-8000-{number:012}",
            name=f"pat {number}",
            scopes=["vso.code"],
            valid_from=now,
            valid_to=AFTERNOON,
            first_seen_at=now,
            written_at=now,
        )
        for number in range(count)
    )
    shown = {}
    for language in ("en-US", "en-CA"):
        answer = world.alice.browser.get("/", headers={"Accept-Language": language})
        shown[language] = read(answer).one(id="card-active").one(class_="count-card-count").text
    assert shown == {"en-US": "1,234", "en-CA": "1 234"}


def test_caches_and_browsers_are_told_what_the_answer_depends_on(world: World, pat: Pat) -> None:
    answer = world.alice.browser.get(f"/tokens/{pat.pk}", headers={"Accept-Language": "en-US"})
    assert answer["Content-Language"] == "en-us"
    assert {"Accept-Language", "Cookie"} <= {one.strip() for one in answer["Vary"].split(",")}


def test_after_a_request_nobody_elses_language_is_left(world: World, pat: Pat) -> None:
    page_of(pat, world.alice, "en-US")
    assert translation.get_language() == settings.LANGUAGE_CODE


def test_pages_of_trouble_say_their_language_too() -> None:
    answer = Client().get("/nothing-here", headers={"Accept-Language": "en-US"})
    assert answer.status_code == 404
    assert read(answer).one("html")["lang"] == "en-us"


def test_mails_are_written_in_the_language_of_the_portal(world: World, mail_server: SandboxMail) -> None:
    now = timezone.now()
    mail = OutgoingMail.objects.create(
        user=world.alice.user, kind=OutgoingMail.Kind.TEST_MAIL, key="a test", address="", due_at=now
    )
    at_home = letter_of(mail, now=now)
    with translation.override("en-us"):
        assert letter_of(mail, now=now) == at_home
