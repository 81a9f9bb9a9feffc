"""Events as days of one person's activity."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from tests.tokens.presenters.rows import DAY, NOW
from tokens.models import AuditEvent, EventType, Outcome
from tokens.presenters import activity_days, sentence

TENANT, ALICE = UUID(int=1), UUID(int=2)
READER = SimpleNamespace(tenant_id=TENANT, object_id=ALICE)
PAT = UUID(int=3)


def event(**changes: Any) -> AuditEvent:
    fields: dict[str, Any] = {
        "type": EventType.PAT_KEPT,
        "outcome": Outcome.SUCCESS,
        "at": NOW,
        "actor_kind": "person",
        "actor_tenant_id": TENANT,
        "actor_object_id": ALICE,
        **changes,
    }
    return AuditEvent(**fields)


def test_days_have_headings_and_keep_the_order() -> None:
    times = [NOW, NOW - timedelta(hours=1), NOW - DAY, NOW - 3 * DAY]
    days = activity_days([event(at=at) for at in times], reader=READER, pat_ids={}, now=NOW)
    assert [(day.heading, len(day.lines)) for day in days] == [
        ("Today, Monday 15 June 2026", 2),
        ("Yesterday, Sunday 14 June 2026", 1),
        ("Friday 12 June 2026", 1),
    ]
    assert [line.at for day in days for line in day.lines] == times


def test_a_line_leads_to_the_page_of_the_pat_where_there_is_one() -> None:
    events = [
        event(authorization_id=UUID(int=9), pat_name="mine"),
        event(authorization_id=UUID(int=8)),
        event(),
    ]
    (day,) = activity_days(events, reader=READER, pat_ids={UUID(int=9): PAT}, now=NOW)
    assert [line.pat_url for line in day.lines] == [f"/tokens/{PAT}", "", ""]
    assert day.lines[0].pat_name == "mine"


def test_a_name_that_was_erased_is_not_told_as_a_missing_one() -> None:
    gone = event(authorization_id=UUID(int=9), pat_name="", erased_by=9)
    (day,) = activity_days([gone], reader=READER, pat_ids={UUID(int=9): PAT}, now=NOW)
    (line,) = day.lines
    assert line.pat_name == "(name erased)"


def test_outcomes_are_told_where_not_all_went_well() -> None:
    events = [event(outcome=outcome) for outcome in Outcome]
    (day,) = activity_days(events, reader=READER, pat_ids={}, now=NOW)
    told = [line.outcome.code if line.outcome else "" for line in day.lines]
    assert told == ["", "", "refused", "failed", "unknown"]


@pytest.mark.parametrize(
    ("facts", "own", "administrators"),
    [
        (
            {"type": EventType.PATS_FIRST_READ, "organization": "alpha", "data": {"active": 2}},
            "The portal read your tokens in alpha for the first time: 2 active.",
            "The portal read their PATs in alpha for the first time: 2 active.",
        ),
        (
            {"type": EventType.BULK_REQUESTED, "data": {"verb": "extend", "pats": 3}},
            "You asked to change many tokens at once: extend 3 tokens.",
            "Alice asked to change many PATs at once: extend 3 PATs.",
        ),
        (
            {"type": EventType.BULK_STOPPED, "data": {"pats": 1}},
            "You stopped a change of many tokens; 1 token left alone.",
            "Alice stopped a change of many PATs; 1 PAT left alone.",
        ),
        (
            {"type": EventType.PAT_KEPT},
            "You decided to keep a token.",
            "Alice decided to keep a PAT.",
        ),
    ],
    ids=["first read", "many", "many stopped", "nameless"],
)
def test_what_administrators_call_a_pat_people_themselves_call_a_token(
    facts: dict[str, Any], own: str, administrators: str
) -> None:
    concerned = {"owner_tenant_id": TENANT, "owner_object_id": ALICE}
    one = event(actor_label="Alice", **concerned, **facts)
    (day,) = activity_days([one], reader=READER, pat_ids={}, now=NOW)
    assert str(day.lines[0].sentence) == own
    assert str(sentence(one)) == administrators


def test_no_line_of_ones_own_speaks_of_pats() -> None:
    everything = {"active": 1, "expired": 1, "found": 3, "pats": 3, "revoked": 1}
    # What is deleted because it is past its time is nobody's own event.
    own = [one for one in EventType if one != EventType.UPKEEP_CLEARED]
    events = [event(type=one, data=everything) for one in own]
    (day,) = activity_days(events, reader=READER, pat_ids={}, now=NOW)
    said = [str(line.sentence) for line in day.lines]
    said += [detail.label for line in day.lines for detail in line.details]
    assert [one for one in said if "PAT" in one.replace("PAT Portal", "")] == []
