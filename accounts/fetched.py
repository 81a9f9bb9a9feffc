"""A document of Entra's, kept per process: fetched once a day, and outliving an outage of its source."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

import structlog

from accounts.errors import AccountsError

log = structlog.get_logger(__name__)

LIFE_SECONDS = 86_400
# How long the old copy serves after a fetch before the next attempt, whatever came of it.
PAUSE_SECONDS = 60

T = TypeVar("T")


class KeptCopy(Generic[T]):
    """The last good copy of what `fetch` returns; `fetch` raises `AccountsError` where it cannot.

    `clock` returns seconds that never go back.
    """

    def __init__(
        self, name: str, fetch: Callable[[], T], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._fetch, self._clock = name, fetch, clock
        self._lock = Lock()
        self._copy: T | None = None
        self._fetched_at = self._tried_at = 0.0

    def get(self) -> T:
        """Return a copy at most a day old, or an older one while there is no new one to be had.

        Raises `AccountsError` only while there is no copy at all.
        """
        copy = self._copy
        if copy is not None and self._clock() - self._fetched_at < LIFE_SECONDS:
            return copy
        return self._renew(copy)

    def renewed(self) -> T:
        """Return a copy fetched within the last minute, where one can be had; else like `get`."""
        return self._renew(self._copy)

    def _renew(self, copy: T | None) -> T:
        # Whoever has an old copy does not wait for the one who fetches.
        if not self._lock.acquire(blocking=copy is None):
            return copy  # type: ignore[return-value]  # not None, or it would have waited
        try:
            if self._copy is not None and self._clock() - self._tried_at < PAUSE_SECONDS:
                return self._copy
            self._tried_at = self._clock()
            self._copy = self._fetch()
            self._fetched_at = self._tried_at
            return self._copy
        except AccountsError as exc:
            if self._copy is None:
                raise
            log.warning("entra_document_kept", document=self._name, code=exc.code)
            return self._copy
        finally:
            self._lock.release()
