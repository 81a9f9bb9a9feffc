"""Keeping the old PAT: which end applies, before and after."""

from typing import Any

import pytest

from tests.tokens.presenters.rows import DAY, NOW, pat
from tokens.presenters import keeping, kept_sentence, left_ending


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


@pytest.mark.parametrize("facts", [{}, {"revoked_at": NOW}, {"valid_to": NOW}, {"revocation_sent_at": NOW}])
def test_without_the_only_successor_that_works_nothing_takes_the_place_of_the_old_one(
    facts: dict[str, Any],
) -> None:
    old = pat(ends_at=NOW + DAY)
    new = pat(replaces=old)
    old._prefetched_objects_cache["successors"] = [pat(replaces=old, **facts), new]  # type: ignore[attr-defined]
    found = left_ending(new, now=NOW)
    if not facts:
        assert found is None
        return
    assert found is not None
    assert (found.name, found.ends_at) == (old.name, NOW + DAY)
    assert found.keep_url == f"/tokens/{old.pk}/keep-old"


@pytest.mark.parametrize(
    "facts",
    [
        {"ends_at": None},
        {"ends_at": NOW - DAY, "revoked_at": NOW},
        {"ends_at": NOW + DAY, "revocation_sent_at": NOW},
        {"ends_at": NOW, "valid_to": NOW},
        {"ends_at": NOW + DAY, "user_id": 7},
    ],
)
def test_an_old_one_that_is_not_ending_is_left_alone(facts: dict[str, Any]) -> None:
    assert left_ending(pat(replaces=pat(**facts)), now=NOW) is None
    assert left_ending(pat(), now=NOW) is None
