"""The places of rows in long lists; pages of real rows are tested with the audit log."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from patportal.lib.keyset import Mark

AT = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)


def test_a_mark_survives_its_way_through_an_address() -> None:
    mark = Mark(AT.astimezone(timezone(timedelta(hours=5))), 42)
    assert str(mark) == "20261124T090000123456-42"
    assert Mark.parse(str(mark)) == mark


@pytest.mark.parametrize(
    "text", ["", "-", "x-1", "20261124T090000123456", "20261124T090000123456--1", "20261324T090000000000-1"]
)
def test_what_is_no_mark_counts_as_not_said(text: str) -> None:
    assert Mark.parse(text) is None


@pytest.mark.parametrize("number", ["", "+1", "1.0", "٣", "9" * 19])
def test_a_number_that_is_no_id_counts_as_not_said(number: str) -> None:
    assert Mark.parse(f"20261124T090000123456-{number}") is None
