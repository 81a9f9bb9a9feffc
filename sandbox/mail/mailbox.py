"""The mails that arrived: the newest of them whole, and how often each Message-ID was accepted."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from pathlib import Path

from sandbox.certificates import write_private

_MOST = 500
# Taking a mail in is quick; only who looks at one has it taken apart.
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """One mail as the server accepted it; `number` counts from 1."""

    number: int
    received_at: float
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @cached_property
    def _message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Return the headers in their order, each on one line."""
        return [(name, " ".join(str(value).split())) for name, value in self._message.items()]

    def header(self, name: str) -> str:
        """Return one header, empty when it is missing."""
        return str(self._message.get(name, ""))

    @property
    def text(self) -> str:
        """Return what a mail program shows that shows text; empty where there is none."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """Return what a mail program shows that shows HTML; empty where there is none."""
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self._message.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


class Mailbox:
    """The mails of one sandbox; in a `folder` they are kept over restarts."""

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._folder = folder
        self._mails: deque[Mail] = deque(maxlen=_MOST)
        self._accepted: Counter[str] = Counter()
        self._number = 0
        for mail in _kept(folder):
            self._add(mail)

    def accept(self, sender: str, recipients: list[str], raw: bytes) -> None:
        """Take in a mail."""
        with self._lock:
            mail = Mail(self._number + 1, time.time(), sender, tuple(recipients), raw)
            self._add(mail)
            if self._folder is not None:
                _keep(self._folder, mail)

    def _add(self, mail: Mail) -> None:
        if self._folder is not None and len(self._mails) == _MOST:
            _path(self._folder, self._mails[0].number).unlink(missing_ok=True)
        self._number = max(self._number, mail.number)
        self._mails.append(mail)
        found = _MESSAGE_ID.search(mail.raw)
        self._accepted[found[1].decode("ascii", "replace") if found else ""] += 1

    def newest_first(self, recipient: str | None = None) -> list[Mail]:
        """Return the mails that are kept, all or those to one address."""
        with self._lock:
            mails = list(reversed(self._mails))
        return [one for one in mails if recipient in {None, *one.recipients}]

    def find(self, number: str) -> Mail | None:
        """Return the mail of that number, if it is kept."""
        return next((one for one in self.newest_first() if str(one.number) == number), None)

    def accepted(self) -> dict[str, int]:
        """Return how often each Message-ID was accepted, also of mails that are kept no longer."""
        with self._lock:
            return dict(self._accepted)

    def forget(self) -> None:
        """Throw everything away."""
        with self._lock:
            for mail in self._mails:
                if self._folder is not None:
                    _path(self._folder, mail.number).unlink(missing_ok=True)
            self._mails.clear()
            self._accepted.clear()


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.eml"


def _keep(folder: Path, mail: Mail) -> None:
    """Write the envelope as one line of JSON, and the mail behind it."""
    envelope = {"received_at": mail.received_at, "sender": mail.sender, "recipients": mail.recipients}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(_path(folder, mail.number), json.dumps(envelope).encode() + b"\n" + mail.raw)


def _kept(folder: Path | None) -> Iterator[Mail]:
    for path in sorted(folder.glob("*.eml")) if folder is not None else []:
        line, _, raw = path.read_bytes().partition(b"\n")
        try:
            envelope = json.loads(line)
        except ValueError:
            continue  # a sandbox that was killed while it wrote
        recipients = tuple(envelope["recipients"])
        yield Mail(int(path.stem), envelope["received_at"], envelope["sender"], recipients, raw)
