"""Mails about one thing that happened: a rotation, an invitation, a test, reminders that were stopped."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core import mail as django_mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.people import Person, World
from tests.tokens.mail import scene
from tests.tokens.views.page import read_html
from tests.tokens.views.rows import make_operation, make_pat, make_pats
from tokens.mail import deliver, letter_of
from tokens.models import BackupContact, Operation, OutgoingMail, Pat, ReminderSettings

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)
EVIL = "x\r\nBcc: all@evil.example\u202e https://evil.example/a"


@pytest.fixture
def rotation(world: World) -> Operation:
    """A rotation of Alice's, whose successor nobody confirmed."""
    now = timezone.now()
    old = make_pat(world, world.alice, "old-one")
    new = make_pat(world, world.alice, "new-one", replaces=old, issued_at=now)
    return make_operation(
        world, world.alice, verb=Operation.Verb.ROTATE, state=Operation.State.DONE, pat=new, replaces=old
    )


def mail_about(operation: Operation) -> OutgoingMail:
    return OutgoingMail.objects.create(
        kind=OutgoingMail.Kind.ROTATION_UNCONFIRMED,
        key=str(uuid4()),
        user=operation.user,
        facts={"operation_id": str(operation.pk)},
        due_at=timezone.now(),
    )


def invitation(world: World, owner: User) -> OutgoingMail:
    contact = BackupContact.objects.create(tenant_id=owner.tenant_id, email=f"{uuid4()}@example.com")
    return OutgoingMail.objects.create(
        kind=OutgoingMail.Kind.BACKUP_INVITATION,
        key=str(uuid4()),
        address=contact.email,
        facts={"contact_id": contact.pk, "owner_id": owner.pk},
        due_at=timezone.now(),
    )


def plain(html: str) -> str:
    """Return the words of a mail's HTML and where its links lead."""
    page = read_html(html)
    return f"{page.one('body').text} {' '.join(link['href'] for link in page.all('a'))}"


def test_text_and_html_tell_the_same_about_an_unconfirmed_rotation(rotation: Operation) -> None:
    mail = mail_about(rotation)
    letter = letter_of(mail, now=timezone.now())
    assert letter is not None
    assert letter.address == rotation.user.mail_address
    assert letter.subject == "The new token new-one is waiting for you"
    assert rotation.pat is not None
    link = f"{django_settings.PORTAL_BASE_URL}/tokens/{rotation.pat.pk}"
    for words in (" ".join(letter.text.split()), plain(letter.html)):
        for fact in ("old-one", "new-one", rotation.organization.name, link):
            assert fact in words
        assert "The old token still works. It was not touched" in words
        assert "revoke the new token and rotate again" in words


def test_of_an_old_one_that_has_ended_it_does_not_say_that_it_works(rotation: Operation) -> None:
    Pat.objects.filter(rotations=rotation).update(valid_to=timezone.now() - timedelta(days=1))
    letter = letter_of(mail_about(rotation), now=timezone.now())
    assert letter is not None
    for words in (letter.text, letter.html):
        assert "The old token has ended already." in words
        assert "still works" not in words


