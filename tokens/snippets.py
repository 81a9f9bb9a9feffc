"""What people paste into git, npm and other tools, read from `snippets.toml`, without any secret.

A text is a row of pieces, so that the one template which may show a secret can put it in where it belongs.
Knows nothing of scopes but their codes, and no secret ever. What is said around a text is marked for
translation here, where it is read, and `words` tells all of it to whoever makes a catalogue; what is pasted
is the same in every language.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

SECRET, SECRET_BASE64, ORGANIZATION = "secret", "secret_base64", "organization"
FEED = "FEED"
PLACEHOLDERS = frozenset({FEED, "PROJECT", "POOL"})
_FIELD = re.compile(r"\{(\w+)\}")
_SAID = ("label", "first", "then", "last", "advice")
# Within quotes, XML and addresses alike these mean nothing but themselves.
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: as it stands, or one of the fields."""

    text: str
    field: str = ""

    @property
    def is_secret(self) -> bool:
        """Tell whether the secret stands here as it is."""
        return self.field == SECRET

    @property
    def is_secret_base64(self) -> bool:
        """Tell whether the secret stands here in base64."""
        return self.field == SECRET_BASE64

    @property
    def is_placeholder(self) -> bool:
        """Tell whether the person replaces it."""
        return self.field in PLACEHOLDERS


@dataclass(frozen=True, slots=True)
class Snippet:
    """How one tool is given a PAT; `needs` are scopes of which it wants one, none where any PAT will do."""

    id: str
    label: str
    needs: frozenset[str]
    first: str
    command: str
    then: str
    pieces: tuple[Piece, ...]
    last: str
    last_command: str
    advice: tuple[Piece, ...]

    @property
    def has_placeholders(self) -> bool:
        """Tell whether the person has something to replace in it."""
        return any(piece.is_placeholder for piece in (*self.pieces, *self.advice))

    @property
    def has_feed(self) -> bool:
        """Tell whether it is about a feed, which lies in a project or in the organization."""
        return any(piece.field == FEED for piece in (*self.pieces, *self.advice))


def is_plain(text: str) -> bool:
    """Tell whether `text` needs no quoting in a shell, in XML, in a file of variables or in an address."""
    return _PLAIN.fullmatch(text) is not None


def snippets_for(organization: str) -> list[Snippet]:
    """Return all of them with the organization filled in; none where its name would need quoting."""
    return [_snippet(row, organization) for row in _ROWS] if is_plain(organization) else []


def _snippet(row: dict[str, Any], organization: str) -> Snippet:
    return Snippet(
        id=row["id"],
        label=_said(row, "label"),
        needs=frozenset(row["needs"]),
        first=_said(row, "first"),
        command=row.get("command", ""),
        then=_said(row, "then"),
        pieces=_pieces(row["text"].rstrip(), organization),
        last=_said(row, "last"),
        last_command=row.get("last_command", ""),
        advice=_pieces(_said(row, "advice"), organization),
    )


def _said(row: dict[str, Any], name: str) -> str:
    """Return what a row says to people, in the reader's language."""
    text: str = row.get(name, "")
    return gettext(text) if text else ""  # the translation of "" is the catalogue's own header


def words() -> set[str]:
    """Return everything that is said around the texts, in English."""
    return {row[name] for row in _ROWS for name in _SAID if row.get(name)}


def _pieces(text: str, organization: str) -> tuple[Piece, ...]:
    filled = text.replace(f"{{{ORGANIZATION}}}", organization)
    # Splitting by a group gives texts and the names of fields by turns.
    parts = _FIELD.split(filled)
    found = [Piece(part, field=part if index % 2 else "") for index, part in enumerate(parts)]
    return tuple(piece for piece in found if piece.text)


def _read() -> list[dict[str, Any]]:
    with (Path(__file__).parent / "snippets.toml").open("rb") as source:
        rows: list[dict[str, Any]] = tomllib.load(source)["snippet"]
    return rows


_ROWS = _read()
