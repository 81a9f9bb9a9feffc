"""Sending what is due: once, after the server accepted, again where it did not."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail as outbox_of_django
from django.db import DatabaseError
from django.utils import timezone
from structlog.testing import capture_logs

from accounts.models import User
from patportal.lib.actors import system_actor
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.mail.scene import make_mail
from tests.tokens.operations.scene import Record, failing_event, wait
from tests.tokens.views.rows import make_pat
from tokens import enqueue, operations
from tokens.mail import Postbox
from tokens.models import BackupContact, OutgoingMail, Pat
from tokens.operations import Notes
from tokens.operations._send_mail import (
    CLAIMED_AT_ONCE,
    MOST_IN_VAIN,
    _claimed,
    _free,
    _is_ours,
    _send,
    most_attempts,
    pause_after,
)

OPS = "ops@example.com"
SENDER = system_actor("mail", request_id="a-job")


@pytest.fixture
def mail(world: World, alice: Person) -> OutgoingMail:
    """An invitation that is due now; its job waits."""
    operations.describe_pat(
        actor=alice.actor,
        owner=alice.user,
        pat=make_pat(world, alice),
        now=timezone.now(),
        notes=Notes(backup_email=OPS),
    )
    return OutgoingMail.objects.get()


@pytest.fixture
def refusing_server(settings: Any) -> None:
    """A mail server that is not there: nothing listens on the port."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def send(mail: OutgoingMail, *, now: datetime | None = None) -> OutgoingMail:
    actor = system_actor("mail", request_id="a-job")
    operations.send_mail(mail_id=mail.id, actor=actor, now=now or timezone.now())
    return OutgoingMail.objects.get(pk=mail.pk)


def sent() -> list[Any]:
    return outbox_of_django.outbox


def test_it_is_sent_once_and_ticked_off(mail: OutgoingMail, alice: Person) -> None:
    record = Record()
    assert run_jobs() == [enqueue.SEND_MAIL]
    (message,) = sent()
    assert message.to == [OPS]
    after = send(mail)
    assert len(sent()) == 1
    assert after.sent_at is not None
    assert (after.attempts, after.claimed_until, after.given_up_at) == (1, None, None)
    event = record.of("mail.sent")
    assert (event.owner_object_id, event.actor_kind) == (alice.user.object_id, "system")
    assert event.recorded == {"kind": "backup_invitation", "mail_id": str(mail.id), "attempts": 1}


def test_it_waits_until_it_is_due(mail: OutgoingMail) -> None:
    assert send(mail, now=mail.due_at - timedelta(seconds=1)).attempts == 0
    assert sent() == []


def test_what_no_longer_holds_is_not_told(mail: OutgoingMail) -> None:
    BackupContact.objects.update(confirmed_at=timezone.now())
    after = send(mail)
    assert (after.sent_at, after.not_needed_at is not None) == (None, True)
    assert sent() == []


@pytest.mark.usefixtures("refusing_server")
def test_what_the_server_did_not_take_is_tried_again_later(mail: OutgoingMail) -> None:
    record, now = Record(), timezone.now()
    after = send(mail, now=now)
    assert (after.sent_at, after.given_up_at, after.error_code) == (None, None, "unreachable")
    assert after.due_at == now + timedelta(minutes=1)
    # The sweep asks for it, and not a job of its own: any other mail would have failed alike.
    assert len([name for name, _, _ in waiting_jobs() if name == enqueue.SEND_MAIL]) == 1
    minute = timedelta(minutes=1)
    found = [operations.mails_due(now=after.due_at + minute + timedelta(seconds=one)) for one in (0, 1)]
    assert found == [0, 1]
    assert record.types == []


@pytest.mark.usefixtures("refusing_server")
def test_it_is_given_up_after_twelve_attempts_and_that_is_an_error(mail: OutgoingMail) -> None:
    record = Record()
    with capture_logs() as lines:
        for _ in range(12):
            mail = send(mail, now=mail.due_at)
    assert (mail.attempts, mail.given_up_at is not None) == (12, True)
    assert record.types == ["mail.failed"]
    assert record.of("mail.failed").error_code == "unreachable"
    assert [line["code"] for line in lines if line["log_level"] == "error"] == ["unreachable"]
    assert send(mail, now=mail.due_at + timedelta(days=1)).attempts == 12


