"""What happened to one PAT, as its owner reads it."""

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.tokens.presenters.rows import NOW, pat
from tokens.models import AuditEvent, EventType, Outcome
from tokens.presenters._history import HistoryLine, history

_CHANGE = uuid4()


def told(event_type: EventType, outcome: Outcome, **data: Any) -> AuditEvent:
    """Return an event of one and the same change."""
    return AuditEvent(
        type=event_type, outcome=outcome, at=NOW, actor_kind="system", operation_id=_CHANGE, data=data
    )


def read(line: HistoryLine) -> dict[str, str]:
    return {detail.label: detail.value for detail in line.details}


@pytest.mark.parametrize("event_type", [one for one in EventType if one.value.startswith("pat.")])
def test_every_event_about_a_pat_is_told_of_it(event_type: EventType) -> None:
    (line,) = history([AuditEvent(type=event_type, at=NOW, actor_kind="system", pat_name="ci")], of=pat())
    assert "“ci”" not in str(line.sentence)
    assert {"it", "its", "It", "Its"} & set(re.findall(r"\w+", str(line.sentence)))


def test_a_rotation_is_told_differently_to_the_old_one_and_the_new_one() -> None:
    new = pat()
    event = AuditEvent(
        type=EventType.PAT_ROTATED, at=NOW, actor_kind="system", authorization_id=new.authorization_id
    )
    told_new, told_old = (history([event], of=one)[0].sentence for one in (new, pat()))
    assert str(told_new) == "The portal created it as the successor of another one."
    assert str(told_old) == "The portal created a token that takes over from it."


def test_lines_keep_the_order_and_say_what_was_recorded() -> None:
    owner, tenant = uuid4(), uuid4()
    about = {"owner_object_id": owner, "owner_tenant_id": tenant, "at": NOW}
    events = [
        AuditEvent(
            type=EventType.PAT_UPDATED,
            actor_kind="person",
            actor_object_id=owner,
            actor_tenant_id=tenant,
            data={"name": ["old", "new"], "authorization_id": "11111111-2222-4333-8444-555555555555"},
            **about,
        ),
        AuditEvent(type=EventType.PAT_FOUND, actor_kind="system", **about),
    ]
    first, second = history(events, of=pat())
    assert str(first.sentence) == "You changed it: name."
    assert read(first) == {"Name": "old → new"}
    assert (str(second.sentence), second.details) == ("The portal found it; it was created elsewhere.", [])


def test_what_was_asked_for_is_told_with_what_became_of_it() -> None:
    asked = told(EventType.PAT_UPDATE_REQUESTED, Outcome.REQUESTED, name="new", scopes=["vso.code"])
    done = told(EventType.PAT_UPDATED, Outcome.SUCCESS, name=["old", "new"])
    (line,) = history([done, asked], of=pat())
    assert (str(line.sentence), read(line)) == ("The portal changed it: name.", {"Name": "old → new"})
    (line,) = history([asked], of=pat())
    assert str(line.sentence) == "The portal asked Azure DevOps to change it."


def test_what_did_not_go_well_says_once_what_was_asked_for() -> None:
    asked = told(EventType.PAT_UPDATE_REQUESTED, Outcome.REQUESTED, name="new")
    refused = told(EventType.PAT_UPDATE_REFUSED, Outcome.REFUSED)
    (line,) = history([refused, asked], of=pat())
    assert ("refused" in str(line.sentence), read(line)) == (True, {"Name": "new"})
    lost = told(EventType.PAT_UPDATE_ANSWER_LOST, Outcome.UNKNOWN)
    settled = told(EventType.PAT_UPDATE_SETTLED, Outcome.UNKNOWN, name=["old", "new"])
    found, first = history([settled, lost, asked], of=pat())
    assert (read(found), read(first)) == ({"Name": "old → new"}, {"Name": "new"})


def test_requests_of_different_changes_are_not_mixed_up() -> None:
    other = told(EventType.PAT_EXTEND_REQUESTED, Outcome.REQUESTED)
    other.operation_id = uuid4()
    alone = told(EventType.PAT_FOUND, Outcome.SUCCESS)
    alone.operation_id = None
    done = told(EventType.PAT_UPDATED, Outcome.SUCCESS)
    assert len(history([other, done, alone], of=pat())) == 3


def test_neither_codes_nor_seconds_are_told() -> None:
    event = told(
        EventType.PAT_CREATED, Outcome.SUCCESS, scopes=["vso.code"], valid_to="2026-12-15T04:19:32+00:00"
    )
    (line,) = history([event], of=pat())
    assert read(line) == {"Scopes": "Code (read)", "Valid to": "15 Dec 2026, 04:19 UTC"}
