"""What the pages read beside the list: organizations, operations, notices. Always one person's own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Grant, User
from tokens import queries
from tokens.models import (
    NOT_CONFIRMED,
    Operation,
    Organization,
    OrganizationAccess,
    Pat,
)

NOW = timezone.now()
PLACES = ["Alpha", "beta"]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create(tenant_id=uuid4(), object_id=uuid4(), display_name="Alice Archer")


@pytest.fixture
def places(owner: User, settings: Any) -> list[Organization]:
    """The configured organizations, in an order of the operator's own."""
    settings.AZURE_DEVOPS_ORGANIZATIONS = PLACES
    return queries.configured_organizations()


def _pat(owner: User, place: Organization, name: str, **columns: Any) -> Pat:
    defaults: dict[str, Any] = {
        "valid_from": NOW - timedelta(days=1),
        "valid_to": NOW + timedelta(days=100),
        "first_seen_at": NOW,
        "written_at": NOW,
    }
    return Pat.objects.create(
        user=owner, organization=place, authorization_id=uuid4(), name=name, **defaults | columns
    )


# --- One PAT -------------------------------------------------------------------------------------


def test_the_overlap_is_that_of_the_rotation_until_its_secret_is_stored(
    owner: User, places: list[Organization]
) -> None:
    old, new = _pat(owner, places[0], "old"), _pat(owner, places[0], "new")
    assert queries.overlap_of(new) is None
    new.replaces = old
    facts = {"pat": new, "replaces": old, "verb": "rotate", "state": "done"}
    _operation(owner, places[0], name="a rotation", overlap_seconds=60, **facts)
    assert queries.overlap_of(new) == timedelta(minutes=1)
    new.received_at = timezone.now()
    assert queries.overlap_of(new) is None


def test_what_is_open_about_a_pat_is_its_own_and_its_rotation(
    owner: User, places: list[Organization]
) -> None:
    pat = _pat(owner, places[0], "old")
    other = _pat(owner, places[0], "other")
    _operation(owner, places[0], name="done", verb="update", state="done", pat=pat)
    _operation(owner, places[0], name="of another", verb="update", pat=other)
    _operation(owner, places[0], name="a change", verb="update", pat=pat)
    _operation(owner, places[0], name="a rotation", replaces=pat, verb="rotate")
    assert {one.name for one in queries.open_operations(pat)} == {"a change", "a rotation"}


# --- Beside the page -----------------------------------------------------------------------------


def test_organizations_come_in_the_operators_order(owner: User, places: list[Organization]) -> None:
    assert queries.organization_access(owner) == []
    for place in reversed(places):
        OrganizationAccess.objects.create(user=owner, organization=place)
    former = Organization.objects.create(name="former")
    OrganizationAccess.objects.create(user=owner, organization=former)
    access = queries.organization_access(owner)
    assert [row.organization.name for row in access] == PLACES
    assert queries.is_complete(access)
    assert not queries.is_complete(access[:1])


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (None, "grant_missing"),
        ({}, ""),
        ({"state": "sign_in_needed", "lost_code": "challenged"}, "challenged"),
        ({"state": "sign_in_needed"}, "sign_in_needed"),
    ],
)
def test_the_same_query_says_why_the_portal_cannot_act(
    owner: User,
    places: list[Organization],
    columns: dict[str, Any] | None,
    code: str,
    django_assert_num_queries: Any,
) -> None:
    OrganizationAccess.objects.create(user=owner, organization=places[0])
    if columns is not None:
        Grant.objects.create(user=owner, interactive_at=NOW, sealed_cache=b"", **columns)
    with django_assert_num_queries(1):
        assert queries.lost_code(queries.organization_access(owner)) == code


def test_active_pats_are_counted_by_organization(owner: User, places: list[Organization]) -> None:
    for number in range(3):
        _pat(owner, places[0], str(number))
    _pat(owner, places[0], "ended", valid_to=NOW - timedelta(days=1))
    _pat(owner, places[1], "of another organization")
    assert queries.active_counts(owner, places[:1], now=NOW) == {places[0].pk: 3}
    other = User.objects.create(tenant_id=uuid4(), object_id=uuid4())
    assert queries.active_counts(other, places, now=NOW) == {}


def _operation(owner: User, place: Organization, **columns: Any) -> Operation:
    is_open = columns.get("state", "requested") in {"requested", "sent"}
    defaults: dict[str, Any] = {
        "verb": "create",
        "key": uuid4().hex,
        "content_digest": "",
        "asked_valid_to": NOW,
        "requested_at": NOW,
        "deadline_at": NOW,
        "finished_at": None if is_open else NOW,
    }
    return Operation.objects.create(user=owner, organization=place, **defaults | columns)


@pytest.mark.parametrize(
    ("columns", "is_told"),
    [
        ({"state": "requested"}, False),
        ({"state": "requested", "answer_lost_at": NOW}, True),
        ({"state": "nothing_made"}, True),
        ({"state": "orphaned"}, True),
        ({"state": "ambiguous"}, True),
        ({"state": "done"}, False),
        ({"state": "refused"}, False),
        ({"state": "failed", "error_code": "no_access"}, False),
        ({"verb": "revoke", "state": "sent"}, False),
        ({"verb": "revoke", "state": "failed", "error_code": "forbidden"}, False),
        ({"verb": "revoke", "state": "failed", "error_code": NOT_CONFIRMED}, True),
        ({"state": "orphaned", "dismissed_at": NOW}, False),
    ],
    ids=str,
)
def test_people_hear_of_what_ended_out_of_their_sight(
    owner: User, places: list[Organization], columns: dict[str, Any], is_told: bool
) -> None:
    operation = _operation(owner, places[0], **columns)
    assert queries.notices(owner) == ([operation] if is_told else [])
    other = User.objects.create(tenant_id=uuid4(), object_id=uuid4())
    assert queries.notices(other) == []


@pytest.mark.parametrize("verb", ["update", "extend", "end"])
@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("state", ["requested", "done", "refused", "failed"])
def test_of_changes_those_whose_answer_was_lost_are_told(
    owner: User, places: list[Organization], verb: str, is_lost: bool, state: str
) -> None:
    operation = _operation(owner, places[0], verb=verb, state=state, answer_lost_at=NOW if is_lost else None)
    is_told = is_lost and verb != "end"
    assert queries.notices(owner) == ([operation] if is_told else [])


@pytest.mark.parametrize(
    ("facts", "is_told"),
    [
        ({}, True),
        ({"issued_at": timedelta(minutes=8)}, False),
        ({"received_at": timedelta(0)}, False),
        ({"revoked_at": timedelta(0)}, False),
        ({"vanished_at": timedelta(0)}, False),
        ({"valid_to": timedelta(minutes=1)}, False),
    ],
)
def test_a_rotation_that_nobody_confirmed_is_told_while_its_pat_works(
    owner: User, places: list[Organization], facts: dict[str, timedelta], is_told: bool
) -> None:
    now = timezone.now()
    moments = {name: now - ago for name, ago in ({"issued_at": timedelta(minutes=11)} | facts).items()}
    operation = _operation(
        owner, places[0], verb="rotate", state="done", pat=_pat(owner, places[0], "new", **moments)
    )
    assert queries.notices(owner) == ([operation] if is_told else [])


def test_at_most_ten_notices_are_shown_the_newest_first(owner: User, places: list[Organization]) -> None:
    made = [
        _operation(owner, places[0], state="orphaned", requested_at=NOW + timedelta(minutes=number))
        for number in range(12)
    ]
    assert queries.notices(owner) == made[:1:-1]
