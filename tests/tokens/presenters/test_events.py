"""What an event recorded, in words: known keys and codes read well, and nothing is lost."""

from typing import Any

import pytest

from accounts.claims import Role
from accounts.sessions import EndReason
from tests.tokens.presenters.rows import NOW
from tokens.models import AuditEvent, EventType
from tokens.presenters import event_details


def lines(data: Any, event_type: EventType = EventType.PAT_CREATED) -> dict[str, str]:
    event = AuditEvent(type=event_type, at=NOW, data=data)
    return {detail.label: detail.value for detail in event_details(event)}


@pytest.mark.parametrize("reason", EndReason)
def test_every_end_of_a_session_has_words(reason: EndReason) -> None:
    shown = lines({"reason": reason.value, "sessions": 2}, EventType.SESSION_ENDED)
    assert shown["Sessions ended"] == "2"
    assert " " in shown["Reason"]
    assert reason.value not in shown["Reason"]


def test_a_refused_sign_in_tells_what_the_person_read() -> None:
    shown = lines({"reason": "role_missing", "network": "2001:db8::/56"}, EventType.SIGN_IN_REFUSED)
    assert shown == {
        "Network": "2001:db8::/56",
        "Reason": "“You have not been given access” (role_missing)",
    }


def test_a_replaced_organization_has_words() -> None:
    shown = lines({"reason": "organization_replaced"}, EventType.PAT_VANISHED)
    assert shown == {"Reason": "another organization has the name now"}


def test_roles_have_the_names_of_their_groups() -> None:
    shown = lines({"gained": [Role.AUDITOR.value, "Other.Role"], "lost": []}, EventType.ROLES_CHANGED)
    assert shown == {"Roles gained": "Auditors, Other.Role", "Roles lost": "none"}


@pytest.mark.parametrize("state", ["nothing_made", "orphaned", "ambiguous", "late_answer"])
def test_what_became_of_a_lost_creation_has_words(state: str) -> None:
    shown = lines({"resolution": state, "found": []}, EventType.PAT_CREATE_SETTLED)
    assert shown["PATs found"] == "none"
    assert "answer" in shown["What became of it"]


def test_a_creation_reads_well() -> None:
    data = {
        "scopes": ["vso.code", "vso.unheard_of"],
        "valid_to": "2026-07-15T10:00:00.123000+00:00",
        "asked_valid_to": "2026-12-15T10:00:00+00:00",
        "expires": "30 days",
        "name": "ci",
    }
    assert lines(data) == {
        "Expiry asked for": "2026-12-15 10:00:00 UTC",
        "Expiry chosen": "30 days",
        "Name": "ci",
        "Scopes": "Code (read) [vso.code], vso.unheard_of",
        "Valid to": "2026-07-15 10:00:00 UTC",
    }


def test_a_change_shows_what_was_and_what_is() -> None:
    data = {
        "name": ["old", "new"],
        "is_global": [False, True],
        "scopes": [[], ["vso.code"]],
        "valid_to": ["2026-07-15T10:00:00+00:00", "no date"],
        "odd": "one value",
        "three": [1, 2, 3],
    }
    assert lines(data, EventType.PAT_CHANGED_OUTSIDE) == {
        "For all organizations": "no → yes",
        "Name": "old → new",
        "Odd": "one value",
        "Scopes": "none → Code (read) [vso.code]",
        "Three": "1, 2, 3",
        "Valid to": "2026-07-15 10:00:00 UTC → no date",
    }


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({}, {}),
        ({"": ""}, {"none": "none"}),
        ({"some_thing": None}, {"Some thing": "none"}),
        (
            {"nested": {"a_key": [1, {"b": True}], "reason": "unheard_of"}},
            {"Nested": "A key: 1, B: yes; Reason: unheard_of"},
        ),
        ({"valid_to": "2026-07-15T10:00:00"}, {"Valid to": "2026-07-15T10:00:00"}),
        ({"valid_to": 5, "scopes": "vso.code"}, {"Valid to": "5", "Scopes": "Code (read) [vso.code]"}),
        ({"reason": "tomorrow's_reason"}, {"Reason": "tomorrow's_reason"}),
        ({"URL": "x"}, {"URL": "x"}),
    ],
)
def test_what_is_unknown_is_shown_as_it_was_recorded(data: Any, shown: dict[str, str]) -> None:
    assert lines(data) == shown


def test_the_lines_are_in_the_order_of_their_labels() -> None:
    assert list(lines({"zone": 1, "expires": 2, "name": 3})) == ["Expiry chosen", "Name", "Zone"]