def test_one_that_breaks_off_each_time_is_given_up_after_twelve_attempts(mail: OutgoingMail) -> None:
    # Its facts lack what its words are made of.
    OutgoingMail.objects.update(facts={"owner_id": mail.facts["owner_id"]})
    record, now = Record(), mail.due_at
    for _ in range(12):
        with pytest.raises(KeyError):
            send(mail, now=now)
        now += timedelta(minutes=7)
        assert operations.mails_due(now=now) == 1
    with capture_logs() as lines:
        after = send(mail, now=now)
    assert (after.attempts, after.given_up_at, after.claimed_until) == (12, now, None)
    assert record.types == ["mail.failed"]
    assert record.of("mail.failed").error_code == "broken_off"
    assert [line["code"] for line in lines if line["log_level"] == "error"] == ["broken_off"]
    assert operations.mails_due(now=now + timedelta(days=1)) == 0
    assert send(mail, now=now + timedelta(days=1)).attempts == 12


def test_the_pauses_double_up_to_an_hour() -> None:
    minutes = [pause_after(attempts).total_seconds() / 60 for attempts in range(1, 12)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]


def test_mail_to_an_address_that_is_no_longer_allowed_is_given_up_at_once(
    mail: OutgoingMail, settings: Any
) -> None:
    settings.MAIL_DOMAINS = ["example.org"]
    after = send(mail)
    assert (after.given_up_at is not None, after.error_code) == (True, "recipient_not_allowed")
    assert sent() == []


def test_one_that_somebody_else_has_is_left_to_them(mail: OutgoingMail) -> None:
    OutgoingMail.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    assert send(mail).attempts == 0
    assert sent() == []


def test_a_death_before_the_tick_sends_it_again_under_the_same_id(mail: OutgoingMail) -> None:
    with failing_event("mail.sent"), pytest.raises(DatabaseError):
        send(mail)
    assert operations.mails_due(now=timezone.now()) == 0
    later = timezone.now() + timedelta(minutes=7)
    assert operations.mails_due(now=later) == 1
    assert send(mail, now=later).sent_at == later
    first, second = sent()
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_a_lost_job_is_found(world: World, mail: OutgoingMail) -> None:
    assert operations.mails_due(now=timezone.now()) == 0
    wait(world, minutes=2)
    assert operations.mails_due(now=timezone.now()) == 1
    send(mail)
    assert operations.mails_due(now=timezone.now() + timedelta(days=1)) == 0


def test_whom_a_pat_belongs_to_changes_nothing_for_its_mail(mail: OutgoingMail) -> None:
    Pat.objects.all().delete()
    assert send(mail).sent_at is not None


def test_nothing_goes_to_the_mailbox_of_whoever_left(alice: Person) -> None:
    mine = make_mail(OutgoingMail.Kind.TEST_MAIL, alice)
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    assert send(mine).not_needed_at is not None
    assert sent() == []


# --- Many over one connection ----------------------------------------------------------------------


def mails(count: int) -> list[OutgoingMail]:
    """Write so many test mails that are due, each to an address of its own."""
    now = timezone.now() - timedelta(seconds=1)
    return OutgoingMail.objects.bulk_create(
        OutgoingMail(
            kind=OutgoingMail.Kind.TEST_MAIL,
            key=str(uuid4()),
            address=f"person-{number}@example.com",
            due_at=now + timedelta(milliseconds=number),
        )
        for number in range(count)
    )


def send_all(**wishes: Any) -> int:
    return operations.send_mails(actor=SENDER, now=timezone.now(), **wishes)


def test_all_that_are_due_are_sent_the_oldest_first(world: World) -> None:
    made = mails(CLAIMED_AT_ONCE + 3)
    OutgoingMail.objects.filter(pk=made[0].pk).update(due_at=timezone.now() + timedelta(hours=1))
    OutgoingMail.objects.filter(pk=made[1].pk).update(sent_at=timezone.now())
    OutgoingMail.objects.filter(pk=made[2].pk).update(claimed_until=timezone.now() + timedelta(hours=1))
    assert send_all() == CLAIMED_AT_ONCE
    assert [message.to for message in sent()] == [[mail.address] for mail in made[3:]]
    assert send_all() == 0
    assert OutgoingMail.objects.filter(claimed_until=None, attempts=1).count() == CLAIMED_AT_ONCE


def test_after_its_time_a_lane_makes_way(world: World) -> None:
    mails(CLAIMED_AT_ONCE + 60)
    run_jobs()
    assert send_all(lasts=timedelta(microseconds=1)) in {0, CLAIMED_AT_ONCE}
    lanes = [said["lane"] for name, said, _ in waiting_jobs() if name == enqueue.SEND_MAILS]
    assert lanes == [0, 1]


