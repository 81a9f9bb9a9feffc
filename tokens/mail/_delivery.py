"""Handing letters to the mail server, whichever Django's settings name; what it answers becomes a code.

A `Postbox` keeps one connection for as many letters as its block sends. What a server did not say yes to
counts as not accepted, also where the yes got lost on the way: then the same Message-ID arrives twice.
"""

import hashlib
import select
import smtplib
import socket
import time
from contextlib import ExitStack
from datetime import timedelta
from email.errors import MessageError
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from tokens.mail._addresses import is_recipient
from tokens.mail._letter import Letter, written
from tokens.mail._smtp import DJANGO_SMTP, PUNCTUAL_SMTP, PunctualBackend
from tokens.models import AuditCheckpoint

log = structlog.get_logger(__name__)

# How often one letter may wait for its server at most: looking whether the line is good, opening another one
# (two addresses, TLS, several ways to sign in), the letter itself, and parting; 25 and some room.
_MOST_WAITS = 30
# What a server answers that ends the connection, for instance after so many mails.
_GOING = 421


def longest_delivery() -> timedelta:
    """Return how long handing over one letter may take, each single answer of it EMAIL_TIMEOUT.

    More than that it never takes: the connection ends then, whatever the server is about to say.
    """
    return _MOST_WAITS * timedelta(seconds=settings.EMAIL_TIMEOUT)


class MailFailed(Exception):
    """The mail server did not accept a mail; `code` says why.

    `is_final`: it never will, for nothing that can be sent came of it. `is_refused`: the server said that it
    refuses this very mail for good, which is as true as the server's settings are. `is_everybodys`: any other
    mail would fail alike just now, as there is no server, or it does not take the sign-in or the sender.
    """

    def __init__(
        self, code: str, *, is_final: bool = False, is_refused: bool = False, is_everybodys: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final
        self.is_refused = is_refused
        self.is_everybodys = is_everybodys


class Postbox:
    """One connection to the mail server for all letters of a `with` block, opened when the first one goes.

    A connection that broke is replaced; a letter whose sending had begun is not repeated by that.
    """

    def __init__(self) -> None:
        self._backend: Any = None
        self._ends_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def deliver(self, letter: Letter) -> None:
        """Hand a letter to the mail server; returns once it was accepted. Raises MailFailed."""
        if not is_recipient(letter.address):
            raise MailFailed("recipient_not_allowed", is_final=True)
        with ExitStack() as after_failure:
            # Nothing is known of the connection then.
            after_failure.callback(self._hang_up)
            self._ends_at = time.monotonic() + longest_delivery().total_seconds()
            self._begin()
            self._send(_message(letter))
            after_failure.pop_all()

    def _send(self, message: EmailMultiAlternatives) -> None:
        try:
            was_open = self._is_open()
            try:
                self._open().send_messages([message])
            except smtplib.SMTPSenderRefused as exc:
                # It was the first word about this letter: nothing of it is there yet.
                if not was_open or exc.smtp_code != _GOING:
                    raise
                self._hang_up()
                self._open().send_messages([message])
        except OSError as exc:  # what smtplib raises is one, too
            raise _failure(exc, message.to[0]) from exc
        except (
            ValueError,
            MessageError,
        ) as exc:  # it cannot be written down, and that stays so
            raise MailFailed("not_sendable", is_final=True) from exc

    def _is_open(self) -> bool:
        """Tell whether the connection of an earlier letter is still there; a broken one is let go."""
        connection = getattr(self._backend, "connection", None)
        if not isinstance(connection, smtplib.SMTP):
            return False
        if connection.sock is not None and _is_silent(connection.sock):
            return True
        try:
            code, _ = connection.noop()
        except OSError:
            code = 0
        if code == 250:
            return True
        self._hang_up()
        return False

    def _open(self) -> Any:
        if self._backend is None:
            is_smtp = settings.EMAIL_BACKEND == DJANGO_SMTP
            self._backend = get_connection(PUNCTUAL_SMTP if is_smtp else None)
            self._begin()
            self._backend.open()
        return self._backend

    def _begin(self) -> None:
        """Tell a connection how much of the time of the letter is left."""
        if isinstance(self._backend, PunctualBackend):
            self._backend.begin(self._ends_at - time.monotonic())

    def _hang_up(self) -> None:
        """Close the connection, whatever the server says to that: what it accepted, it has accepted."""
        backend, self._backend = self._backend, None
        if backend is None:
            return
        try:
            backend.close()
        except OSError as exc:
            log.info("mail server did not part well", error=type(exc).__name__)


def _is_silent(line: socket.socket) -> bool:
    """Tell whether nothing has come over a line since it was last read: no goodbye, and no end."""
    looker = select.poll()
    looker.register(line, select.POLLIN)
    return not looker.poll(0)


def _failure(error: OSError, address: str) -> MailFailed:
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, _ = error.recipients.get(address, (0, b""))
            return MailFailed("recipient_refused", is_refused=_is_for_good(code))
        case smtplib.SMTPDataError():
            return MailFailed(f"smtp_{error.smtp_code}", is_refused=_is_for_good(error.smtp_code))
        case smtplib.SMTPResponseException():
            # Sender or sign-in: that concerns every mail, and somebody can mend it.
            return MailFailed(f"smtp_{error.smtp_code}", is_everybodys=True)
    return MailFailed("unreachable", is_everybodys=True)


def _is_for_good(code: int) -> bool:
    return 500 <= code < 600


def deliver(letter: Letter) -> None:
    """Hand one letter to the mail server; returns once it was accepted. Raises MailFailed."""
    with Postbox() as postbox:
        postbox.deliver(letter)


def deliver_checkpoint(checkpoint: AuditCheckpoint, *, address: str) -> None:
    """Hand an auditor's copy of a checkpoint to the mail server. Raises MailFailed."""
    recipient = hashlib.sha256(address.encode()).hexdigest()[:16]
    name = f"checkpoint-{checkpoint.position}-{recipient}"
    deliver(written("audit_checkpoint", {"checkpoint": checkpoint}, address=address, name=name))


def _message(letter: Letter) -> EmailMultiAlternatives:
    host = urlsplit(settings.PORTAL_BASE_URL).hostname
    headers = {"Message-ID": f"<{letter.name}@{host}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(
        letter.subject, letter.text, to=[letter.address], headers={**headers, **letter.headers}
    )
    message.attach_alternative(letter.html, "text/html")
    return message
