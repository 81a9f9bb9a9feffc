"""Name and scopes of a PAT that exists."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import QueryDict

from tokens.forms import EditPatForm, SeenField, new_key
from tokens.operations import Seen

OWN = ["vso.code", "vso.code_write", "vso.of_yesterday"]
SEEN = Seen(name="ci", scopes=frozenset(OWN), valid_to=datetime(2026, 6, 15, tzinfo=UTC))


def form(**changes: Any) -> EditPatForm:
    fields: dict[str, Any] = {
        "key": new_key(),
        "seen": SeenField().prepare_value(SEEN),
        "name": "ci",
        "scopes": ["vso.code_write", "vso.of_yesterday"],
        **changes,
    }
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return EditPatForm(data, own_scopes=OWN)


def test_what_is_as_it_was_is_no_change() -> None:
    unchanged = form()
    assert not unchanged.is_valid()
    assert unchanged.non_field_errors() == [
        "Name and scopes are what they were. Change something, or cancel."
    ]


def test_another_name_leaves_the_scopes_precisely_as_they_were() -> None:
    renamed = form(name=" ci two ")
    assert renamed.is_valid()
    assert renamed.cleaned_data["name"] == "ci two"
    assert renamed.cleaned_data["scopes"] == SEEN.scopes


def test_other_scopes_are_those_that_no_other_contains() -> None:
    changed = form(scopes=["vso.code", "vso.code_write", "vso.build"])
    assert changed.is_valid()
    assert changed.cleaned_data["scopes"] == {"vso.code_write", "vso.build"}


def test_a_scope_that_it_has_may_stay_and_no_other_unknown_one_may_come() -> None:
    assert form(scopes=["vso.of_yesterday"]).is_valid()
    assert set(form(scopes=["vso.of_tomorrow"]).errors) == {"scopes"}


def test_it_is_compared_with_what_was_seen_and_not_with_what_it_is_now() -> None:
    data = QueryDict(mutable=True)
    data.update({"key": new_key(), "seen": SeenField().prepare_value(SEEN), "name": "ci two"})
    data.setlist("scopes", ["vso.code_write", "vso.of_yesterday"])
    # The same form came before: the PAT has the new name already, and the key tells what became of it.
    assert EditPatForm(data, own_scopes=OWN).is_valid()


def test_without_what_was_seen_it_is_incomplete() -> None:
    assert set(form(seen="").errors) == {"seen"}


@pytest.mark.parametrize(
    ("facts", "changed"),
    [
        ({}, []),
        ({"scopes": ["vso.code_write", "vso.of_yesterday", "vso.code"]}, []),
        ({"name": "ci two"}, ["name"]),
        ({"scopes": ["vso.build"]}, ["scopes"]),
        ({"name": "ci two", "scopes": ["vso.build"]}, ["name", "scopes"]),
    ],
)
def test_it_tells_what_it_would_change(facts: dict[str, Any], changed: list[str]) -> None:
    filled = form(**facts)
    filled.is_valid()
    assert filled.cleaned_data["changed"] == changed


def test_nothing_is_told_of_changes_where_a_field_is_wrong() -> None:
    wrong = form(name="")
    wrong.is_valid()
    assert "changed" not in wrong.cleaned_data
