"""What the mail server does wrong on demand: at which stage, to whom, how often.

Stages are `connect` (before the greeting), `mail` (sender), `rcpt` (recipient), `data` (the word that a mail
follows) and `end` (the whole mail is there). `refuse` at `connect` closes the port for as long as the fault
is there. A drop `after` is for `end`: the mail was taken in, and only the word of that is lost.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sandbox.faults import UnknownFaultError

STAGES = ("connect", "mail", "rcpt", "data", "end")
_DROPS = (None, "before", "after")


@dataclass
class MailFault:
    """A fault that waits; `times` None strikes until it is removed, `recipient` None strikes everybody."""

    stage: str
    recipient: str | None = None
    times: int | None = None
    latency_seconds: float = 0
    status: int | None = None
    text: str = "asked of the sandbox"
    drop: str | None = None
    refuse: bool = False
    hold: str | None = None
    fault_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    used: int = 0

    def check(self) -> None:
        """Raise UnknownFaultError for what cannot be."""
        if self.stage not in STAGES or self.drop not in _DROPS:
            raise UnknownFaultError(f"stage is one of {STAGES}, drop one of {_DROPS}")
        if self.drop == "after" and self.stage != "end":
            raise UnknownFaultError("only a whole mail can be taken in before a drop")
        if self.recipient and self.stage in {"connect", "mail"}:
            raise UnknownFaultError("the recipient is not known yet at that stage")
        if self.refuse and (self.stage != "connect" or self.times is not None):
            raise UnknownFaultError("refuse is for connect, and lasts until it is removed")
        if self.status not in {None, *range(400, 600)} or self.latency_seconds < 0:
            raise UnknownFaultError("status is between 400 and 599, latency_seconds not negative")
        if not self.text.isascii() or not self.text.isprintable():
            raise UnknownFaultError("text is one line of ASCII")
        if not (self.times is None or (isinstance(self.times, int) and self.times > 0)):
            raise UnknownFaultError("times is a positive number or null")


class MailFaults:
    """The faults of one mail server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[MailFault] = []

    def add(self, order: dict[str, Any]) -> MailFault:
        """Add a fault as the control interface describes it. Raises UnknownFaultError."""
        known = {one.name for one in fields(MailFault)} - {"fault_id", "used"}
        if "stage" not in order or not set(order) <= known:
            raise UnknownFaultError(f"a fault of mail has a stage, and perhaps {sorted(known)}")
        fault = MailFault(**order)
        fault.check()
        with self._lock:
            self._faults.append(fault)
        return fault

    def list(self) -> list[dict[str, Any]]:
        """Return the faults that wait, as the control interface shows them."""
        with self._lock:
            return [asdict(one) for one in self._faults]

    def remove(self, fault_id: str | None = None) -> None:
        """Remove one fault, or all of them."""
        with self._lock:
            self._faults = [one for one in self._faults if fault_id not in {None, one.fault_id}]

    @property
    def is_refusing(self) -> bool:
        """Tell whether connections are to be refused at present."""
        with self._lock:
            return any(one.refuse for one in self._faults)

    def take(self, stage: str, recipients: Sequence[str] = ()) -> MailFault | None:
        """Return the first fault that strikes here, used once."""
        with self._lock:
            for fault in self._faults:
                if fault.refuse or fault.stage != stage or fault.recipient not in {None, *recipients}:
                    continue
                fault.used += 1
                if fault.used == fault.times:
                    self._faults.remove(fault)
                return fault
        return None
