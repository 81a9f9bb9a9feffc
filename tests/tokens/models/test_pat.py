"""The mirror: what a PAT's columns say about it, in Python and in SQL alike."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from tokens import rules
from tokens.models import Organization, Pat, global_stop_at
from tokens.models.pat import RECEIPT_PATIENCE

NOW = timezone.now()
PARTITION = ("active", "expired", "revoked")


def _pat(owner: User, place: Organization, **columns: object) -> Pat:
    defaults: dict[str, object] = {
        "user": owner,
        "organization": place,
        "authorization_id": uuid4(),
        "name": "one",
        "valid_from": NOW - timedelta(days=1),
        "valid_to": NOW + timedelta(days=100),
        "first_seen_at": NOW,
        "written_at": NOW,
    }
    return Pat.objects.create(**defaults | columns)


def _statuses(now: datetime) -> list[str]:
    return [
        status
        for status in Pat.objects.status_conditions(now=now)
        if Pat.objects.with_status(status, now=now)
    ]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, ["active", "all"]),
        ({"valid_to": NOW + rules.EXPIRING_WITHIN}, ["active", "expiring", "all"]),
        ({"valid_to": NOW + rules.EXPIRING_WITHIN + timedelta(seconds=1)}, ["active", "all"]),
        ({"valid_to": NOW + timedelta(microseconds=1)}, ["active", "expiring", "all"]),
        ({"valid_to": NOW}, ["expired", "all"]),
        ({"revoked_at": NOW}, ["revoked", "all"]),
        ({"vanished_at": NOW}, ["revoked", "all"]),
        ({"revoked_at": NOW, "valid_to": NOW - timedelta(days=1)}, ["revoked", "all"]),
        # The portal looks after its end.
        ({"valid_to": NOW + timedelta(days=2), "ends_at": NOW + timedelta(days=1)}, ["active", "all"]),
        # That it was sent proves nothing.
        ({"revocation_sent_at": NOW}, ["active", "all"]),
    ],
    ids=str,
)
def test_its_status_follows_from_its_columns(
    owner: User, place: Organization, columns: dict[str, datetime], expected: list[str]
) -> None:
    pat = _pat(owner, place, **columns)
    assert _statuses(NOW) == expected
    assert pat.is_active(now=NOW) == ("active" in expected)
    assert pat.is_revoked == ("revoked" in expected)
    assert [pat.is_active(now=NOW), pat.is_revoked].count(True) + ("expired" in expected) == 1


STOP = global_stop_at()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (STOP - timedelta(days=15), ["active", "powerful", "all"]),
        (STOP - rules.EXPIRING_WITHIN, ["active", "expiring", "powerful", "all"]),
        (STOP - timedelta(seconds=1), ["active", "expiring", "powerful", "all"]),
        (STOP, ["expired", "all"]),
        (STOP + timedelta(days=10), ["expired", "all"]),
    ],
    ids=str,
)
def test_one_for_all_organizations_ends_with_its_kind(
    owner: User, place: Organization, now: datetime, expected: list[str]
) -> None:
    pat = _pat(owner, place, is_global=True, valid_to=STOP + timedelta(days=300))
    assert _statuses(now) == expected
    assert pat.is_active(now=now) == ("active" in expected)
    assert pat.is_stopped(now=now) == pat.is_expired(now=now) == ("expired" in expected)


def test_the_stop_means_nothing_to_others(owner: User, place: Organization) -> None:
    pat = _pat(owner, place, valid_to=STOP + timedelta(days=300))
    assert _statuses(STOP) == ["active", "all"]
    assert not pat.is_stopped(now=STOP)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, NOW + timedelta(days=1000)),
        ({"ends_at": NOW}, NOW),
        ({"is_global": True}, STOP),
        ({"is_global": True, "ends_at": STOP - timedelta(days=1)}, STOP - timedelta(days=1)),
        ({"is_global": True, "valid_to": STOP - timedelta(days=2)}, STOP - timedelta(days=2)),
    ],
    ids=str,
)
def test_it_stops_with_the_earliest_of_its_ends(columns: dict[str, Any], expected: datetime) -> None:
    assert Pat(**{"valid_to": NOW + timedelta(days=1000)} | columns).stops_at == expected


@pytest.mark.parametrize(
    ("named", "own", "expected"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_it_belongs_elsewhere_where_both_are_known_and_differ(
    *, named: bool, own: bool, expected: bool
) -> None:
    place = Organization(name="alpha", instance_id=uuid4() if own else None)
    pat = Pat(organization=place, instance_id=uuid4() if named else None)
    assert pat.is_owned_elsewhere == expected
    pat.instance_id = place.instance_id
    assert not pat.is_owned_elsewhere


def test_every_pat_has_exactly_one_of_three_statuses(owner: User, place: Organization) -> None:
    moments = (None, NOW - timedelta(days=1), NOW)
    ends = (NOW - timedelta(seconds=1), NOW, NOW + timedelta(seconds=1))
    for revoked_at, vanished_at, valid_to in product(moments, moments, ends):
        _pat(owner, place, revoked_at=revoked_at, vanished_at=vanished_at, valid_to=valid_to)
    found = [set(Pat.objects.with_status(status, now=NOW)) for status in PARTITION]
    assert sum(len(part) for part in found) == len(set().union(*found)) == Pat.objects.count() == 27


@pytest.mark.parametrize("column", ["issued_at", "changed_at", "revocation_sent_at", "revoked_at"])
@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_python_and_sql_agree_on_what_was_touched(
    owner: User, place: Organization, column: str, seconds: int
) -> None:
    pat = _pat(owner, place, **{column: NOW + timedelta(seconds=seconds)})
    assert pat.is_untouched_since(NOW) == (seconds < 0)
    assert Pat.objects.untouched_since(NOW).exists() == (seconds < 0)


def test_one_that_was_never_touched_is_untouched(owner: User, place: Organization) -> None:
    pat = _pat(owner, place)
    assert pat.is_untouched_since(NOW)
    assert Pat.objects.untouched_since(NOW).get() == pat


@pytest.mark.parametrize(
    ("issued_at", "received_at", "expected"),
    [
        (None, None, False),
        (NOW - RECEIPT_PATIENCE, None, False),
        (NOW - RECEIPT_PATIENCE - timedelta(seconds=1), None, True),
        (NOW - timedelta(days=1), NOW, False),
    ],
)
def test_a_secret_was_perhaps_never_seen(
    issued_at: datetime | None, received_at: datetime | None, expected: bool
) -> None:
    assert Pat(issued_at=issued_at, received_at=received_at).is_unreceived(now=NOW) == expected


def test_a_person_has_each_pat_once(owner: User, other: User, place: Organization) -> None:
    first = _pat(owner, place)
    elsewhere = Organization.objects.create(name="beta")
    with pytest.raises(IntegrityError, match="tokens_pat_person_authorization"), transaction.atomic():
        _pat(owner, elsewhere, authorization_id=first.authorization_id)
    # Somebody else's row of the same id is none of its business.
    _pat(other, place, authorization_id=first.authorization_id)


def test_an_organization_with_pats_cannot_be_deleted(owner: User, place: Organization) -> None:
    _pat(owner, place)
    with pytest.raises(IntegrityError), transaction.atomic():
        place.delete()


def test_no_column_could_hold_a_secret() -> None:
    names = {field.name for field in Pat._meta.get_fields()}
    assert not {name for name in names if "secret" in name or "token" in name}


@pytest.mark.parametrize(("name", "called"), [("ci", "ci"), ("", "(no name)"), ("  ", "(no name)")])
def test_it_is_called_something_where_its_name_is_blank(name: str, called: str) -> None:
    pat = Pat(name=name)
    assert str(pat) == called
    assert pat.name == name
