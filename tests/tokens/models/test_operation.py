"""What the database itself refuses in an operation."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from tokens.models import CHANGE_VERBS, CREATE_VERBS, Operation, Organization, Pat

NOW = timezone.now()
OPEN = {"requested", "sent"}
MAKING = ["requested", "done", "refused", "failed", "nothing_made", "orphaned", "ambiguous"]
CHANGING = ["requested", "done", "refused", "failed"]
STATES = {
    "create": MAKING,
    "rotate": MAKING,
    "update": CHANGING,
    "extend": CHANGING,
    "end": CHANGING,
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
        ({"asked_valid_to": None, "verb": "rotate"}, "tokens_operation_create_mark"),
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


def _pat(owner: User, place: Organization) -> Pat:
    return Pat.objects.create(
        user=owner,
        organization=place,
        authorization_id=uuid4(),
        name="one",
        valid_from=NOW,
        valid_to=NOW + timedelta(days=30),
        first_seen_at=NOW,
        written_at=NOW,
    )


def test_every_verb_has_its_states() -> None:
    assert set(STATES) == set(Operation.Verb)


@pytest.mark.parametrize("verb", Operation.Verb)
def test_a_verb_makes_a_pat_or_changes_one_or_ends_it(verb: str) -> None:
    operation = Operation(verb=verb)
    assert operation.makes_a_pat == (verb in CREATE_VERBS)
    assert operation.changes_a_pat == (verb in CHANGE_VERBS)
    assert [operation.makes_a_pat, operation.changes_a_pat, verb == "revoke"].count(True) == 1


@pytest.mark.parametrize("first", CHANGE_VERBS)
@pytest.mark.parametrize("second", CHANGE_VERBS)
def test_a_pat_has_one_open_change(owner: User, place: Organization, first: str, second: str) -> None:
    pat = _pat(owner, place)
    earlier = _operation(owner, place, verb=first, pat=pat)
    with pytest.raises(IntegrityError, match="tokens_operation_one_change"), transaction.atomic():
        _operation(owner, place, verb=second, pat=pat, key="another")
    # Revoking it is always possible, and so is changing another one.
    _operation(owner, place, verb="revoke", pat=pat, key="revoke")
    _operation(owner, place, verb=second, pat=_pat(owner, place), key="of another")
    Operation.objects.filter(pk=earlier.pk).update(state="failed", finished_at=NOW)
    assert _operation(owner, place, verb=second, pat=pat, key="another").is_open


def test_a_pat_has_one_open_rotation_in_an_organization(owner: User, place: Organization) -> None:
    pat = _pat(owner, place)
    earlier = _operation(owner, place, verb="rotate", replaces=pat)
    with pytest.raises(IntegrityError, match="tokens_operation_one_rotation"), transaction.atomic():
        _operation(owner, place, verb="rotate", replaces=pat, key="another")
    # One for all organizations needs a successor in each.
    elsewhere = Organization.objects.create(name="beta")
    _operation(owner, elsewhere, verb="rotate", replaces=pat, key="elsewhere")
    Operation.objects.filter(pk=earlier.pk).update(state="orphaned", finished_at=NOW)
    assert _operation(owner, place, verb="rotate", replaces=pat, key="another").is_open
