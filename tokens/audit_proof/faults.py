"""Looks into one link that does not fit, and names what was done to it or to its event.

Pure: gets the link as it was read and what the links before it led to.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from tokens.audit_proof.findings import Finding, FindingKind
from tokens.audit_proof.links import StoredLink

_SHOWN = 60


class Predecessor(NamedTuple):
    """The link before: its position, the hash of its text, the hash that it states (None: not known)."""

    position: int
    digest: bytes | None
    stated: bytes | None


def personal_hash(salt: bytes, personal: str) -> str:
    """Return the hash of an event's personal text in hexadecimal digits."""
    return sha256(salt + personal.encode()).hexdigest()


def link_faults(link: StoredLink, digest: bytes, before: Predecessor) -> Iterator[Finding]:
    """Yield what is wrong with the place, the hashes and the event of a link.

    `digest` is the hash of its text. Yields nothing where only the predecessor is not known.
    """
    told = _told(link.canonical)
    place = _place_fault(link, before)
    if place:
        yield place
    if told is None:
        yield _finding(link, FindingKind.WRONG_HASH, "holds a text that the portal never wrote")
        return
    yield from _hash_faults(link, told, digest, None if place else before)
    yield from _event_faults(link, told)


def _place_fault(link: StoredLink, before: Predecessor) -> Finding | None:
    if link.position == before.position + 1:
        return None
    if link.position <= before.position:
        return _finding(link, FindingKind.OUT_OF_ORDER, "stands before the beginning of the chain")
    first, last = before.position + 1, link.position - 1
    lost = f"Position {first} is" if first == last else f"Positions {first} to {last} are"
    return Finding(first, None, FindingKind.GAP, f"{lost} missing: events and their links were removed.")


def _hash_faults(
    link: StoredLink, told: Mapping[str, Any], digest: bytes, before: Predecessor | None
) -> Iterator[Finding]:
    if told["version"] != 1 or link.hash_version != 1:
        yield _finding(link, FindingKind.WRONG_HASH, "names a form of the text that does not exist")
    elif link.hash != digest:
        yield _finding(link, FindingKind.WRONG_HASH, "was altered: its text does not lead to its hash")
    known = {one.hex() for one in (before.digest, before.stated) if one} if before else set()
    if known and told["previous"] not in known:
        yield _finding(link, FindingKind.WRONG_PREDECESSOR, "does not follow from the one before it")
    if told["position"] != link.position:
        moved = f"was written for position {_short(told['position'])} and moved here"
        yield _finding(link, FindingKind.OUT_OF_ORDER, moved)


def _event_faults(link: StoredLink, told: Mapping[str, Any]) -> Iterator[Finding]:
    if link.found_id is None:
        what = f"{_short(told.get('type'))} at {_short(told.get('at'))}"
        lost = f"Event {link.event_id} ({what}) is missing; its link is still there."
        yield Finding(link.position, link.event_id, FindingKind.MISSING, lost)
        return
    if told["id"] != link.event_id:
        moved = f"holds event {link.event_id} and was made for event {_short(told['id'])}"
        yield _finding(link, FindingKind.OUT_OF_ORDER, moved)
        return
    now = _parsed(link.rendered)
    personal = told["personal"] if link.salt is None else personal_hash(link.salt, link.personal)
    if _leads_to_the_stated_hash(link, told["previous"], personal):
        # The event is as it was recorded; only the text of its link is not.
        return
    differences = [name for name in now if name not in _IN_THE_CHAIN and told.get(name) != now[name]]
    if differences or not _is_rendered_as(link, told):
        shown = "; ".join(
            f"{name} was {_short(told.get(name))}, is {_short(now[name])}" for name in differences
        )
        sentence = f"Event {link.event_id} was altered ({shown or 'another way of writing the same'})."
        yield Finding(link.position, link.event_id, FindingKind.ALTERED, sentence)
    if personal != told["personal"]:
        sentence = (
            f"Event {link.event_id}: what can be erased (names, address, what people typed) was altered."
        )
        yield Finding(link.position, link.event_id, FindingKind.PERSONAL_ALTERED, sentence)


def erased_faults(link: StoredLink) -> Iterator[Finding]:
    """Yield what is wrong with an event whose personal fields, or some of them, seem to be erased."""
    if link.salt is not None or not _is_blank(link.personal):
        sentence = f"Event {link.event_id} counts as erased, but its personal fields are not empty."
        yield Finding(link.position, link.event_id, FindingKind.PERSONAL_ALTERED, sentence)
    elif link.erased_by is None:
        sentence = f"Event {link.event_id} was erased, and no event tells of it."
        yield Finding(link.position, link.event_id, FindingKind.ERASED_WITHOUT_RECORD, sentence)
    elif link.told_at is None or link.told_at <= link.position:
        told_by = f"event {link.erased_by}, which should tell of it, does not"
        sentence = f"Event {link.event_id} was erased, and {told_by}."
        yield Finding(link.position, link.event_id, FindingKind.ERASED_WITHOUT_RECORD, sentence)


def told_erased(link: StoredLink) -> int | None:
    """Return how many events the event of an erasure says were erased; None where it does not say."""
    data = _parsed(link.canonical).get("data")
    told = data.get("erased") if isinstance(data, dict) else None
    return told if isinstance(told, int) else None


# Fields that the link gives to the text; the others are the event's own.
_IN_THE_CHAIN = {"previous", "personal", "position", "version"}
_KINDS: dict[str, type] = {"version": int, "position": int, "previous": str, "id": int, "personal": str}


def _told(canonical: str) -> dict[str, Any] | None:
    """Return what a link's text says; None where it cannot have been written by the portal."""
    told = _parsed(canonical)
    return told if all(isinstance(told.get(name), kind) for name, kind in _KINDS.items()) else None


def _parsed(text: str) -> dict[str, Any]:
    """Return the JSON object in `text`; an empty one where there is none, or one that Python does not take.

    Whoever writes past the portal may nest thousands of lists or write numbers of as many digits.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _expected(link: StoredLink, previous: str, personal: str) -> str:
    start, _, rest = link.rendered.partition('"previous" : ""')
    return f'{start}"previous" : "{previous}"{rest[:-2]}{personal}"}}'


def _leads_to_the_stated_hash(link: StoredLink, previous: str, personal: str) -> bool:
    return sha256(_expected(link, previous, personal).encode()).digest() == link.hash


def _is_rendered_as(link: StoredLink, told: Mapping[str, Any]) -> bool:
    """Tell whether the event leads to the link's text, apart from what the link gives to it."""
    if told["position"] != link.position:
        return True
    return _expected(link, told["previous"], told["personal"]) == link.canonical


@lru_cache(maxsize=8)
def _is_blank(personal: str) -> bool:
    found = _parsed(personal)
    return bool(found) and not any(found.values())


def _short(value: object) -> str:
    """Return a value as a terminal can show it and Postgres can hold it, whatever was forged."""
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _finding(link: StoredLink, kind: FindingKind, what: str) -> Finding:
    return Finding(link.position, link.event_id, kind, f"The link at position {link.position} {what}.")
