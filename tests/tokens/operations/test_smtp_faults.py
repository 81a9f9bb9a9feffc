"""What becomes of mails when the mail server does not do what it should: the table, over real SMTP.

Nobody misses a mail, nobody gets one twice but where the server's word that it took it was lost (and then
under the same Message-ID), and whoever cannot be reached holds up nobody else.
"""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult
from django.utils import timezone

from patportal.lib.actors import system_actor
from sandbox.children import free_port
from tests.people import World
from tests.sandbox_mail import SandboxMail
from tests.tokens.mail.scene import Kind, make_mail
from tokens import operations
from tokens.mail import longest_delivery
from tokens.models import OutgoingMail

# Longer than the portal waits in these tests.
FOR_LONG = 30
ALICE, BOB = "alice@example.test", "bob@example.test"


@dataclass(frozen=True)
class Row:
    """A fault that strikes once, Bob's mail or whichever comes first, what is noted, how often it arrives."""

    told: str
    stage: str
    does: dict[str, Any]
    code: str
    arrivals: int = 1

    @property
    def wishes(self) -> dict[str, Any]:
        """What is asked of the sandbox."""
        to_bob = {"recipient": BOB} if self.stage in {"rcpt", "data", "end"} else {}
        return {**to_bob, **({} if self.does.get("refuse") else {"times": 1}), **self.does}


UNREACHABLE = "unreachable"
TABLE = [
    Row("refuses the connection", "connect", {"refuse": True}, UNREACHABLE),
    Row("does not greet", "connect", {"latency_seconds": FOR_LONG}, UNREACHABLE),
    Row("does not answer the sender", "mail", {"latency_seconds": FOR_LONG}, UNREACHABLE),
    Row("does not answer the recipient", "rcpt", {"latency_seconds": FOR_LONG}, UNREACHABLE),
    Row("does not ask for the mail", "data", {"latency_seconds": FOR_LONG}, UNREACHABLE),
    Row("waits and forgets", "end", {"latency_seconds": FOR_LONG, "drop": "before"}, UNREACHABLE),
    Row("takes it and does not say so", "end", {"latency_seconds": FOR_LONG}, UNREACHABLE, arrivals=2),
    Row("drops the connection at once", "connect", {"drop": "before"}, UNREACHABLE),
    Row("drops at the sender", "mail", {"drop": "before"}, UNREACHABLE),
    Row("drops at the recipient", "rcpt", {"drop": "before"}, UNREACHABLE),
    Row("drops before the mail", "data", {"drop": "before"}, UNREACHABLE),
    Row("drops before accepting", "end", {"drop": "before"}, UNREACHABLE),
    Row("drops after accepting", "end", {"drop": "after"}, UNREACHABLE, arrivals=2),
    Row("4xx in the greeting", "connect", {"status": 421}, "smtp_421"),
    Row("5xx in the greeting", "connect", {"status": 554}, "smtp_554"),
    Row("4xx for the sender", "mail", {"status": 451}, "smtp_451"),
    Row("5xx for the sender", "mail", {"status": 550}, "smtp_550"),
    Row("4xx for the recipient", "rcpt", {"status": 450}, "recipient_refused"),
    Row("5xx for the recipient once", "rcpt", {"status": 550}, "recipient_refused"),
    Row("4xx before the mail", "data", {"status": 451}, "smtp_451"),
    Row("5xx before the mail", "data", {"status": 554}, "smtp_554"),
    Row("4xx after the mail", "end", {"status": 452}, "smtp_452"),
    Row("5xx after the mail", "end", {"status": 554}, "smtp_554"),
]


@pytest.fixture
def mails(world: World, mail_server: SandboxMail, settings: Any) -> list[OutgoingMail]:
    """One mail to each of three people, due now; Bob's is the one in the middle."""
    settings.EMAIL_TIMEOUT, settings.MAIL_DOMAINS = 0.3, []
    return [make_mail(Kind.TEST_MAIL, person) for person in (world.alice, world.bob, world.carol)]


def send_all(*, now: datetime) -> None:
    """Have everything sent that is due."""
    actor = system_actor("mail", request_id="a-job")
    for mail in OutgoingMail.objects.order_by("due_at", "pk"):
        operations.send_mail(mail_id=mail.pk, actor=actor, now=now)


def go_on(*, days: int = 1) -> None:
    """Let time pass until nothing is left to send."""
    now = begun = timezone.now()
    while OutgoingMail.objects.filter(sent_at=None, given_up_at=None) and now < begun + timedelta(days=days):
        now += timedelta(minutes=30)
        send_all(now=now)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.told)
def test_nobody_misses_one_and_nobody_gets_one_twice_but_for_a_lost_word(
    row: Row, mails: list[OutgoingMail], mail_server: SandboxMail
) -> None:
    mail_server.fault(row.stage, **row.wishes)
    send_all(now=timezone.now())
    struck = OutgoingMail.objects.exclude(error_code="")
    assert {mail.error_code for mail in struck} == {row.code}
    if not row.does.get("refuse"):
        assert len(struck) == 1
        assert OutgoingMail.objects.filter(sent_at__isnull=False).count() == 2
    (first, *_) = struck
    mail_server.mend()
    go_on()
    assert OutgoingMail.objects.filter(sent_at__isnull=False, given_up_at=None).count() == 3
    arrived = [mail.recipients[0] for mail in mail_server.arrived()]
    assert sorted(set(arrived)) == sorted(mail.user.mail_address for mail in mails if mail.user)
    assert first.user is not None
    assert arrived.count(first.user.mail_address) == row.arrivals
    # Whatever came twice came under one name.
    assert sorted(mail_server.accepted().values()) == sorted([1, 1, row.arrivals])


