"""The pages of the mailbox: what arrived, newest first, and each mail as text, as HTML and with its headers.

A mail's HTML is a document of its own that may run and load nothing; its links open elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from sandbox import pages
from sandbox.mail import Mail, Mailbox
from sandbox.wire import Response, html_response

_SHOWN = 100
# Inline styles are what mails are made of; `sandbox` keeps whatever else might be in one from acting.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    f"frame-ancestors 'self'; sandbox {_SANDBOX}"
)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def answer(mailbox: Mailbox, path: Sequence[str]) -> Response | None:
    """Return a page of the mailbox; None where there is none."""
    if not path:
        return pages.secured(html_response(listed(mailbox.newest_first()[:_SHOWN])))
    mail = mailbox.find(path[0])
    if mail is None:
        return None
    if len(path) == 1:
        response = pages.secured(html_response(shown(mail)))
        response.replace_header("Content-Security-Policy", f"{_policy_of(response)}; frame-src 'self'")
        return response
    return _document(mail) if list(path[1:]) == ["html"] else None


def _policy_of(response: Response) -> str:
    policy = dict(response.headers)["Content-Security-Policy"]
    return policy.partition("; frame-src")[0]


def listed(mails: Sequence[Mail]) -> str:
    """Return the page that lists mails."""
    rows = "".join(_row(mail) for mail in mails)
    body = pages.template("mailbox.html").substitute(
        rows=f'<ul class="accounts">{rows}</ul>' if rows else "<p>Nothing has arrived yet.</p>"
    )
    return pages.framed("Mailbox", body)


def _row(mail: Mail) -> str:
    return pages.template("mailbox_row.html").substitute(
        number=mail.number,
        subject=escape(mail.header("Subject") or "(no subject)"),
        recipients=escape(", ".join(mail.recipients)),
        received=_moment(mail),
    )


def shown(mail: Mail) -> str:
    """Return the page of one mail."""
    frame = pages.template("mail_frame.html").substitute(number=mail.number, sandbox=_SANDBOX)
    body = pages.template("mail.html").substitute(
        recipients=escape(", ".join(mail.recipients)),
        received=_moment(mail),
        text=escape(mail.text),
        html=frame if mail.html else "<p>This mail has no HTML.</p>",
        headers="".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in mail.headers),
    )
    return pages.framed(mail.header("Subject") or "(no subject)", body, wide=True)


def _document(mail: Mail) -> Response:
    """Return a mail's HTML alone; links in it open a page of their own."""
    html = _HEAD.sub(lambda found: f'{found[0]}<base target="_blank">', mail.html, count=1)
    response = html_response(html)
    response.headers += [
        ("Content-Security-Policy", _POLICY),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return response


def _moment(mail: Mail) -> str:
    moment = datetime.fromtimestamp(mail.received_at, UTC)
    return f'<time datetime="{moment.isoformat()}">{moment:%-d %b %Y, %H:%M:%S} UTC</time>'
