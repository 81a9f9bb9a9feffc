"""What changed while a form was open, in words."""

from datetime import UTC, datetime

import pytest

from tokens.errors import PatChanged
from tokens.presenters import differences, pending_sentence
from tokens.presenters._differences import moment_text

JUNE = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
JULY = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)


def test_names_scopes_and_dates_are_told_in_words() -> None:
    error = PatChanged(
        {
            "name": ("old", "new"),
            "scopes": (["vso.code", "vso.unheard_of"], []),
            "valid_to": (JUNE, JULY),
            "of_tomorrow": (1, 2),
        }
    )
    found = {one.label: (one.before, one.after) for one in differences(error)}
    assert found["Name"] == ("old", "new")
    assert found["Scopes"] == ("Code (read), vso.unheard_of", "none")
    assert found["Expires"][0].startswith("15 Jun 2026, 12:00 UTC (")
    assert found["of_tomorrow"] == ("1", "2")


def test_a_moment_is_told_exact_and_relative() -> None:
    assert moment_text(JULY, JUNE) == "15 Jul 2026, 12:00 UTC (in 30 days)"


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ([], "Nothing is changed yet."),
        (["name"], "This changes its name."),
        (["scopes"], "This changes its scopes."),
        (["name", "scopes"], "This changes its name and its scopes."),
    ],
)
def test_what_a_form_would_change_is_one_sentence(columns: list[str], sentence: str) -> None:
    assert pending_sentence(columns) == sentence
