"""Keeping the old PAT: which end applies, before and after."""

from tests.tokens.presenters.rows import DAY, NOW, pat
from tokens.presenters import keeping, kept_sentence


def test_an_expiry_that_was_brought_forward_is_to_be_asked_back() -> None:
    found = keeping(pat(ends_at=NOW + DAY, valid_to=NOW + DAY, full_valid_to=NOW + 60 * DAY), now=NOW)
    assert (found.is_ending, found.ends_at, found.full_valid_to) == (True, NOW + DAY, NOW + 60 * DAY)


def test_an_expiry_that_is_as_it_was_is_not() -> None:
    assert keeping(pat(ends_at=NOW + DAY), now=NOW).full_valid_to is None
    same = keeping(pat(ends_at=NOW + DAY, full_valid_to=NOW + 60 * DAY), now=NOW)
    assert same.full_valid_to is None


def test_what_has_ended_or_is_let_go_of_is_not_ending() -> None:
    assert not keeping(pat(), now=NOW).is_ending
    assert not keeping(pat(ends_at=NOW - DAY, revoked_at=NOW), now=NOW).is_ending


def test_the_outcome_names_the_end_that_applies_and_what_was_asked() -> None:
    kept = pat(valid_to=NOW + 30 * DAY)
    plain = kept_sentence(kept, asked_valid_to=None, now=NOW)
    assert plain.endswith("It expires 15 Jul 2026, 12:00 UTC (in 30 days).")
    less = kept_sentence(kept, asked_valid_to=NOW + 60 * DAY, now=NOW)
    assert "was asked for 14 Aug 2026, 12:00 UTC (in 60 days) and gave less" in less
    assert kept_sentence(kept, asked_valid_to=kept.valid_to, now=NOW) == plain
