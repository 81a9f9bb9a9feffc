"""The form of a rotation: the same life, and when an overlap is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tokens import rules
from tokens.forms import SAME, RotateForm, SeenField, new_key
from tokens.models import Organization
from tokens.operations import Seen

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
SEEN = Seen(name="ci-deploy", scopes=frozenset({"vso.code"}), valid_to=NOW)


def rotate_form(*, life_days: int = 80, has_overlap: bool = True, **changes: Any) -> RotateForm:
    data = {"key": new_key(), "seen": SeenField().prepare_value(SEEN), "expires": SAME, "overlap": "day"}
    return RotateForm(
        data | changes,
        organizations=changes.pop("organizations", []),
        life_days=life_days,
        has_overlap=has_overlap,
        now=NOW,
    )


def test_the_same_life_is_said_and_asked_for_in_days() -> None:
    form = rotate_form()
    assert form.is_valid(), form.errors
    assert form.asked_for == "80 days"
    assert form.valid_to().date() == (NOW + timedelta(days=80)).date()
    assert form.cleaned_data["seen"] == SEEN
    assert form.chosen_overlap == rules.OVERLAPS["day"]


def test_a_preset_that_is_the_same_is_offered_once() -> None:
    labels = [label for _, label in rotate_form(life_days=30).fields["expires"].choices]  # type: ignore[attr-defined]
    assert labels == ["The same (30 days)", "7 days", "60 days", "90 days", "On a date"]


@pytest.mark.parametrize(("value", "asked_for"), [("7", "7 days"), ("custom", "2026-07-01")])
def test_another_life_may_be_chosen(value: str, asked_for: str) -> None:
    form = rotate_form(expires=value, expires_date="2026-07-01")
    assert form.is_valid()
    assert form.asked_for == asked_for


def test_an_overlap_is_asked_for_only_where_something_ends() -> None:
    assert not rotate_form(overlap="").is_valid()
    form = rotate_form(has_overlap=False, overlap="")
    assert form.is_valid()
    assert form.chosen_overlap is None
    # The same form may come again after the old one has ended; it says the same then.
    again = rotate_form(has_overlap=False)
    assert again.is_valid()
    assert again.chosen_overlap == rules.OVERLAPS["day"]


def test_an_organization_is_asked_for_only_where_there_is_a_choice() -> None:
    alpha = Organization(pk=1, name="alpha")
    assert "organization" not in rotate_form().fields
    data = {"key": new_key(), "seen": SeenField().prepare_value(SEEN), "expires": SAME}
    for name, is_right in (("alpha", True), ("", False), ("gamma", False)):
        form = RotateForm(
            data | {"organization": name}, organizations=[alpha], life_days=80, has_overlap=False, now=NOW
        )
        assert form.is_valid() is is_right
    assert (
        RotateForm(
            data | {"organization": "alpha"}, organizations=[alpha], life_days=80, has_overlap=False, now=NOW
        ).errors
        == {}
    )