def test_an_address_that_is_refused_for_good_is_given_up_and_holds_up_nobody(
    mails: list[OutgoingMail], mail_server: SandboxMail
) -> None:
    mail_server.fault("rcpt", recipient=BOB, status=550)
    send_all(now=timezone.now())
    assert sorted(mail.recipients[0] for mail in mail_server.arrived()) == [
        mail.user.mail_address for mail in mails if mail.user and mail.user.mail_address != BOB
    ]
    go_on(days=7)
    (given_up,) = OutgoingMail.objects.exclude(given_up_at=None)
    assert given_up.user is not None
    assert (given_up.user.mail_address, given_up.error_code) == (BOB, "recipient_refused")
    assert mail_server.arrived(BOB) == []


def test_a_job_for_many_gets_past_whoever_is_refused_over_one_connection(
    mails: list[OutgoingMail], mail_server: SandboxMail
) -> None:
    mail_server.fault("rcpt", recipient=BOB, status=550)
    mail_server.fault("end", recipient=ALICE, drop="after", times=1)
    actor, now = system_actor("mail", request_id="a-job"), timezone.now()
    assert operations.send_mails(actor=actor, now=now) == 3
    assert {one.error_code for one in OutgoingMail.objects.all()} == {"recipient_refused", "unreachable", ""}
    while OutgoingMail.objects.filter(sent_at=None, given_up_at=None):
        now += timedelta(minutes=30)
        operations.send_mails(actor=actor, now=now)
    arrived = [mail.recipients[0] for mail in mail_server.arrived()]
    assert (arrived.count(ALICE), arrived.count(BOB), len(arrived)) == (2, 0, 3)
    assert sorted(mail_server.accepted().values()) == [1, 2]


@pytest.mark.parametrize("stage", ["connect", "mail"])
def test_a_server_that_takes_nothing_from_the_portal_is_not_asked_for_each_mail(
    mails: list[OutgoingMail], mail_server: SandboxMail, stage: str
) -> None:
    mail_server.fault(stage, status=550)
    actor, now = system_actor("mail", request_id="a-job"), timezone.now()
    assert operations.send_mails(actor=actor, now=now) == 2
    assert sorted(OutgoingMail.objects.values_list("error_code", "attempts")) == [
        ("", 0),
        ("smtp_550", 1),
        ("smtp_550", 1),
    ]
    mail_server.mend()
    go_on()
    assert sorted(mail_server.accepted().values()) == [1, 1, 1]


def test_a_sign_in_that_is_refused_is_not_tried_for_each_mail(
    mails: list[OutgoingMail], settings: Any
) -> None:
    tried: list[str] = []

    def refuse(*about: Any) -> AuthResult:
        tried.append(about[3])
        return AuthResult(success=False, handled=False)

    port = free_port()
    server = Controller(Sink(), "127.0.0.1", port, authenticator=refuse, auth_require_tls=False)
    server.start()
    try:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "wrong"
        settings.EMAIL_TIMEOUT = 5
        assert operations.send_mails(actor=system_actor("mail", request_id="a-job"), now=timezone.now()) == 2
    finally:
        server.stop()
    # One connection each; a client may try several ways of signing in with it.
    assert 2 <= len(tried) <= 4
    assert sorted(OutgoingMail.objects.values_list("error_code", flat=True)) == ["", "smtp_535", "smtp_535"]


class Dribbler(Thread):
    """A server whose answers never end: from the first one that is said to be, a byte every now and then."""

    def __init__(self, *, first: int) -> None:
        super().__init__(daemon=True)
        self._first = first
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port = self._ear.getsockname()[1]
        self.start()

    def run(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._ear.accept()
                with line, suppress(OSError):
                    self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        said = line.makefile("rb")
        for number, answer in enumerate(["220", "250", "250", "250", "354", "250"]):
            while number >= self._first:
                line.sendall(b"2")
                time.sleep(0.01)
            line.sendall(f"{answer} as you like\r\n".encode())
            words = said.readline()
            while answer == "354" and words not in (b".\r\n", b""):
                words = said.readline()

    def stop(self) -> None:
        self._ear.shutdown(socket.SHUT_RDWR)
        self._ear.close()


@pytest.mark.parametrize("first", [0, 1, 5], ids=["greeting", "name", "end"])
def test_a_server_whose_answers_never_end_outlasts_no_claim(
    mails: list[OutgoingMail], settings: Any, first: int
) -> None:
    server = Dribbler(first=first)
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 0.05
    began = time.monotonic()
    try:
        send_one(mails[0])
    finally:
        server.stop()
    longest = longest_delivery().total_seconds()
    # It came to the deadline, and not to a timeout of the line before.
    assert longest <= time.monotonic() - began < longest + 10
    assert (OutgoingMail.objects.get(pk=mails[0].pk).error_code) == "unreachable"


def send_one(mail: OutgoingMail) -> None:
    actor = system_actor("mail", request_id="a-job")
    operations.send_mail(mail_id=mail.pk, actor=actor, now=timezone.now())


def test_an_address_that_was_wrong_from_the_start_costs_no_connection(
    world: World, mails: list[OutgoingMail], mail_server: SandboxMail
) -> None:
    poison = make_mail(Kind.TEST_MAIL, world.alice, address="a@b\r\nRCPT TO:<x@evil.example>")
    send_all(now=timezone.now())
    poison.refresh_from_db()
    assert len(mail_server.arrived()) == 3
    assert (poison.sent_at, poison.error_code) == (None, "recipient_not_allowed")
    assert poison.given_up_at is not None
