"""Letters on their way to the mail server: their headers, and what can never be sent."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core import mail as django_mail

from tokens.mail import Letter, MailFailed, Postbox, deliver

LETTER = Letter(
    address="alice@example.com", subject="One thing", text="Hello\n", html="<p>Hello</p>", name="a-name"
)


def test_it_carries_its_own_id_and_says_that_a_machine_wrote_it() -> None:
    deliver(LETTER)
    (message,) = django_mail.outbox
    headers = message.message()
    host = urlsplit(django_settings.PORTAL_BASE_URL).hostname
    assert headers["Message-ID"] == f"<a-name@{host}>"
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
