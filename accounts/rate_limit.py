"""How often each address may ask this process for something: a count per minute, in bounded memory.

Knows nothing of requests. Several processes count apart, so that the limit of all of them is a multiple.
"""

from collections import OrderedDict
from threading import Lock

from patportal.lib.networks import network_of

_MINUTE_SECONDS = 60.0


class RateLimit:
    """Lets each address through so many times per minute, and remembers so many addresses at most."""

    def __init__(self, *, per_minute: int, most_addresses: int) -> None:
        self._per_minute, self._most_addresses = per_minute, most_addresses
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def allows(self, address: str, *, now: float) -> bool:
        """Count one more request at `now` (seconds of a steady clock) and tell whether it may go on."""
        key = network_of(address)
        with self._lock:
            began_at, count = self._counts.pop(key, (now, 0))
            if now - began_at >= _MINUTE_SECONDS:
                began_at, count = now, 0
            # Whoever asked last stands last; the address that has been silent for longest is forgotten.
            self._counts[key] = (began_at, min(count, self._per_minute) + 1)
            while len(self._counts) > self._most_addresses:
                self._counts.popitem(last=False)
        return count < self._per_minute
