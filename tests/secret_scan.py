"""Looks for secrets wherever the portal could have left one: database, sessions, logs, mails, answers.

It knows the secrets and looks for them whole, in pieces and in the encodings that software puts them into.
What is sealed stays sealed: a grant is searched as it lies in the database.
"""

import base64
import json
import logging
import traceback
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client

# Long enough to be no coincidence, short enough to find what was cut.
PIECE = 20

_COLUMNS = """
    SELECT table_schema, table_name, array_agg(column_name::text ORDER BY ordinal_position)
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'
    GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Finding:
    """A secret in a place where it must not be."""

    secret: str
    place: str


class Scanner:
    """Looks for `secrets`, which are known by name."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        assert all(len(secret) >= PIECE for secret in secrets.values()), "too short to be told from anything"
        self._needles = {name: set(_needles(secret)) for name, secret in secrets.items()}

    def scan(self, place: str, content: Any) -> list[Finding]:
        """Return the secrets in a text, bytes, or anything made of such."""
        haystacks = list(_haystacks(content))
        return [
            Finding(name, place)
            for name, needles in self._needles.items()
            if any(needle in haystack for needle in needles for haystack in haystacks)
        ]

    def scan_database(self) -> list[Finding]:
        """Return the secrets in every column of every table, sessions decoded."""
        found = []
        for table, row in _rows():
            for column, value in row.items():
                found += self.scan(f"{table}.{column}", value)
        for session in Session.objects.all():
            found += self.scan("session", session.get_decoded())
        return found

    def scan_answers(self, answers: Iterable[Any]) -> list[Finding]:
        """Return the secrets in headers, cookies and bodies of answers of the test client."""
        found = []
        for answer in answers:
            place = f"{answer.request['REQUEST_METHOD']} {answer.request['PATH_INFO']}"
            found += self.scan(f"body of {place}", answer.content)
            found += self.scan(f"headers of {place}", dict(answer.headers))
            found += self.scan(f"cookies of {place}", answer.cookies.output())
        return found

    def scan_mails(self, mails: Iterable[EmailMessage]) -> list[Finding]:
        """Return the secrets in mails as they would be sent."""
        return [
            finding
            for mail in mails
            for finding in self.scan(f"mail {mail.subject}", mail.message().as_bytes())
        ]

    def scan_logs(self, records: Iterable[logging.LogRecord]) -> list[Finding]:
        """Return the secrets in log records, before and after whatever their handlers make of them."""
        found = []
        for record in records:
            found += self.scan(f"log of {record.name}", _log_texts(record))
        return found


def _needles(secret: str) -> Iterator[bytes]:
    """Yield what to look for: the secret, two pieces of it, and these as other software writes them."""
    middle = (len(secret) - PIECE) // 2
    for text in (secret, secret[-PIECE:], secret[middle : middle + PIECE]):
        plain = text.encode()
        yield plain
        yield quote(text, safe="").encode()
        yield plain.hex().encode()
        yield text[::-1].encode()
        for encoded in _base64_forms(plain):
            yield encoded
            yield encoded.replace(b"+", b"-").replace(b"/", b"_")


def _base64_forms(plain: bytes) -> Iterator[bytes]:
    """Yield the middle of `plain` in base64 for each of the three places in which it may begin."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + plain)
        # The first and the last group depend on what stands beside.
        yield encoded[4 if shift else 0 : len(encoded) - 4]


def _haystacks(content: Any) -> Iterator[bytes]:
    """Yield all bytes in a value, whatever it is made of."""
    if isinstance(content, bytes | bytearray | memoryview):
        yield bytes(content)
        yield from _unpacked(bytes(content))
    elif isinstance(content, str):
        yield content.encode("utf-8", "surrogatepass")
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from _haystacks(key)
            yield from _haystacks(value)
    elif isinstance(content, list | tuple | set | frozenset):
        for value in content:
            yield from _haystacks(value)
    elif content is not None:
        yield str(content).encode("utf-8", "surrogatepass")


def _unpacked(packed: bytes) -> Iterator[bytes]:
    try:
        yield zlib.decompress(packed)
    except zlib.error:
        return


def _rows() -> Iterator[tuple[str, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        tables = cursor.fetchall()
        for schema, table, columns in tables:
            # Every column as the driver gives it: bytes raw, JSON and arrays as text.
            cursor.execute(f'SELECT * FROM "{schema}"."{table}"')  # noqa: S608 - names from the database
            for row in cursor.fetchall():
                yield table, dict(zip(columns, row, strict=True))


def tables() -> set[str]:
    """Return the names of all tables that are searched."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        return {table for _, table, _ in cursor.fetchall()}


def _log_texts(record: logging.LogRecord) -> list[Any]:
    texts: list[Any] = [record.msg, record.args, record.getMessage(), record.exc_text, record.stack_info]
    texts += [formatter.format(record) for formatter in _formatters()]
    if record.exc_info and record.exc_info[1]:
        texts += traceback.format_exception(record.exc_info[1])
    # What `extra` and structlog add; requests are objects of their own and are no text of the log.
    texts += [value for value in vars(record).values() if isinstance(value, str | bytes | dict | list)]
    return texts


def _formatters() -> list[logging.Formatter]:
    return [one.formatter for one in logging.getLogger().handlers if one.formatter is not None]


class RecordingClient(Client):
    """A browser that keeps every answer, redirects included."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(raise_request_exception=False, **kwargs)
        self.answers: list[Any] = []

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        self.answers.append(answer)
        return answer


class _Keeper(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(level=logging.NOTSET)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@contextmanager
def everything_logged() -> Iterator[list[logging.LogRecord]]:
    """Collect what all loggers write at DEBUG, but for those that the portal never lets below INFO."""
    records: list[logging.LogRecord] = []
    keeper, root = _Keeper(records), logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    try:
        yield records
    finally:
        root.setLevel(level)
        root.removeHandler(keeper)


def as_json(findings: Iterable[Finding]) -> str:
    """Return findings for the message of a failed test; never the secret itself."""
    return json.dumps(sorted({f"{one.secret} in {one.place}" for one in findings}), indent=1)
