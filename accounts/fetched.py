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
# How long a failure counts for everybody while there is no copy at all.
FAILURE_SECONDS = 5

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
        self._failure: AccountsError | None = None
        self._fetched_at = self._tried_at = self._failed_at = 0.0

    def get(self) -> T:
        """Return a copy at most a day old, or an older one while there is no new one to be had.

        Raises `AccountsError` only while there is no copy at all: for some seconds the last failure, and
        after that one caller at a time tries again while the others are told of it at once.
        """
        copy = self._copy
        if copy is not None and self._clock() - self._fetched_at < LIFE_SECONDS:
            return copy
        return self._renew(copy)

    @property
    def kept(self) -> T | None:
        """Return the copy that is there, however old, and never fetch one."""
        return self._copy

    def renewed(self) -> T:
        """Return a copy fetched within the last minute, where one can be had; else like `get`."""
        return self._renew(self._copy)

    def _renew(self, copy: T | None) -> T:
        # Only the very first fetch is waited for: later there is an old copy, or a failure, to go on with.
        if not self._lock.acquire(blocking=copy is None and self._failure is None):
            return self._last_known()
        try:
            return self._last_known() if self._is_too_early() else self._try()
        finally:
            self._lock.release()

    def _try(self) -> T:
        self._tried_at = self._clock()
        try:
            self._copy = self._fetch()
        except AccountsError as exc:
            self._failure, self._failed_at = _another(exc), self._clock()
            if self._copy is None:
                raise
            log.warning("entra_document_kept", document=self._name, code=exc.code)
            return self._copy
        self._fetched_at = self._tried_at
        return self._copy

    def _is_too_early(self) -> bool:
        if self._copy is not None:
            return self._clock() - self._tried_at < PAUSE_SECONDS
        return self._failure is not None and self._clock() - self._failed_at < FAILURE_SECONDS

    def _last_known(self) -> T:
        if self._copy is None and self._failure is not None:
            raise _another(self._failure)
        return self._copy  # type: ignore[return-value]  # without a failure there is a copy


def _another(error: AccountsError) -> AccountsError:
    """Return the same error for another caller: threads must not share a traceback."""
    return type(error)(str(error), aadsts=error.aadsts, correlation_id=error.correlation_id)
