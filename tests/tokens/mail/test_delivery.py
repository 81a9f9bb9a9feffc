"""Letters on their way to the mail server: their headers, and what can never be sent."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core import mail as django_mail

from tests.sandbox_mail import SandboxMail
from tokens.mail import Letter, MailFailed, Postbox, deliver

HOST = urlsplit(django_settings.PORTAL_BASE_URL).hostname
LETTER = Letter(
    address="alice@example.com", subject="One thing", text="Hello\n", html="<p>Hello</p>", name="a-name"
)


def test_it_carries_its_own_id_and_says_that_a_machine_wrote_it() -> None:
    deliver(LETTER)
    (message,) = django_mail.outbox
    headers = message.message()
    assert headers["Message-ID"] == f"<a-name@{HOST}>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["From"] == django_settings.DEFAULT_FROM_EMAIL
    assert [part.get_content_type() for part in headers.walk()][1:] == ["text/plain", "text/html"]


def test_headers_of_its_own_come_besides() -> None:
    deliver(replace(LETTER, headers={"List-Unsubscribe": "<https://example.com/a>"}))
    (message,) = django_mail.outbox
    headers = message.message()
    assert headers["List-Unsubscribe"] == "<https://example.com/a>"
    assert headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("address", ["", "alice", "a@b", "alice@example.com\nBcc: x@evil.example"])
def test_what_is_no_address_gets_none(address: str) -> None:
    with pytest.raises(MailFailed) as failure:
        deliver(replace(LETTER, address=address))
    assert (failure.value.code, failure.value.is_final) == ("recipient_not_allowed", True)
    assert django_mail.outbox == []


def test_a_letter_that_cannot_be_written_down_never_will_be() -> None:
    with pytest.raises(MailFailed) as failure:
        deliver(replace(LETTER, subject="two\nlines"))
    assert (failure.value.code, failure.value.is_final) == ("not_sendable", True)
    assert django_mail.outbox == []


def test_one_that_cannot_be_sent_does_not_hold_up_those_behind_it() -> None:
    with Postbox() as postbox:
        postbox.deliver(replace(LETTER, subject="first"))
        with pytest.raises(MailFailed):
            postbox.deliver(replace(LETTER, subject="two\nlines"))
        postbox.deliver(replace(LETTER, subject="third"))
    assert [message.subject for message in django_mail.outbox] == ["first", "third"]


def letter(name: str) -> Letter:
    return replace(LETTER, name=name)


def test_a_postbox_sends_all_over_one_connection(mail_server: SandboxMail) -> None:
    # The second connection would be told to go away.
    mail_server.fault("connect", status=421, times=1)
    with pytest.raises(MailFailed), Postbox() as postbox:
        postbox.deliver(letter("refused"))
    with Postbox() as postbox:
        postbox.deliver(letter("one"))
        mail_server.fault("connect", status=421)
        for name in ("two", "three"):
            postbox.deliver(letter(name))
    names = ("three", "two", "one")
    assert [mail.message_id for mail in mail_server.arrived()] == [f"<{name}@{HOST}>" for name in names]


def test_a_connection_that_broke_between_two_letters_is_replaced(mail_server: SandboxMail) -> None:
    with Postbox() as postbox:
        postbox.deliver(letter("one"))
        # As when the server has restarted, or let go of a line that nobody used.
        mail_server.cut()
        postbox.deliver(letter("two"))
    assert len(mail_server.arrived()) == 2


def test_a_server_that_takes_so_many_and_no_more_gets_the_next_on_a_new_connection(
    mail_server: SandboxMail,
) -> None:
    with Postbox() as postbox:
        postbox.deliver(letter("one"))
        mail_server.fault("mail", status=421, times=1)
        postbox.deliver(letter("two"))
    assert len(mail_server.arrived()) == 2


def test_the_first_letter_of_a_connection_is_not_tried_twice(mail_server: SandboxMail) -> None:
    mail_server.fault("mail", status=421, times=1)
    with Postbox() as postbox, pytest.raises(MailFailed) as failure:
        postbox.deliver(letter("one"))
    assert (failure.value.code, failure.value.is_refused) == ("smtp_421", False)
    assert mail_server.arrived() == []


def test_a_failure_does_not_spoil_the_next_letter(mail_server: SandboxMail) -> None:
    with Postbox() as postbox:
        mail_server.fault("end", drop="before", times=1)
        with pytest.raises(MailFailed):
            postbox.deliver(letter("one"))
        postbox.deliver(letter("two"))
    assert [mail.message_id for mail in mail_server.arrived()] == [f"<two@{HOST}>"]


def test_what_goes_wrong_on_hanging_up_undoes_nothing(mail_server: SandboxMail) -> None:
    with Postbox() as postbox:
        postbox.deliver(letter("one"))
        mail_server.cut()
    assert len(mail_server.arrived()) == 1


@pytest.mark.parametrize(
    ("stage", "status", "code", "is_refused"),
    [
        ("connect", 421, "smtp_421", False),
        ("connect", 554, "smtp_554", False),
        ("mail", 451, "smtp_451", False),
        ("mail", 553, "smtp_553", False),
        ("rcpt", 450, "recipient_refused", False),
        ("rcpt", 550, "recipient_refused", True),
        ("data", 451, "smtp_451", False),
        ("data", 554, "smtp_554", True),
        ("end", 452, "smtp_452", False),
        ("end", 552, "smtp_552", True),
    ],
)
def test_what_the_server_says_becomes_a_code(
    mail_server: SandboxMail, stage: str, status: int, code: str, is_refused: bool
) -> None:
    mail_server.fault(stage, status=status)
    with pytest.raises(MailFailed) as failure:
        deliver(LETTER)
    assert (failure.value.code, failure.value.is_refused, failure.value.is_final) == (code, is_refused, False)


def test_it_arrives_whole_over_the_wire(mail_server: SandboxMail) -> None:
    text = "Überwachung \U0001f511\n.\n..two dots\n" + "x" * 900 + "\n"
    deliver(replace(LETTER, subject="Überwachung “Köln” ☕", text=text, html="<p>Ü</p>"))
    (mail,) = mail_server.arrived()
    assert (mail.subject, mail.text, mail.html) == ("Überwachung “Köln” ☕", text, "<p>Ü</p>")
    assert mail.recipients == ["alice@example.com"]