@pytest.mark.parametrize(
    "change",
    [
        {"received_at": timezone.now()},
        {"revoked_at": timezone.now()},
        {"vanished_at": timezone.now()},
        {"valid_to": timezone.now() - timedelta(days=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_it_is_not_needed_once_the_successor_is_confirmed_or_gone(
    rotation: Operation, change: dict[str, Any]
) -> None:
    Pat.objects.filter(operations=rotation).update(**change)
    assert letter_of(mail_about(rotation), now=timezone.now()) is None


def test_it_is_not_needed_where_the_rows_are_gone(rotation: Operation) -> None:
    mail = mail_about(rotation)
    Operation.objects.all().delete()
    assert letter_of(mail, now=timezone.now()) is None


def test_an_invitation_names_the_owner_and_leads_to_the_answer(world: World) -> None:
    letter = letter_of(invitation(world, world.alice.user), now=timezone.now())
    assert letter is not None
    (link,) = re.findall(r"^http\S+/backup/answer/\S+$", letter.text, re.MULTILINE)
    assert link in plain(letter.html)
    for words in (letter.subject, letter.text, letter.html):
        assert str(world.alice.user) in words
    answer = Client().get(urlsplit(link).path)
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies


@pytest.mark.parametrize(
    ("count", "words"), [(0, "about them"), (1, "about one of them"), (3, "about 3 of them")]
)
def test_an_invitation_says_how_many_and_never_which(world: World, count: int, words: str) -> None:
    mail = invitation(world, world.alice.user)
    contact = BackupContact.objects.get()
    make_pats(world, world.alice, [f"payroll-{one}" for one in range(count)], backup_contact=contact)
    make_pat(world, world.alice, "payroll-over", backup_contact=contact, revoked_at=timezone.now())
    make_pat(world, world.bob, "payroll-bob", backup_contact=contact)
    letter = letter_of(mail, now=timezone.now())
    assert letter is not None
    for text in (letter.text, plain(letter.html)):
        assert f"named you as the one to ask {words} when they do not answer" in " ".join(text.split())
        assert f"{world.alice.user} can tell you" in text
        assert "payroll" not in text


@pytest.mark.parametrize("change", [{"confirmed_at": timezone.now()}, {"left_at": timezone.now()}])
def test_whoever_has_answered_is_not_invited(world: World, change: dict[str, Any]) -> None:
    mail = invitation(world, world.alice.user)
    BackupContact.objects.update(**change)
    assert letter_of(mail, now=timezone.now()) is None


def test_names_cannot_add_a_header_a_line_a_direction_or_a_link(rotation: Operation, world: World) -> None:
    Pat.objects.update(name=EVIL)
    User.objects.filter(pk=rotation.user_id).update(display_name=EVIL)
    rotation.refresh_from_db()
    for mail in (mail_about(rotation), invitation(world, User.objects.get(pk=rotation.user_id))):
        letter = letter_of(mail, now=timezone.now())
        assert letter is not None
        deliver(letter)
        message = django_mail.outbox[-1]
        assert list(message.message().keys()).count("Bcc") == 0
        for words in (letter.subject, letter.text, letter.html):
            assert "\u202e" not in words
            assert "\nBcc" not in words
            assert "https://evil.example" not in words
            assert "evil.example" not in words


def test_markup_in_a_name_is_text_in_the_html_and_itself_in_the_text(rotation: Operation) -> None:
    Pat.objects.filter(operations=rotation).update(name="<b>&co</b>")
    letter = letter_of(mail_about(rotation), now=timezone.now())
    assert letter is not None
    assert "<b>" not in letter.html
    assert "<b>&co<" in letter.text
    assert "<b>&co<" in letter.subject


def test_a_placeholder_in_a_name_stands_as_it_is(rotation: Operation) -> None:
    name = "100% %(new_name)s %s {{ url }}"
    Pat.objects.filter(operations=rotation).update(name=name)
    letter = letter_of(mail_about(rotation), now=timezone.now())
    assert letter is not None
    assert letter.subject == f"The new token {name} is waiting for you"
    assert f"New token:    {name}\n" in letter.text
    assert f"New token: {name}" in plain(letter.html)


def test_one_person_reads_of_another_nothing(rotation: Operation, world: World) -> None:
    """The mail goes to whom the rotation belongs to, whoever else is in the directory."""
    bob: Person = world.bob
    letter = letter_of(mail_about(rotation), now=timezone.now())
    assert letter is not None
    assert letter.address != bob.user.mail_address


def test_a_test_mail_says_where_the_clock_is_and_where_to_choose(world: World) -> None:
    ReminderSettings.objects.create(user=world.alice.user, time_zone="America/New_York")
    letter = letter_of(scene.make_mail(scene.Kind.TEST_MAIL, world.alice), now=NOON)
    assert letter is not None
    assert letter.address == world.alice.user.mail_address
    for words in (" ".join(letter.text.split()), plain(letter.html)):
        assert "Mails about the ends of your tokens come to this address" in words
        assert "in America/New York, where it was Tuesday 14 July 2026 at 08:00 EDT" in words
        assert f"{django_settings.PORTAL_BASE_URL}/settings" in words


def test_the_confirmation_of_a_stop_says_until_when_and_the_way_back(world: World) -> None:
    mail = scene.unsubscribed(world, until=NOON + timedelta(days=30))
    letter = letter_of(mail, now=NOON)
    assert letter is not None
    assert letter.subject == "No reminders of your tokens until 13 August 2026"
    for words in (" ".join(letter.text.split()), plain(letter.html)):
        assert "sends you none until Thursday 13 August 2026 at 12:00 UTC" in words
        assert "The mail on the last day of a token comes all the same." in words
        assert "turn them on again" in words
        assert "/unsubscribe/" in words
    assert dict(letter.headers) == {}


@pytest.mark.parametrize("wishes", [{"steps": [7]}, {"muted_until": NOON + timedelta(days=40)}])
def test_it_promises_no_last_day_that_does_not_come(world: World, wishes: dict[str, Any]) -> None:
    mail = scene.unsubscribed(world, until=NOON + timedelta(days=30))
    ReminderSettings.objects.update(**wishes)
    letter = letter_of(mail, now=NOON)
    assert letter is not None
    assert "last day" not in letter.text + letter.html


def test_it_is_not_needed_once_reminders_come_again(world: World) -> None:
    mail = scene.unsubscribed(world)
    ReminderSettings.objects.update(unsubscribed_until=None)
    assert letter_of(mail, now=timezone.now()) is None
