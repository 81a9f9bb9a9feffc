"""A later expiry: by days, or until a date."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from tokens import rules
from tokens.forms import ExtendPatForm, SeenField, new_key
from tokens.forms._bulk import extension_choices
from tokens.operations import Seen

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PRESENT = datetime(2026, 7, 1, 8, 30, 15, 123000, tzinfo=UTC)


def form(*, present: datetime = PRESENT, **changes: Any) -> ExtendPatForm:
    seen = Seen(name="ci", scopes=frozenset({"vso.code"}), valid_to=present)
    data = QueryDict(mutable=True)
    data.update({"key": new_key(), "seen": SeenField().prepare_value(seen), "expires": "30"} | changes)
    return ExtendPatForm(data, valid_to=present, now=NOW)


@pytest.mark.parametrize("days", rules.EXTENSION_PRESETS_DAYS)
def test_days_are_counted_from_the_expiry_that_was_seen(days: int) -> None:
    extended = form(expires=str(days))
    assert extended.is_valid()
    assert extended.valid_to() == extended.valid_to() == PRESENT + days * DAY


def test_one_is_extended_in_the_same_words_as_many() -> None:
    many = [label for _, label in extension_choices()]
    assert [option.label for option in form().options] == many == [*many[:-1], "Until a date"]


def test_nothing_goes_beyond_a_year_from_now() -> None:
    late = form(present=NOW + rules.MAX_LIFE - 5 * DAY, expires="90")
    assert late.is_valid()
    assert late.valid_to() == datetime(2027, 6, 14, 23, 59, tzinfo=UTC)
    assert [option.is_capped for option in late.options] == [True, True, True, False]
    assert not any(option.is_capped for option in form().options)


def test_the_end_of_a_day_is_that_of_the_portal() -> None:
    with timezone.override("Pacific/Auckland"):
        chosen = form(expires="custom", expires_date="2026-08-01")
        assert chosen.is_valid()
        assert chosen.valid_to().astimezone(UTC) == datetime(2026, 8, 1, 11, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "is_valid"),
    [("2026-06-30", False), ("2026-07-02", True), ("2027-06-14", True), ("2027-06-15", False), ("", False)],
)
def test_a_date_is_later_than_now_and_within_a_year(day: str, is_valid: bool) -> None:
    chosen = form(expires="custom", expires_date=day)
    assert chosen.is_valid() == is_valid
    assert (set(chosen.errors) == {"expires_date"}) != is_valid


def test_the_page_offers_dates_after_the_present_expiry() -> None:
    assert (form().earliest_date, form().latest_date) == (date(2026, 7, 2), date(2027, 6, 14))
    counted = form()
    counted.count_from(PRESENT + 10 * DAY)
    assert counted.earliest_date == date(2026, 7, 12)


def test_no_other_choice_and_no_choice_are_refused() -> None:
    for choice in ("", "8", "-7", "9" * 30):
        assert set(form(expires=choice).errors) == {"expires"}
