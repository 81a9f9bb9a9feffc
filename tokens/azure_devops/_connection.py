"""A TLS connection that keeps three promises urllib3's own does not make.

1. What fails before the first byte of a request is sent is told apart (NotConnected), a broken handshake
   included.
2. The read timeout bounds the whole answer. urllib3 grants it anew for every piece that arrives, so that a
   server which drips bytes could hold a thread for hours.
3. A connection that lay idle is not used again. Firewalls drop such connections without a word, and a create
   sent into one would have an unknown outcome.

Knows urllib3 and nothing of requests or Azure DevOps.
"""

import math
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from typing import Any, ClassVar

from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError

Clock = Callable[[], float]


class NotConnected(ConnectTimeoutError):
    """No usable connection came about in time, whatever the reason (`args[0]`): nothing was sent."""


class _Countdown(RawIOBase):
    """The raw bytes of an answer, readable until `until` on the clock."""

    def __init__(self, raw: Any, sock: socket, *, until: float, clock: Clock) -> None:
        self._raw = raw
        self._sock = sock
        self._until = until
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError("The answer takes too long.")
        if left != math.inf:
            self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class TimedResponse(HTTPResponse):
    """An answer whose socket timeout at its beginning bounds all of it."""

    @staticmethod
    def clock() -> float:
        return time.monotonic()

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        allowed = sock.gettimeout()
        until = math.inf if allowed is None else self.clock() + allowed
        self.fp: BufferedReader = BufferedReader(
            _Countdown(self.fp.detach(), sock, until=until, clock=self.clock)
        )


class TimedConnection(HTTPSConnection):
    """A connection with the three promises above."""

    @staticmethod
    def clock() -> float:
        return time.monotonic()

    trusted_idle_seconds: ClassVar[float] = 15.0
    response_class = TimedResponse

    _used_at = -math.inf

    def connect(self) -> None:
        """Connect within `timeout` seconds in all. Raises NotConnected."""
        began_at = self.clock()
        try:
            super().connect()
        except (OSError, HTTPError, HTTPException) as failure:
            raise NotConnected(failure) from failure
        if self.timeout is not None and self.clock() - began_at > self.timeout:
            self.close()
            raise NotConnected(TimeoutError("Connecting took too long."))
        self._used_at = self.clock()

    @property
    def is_connected(self) -> bool:
        """Tell whether the connection can be used again."""
        return super().is_connected and self.clock() - self._used_at <= self.trusted_idle_seconds

    def getresponse(self) -> Any:
        """Read the head of the answer."""
        self._used_at = self.clock()
        return super().getresponse()


class TimedPool(HTTPSConnectionPool):
    """A pool of such connections."""

    ConnectionCls = TimedConnection


def root_of(failure: BaseException) -> str:
    """Name the innermost reason of a failure, with the operating system's or OpenSSL's word for it.

    Any other text of an exception may quote the request or the answer, and is left out.
    """
    seen: set[int] = set()
    while (inner := _reason(failure)) is not None and id(inner) not in seen:
        seen.add(id(inner))
        failure = inner
    word = getattr(failure, "verify_message", None) or getattr(failure, "strerror", None)
    return f"{type(failure).__name__}: {word}" if isinstance(word, str) else type(failure).__name__


def _reason(failure: BaseException) -> BaseException | None:
    """Return what a failure blames; requests and urllib3 keep that in four different places."""
    places = (
        getattr(failure, "reason", None),
        getattr(failure, "original_error", None),
        *failure.args,
        failure.__cause__,
    )
    return next((item for item in places if isinstance(item, BaseException)), None)
