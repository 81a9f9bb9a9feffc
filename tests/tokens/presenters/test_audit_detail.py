"""One audit event with everything that is known about it."""

from typing import Any
from uuid import UUID

import pytest

from tests.tokens.presenters.rows import NOW
from tokens.models import AuditEvent, AuditLink, EventType, Outcome
from tokens.presenters import SUBJECTS, AuditDetail, audit_detail


def event(pk: int = 1, **changes: Any) -> AuditEvent:
    fields: dict[str, Any] = {
        "type": EventType.PAT_UPDATED,
        "outcome": Outcome.SUCCESS,
        "at": NOW,
        "actor_kind": "person",
        "actor_label": "Alice",
        **changes,
    }
    return AuditEvent(pk=pk, **fields)


def detail(one: AuditEvent, **changes: Any) -> AuditDetail:
    around: dict[str, Any] = {"link": None, "faults": [], "same_operation": [], "same_request": [], **changes}
    return audit_detail(one, **around)


def test_what_is_not_known_has_no_line() -> None:
    shown = detail(event())
    assert [fact.label for fact in shown.people] == ["Who", "Kind of actor"]
    assert [fact.label for fact in shown.subject] == ["Kind", "Type"]
    assert (shown.position, shown.hash, shown.erased_by_url) == (None, "", "")


@pytest.mark.parametrize("event_type", EventType)
def test_every_event_has_a_kind_of_subject(event_type: EventType) -> None:
    assert detail(event(type=event_type)).subject[0].value in SUBJECTS.values()


def test_ids_lead_to_all_events_that_carry_them() -> None:
    shown = detail(event(authorization_id=UUID(int=7), error_code="late"))
    urls = {fact.label: fact.url for fact in shown.subject}
    assert urls["Authorization id"] == f"/admin/tokens/auditevent/?q={UUID(int=7)}"
    assert urls["Error code"] == ""


def test_differences_stand_apart_from_what_else_was_recorded() -> None:
    shown = detail(event(data={"valid_to": "odd", "scopes": [[], ["x"]]}, personal_data={"name": ["a", "b"]}))
    assert [(one.label, one.before, one.after) for one in shown.changes] == [
        ("Name", "a", "b"),
        ("Scopes", "none", "x"),
    ]
    assert [one.label for one in shown.details] == ["Valid to"]


def test_pairs_of_other_types_are_no_differences() -> None:
    shown = detail(event(type=EventType.PAT_CREATED, data={"scopes": ["a", "b"]}))
    assert shown.changes == []
    assert [(one.label, one.value) for one in shown.details] == [("Scopes", "a, b")]


def test_a_relative_is_listed_once() -> None:
    both, other = event(2), event(3)
    shown = detail(event(), same_operation=[both], same_request=[both, other])
    assert [one.url for one in shown.same_operation] == ["/admin/tokens/auditevent/2/change/"]
    assert [one.url for one in shown.same_request] == ["/admin/tokens/auditevent/3/change/"]


def test_its_link_and_its_erasure_are_named() -> None:
    link = AuditLink(position=12, event_id=1, hash=b"\xab" * 32)
    shown = detail(event(erased_by=9), link=link)
    assert (shown.position, shown.hash) == (12, "ab" * 32)
    assert shown.erased_by_url == "/admin/tokens/auditevent/9/change/"
