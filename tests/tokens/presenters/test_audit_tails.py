"""How sentences end: with what was recorded, and with nothing where it is missing or of another shape."""

from collections.abc import Callable
from inspect import getmembers, isfunction
from typing import Any

import pytest

from accounts.sessions import EndReason
from tokens.presenters import _audit_tails as tails
from tokens.presenters._isolation import as_text

AT, LATER = "2026-11-24T09:00:00+00:00", "2026-12-24T09:00:00+00:00"
TAILS = [
    one
    for name, one in getmembers(tails, isfunction)
    if one.__module__ == tails.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize(
    ("tail", "facts", "told"),
    [
        (tails.expiry, {"valid_to": AT}, "; it expires 24 Nov 2026, 09:00 UTC"),
        (tails.expired_at, {"valid_to": AT}, " 24 Nov 2026, 09:00 UTC"),
        (
            tails.new_expiry,
            {"valid_to": [AT, LATER]},
            "; it expires 24 Dec 2026, 09:00 UTC instead of 24 Nov 2026, 09:00 UTC",
        ),
        (tails.columns, {"name": ["a", "b"], "scopes": [[], ["vso.code"]]}, ": name, scopes"),
        (tails.place, {"place": "box", "is_moved": True}, ": “box” uses its successor now"),
        (tails.place, {"place": "box", "is_moved": False}, ": “box” still uses it"),
        (
            tails.sessions,
            {"sessions": 1, "reason": EndReason.IDLE.value},
            " (1 session): nobody used it for too long",
        ),
        (tails.roles, {"gained": ["PatPortal.Auditor"], "lost": []}, ": gained Auditors"),
        (tails.found, {"active": 3, "revoked": 0, "expired": 1}, ": 3 active, 1 expired"),
        (tails.bulk, {"verb": "revoke", "pats": 12}, ": revoke 12 PATs"),
        (tails.bulk_left, {"pats": 1}, "; 1 PAT left alone"),
        (tails.mail, {"kind": "backup_invitation"}, ": asked to be backup owner"),
        (
            tails.verified,
            {"faults": 0, "events": 1_000, "from_position": 1, "to_position": 1_000},
            ": 1,000 events, positions 1 to 1,000; nothing amiss",
        ),
        (tails.verified, {"faults": 2}, "; 2 faults found"),
        (tails.finding, {"finding": "Event 5 is missing."}, ": Event 5 is missing"),
        (tails.erased, {"erased": 1}, " of 1 event"),
        (tails.command, {"command": "doctor"}, ": doctor"),
    ],
)
def test_what_was_recorded_is_told(tail: Callable[[Any], str], facts: dict[str, Any], told: str) -> None:
    assert as_text(tail(facts)) == told


@pytest.mark.parametrize("tail", TAILS)
def test_what_is_missing_or_odd_is_left_out(tail: Callable[[Any], str]) -> None:
    assert tail({}) == ""
    odd = dict.fromkeys(("valid_to", "ends_at", "sessions", "pats", "events", "faults", "erased"), "odd")
    assert tail(odd) == ""
    assert isinstance(tail({key: [None, 1] for key in odd}), str)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"step_days": 7}, ", 7 days before it"),
        ({"step_days": 1}, ", 1 day before it"),
        ({"step_days": 0}, ", for its last day"),
        ({"step_days": 3, "kind": "backup_reminder"}, " to the backup owner, 3 days before it"),
        ({}, ""),
    ],
)
def test_a_reminder_says_how_long_before_and_to_whom(facts: dict[str, Any], words: str) -> None:
    assert tails.reminder(facts) == words