def test_a_poison_mail_holds_up_nobody(world: World) -> None:
    made = mails(4)
    OutgoingMail.objects.filter(pk=made[1].pk).update(kind=OutgoingMail.Kind.BACKUP_INVITATION)
    with pytest.raises(KeyError):
        send_all()
    # The others are free at once, and a job goes on with them.
    assert OutgoingMail.objects.filter(claimed_until__isnull=False).get() == made[1]
    assert enqueue.SEND_MAILS in [name for name, _, _ in waiting_jobs()]
    send_all()
    assert len(sent()) == 3
    assert [OutgoingMail.objects.get(pk=mail.pk).attempts for mail in made] == [1, 1, 1, 1]


def lane(killer: OutgoingMail, *, now: datetime) -> None:
    """Send what is due as a process does that one of them ends: it notes and gives back nothing."""
    while True:
        free = _free(now=now).order_by("due_at", "pk")[:CLAIMED_AT_ONCE]
        with _claimed(free, now=now) as claimed, Postbox() as postbox:
            if not claimed:
                return
            while claimed:
                mail = claimed.pop(0)
                if mail == killer:
                    claimed.clear()
                    return
                _send(mail, postbox, actor=SENDER, now=now)


def test_those_claimed_with_one_that_ends_the_process_lose_one_attempt_at_most(world: World) -> None:
    made, now = mails(4), timezone.now()
    for hours in range(5):
        for _ in range(2):
            lane(made[1], now=now + timedelta(hours=hours))
    assert [OutgoingMail.objects.get(pk=mail.pk).attempts for mail in made] == [1, 5, 2, 2]
    assert OutgoingMail.objects.get(sent_at=None) == made[1]


def test_a_server_that_does_not_answer_is_not_asked_for_each(world: World, refusing_server: None) -> None:
    mails(6)
    with capture_logs() as lines:
        assert send_all() == MOST_IN_VAIN
    tried = OutgoingMail.objects.filter(attempts=1)
    assert tried.count() == MOST_IN_VAIN
    assert {mail.error_code for mail in tried} == {"unreachable"}
    assert OutgoingMail.objects.filter(attempts=0, claimed_until=None).count() == 6 - MOST_IN_VAIN
    assert "mail server takes nothing" in [line["event"] for line in lines]


def test_a_server_that_takes_nothing_is_asked_by_one_lane(world: World, refusing_server: None) -> None:
    many = enqueue.MAILS_A_LANE * 3
    mails(many)
    later = timezone.now() + timedelta(minutes=2)
    assert operations.mails_due(now=later) == many
    send_all()
    assert enqueue.SEND_MAIL not in [name for name, _, _ in waiting_jobs()]
    assert operations.mails_due(now=later + timedelta(minutes=1)) == enqueue.MAILS_A_LANE


def test_a_claim_whose_time_is_nearly_over_is_given_back(world: World) -> None:
    mails(1)
    now = timezone.now()
    with _claimed(OutgoingMail.objects.all(), now=now) as claimed:
        assert [_is_ours(claimed[0], now=now + timedelta(seconds=after)) for after in (0, 59, 61)] == [
            True,
            True,
            False,
        ]
        assert OutgoingMail.objects.get().attempts == 1
    mail = OutgoingMail.objects.get()
    assert (mail.claimed_until, mail.attempts) == (None, 0)


@pytest.mark.parametrize("timeout", [1, 10, 60])
def test_nobody_else_begins_one_while_a_turn_may_last(world: World, settings: Any, timeout: int) -> None:
    settings.EMAIL_TIMEOUT = timeout
    mails(1)
    now = timezone.now()
    # A server that takes nearly all of its time for each of its answers.
    turn = 25 * timedelta(seconds=timeout)
    with _claimed(OutgoingMail.objects.all(), now=now) as (mail,):
        last = max(now + timedelta(seconds=one) for one in range(600) if begins(mail, now, one))
        assert not _free(now=last + turn).exists()


def begins(mail: OutgoingMail, now: datetime, seconds: int) -> bool:
    return _is_ours(mail, now=now + timedelta(seconds=seconds))


@pytest.mark.parametrize(("kind", "hours"), [("test_mail", (5, 8)), ("reminder_digest", (72, 96))])
def test_what_is_about_an_end_is_tried_for_days(kind: str, hours: tuple[int, int]) -> None:
    most = most_attempts(OutgoingMail(kind=kind))
    tried_for = sum((pause_after(one) for one in range(1, most)), timedelta(0))
    least, longest = hours
    assert timedelta(hours=least) < tried_for < timedelta(hours=longest)
