"""What the database itself refuses in an operation."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from tokens.models import Operation, Organization

NOW = timezone.now()
OPEN = {"requested", "sent"}
STATES = {
    "create": ["requested", "done", "refused", "failed", "nothing_made", "orphaned", "ambiguous"],
    "revoke": ["requested", "sent", "done", "refused", "failed"],
}


def _operation(owner: User, place: Organization, **columns: Any) -> Operation:
    defaults: dict[str, Any] = {
        "user": owner,
        "organization": place,
        "verb": "create",
        "key": "a-key",
        "content_digest": "0" * 64,
        "asked_valid_to": NOW,
        "requested_at": NOW,
        "deadline_at": NOW + timedelta(minutes=3),
    }
    return Operation.objects.create(**defaults | columns)


@pytest.mark.parametrize(("verb", "state"), [(verb, one) for verb in STATES for one in STATES[verb]])
def test_it_is_open_or_finished_as_its_state_says(
    owner: User, place: Organization, verb: str, state: str
) -> None:
    right, wrong = (None, NOW) if state in OPEN else (NOW, None)
    with pytest.raises(IntegrityError, match="tokens_operation_state_finished"), transaction.atomic():
        _operation(owner, place, verb=verb, state=state, finished_at=wrong)
    made = _operation(owner, place, verb=verb, state=state, finished_at=right)
    assert made.is_open == (state in OPEN)


@pytest.mark.parametrize("verb", STATES)
@pytest.mark.parametrize("state", list(Operation.State))
def test_a_verb_has_its_own_states(
    owner: User, place: Organization, verb: str, state: Operation.State
) -> None:
    if state in STATES[verb]:
        return
    finished_at = None if state in OPEN else NOW
    with pytest.raises(IntegrityError, match="tokens_operation_verb_state"), transaction.atomic():
        _operation(owner, place, verb=verb, state=state, finished_at=finished_at)


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"state": "invented"}, "tokens_operation"),
        ({"verb": "invented"}, "tokens_operation_verb_state"),
        ({"asked_valid_to": None}, "tokens_operation_create_mark"),
    ],
)
def test_what_must_not_be_cannot_be_stored(
    owner: User, place: Organization, columns: dict[str, Any], rule: str
) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        _operation(owner, place, **columns)


def test_a_person_uses_a_key_once(owner: User, other: User, place: Organization) -> None:
    _operation(owner, place)
    with pytest.raises(IntegrityError, match="tokens_operation_person_key"), transaction.atomic():
        _operation(owner, place, verb="revoke")
    _operation(other, place)
    _operation(owner, place, key="another")


def test_a_revocation_needs_no_mark(owner: User, place: Organization) -> None:
    assert _operation(owner, place, verb="revoke", asked_valid_to=None).is_open
