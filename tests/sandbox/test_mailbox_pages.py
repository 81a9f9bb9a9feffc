"""The pages of the mailbox: what arrived is shown, and nothing in it acts."""

from email.message import EmailMessage

import pytest

from sandbox.mail import Mailbox
from sandbox.pages import mailbox as pages
from sandbox.wire import Response


def body_of(response: Response | None) -> str:
    assert response is not None
    return response.body.decode()


def policy_of(response: Response | None) -> str:
    assert response is not None
    (policy,) = [value for name, value in response.headers if name == "Content-Security-Policy"]
    return policy


@pytest.fixture
def mailbox() -> Mailbox:
    filled = Mailbox()
    for subject in ("<i>first</i>", "second"):
        message = EmailMessage()
        message["Subject"], message["X-Mark"] = subject, "<i>"
        message.set_content("<i>text</i>\n")
        html = (
            '<html><head><meta charset="utf-8"></head><body><a href="http://localhost/x">go</a></body></html>'
        )
        message.add_alternative(html, subtype="html")
        filled.accept("portal@example.test", ["<i>@example.test"], message.as_bytes())
    return filled


def test_it_lists_the_newest_first(mailbox: Mailbox) -> None:
    page = body_of(pages.answer(mailbox, []))
    assert page.index("second") < page.index("&lt;i&gt;first&lt;/i&gt;")
    assert 'href="/mail/2"' in page
    assert "<i>" not in page
    assert "not Microsoft" in page


def test_an_empty_one_says_so() -> None:
    assert "Nothing has arrived yet." in body_of(pages.answer(Mailbox(), []))


def test_a_mail_is_shown_as_text_with_headers_and_a_frame(mailbox: Mailbox) -> None:
    response = pages.answer(mailbox, ["1"])
    page = body_of(response)
    assert "&lt;i&gt;text&lt;/i&gt;" in page
    assert "<dt>X-Mark</dt><dd>&lt;i&gt;</dd>" in page
    assert 'src="/mail/1/html"' in page
    assert "<i>" not in page
    assert policy_of(response).endswith("; frame-src 'self'")
    assert policy_of(response).count("frame-src") == 1


def test_its_html_is_a_document_that_runs_and_loads_nothing(mailbox: Mailbox) -> None:
    response = pages.answer(mailbox, ["1", "html"])
    assert '<head><base target="_blank"><meta' in body_of(response)
    policy = policy_of(response)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "; sandbox allow-popups" in policy
    for word in ("allow-scripts", "allow-same-origin", "allow-forms", "script-src", "img-src"):
        assert word not in policy


def test_a_mail_without_html_says_so() -> None:
    mailbox = Mailbox()
    mailbox.accept("portal@example.test", ["alice@example.test"], b"Subject: Plain\r\n\r\nText\r\n")
    assert "This mail has no HTML." in body_of(pages.answer(mailbox, ["1"]))


@pytest.mark.parametrize("path", [["3"], ["x"], ["1", "raw"], ["1", "html", "x"], ["3", "html"]])
def test_what_is_not_there_is_not_found(mailbox: Mailbox, path: list[str]) -> None:
    assert pages.answer(mailbox, path) is None
