"""All of the mail server in one hand, and what the control interface does with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.mail.faults import MailFaults
from sandbox.mail.listener import MailListener
from sandbox.mail.mailbox import Mail, Mailbox
from sandbox.orders import UnknownThingError


class MailDesk:
    """A mail server with its mailbox and its faults. Raises OSError for a port that is taken."""

    def __init__(self, port: int, folder: Path | None, hold: Callable[[str], None]) -> None:
        self.mailbox = Mailbox(folder)
        self.faults = MailFaults()
        self.listener = MailListener(port, self.mailbox, self.faults, hold)

    def answer(self, method: str, path: list[str], body: dict[str, Any]) -> Any:
        """Do what the control interface asks for; None for what cannot be done."""
        match path:
            case []:
                return self._mails(method, body)
            case ["faults", *rest]:
                return self._fault(method, rest, body)
            case ["cut"] if method == "POST":
                self.listener.cut()
                return {}
            case [number] if method == "GET":
                mail = self.mailbox.find(number)
                if mail is None:
                    raise UnknownThingError(f"mail {number}")
                return {**_shown(mail), "raw": mail.raw.decode("utf-8", "replace")}
        raise UnknownThingError("/".join(path))

    def _mails(self, method: str, body: dict[str, Any]) -> Any:
        if method == "DELETE":
            self.mailbox.forget()
        elif method != "GET":
            return None
        mails = self.mailbox.newest_first(body.get("recipient"))
        return {"mails": [_shown(one) for one in mails], "accepted": self.mailbox.accepted()}

    def _fault(self, method: str, path: list[str], body: dict[str, Any]) -> Any:
        if method == "POST" and not path:
            fault = self.faults.add(body)
            self.listener.adjust()
            return {"fault_id": fault.fault_id}
        if method == "DELETE":
            self.faults.remove(path[0] if path else None)
            self.listener.adjust()
        return {"faults": self.faults.list()}


def _shown(mail: Mail) -> dict[str, Any]:
    return {
        "number": mail.number,
        "received_at": mail.received_at,
        "sender": mail.sender,
        "recipients": list(mail.recipients),
        "subject": mail.header("Subject"),
        "message_id": mail.header("Message-ID"),
        "headers": mail.headers,
        "text": mail.text,
        "html": mail.html,
    }
