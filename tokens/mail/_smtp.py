"""SMTP whose conversation has an end: a server that sends its answers byte by byte outlasts no deadline.

The timeout of a socket counts for each byte alone. Django's backend is used as it is, with connections that
give each reading what is left of the time at most.
"""

import io
import smtplib
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

DJANGO_SMTP = "django.core.mail.backends.smtp.EmailBackend"
PUNCTUAL_SMTP = "tokens.mail._smtp.PunctualBackend"


class _Reader(io.RawIOBase):
    """What a server says over the line of a connection, as long as there is time."""

    def __init__(self, connection: "_Punctual") -> None:
        super().__init__()
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        line, left = self._connection.sock, self._connection.seconds_left()
        if line is None or left <= 0:
            raise TimeoutError("The server took longer for its answers than one mail may take.")
        line.settimeout(min(left, self._connection.timeout))
        return line.recv_into(buffer)


class _Punctual(smtplib.SMTP):
    """A connection that ends by the time that `ends_at` returns, on the monotonic clock."""

    def __init__(self, *args: Any, ends_at: Callable[[], float], **kwargs: Any) -> None:
        self._ends_at = ends_at
        super().__init__(*args, **kwargs)

    def seconds_left(self) -> float:
        return self._ends_at() - time.monotonic()

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = io.BufferedReader(_Reader(self))
        return super().getreply()


class _PunctualOverTls(_Punctual, smtplib.SMTP_SSL):
    """The same where the line is encrypted from the start."""


class PunctualBackend(EmailBackend):
    """Django's backend, which spends so many seconds with its server at most after each `begin`."""

    _ends_at = 0.0

    def begin(self, seconds: float) -> None:
        """Give the next letter, and whatever is said for it, its time."""
        self._ends_at = time.monotonic() + seconds
        line = getattr(self.connection, "sock", None)
        if line is not None:
            # Sending counts from its start to its end; the reading before may have left little.
            line.settimeout(self.timeout)

    @property
    def connection_class(self) -> Any:
        return partial(_PunctualOverTls if self.use_ssl else _Punctual, ends_at=lambda: self._ends_at)
