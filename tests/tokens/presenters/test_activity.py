"""Events as days of one person's activity."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from tests.tokens.presenters.rows import DAY, NOW
from tokens.models import AuditEvent, EventType, Outcome
from tokens.presenters import activity_days

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


def test_outcomes_are_told_where_not_all_went_well() -> None:
    events = [event(outcome=outcome) for outcome in Outcome]
    (day,) = activity_days(events, reader=READER, pat_ids={}, now=NOW)
    told = [line.outcome.code if line.outcome else "" for line in day.lines]
    assert told == ["", "", "refused", "failed", "unknown"]
