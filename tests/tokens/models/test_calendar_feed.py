"""Calendar feeds: what the database allows, and what is stored of an address."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from patportal.lib.redaction import MASK, redact
from tokens.models import CalendarFeed, hash_of_address, new_calendar_address


def make(owner: User, **changes: Any) -> CalendarFeed:
    fields = {
        "position": 1,
        "key": "k" * 20,
        "address_hash": "0" * 64,
        "detail": "minimal",
        "created_at": datetime(2027, 1, 1, tzinfo=UTC),
    }
    return CalendarFeed.objects.create(user=owner, **(fields | changes))


def test_an_address_holds_256_random_bits_and_is_masked_in_logs() -> None:
    made = {new_calendar_address() for _ in range(100)}
    assert len(made) == 100
    for address in made:
        assert re.fullmatch(r"ppcal_[A-Za-z0-9_-]{43}", address)
        assert redact(f"/calendar/{address}.ics") == f"/calendar/{MASK}.ics"


def test_its_hash_tells_nothing_and_is_always_the_same() -> None:
    address = new_calendar_address()
    assert hash_of_address(address) == hash_of_address(address)
    assert re.fullmatch(r"[0-9a-f]{64}", hash_of_address(address))
    assert hash_of_address(new_calendar_address()) != hash_of_address(address)


@pytest.mark.parametrize("text", ["", "ppcal_", "ppcal_" + "a" * 42, "ppcal_" + "a" * 44, "x" * 49, "\ud800"])
def test_what_never_was_an_address_has_no_hash(text: str) -> None:
    assert hash_of_address(text) == ""


def test_nobody_has_more_than_two(owner: User, other: User) -> None:
    make(owner)
    make(owner, position=2, key="2" * 20, address_hash="2" * 64)
    make(other, address_hash="3" * 64)
    for position in (0, 1, 2, 3):
        with pytest.raises(IntegrityError), transaction.atomic():
            make(owner, position=position, key=f"{position}" * 30, address_hash="4" * 64)


@pytest.mark.parametrize("changes", [{"detail": "everything"}, {"key": "k" * 20}, {"address_hash": "0" * 64}])
def test_what_makes_no_sense_is_refused(owner: User, changes: dict[str, str]) -> None:
    make(owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        make(owner, **({"position": 2, "key": "2" * 20, "address_hash": "2" * 64} | changes))


def test_it_goes_with_its_person(owner: User) -> None:
    feed = make(owner)
    assert str(feed) == f"calendar 1 of {owner.pk}"
    assert not feed.is_full
    owner.delete()
    assert not CalendarFeed.objects.exists()
