"""What is recorded of a mail about ends is what it said, whatever changes while it is on its way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox_of_django
from django.utils import timezone

from patportal.lib.actors import system_actor
from tests.people import Person, World
from tests.tokens.operations.reminder_scene import DAY, NINE, ending, known, look, rows, send
from tests.tokens.operations.scene import Record
from tokens.mail import Letter, MailFailed, Postbox
from tokens.models import OutgoingMail, Pat, ReminderSettings
from tokens.operations._send_mail import MAX_ATTEMPTS_ABOUT_ENDS, _claimed, _send
from tokens.reminder_queries import AT_HAND_FOR

# What was looked up with the claim is too old by then.
LATER = NINE + AT_HAND_FOR + timedelta(seconds=1)
MEANWHILE: dict[str, Callable[[], Any]] = {
    "revoked": lambda: Pat.objects.filter(name="b").update(revoked_at=NINE),
    "extended": lambda: Pat.objects.filter(name="b").update(valid_to=NINE + 60 * DAY),
    "muted": lambda: ReminderSettings.objects.update(muted_until=NINE + DAY),
}


class SlowPostbox(Postbox):
    """A mail server during whose answer something else happens, and that may refuse then."""

    def __init__(self, meanwhile: Callable[[], Any], error: str = "") -> None:
        super().__init__()
        self._meanwhile, self._error = meanwhile, error

    def deliver(self, letter: Letter) -> None:
        super().deliver(letter)
        self._meanwhile()
        if self._error:
            raise MailFailed(self._error, is_final=True)


def turn(postbox: Postbox) -> None:
    """Give the one mail that waits its turn, some seconds after its claim."""
    with _claimed(OutgoingMail.objects.all(), now=NINE) as mails, postbox:
        _send(mails.pop(), postbox, actor=system_actor("mail", request_id="a-job"), now=LATER)


@pytest.fixture
def owner(world: World) -> Person:
    """Alice, who is known for long."""
    return known(world.alice, world)


@pytest.mark.parametrize("error", ["", "not_sendable"], ids=["accepted", "given up"])
@pytest.mark.parametrize("meanwhile", MEANWHILE.values(), ids=MEANWHILE)
@pytest.mark.parametrize("names", ["ab", "b"])
def test_whatever_happens_on_the_way_what_it_said_is_recorded(
    world: World, owner: Person, names: str, meanwhile: Callable[[], Any], error: str
) -> None:
    for name in names:
        ending(world, owner, name)
    look()
    record = Record()
    turn(SlowPostbox(meanwhile, error))
    kind, state = ("reminder.failed", "failed") if error else ("reminder.sent", "sent")
    assert record.types == [kind] * len(names)
    assert sorted(event.pat_name for event in record.events) == list(names)
    assert rows() == [(name, 7, state) for name in names]


def test_what_is_not_true_by_its_turn_is_neither_told_nor_recorded(world: World, owner: Person) -> None:
    for name in "ab":
        ending(world, owner, name)
    look()
    record = Record()
    with _claimed(OutgoingMail.objects.all(), now=NINE) as mails, Postbox() as postbox:
        MEANWHILE["revoked"]()
        _send(mails.pop(), postbox, actor=system_actor("mail", request_id="a-job"), now=LATER)
    assert "“b”" not in outbox_of_django.outbox[0].body
    assert [event.pat_name for event in record.events] == ["a"]
    assert rows() == [("a", 7, "sent"), ("b", 7, "not_needed")]


def test_a_turn_looks_once_however_late_it_is(
    world: World, owner: Person, django_assert_max_num_queries: Any
) -> None:
    ending(world, owner, "a")
    look()
    with _claimed(OutgoingMail.objects.all(), now=NINE) as mails, Postbox() as postbox:
        mail = mails.pop()
        # Four to look, and what ticks it off: the mail, its events, its reminders, in a transaction.
        with django_assert_max_num_queries(9):
            _send(mail, postbox, actor=system_actor("mail", request_id="a-job"), now=LATER)
    assert rows() == [("a", 7, "sent")]


def test_one_that_is_given_up_with_nothing_left_to_tell_is_not_needed(world: World, owner: Person) -> None:
    ending(world, owner, "b")
    (mail,) = look()
    OutgoingMail.objects.update(attempts=MAX_ATTEMPTS_ABOUT_ENDS)
    MEANWHILE["revoked"]()
    record = Record()
    assert send() == []
    mail.refresh_from_db()
    assert (mail.given_up_at, mail.not_needed_at is not None) == (None, True)
    assert (rows(), record.types) == ([("b", 7, "not_needed")], [])


def test_one_that_broke_off_each_time_is_recorded_of_what_holds(world: World, owner: Person) -> None:
    for name in "ab":
        ending(world, owner, name)
    look()
    OutgoingMail.objects.update(attempts=MAX_ATTEMPTS_ABOUT_ENDS)
    MEANWHILE["revoked"]()
    record = Record()
    assert send() == []
    assert [(event.type, event.pat_name) for event in record.events] == [("reminder.failed", "a")]
    assert rows() == [("a", 7, "failed"), ("b", 7, "not_needed")]
    assert not OutgoingMail.objects.filter(given_up_at=None, due_at__lte=timezone.now()).exists()
