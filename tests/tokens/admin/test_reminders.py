"""The list of reminders: to administrators, with where the mail of each stands."""

from typing import Any

import pytest
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.reminder_scene import DAY
from tests.tokens.views.rows import make_pat
from tokens.models import OutgoingMail, Reminder, ReminderSettings

LIST = "/admin/tokens/reminder/"
NOW = timezone.now()


def remind(world: World, person: Person, name: str, *, mail: dict[str, Any] | None, **facts: Any) -> Reminder:
    pat = make_pat(world, person, name)
    sent = None
    if mail is not None:
        kind = OutgoingMail.Kind.REMINDER_DIGEST
        sent = OutgoingMail.objects.create(kind=kind, key=name, user=person.user, due_at=NOW, **mail)
    fields = {"valid_to": pat.valid_to, "step_days": 7, "made_at": NOW, **facts}
    return Reminder.objects.create(pat=pat, mail=sent, **fields)


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        ({"sent_at": NOW, "attempts": 1}, "reminder, accepted"),
        ({"given_up_at": NOW, "attempts": 3, "error_code": "smtp_550"}, "given up (smtp_550), tried 3 times"),
        ({"not_needed_at": NOW, "attempts": 1}, "reminder, not needed"),
        ({}, "reminder, waits"),
        ({"attempts": 2, "error_code": "unreachable"}, "waits (unreachable), tried 2 times"),
        (None, "none of its owner&#x27;s"),
    ],
)
def test_it_says_where_the_mail_stands(world: World, mail: dict[str, Any] | None, words: str) -> None:
    reminder = remind(world, world.alice, "ci", mail=mail)
    for path in (LIST, f"{LIST}{reminder.pk}/change/"):
        page = world.dave.browser.get(path)
        assert page.status_code == 200
        assert words in page.content.decode()


def test_it_has_the_last_months_with_the_newest_first_and_filters(world: World) -> None:
    old = remind(world, world.alice, "old", mail=None, made_at=NOW - 91 * DAY)
    remind(world, world.alice, "recent", mail=None, made_at=NOW - DAY, state="failed")
    remind(world, world.bob, "newest", mail=None)
    browser = world.dave.browser
    text = browser.get(LIST).content.decode()
    assert "old" not in text.partition("result_list")[2]
    assert text.index("newest") < text.index("recent")
    text = browser.get(f"{LIST}?state=failed").content.decode()
    assert "recent" in text
    assert "newest" not in text
    text = browser.get(f"{LIST}?q={world.bob.user.user_principal_name[:5]}").content.decode()
    assert "newest" in text
    assert "recent" not in text
    assert browser.get(f"{LIST}{old.pk}/change/").status_code == 302


def test_the_list_takes_as_many_queries_for_many_rows(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        remind(world, world.alice, f"ci-{number}", mail={"attempts": number})
    browser = world.dave.browser
    browser.get(LIST)
    with django_assert_max_num_queries(15):
        browser.get(LIST)


def test_wishes_are_shown(world: World) -> None:
    ReminderSettings.objects.create(user=world.alice.user, steps=[7, 1], time_zone="Asia/Tokyo")
    text = world.dave.browser.get("/admin/tokens/remindersettings/").content.decode()
    assert "Asia/Tokyo" in text


@pytest.mark.parametrize("path", [LIST, "/admin/tokens/remindersettings/"])
def test_auditors_and_others_do_not_see_them(world: World, path: str) -> None:
    assert world.carol.browser.get(path).status_code == 403
    assert world.alice.browser.get(path).status_code in {302, 403}
