"""Signed notes: what a checkpoint of the audit log says, and who vouches for it.

The envelope is that of C2SP's signed-note (https://c2sp.org/signed-note): a text, an empty line, and lines of
signatures, here one by Ed25519. The text has four lines: origin, position, hash in base64, time in UTC.
Knows nothing of databases, files and settings.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_HASH_LENGTH = 32
_KEY_ID_LENGTH = 4
_NAME = re.compile(r"[^\s+]+")
_POSITION = re.compile(r"[1-9][0-9]{0,18}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_TIME_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SIGNATURE = re.compile(r"— (\S+) (\S+)")


class NoteInvalid(ValueError):
    """A text is no checkpoint, or none of the keys has signed it; the message says which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """How the chain stood when it was signed: the last position and its hash (32 bytes)."""

    origin: str
    position: int
    hash: bytes
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks signatures; `name` says whose it is, and is part of its id."""

    name: str
    key: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:_KEY_ID_LENGTH]

    def __str__(self) -> str:
        """Return the key as one line: name, id in hexadecimal digits, type and key in base64."""
        return f"{self.name}+{self.id.hex()}+{_encoded(_ED25519 + self.key)}"


def origin_of(portal_url: str) -> str:
    """Return what the checkpoints of the portal at an address call its log, and their signer."""
    return f"{urlsplit(portal_url).netloc}/audit"


def public_key(line: str) -> PublicKey:
    """Return the key that a line as `str` makes it stands for. Raises ValueError."""
    name, _, rest = line.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error as exc:
        raise ValueError("the key is not in base64") from exc
    if not _NAME.fullmatch(name) or content[:1] != _ED25519 or len(content) != 1 + _HASH_LENGTH:
        raise ValueError("it is not name+id+key, with a key for Ed25519")
    found = PublicKey(name, content[1:])
    if found.id.hex() != key_id:
        raise ValueError("its id does not belong to its name and key")
    return found


def public_half(name: str, key: Ed25519PrivateKey) -> PublicKey:
    """Return what checks the signatures of `key` under `name`."""
    return PublicKey(name, key.public_key().public_bytes_raw())


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return the note that says what `checkpoint` says, signed with `key` under the checkpoint's origin."""
    text = "".join(
        f"{line}\n"
        for line in (
            checkpoint.origin,
            checkpoint.position,
            _encoded(checkpoint.hash),
            checkpoint.signed_at.astimezone(UTC).strftime(_TIME),
        )
    )
    signer = public_half(checkpoint.origin, key)
    return f"{text}\n— {signer.name} {_encoded(signer.id + key.sign(text.encode()))}\n"


def open_note(note: str, keys: Iterable[str | PublicKey]) -> Checkpoint:
    """Return the checkpoint of a note that one of `keys` has signed.

    Signatures by unknown keys are passed over, as the format asks. Raises NoteInvalid.
    """
    text, gap, signatures = note.rpartition("\n\n")
    if not gap:
        raise NoteInvalid("it has no signature")
    text += "\n"
    known = {key.id: key for key in (public_key(one) if isinstance(one, str) else one for one in keys)}
    if not any(_is_signed(text, line, known) for line in signatures.splitlines()):
        raise NoteInvalid("none of the keys has signed it")
    return _checkpoint(text)


def _is_signed(text: str, line: str, known: dict[bytes, PublicKey]) -> bool:
    """Tell whether a known key made a line. Raises NoteInvalid where the line claims so and is wrong."""
    found = _SIGNATURE.fullmatch(line)
    if found is None:
        raise NoteInvalid("it has a line that is no signature")
    try:
        content = base64.b64decode(found[2], validate=True)
    except binascii.Error as exc:
        raise NoteInvalid("it has a signature that is not in base64") from exc
    key = known.get(content[:_KEY_ID_LENGTH])
    if key is None or key.name != found[1]:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.key).verify(content[_KEY_ID_LENGTH:], text.encode())
    except InvalidSignature as exc:
        raise NoteInvalid("its signature does not belong to its text: one of them was changed") from exc
    return text.startswith(f"{key.name}\n")


def _checkpoint(text: str) -> Checkpoint:
    lines = text.splitlines()
    if len(lines) != 4 or not _POSITION.fullmatch(lines[1]) or not _TIME_SHAPE.fullmatch(lines[3]):
        raise NoteInvalid("it is signed, but says something else than a checkpoint")
    try:
        digest = base64.b64decode(lines[2], validate=True)
        signed_at = datetime.strptime(lines[3], _TIME).replace(tzinfo=UTC)
    except ValueError as exc:
        raise NoteInvalid("its hash or its time cannot be read") from exc
    if len(digest) != _HASH_LENGTH:
        raise NoteInvalid("its hash does not have 32 bytes")
    return Checkpoint(origin=lines[0], position=int(lines[1]), hash=digest, signed_at=signed_at)


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
