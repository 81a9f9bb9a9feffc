"""The mail server over real SMTP: what it takes, and what it does wrong when it is asked to."""

import smtplib
import threading
from email.message import EmailMessage

import pytest
import requests

from tests.sandbox_control import SandboxControl
from tests.sandbox_mail import SandboxMail

ALICE, BOB = "alice@example.test", "bob@example.test"


def message(subject: str = "Hello", *, html: str = "") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = "portal@example.test", subject, f"<{subject}@test>"
    made.set_content("The text\n")
    if html:
        made.add_alternative(html, subtype="html")
    return made


def send(server: SandboxMail, *recipients: str, subject: str = "Hello", timeout: float = 5) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=timeout) as line:
        line.send_message(message(subject), to_addrs=list(recipients or (ALICE,)))


def test_what_it_takes_can_be_looked_at_newest_first(mail_server: SandboxMail) -> None:
    with smtplib.SMTP(mail_server.host, mail_server.port) as line:
        line.send_message(message("first"), to_addrs=[ALICE])
        line.send_message(message("second", html="<p>HTML</p>"), to_addrs=[ALICE, BOB])
    newest, oldest = mail_server.arrived()
    assert (newest.subject, oldest.subject) == ("second", "first")
    assert (newest.sender, newest.recipients) == ("portal@example.test", [ALICE, BOB])
    assert (newest.text.strip(), newest.html.strip()) == ("The text", "<p>HTML</p>")
    assert newest.header("message-id") == "<second@test>"
    assert [one.subject for one in mail_server.arrived(BOB)] == ["second"]
    assert mail_server.raw(newest.number)["Subject"] == "second"
    assert mail_server.accepted() == {"<first@test>": 1, "<second@test>": 1}


def test_a_mail_that_is_not_there_is_not_found(control: SandboxControl) -> None:
    with pytest.raises(requests.HTTPError, match="unknown: mail 99"):
        control.call("GET", "mail/99")


def test_it_refuses_connections_until_that_is_over(mail_server: SandboxMail) -> None:
    with mail_server.failing("connect", refuse=True), pytest.raises(ConnectionRefusedError):
        send(mail_server)
    send(mail_server)
    assert len(mail_server.arrived()) == 1


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "end"])
def test_it_answers_with_a_status_at_any_stage_once(mail_server: SandboxMail, stage: str) -> None:
    mail_server.fault(stage, status=451, times=1)
    with pytest.raises(smtplib.SMTPException) as failure:
        send(mail_server)
    assert "451" in str(failure.value)
    assert mail_server.arrived() == []
    send(mail_server)
    assert len(mail_server.arrived()) == 1


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "end"])
def test_it_drops_the_connection_at_any_stage(mail_server: SandboxMail, stage: str) -> None:
    mail_server.fault(stage, drop="before", times=1)
    with pytest.raises(OSError, match=r"closed|reset|Reset|aborted"):
        send(mail_server)
    assert mail_server.arrived() == []


def test_it_drops_the_connection_after_it_took_the_mail(mail_server: SandboxMail) -> None:
    mail_server.fault("end", drop="after", times=1)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail_server)
    assert len(mail_server.arrived()) == 1


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "end"])
def test_it_lets_people_wait_at_any_stage(mail_server: SandboxMail, stage: str) -> None:
    mail_server.fault(stage, latency_seconds=60, times=1)
    with pytest.raises(OSError, match="timed out"):
        send(mail_server, timeout=0.5)


def test_it_refuses_one_recipient_and_takes_the_others(mail_server: SandboxMail) -> None:
    mail_server.fault("rcpt", recipient=BOB, status=550)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mail_server, BOB)
    send(mail_server, ALICE)
    assert [one.recipients for one in mail_server.arrived()] == [[ALICE]]


def test_it_holds_an_answer_until_it_is_let_go(mail_server: SandboxMail, control: SandboxControl) -> None:
    mail_server.fault("end", hold="a-mail", times=1)
    sender = threading.Thread(target=send, args=(mail_server,), kwargs={"timeout": 30})
    sender.start()
    control.wait_for_hold("a-mail")
    assert len(mail_server.arrived()) == 1
    control.release("a-mail")
    sender.join(10)
    assert not sender.is_alive()


@pytest.mark.parametrize(
    "order",
    [
        {"stage": "lunch"},
        {"stage": "end", "drop": "twice"},
        {"stage": "rcpt", "drop": "after"},
        {"stage": "mail", "recipient": ALICE},
        {"stage": "mail", "refuse": True},
        {"stage": "connect", "refuse": True, "times": 1},
        {"stage": "end", "status": 250},
        {"stage": "end", "times": 0},
        {"stage": "end", "text": "two\nlines"},
        {"stage": "end", "colour": "red"},
        {},
    ],
)
def test_what_cannot_be_is_told(control: SandboxControl, order: dict[str, object]) -> None:
    with pytest.raises(requests.HTTPError, match="UnknownFaultError"):
        control.call("POST", "mail/faults", order)
