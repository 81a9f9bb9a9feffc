"""The entries of the help page."""

import pytest

from accounts.help_entries import code_label, entries, entry_for, number_in


def test_every_number_stands_once_with_whole_texts() -> None:
    found = entries()
    assert len({entry.number for entry in found}) == len(found)
    for entry in found:
        assert entry.title[0].isupper()
        assert not entry.title.endswith(".")
        assert entry.meaning.endswith(".")
        assert entry.next_step.endswith(".")
        assert entry_for(entry.number) == entry


@pytest.mark.parametrize(
    ("text", "number"),
    [("50105", 50105), ("AADSTS7000215", 7000215), ("123", 0), ("12345678", 0), ("x50105", 0), ("", 0)],
)
def test_it_reads_numbers_only(text: str, number: int) -> None:
    assert number_in(text) == number


def test_only_known_numbers_have_a_label() -> None:
    assert code_label(50105) == "AADSTS50105"
    assert code_label(99999) == ""
    assert code_label(0) == ""
