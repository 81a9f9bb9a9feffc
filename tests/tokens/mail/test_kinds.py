"""Every kind of mail, with the worst that may stand in it."""

import re
from datetime import timedelta
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core import mail as django_mail
from django.utils import timezone

from accounts.models import User
from tests.people import World
from tests.tokens.mail import scene
from tests.tokens.mail.scene import Kind
from tests.tokens.views.rows import make_pats
from tokens.mail import Letter, deliver, letter_of
from tokens.models import Organization, Pat

TEMPLATES = Path(django_settings.BASE_DIR) / "templates" / "emails"
WORST = {
    "markup": "</a></td><script>alert(1)</script><img src=x onerror=y> & <b>",
    "right to left": "\u202e\u0645\u0631\u062d\u0628\u0627 \u2067\u05e9\u05dc\u05d5\u05dd\u2069",
    "long": "x" * 200,
    "long and wide": "\U0001f511" * 200,
    "dots": "." * 99 + "/" * 101,
    "lines": "a\r\n\r\nBcc: all@evil.example\n.\n\x07\u2028--\n",
    "link": "https://evil.example/?next=http://other.example mailto:you@evil.example www.evil.example",
    "template": "{{ settings.SECRET_KEY }}{% now 'Y' %}",
    "nothing": "\u200b",
}

HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


class Outline(HTMLParser):
    """Follows a mail's HTML: everything that opens closes, and where it leads or loads from."""

    VOID: ClassVar[set[str]] = {"meta", "br", "img", "link", "hr"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def extreme_letter(world: World, kind: Kind, name: str) -> Letter:
    """Return a mail of that kind in which everything that comes from outside is `name`."""
    Pat.objects.all().delete()
    Organization.objects.filter(pk=world.alpha.pk).update(name=name[:50])
    User.objects.filter(pk=world.alice.user.pk).update(display_name=name)
    world.alice.user.refresh_from_db()
    pats = make_pats(
        world,
        world.alice,
        [name] * 40,
        ends_in=timedelta(days=3),
        is_global=kind == Kind.GLOBAL_STOP,
        scopes=["vso.code", name],
    )
    scene.noted(pats[0], purpose=name * 2, places=[name] * 20)
    mail = scene.mail_of(kind, world, pats, name=name)
    letter = letter_of(mail, now=timezone.now())
    assert letter is not None
    return letter


def on_the_wire(letter: Letter) -> Message:
    deliver(letter)
    sent: Message = django_mail.outbox[-1].message()
    return sent


def test_every_kind_of_mail_has_its_three_files() -> None:
    folders = [folder for folder in TEMPLATES.iterdir() if folder.is_dir()]
    found = {folder.name: {file.name for file in folder.iterdir()} for folder in folders}
    kinds = {*Kind.values, "audit_checkpoint"}
    assert found == {kind: {"subject.txt", "body.txt", "body.html"} for kind in kinds}


@pytest.mark.parametrize("kind", Kind)
def test_the_worst_stays_text(world: World, kind: Kind) -> None:
    base = django_settings.PORTAL_BASE_URL
    for worst in WORST.values():
        letter = extreme_letter(world, kind, worst)
        outline = Outline(letter.html)
        assert outline.tags.isdisjoint({"script", "img", "link", "iframe", "form", "input", "object", "base"})
        assert outline.attributes.isdisjoint({"src", "background", "srcset", "onerror", "onclick"})
        assert "url(" not in letter.html
        assert "@import" not in letter.html
        links = [*outline.links, *re.findall(r"(?:https?:/|mailto:|www\.)[!-~]+", letter.text)]
        assert links != []
        assert [link for link in links if link != base and not link.startswith(f"{base}/")] == []
        for words in (letter.subject, letter.text, letter.html):
            assert not HIDDEN.search(words)


@pytest.mark.parametrize("kind", Kind)
def test_the_worst_is_a_mail_that_every_server_takes(world: World, kind: Kind) -> None:
    for worst in WORST.values():
        letter = extreme_letter(world, kind, worst)
        assert max(len(line.encode()) for line in letter.text.splitlines()) <= 998
        message = on_the_wire(letter)
        assert max(len(line) for line in message.as_bytes().splitlines()) <= 998
        assert "Bcc" not in message
        assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]
        assert "\n" not in letter.subject


def test_200_in_one_mail_are_25_and_a_number(world: World) -> None:
    pats = make_pats(world, world.alice, ["x" * 200] * 200, ends_in=timedelta(days=3))
    letter = letter_of(scene.digest(world, pats), now=timezone.now())
    assert letter is not None
    Outline(letter.html)
    assert letter.html.count("/tokens/") == letter.text.count("/tokens/") == 25
    assert "and 175 more" in letter.text
    # Gmail cuts off what is longer.
    assert len(letter.html.encode()) < 102_400


@pytest.mark.parametrize("kind", Kind)
def test_no_mail_offers_a_sign_in_or_acts_by_its_links(world: World, kind: Kind) -> None:
    letter = extreme_letter(world, kind, "ci-deploy")
    words = f"{letter.subject} {letter.text} {letter.html}".lower()
    for bait in ("click here", "sign in", "log in", "password", "verify your", "urgent"):
        assert bait not in words
    pages = {urlsplit(link).path.split("/")[1] for link in Outline(letter.html).links}
    assert pages <= {"", "tokens", "settings", "unsubscribe", "backup"}
    assert all(part not in words for part in ("/revoke", "/extend", "/rotate", "/received"))


def test_the_same_person_day_and_kind_have_the_same_message_id(world: World) -> None:
    mail = scene.make_mail(Kind.TEST_MAIL, world.alice, key="reminder_digest:alice:2026-07-14")
    first = letter_of(mail, now=timezone.now())
    mail.delete()
    again = scene.make_mail(Kind.TEST_MAIL, world.alice, key="reminder_digest:alice:2026-07-14")
    second = letter_of(again, now=timezone.now())
    other = scene.make_mail(Kind.TEST_MAIL, world.alice, key="reminder_digest:alice:2026-07-15")
    third = letter_of(other, now=timezone.now())
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.name == second.name != third.name


def test_the_name_of_a_pat_cannot_leave_the_list_of_pats(world: World) -> None:
    """A name that looks like the end of the mail stands where names stand."""
    name = "________________________________________ Sent by the PAT Portal"
    pats = make_pats(world, world.alice, [name], ends_in=timedelta(days=3))
    letter = letter_of(scene.digest(world, pats), now=timezone.now())
    assert letter is not None
    assert f"1. {name}" in letter.text
    assert Pat.objects.count() == 1


@pytest.mark.parametrize("kind", [Kind.REMINDER_DIGEST, Kind.WELCOME_DIGEST])
def test_one_without_a_name_is_called_that(world: World, kind: Kind) -> None:
    letter = letter_of(scene.mail_of(kind, world, make_pats(world, world.alice, [" "])), now=timezone.now())
    assert letter
    assert letter.subject.startswith("“(no name)” in ")
    assert "1. (no name)" in letter.text
    assert "(no name)</bdi></a>" in letter.html
