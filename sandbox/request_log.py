"""What reached each tenant, and how many calls of Azure DevOps a person had open at once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_MOST_REQUESTS = 10_000


@dataclass
class RecordedRequest:
    """One request that reached a tenant; `status` None means no answer yet, or a cut connection."""

    at: float
    surface: str
    verb: str
    method: str
    path: str
    query: str
    organization: str | None
    person: str | None
    user_agent: str
    status: int | None = None
    activity_id: str = ""


@dataclass
class _Open:
    now: int = 0
    most: int = 0


class RequestLog:
    """The record of all tenants; it forgets the oldest requests of a tenant that has very many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[str, deque[RecordedRequest]] = {}
        self._open: dict[str, dict[str, _Open]] = {}

    def add(self, tenant_id: str, **facts: Any) -> RecordedRequest:
        """Note a request that arrived; its status is filled in later."""
        entry = RecordedRequest(at=time.time(), **facts)
        with self._lock:
            self._requests.setdefault(tenant_id, deque(maxlen=_MOST_REQUESTS)).append(entry)
        return entry

    def requests(self, tenant_id: str) -> list[RecordedRequest]:
        """Return the recorded requests of a tenant, oldest first."""
        with self._lock:
            return list(self._requests.get(tenant_id, ()))

    def forget_requests(self, tenant_id: str) -> None:
        """Empty the record of a tenant's requests."""
        with self._lock:
            self._requests.pop(tenant_id, None)

    @contextmanager
    def counted(self, tenant_id: str, person_id: str) -> Iterator[None]:
        """Count a call of a person as open during the block."""
        with self._lock:
            calls = self._open.setdefault(tenant_id, {}).setdefault(person_id, _Open())
            calls.now += 1
            calls.most = max(calls.most, calls.now)
        try:
            yield
        finally:
            with self._lock:
                calls.now -= 1

    def most_at_once(self, tenant_id: str) -> dict[str, int]:
        """Return by object id how many calls were open at once at most."""
        with self._lock:
            return {person: calls.most for person, calls in self._open.get(tenant_id, {}).items()}

    def forget_calls(self, tenant_id: str) -> None:
        """Begin anew to count; calls that are open now count on."""
        with self._lock:
            for calls in self._open.get(tenant_id, {}).values():
                calls.most = calls.now

    def forget(self, tenant_id: str) -> None:
        """Forget all about a tenant."""
        with self._lock:
            self._requests.pop(tenant_id, None)
            self._open.pop(tenant_id, None)
