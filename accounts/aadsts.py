"""What Entra's AADSTS numbers mean, read from `aadsts.toml`: words for people, and the portal's conclusion.

One table for the public help page, the page of a failed sign-in and `entra_answers`. It knows nothing of
requests, errors or messages. Microsoft's text of a refusal is never used: it changes, and names people.

The table's words are marked for translation here, where they are read; `words` tells all of them to whoever
makes a catalogue.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

_NUMBER = re.compile(
    r"(?:\bAADSTS\s*|(?<![0-9A-Z]))(\d{5,7})(?![0-9A-Z])",
    re.IGNORECASE | re.ASCII,
)
# The ids beside a number on Microsoft's page; parts of them may look like one.
_GUID = re.compile(r"\b[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\b", re.IGNORECASE | re.ASCII)
# A message that somebody pastes as a whole fits.
_TEXT_LENGTH = 4096


class Effect(StrEnum):
    """What the portal concludes from a refusal; `entra_answers` turns it into an error."""

    GRANT_EXPIRED = "grant_expired"
    GRANT_REVOKED = "grant_revoked"
    SIGN_IN_FREQUENCY = "sign_in_frequency"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"
    DEVICE = "device"
    POLICY = "policy"
    RISK = "risk"
    CONSENT = "consent"
    DECLINED = "declined"
    ADMIN_APPROVAL = "admin_approval"
    APPROVAL_PENDING = "approval_pending"
    NOT_ASSIGNED = "not_assigned"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_LOCKED = "account_locked"
    FOREIGN_ACCOUNT = "foreign_account"
    PERSONAL_ACCOUNT = "personal_account"
    TENANT_RESTRICTED = "tenant_restricted"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105  # nosec B105
    CREDENTIALS_WRONG = "credentials_wrong"
    NO_SESSION = "no_session"
    FLOW_EXPIRED = "flow_expired"
    FLOW_SPENT = "flow_spent"
    PORTAL = "portal"
    CREDENTIAL = "credential"
    TRANSIENT = "transient"


class Who(StrEnum):
    """Who can change something about a refusal."""

    YOU = "you"
    ADMINISTRATORS = "administrators"
    OPERATORS = "operators"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Aadsts:
    """One number: the words for the person, the step of those who run things, and what follows from it.

    `places` are where Entra raises it: "page" (its own), "redirect" (back here), "token" (server to server).
    """

    number: int
    english: Mapping[str, str] = field(hash=False)
    who: Who
    places: frozenset[str]
    effect: Effect

    @property
    def label(self) -> str:
        """Return the number as Microsoft writes it, for instance `AADSTS50105`."""
        return f"AADSTS{self.number}"

    @property
    def title(self) -> str:
        """What it is."""
        return gettext(self.english["title"])

    @property
    def meaning(self) -> str:
        """What happened."""
        return gettext(self.english["meaning"])

    @property
    def next_step(self) -> str:
        """What the person does."""
        return gettext(self.english["next_step"])

    @property
    def operator_step(self) -> str:
        """What those who run things do; "" where they have nothing to do."""
        step = self.english["operator_step"]
        return gettext(step) if step else ""  # the translation of "" is the catalogue's own header

    @property
    def can_retry(self) -> bool:
        """Tell whether the person can do something about it, now or in a while."""
        return self.who in {Who.YOU, Who.NOBODY}


def words() -> set[str]:
    """Return every text of the table in English."""
    return {text for entry in entries() for text in entry.english.values() if text}


def entries() -> list[Aadsts]:
    """Return the whole table, in the order of the numbers."""
    return list(_BY_NUMBER.values())


def entry_for(number: int) -> Aadsts | None:
    """Return what is known about `number`."""
    return _BY_NUMBER.get(number)


def code_label(number: int) -> str:
    """Return `AADSTS50105` for a number of the table, otherwise nothing."""
    return f"AADSTS{number}" if number in _BY_NUMBER else ""


def number_in(text: str) -> int:
    """Return the AADSTS number in what somebody typed, pasted or followed, or 0 where there is none.

    Of several the first that is known, else the first.
    """
    numbers = [int(number) for number in _NUMBER.findall(_GUID.sub(" ", text[:_TEXT_LENGTH]))]
    return next((number for number in numbers if number in _BY_NUMBER), numbers[0] if numbers else 0)


def _read(number: str, row: dict[str, Any]) -> Aadsts:
    return Aadsts(
        number=int(number),
        english={name: row[name] for name in ("title", "meaning", "next_step", "operator_step")},
        who=Who(row["who"]),
        places=frozenset(row["places"]),
        effect=Effect(row["effect"]),
    )


def _load() -> dict[int, Aadsts]:
    with (Path(__file__).parent / "aadsts.toml").open("rb") as file:
        table = tomllib.load(file)
    return {int(number): _read(number, table[number]) for number in sorted(table, key=int)}


_BY_NUMBER = _load()
