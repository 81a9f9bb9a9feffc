"""Settings in words: what holds, when the next mails come, what became of a test mail."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.tokens.presenters.rows import DAY, NOW, pat
from tokens.models import OutgoingMail, ReminderSettings
from tokens.presenters import mail_state, next_reminders, reminder_wishes

BERLIN = "Europe/Berlin"


def test_who_chose_nothing_gets_what_holds_for_everybody() -> None:
    wishes = reminder_wishes(ReminderSettings(), address="alice@example.test", now=NOW)
    assert wishes.days == [30, 14, 7, 3, 1, 0]
    assert (wishes.zone_name, wishes.is_zone_chosen, wishes.is_quiet) == ("UTC", False, False)
    assert wishes.address == "alice@example.test"


@pytest.mark.parametrize("name", ["muted_until", "unsubscribed_until"])
def test_quiet_is_told_until_it_is_over(name: str) -> None:
    later, earlier = (
        reminder_wishes(ReminderSettings(**{name: at}), address="", now=NOW) for at in (NOW + DAY, NOW)
    )
    assert later.is_quiet
    assert getattr(later, name) == NOW + DAY
    assert not earlier.is_quiet


def test_the_next_mails_come_at_nine_in_the_readers_zone_soonest_first() -> None:
    soon, late = pat(name="soon", valid_to=NOW + 4 * DAY), pat(name="late", valid_to=NOW + 60 * DAY)
    row = ReminderSettings(time_zone=BERLIN)
    with timezone.override(BERLIN):
        found = next_reminders([late, soon], row, now=NOW)
    assert [(one.pat_name, one.at) for one in found] == [
        ("soon", datetime(2026, 6, 16, 7, tzinfo=UTC)),
        ("late", datetime(2026, 7, 15, 7, tzinfo=UTC)),
    ]
    assert found[0].pat_url == f"/tokens/{soon.pk}"


def test_one_mail_tells_of_all_that_are_due() -> None:
    pats = [pat(name=f"pat {number}", valid_to=NOW + 10 * DAY) for number in range(3)]
    (found, *rest) = next_reminders(pats, ReminderSettings(steps=[7]), now=NOW)
    assert (found.pat_name, found.others, rest) == ("pat 0", 2, [])


def test_no_more_than_three_moments_are_told() -> None:
    pats = [pat(valid_to=NOW + (10 + number) * DAY) for number in range(5)]
    assert len(next_reminders(pats, ReminderSettings(), now=NOW)) == 3


def test_nothing_is_ahead_for_whoever_wants_no_mail() -> None:
    assert next_reminders([pat()], ReminderSettings(steps=[]), now=NOW) == []


def test_what_would_come_during_the_quiet_is_left_out() -> None:
    row = ReminderSettings(steps=[30, 1], muted_until=NOW + 40 * DAY)
    (found,) = next_reminders([pat(valid_to=NOW + 60 * DAY)], row, now=NOW)
    assert found.at > NOW + 58 * DAY


def mail(**changes: object) -> OutgoingMail:
    return OutgoingMail(**{"kind": "test_mail", "due_at": NOW, **changes})


def test_nobody_is_told_of_a_mail_that_was_never_asked_for() -> None:
    assert mail_state(None) is None


@pytest.mark.parametrize(
    ("row", "tone", "words", "at", "is_waiting"),
    [
        (mail(), "info", "on its way", NOW, True),
        (mail(sent_at=NOW + DAY), "good", "accepted it", NOW + DAY, False),
        (mail(error_code="unreachable"), "warn", "cannot be reached. It is tried again.", NOW, True),
        (mail(error_code="smtp_451"), "warn", "did not accept it. It is tried again.", NOW, True),
        (
            mail(error_code="recipient_refused", given_up_at=NOW + DAY),
            "bad",
            "refused the address. It was given up. Tell the people who run this portal.",
            NOW + DAY,
            False,
        ),
    ],
)
def test_what_became_of_a_test_mail_is_told(
    row: OutgoingMail, tone: str, words: str, at: datetime, *, is_waiting: bool
) -> None:
    view = mail_state(row)
    assert view is not None
    assert (view.tone, view.at, view.is_waiting) == (tone, at, is_waiting)
    assert words in view.sentence
    assert timedelta(0) <= view.at - NOW
