"""A typed hand on the sandbox's mail server: what arrived, and what it is to do wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

from tests.sandbox_control import SandboxControl


@dataclass(frozen=True)
class ArrivedMail:
    """One mail that the server accepted."""

    number: int
    sender: str
    recipients: list[str]
    subject: str
    message_id: str
    headers: list[list[str]]
    text: str
    html: str

    def header(self, name: str) -> str:
        """Return one header, empty when it is missing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class SandboxMail:
    """The mail server of a sandbox, which listens at `url`."""

    def __init__(self, control: SandboxControl, url: str) -> None:
        self._control = control
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 0

    def arrived(self, recipient: str | None = None) -> list[ArrivedMail]:
        """Return what arrived, newest first, of all recipients or one."""
        found = self._control.call("GET", "mail", {"recipient": recipient})["mails"]
        return [
            ArrivedMail(**{key: value for key, value in one.items() if key != "received_at"}) for one in found
        ]

    def raw(self, number: int) -> EmailMessage:
        """Return one mail as it came over the wire."""
        text: str = self._control.call("GET", f"mail/{number}")["raw"]
        return message_from_string(text, policy=default)

    def accepted(self) -> dict[str, int]:
        """Return how often each Message-ID was accepted."""
        counts: dict[str, int] = self._control.call("GET", "mail")["accepted"]
        return counts

    def forget(self) -> None:
        """Throw away what arrived, and end every fault."""
        self._control.call("DELETE", "mail/faults")
        self._control.call("DELETE", "mail")

    def fault(self, stage: str, **wishes: Any) -> str:
        """Have the server do something wrong, see `sandbox.mail.faults`; return the fault's id."""
        fault_id: str = self._control.call("POST", "mail/faults", {"stage": stage, **wishes})["fault_id"]
        return fault_id

    def mend(self, fault_id: str | None = None) -> None:
        """End one fault, or all of them."""
        self._control.call("DELETE", f"mail/faults/{fault_id}" if fault_id else "mail/faults")

    def cut(self) -> None:
        """Reset every connection that is open."""
        self._control.call("POST", "mail/cut")

    @contextmanager
    def failing(self, stage: str, **wishes: Any) -> Iterator[None]:
        """Have the server do something wrong for the length of a block."""
        fault_id = self.fault(stage, **wishes)
        try:
            yield
        finally:
            self.mend(fault_id)
