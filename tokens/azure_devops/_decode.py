"""From JSON documents to our values: strict about what is needed, indifferent to all the rest.

Knows nothing of HTTP. A missing or mistyped field raises Malformed, which names the field, never its value.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from .types import Connection, NewPat, PatMetadata, Secret

# .NET writes up to seven fraction digits, drops closing zeros, and in places leaves the zone out.
_MOMENT = re.compile(
    r"(?P<seconds>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{0,9}))?(?P<zone>Z|z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Malformed(ValueError):
    """An answer lacks something, or has it in another shape than agreed."""


def new_pat(document: object, *, activity_id: str) -> NewPat:
    """Return the PAT in the answer to a create. Raises Malformed."""
    record = _record(_record(document, "answer").get("patToken"), "patToken")
    secret = record.get("token")
    if not isinstance(secret, Secret):
        raise Malformed("token")
    return NewPat(metadata=_metadata(record), secret=secret, activity_id=activity_id)


def pat(document: object, activity_id: str = "") -> PatMetadata:
    """Return the PAT in the answer to a get. Raises Malformed."""
    record = _record(_record(document, "answer").get("patToken"), "patToken")
    return _metadata(record, activity_id)


def page(document: object) -> tuple[list[PatMetadata], str]:
    """Return the PATs of a page and what asks for the next one, empty after the last. Raises Malformed."""
    record = _record(document, "answer")
    continuation = record.get("continuationToken") or ""
    if not isinstance(continuation, str):
        raise Malformed("continuationToken")
    rows = _items(record.get("patTokens"), "patTokens")
    return [_metadata(_record(row, "patTokens[]")) for row in rows], continuation


def updated_pat(document: object, authorization_id: UUID, activity_id: str = "") -> PatMetadata:
    """Return the PAT in the answer to an update, which is the one that was asked for. Raises Malformed."""
    metadata = pat(document, activity_id)
    if metadata.authorization_id != authorization_id:
        raise Malformed("authorizationId")
    return metadata


def connection(document: object, *, tenant_id: UUID | None) -> Connection:
    """Return the organization, which `tenant_id` backs. Raises Malformed."""
    return Connection(_uuid(_record(document, "answer").get("instanceId"), "instanceId"), tenant_id)


def moment(text: str) -> datetime:
    """Return a moment in UTC; digits beyond the microsecond are cut, no zone means UTC. Raises Malformed."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise Malformed("date")
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    zone = (match["zone"] or "Z").upper().replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(f"{match['seconds']}.{fraction}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed("date") from None


def moment_text(at: datetime) -> str:
    """Return an aware moment as the API wants it, to the millisecond. Raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("The moment needs a time zone.")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def scope_set(text: str) -> frozenset[str]:
    """Return the scopes in a list separated by any white space."""
    return frozenset(text.split())


def scope_text(scopes: Iterable[str]) -> str:
    """Return scopes as one ordered list. Raises ValueError if there is none, or one is not one word."""
    words = sorted(set(scopes))
    if not words or any(word.split() != [word] for word in words):
        raise ValueError("Scopes are single words, and there is at least one.")
    return " ".join(words)


def _metadata(record: dict[str, object], activity_id: str = "") -> PatMetadata:
    return PatMetadata(
        authorization_id=_uuid(record.get("authorizationId"), "authorizationId"),
        display_name=_text(record.get("displayName"), "displayName"),
        scopes=scope_set(_text(record.get("scope"), "scope")),
        target_accounts=_target_accounts(record.get("targetAccounts")),
        valid_from=_moment(record.get("validFrom"), "validFrom"),
        valid_to=_moment(record.get("validTo"), "validTo"),
        activity_id=activity_id,
    )


def _target_accounts(value: object) -> tuple[UUID, ...] | None:
    if value is None:
        return None
    return tuple(_uuid(item, "targetAccounts[]") for item in _items(value, "targetAccounts"))


def _record(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Malformed(name)
    return cast("dict[str, object]", value)


def _items(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise Malformed(name)
    return cast("list[object]", value)


def _text(value: object, name: str) -> str:
    """Return well-formed text: a lone surrogate or a NUL, which no store or page can hold, is replaced."""
    if not isinstance(value, str):
        raise Malformed(name)
    return (
        value.encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
        .replace("\0", "\N{REPLACEMENT CHARACTER}")
    )


def _uuid(value: object, name: str) -> UUID:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise Malformed(name)
    return UUID(value)


def _moment(value: object, name: str) -> datetime:
    try:
        return moment(_text(value, name))
    except Malformed:
        raise Malformed(name) from None
