"""What was recorded, as values for sentences: none where it is missing or of another shape."""

from inspect import getmembers, isfunction
from typing import Any

import pytest

from accounts.sessions import EndReason
from tokens.presenters import _audit_facts as facts
from tokens.presenters._audit_facts import Reader
from tokens.presenters._isolation import as_text

AT, LATER = "2026-11-24T09:00:00+00:00", "2026-12-24T09:00:00+00:00"
_AT, _LATER = "24 Nov 2026, 09:00 UTC", "24 Dec 2026, 09:00 UTC"
READERS = [
    one
    for name, one in getmembers(facts, isfunction)
    if one.__module__ == facts.__name__ and not name.startswith("_") and one is not facts.all_of
]


@pytest.mark.parametrize(
    ("reader", "recorded", "values"),
    [
        (facts.valid_to, {"valid_to": AT}, {"moment": _AT}),
        (facts.ends_at, {"ends_at": AT}, {"moment": _AT}),
        (facts.until, {"until": AT}, {"moment": _AT}),
        (facts.muted_until, {"muted_until": [None, LATER]}, {"moment": _LATER}),
        (facts.new_expiry, {"valid_to": [AT, LATER]}, {"before": _AT, "after": _LATER}),
        (facts.columns, {"name": ["a", "b"], "scopes": [[], ["vso.code"]]}, {"said": "name, scopes"}),
        (facts.place_moved, {"place": "box", "is_moved": True}, {"used_in": "box"}),
        (facts.place_moved, {"place": "box", "is_moved": False}, {}),
        (facts.place_left, {"place": "box", "is_moved": False}, {"used_in": "box"}),
        (facts.place_left, {"place": "box", "is_moved": True}, {}),
        (facts.reason, {"reason": EndReason.IDLE.value}, {"said": "nobody used it for too long"}),
        (facts.sessions, {"sessions": 1}, {"sessions": "1 session"}),
        (facts.roles, {"gained": ["PatPortal.Auditor"], "lost": []}, {"said": "gained Auditors"}),
        (facts.found, {"active": 3, "revoked": 0, "expired": 1}, {"said": "3 active, 1 expired"}),
        (facts.refusals, {"refusals": 1_200}, {"count": "1,200"}),
        (facts.network, {"network": "192.0.2.0/24"}, {"address": "192.0.2.0/24"}),
        (facts.bulk, {"verb": "revoke", "pats": 12}, {"verb": "revoke", "pats": "12 PATs"}),
        (facts.own_bulk, {"verb": "extend", "pats": 1}, {"verb": "extend", "pats": "1 token"}),
        (facts.bulk_left, {"pats": 1}, {"pats": "1 PAT left alone"}),
        (facts.own_bulk_left, {"pats": 2}, {"pats": "2 tokens left alone"}),
        (facts.mail, {"kind": "backup_invitation"}, {"said": "asked to be backup owner"}),
        (facts.days, {"step_days": 7}, {"step_days": "7 days"}),
        (facts.days, {"step_days": 1}, {"step_days": "1 day"}),
        (facts.days, {"step_days": 0}, {}),
        (facts.last_day, {"step_days": 0}, {"step_days": "0"}),
        (facts.last_day, {"step_days": 1}, {}),
        (facts.backup, {"kind": "backup_reminder"}, {"kind": "backup_reminder"}),
        (facts.backup, {"kind": "reminder_digest"}, {}),
        (
            facts.extent,
            {"events": 1_000, "from_position": 1, "to_position": 1_000},
            {"extent": "1,000 events, positions 1 to 1,000"},
        ),
        (facts.faults, {"faults": 0}, {"faults": "nothing amiss"}),
        (facts.faults, {"faults": 2}, {"faults": "2 faults found"}),
        (facts.finding, {"finding": "Event 5 is missing."}, {"said": "Event 5 is missing"}),
        (facts.erased, {"erased": 1}, {"erased": "1 event"}),
        (facts.jobs, {"jobs": 2}, {"jobs": "2 jobs"}),
        (facts.command, {"command": "doctor"}, {"said": "doctor"}),
        (facts.cleared, {"pats": 1, "mails": 2, "odd": 3}, {"said": "1 PAT, 2 mails"}),
    ],
)
def test_what_was_recorded_is_put_into_words(
    reader: Reader, recorded: dict[str, Any], values: dict[str, str]
) -> None:
    assert {name: as_text(value) for name, value in reader(recorded).items()} == values


@pytest.mark.parametrize("reader", READERS)
def test_what_is_missing_or_odd_is_left_out(reader: Reader) -> None:
    assert reader({}) == {}
    odd = dict.fromkeys(
        ("valid_to", "ends_at", "sessions", "pats", "events", "faults", "erased", "step_days"), "odd"
    )
    assert reader(odd) == {}
    assert isinstance(reader({key: [None, 1] for key in odd}), dict)


def test_what_belongs_together_is_told_together_or_not_at_all() -> None:
    both = facts.all_of(facts.sessions, facts.reason)
    assert set(both({"sessions": 2, "reason": "idle"})) == {"sessions", "said"}
    assert both({"sessions": 2}) == both({"reason": "idle"}) == {}
