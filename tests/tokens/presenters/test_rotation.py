"""Rotations in words: lives, overlaps, and what becomes of the old PAT."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.tokens.presenters.rows import ALPHA, DAY, NOW, PLACES, pat
from tokens import rules
from tokens.presenters import (
    aftermath,
    can_overlap,
    end_sentence,
    life_days,
    open_successor,
    overlap_options,
    unfinished,
)

ENDED: list[dict[str, Any]] = [{"revoked_at": NOW}, {"vanished_at": NOW}, {"valid_to": NOW - DAY}]


@pytest.mark.parametrize(
    ("facts", "days"),
    [
        ({}, 80),
        ({"valid_to": NOW - 19.9 * DAY}, 1),
        ({"valid_to": NOW + 900 * DAY}, rules.MAX_LIFE.days),
        ({"valid_to": NOW + DAY, "full_valid_to": NOW + 60 * DAY}, 80),
    ],
    ids=["as it was made", "at least a day", "at most what is allowed", "brought forward"],
)
def test_the_same_life_is_the_one_that_it_was_made_for(facts: dict[str, Any], days: int) -> None:
    assert life_days(pat(**facts)) == days


def test_every_overlap_has_words_and_none_outlives_the_old_one() -> None:
    options = overlap_options(pat(valid_to=NOW + 2 * DAY), selected="day", now=NOW)
    assert [one.value for one in options] == list(rules.OVERLAPS)
    assert [one.ends_at for one in options] == [NOW, NOW + timedelta(hours=1), NOW + DAY, NOW + 2 * DAY]
    assert [one.is_bounded for one in options] == [False, False, False, True]
    assert [one.is_at_once for one in options] == [True, False, False, False]
    assert [one.value for one in options if one.is_selected] == ["day"]
    assert all(one.label and one.sentence for one in options)


@pytest.mark.parametrize("facts", [{"is_global": True}, *ENDED])
def test_the_portal_ends_neither_global_pats_nor_ended_ones(facts: dict[str, Any]) -> None:
    assert not can_overlap(pat(**facts), now=NOW)
    assert aftermath(pat(**facts), overlap=DAY, now=NOW).ends_at is None


@pytest.mark.parametrize(("value", "words"), [("none", "ends at once."), ("week", "works on for 7 days")])
def test_the_aftermath_names_the_overlap_and_means_the_old_one(value: str, words: str) -> None:
    found = aftermath(pat(), overlap=rules.OVERLAPS[value], now=NOW)
    assert f"After that the old <bdi>{{name}}</bdi> {words}" in found.sentence
    assert found.name == "ci-deploy"
    assert found.ends_at == NOW + rules.OVERLAPS[value]


def test_one_that_works_and_has_no_overlap_is_never_said_to_have_ended() -> None:
    assert "until you revoke it" in aftermath(pat(), overlap=None, now=NOW).sentence
    assert "has ended" in aftermath(pat(revoked_at=NOW), overlap=None, now=NOW).sentence


def test_a_successor_that_waits_for_its_receipt_comes_first() -> None:
    received = pat(received_at=NOW)
    waiting = pat(issued_at=NOW)
    elsewhere = pat(organization=PLACES[1])
    gone = [pat(**facts) for facts in ENDED] + [pat(revocation_sent_at=NOW)]
    old = pat(successors=[*gone, elsewhere, received, waiting])
    assert open_successor(old, ALPHA, now=NOW) is waiting
    assert open_successor(old, PLACES[1], now=NOW) is elsewhere
    assert open_successor(old, PLACES[2], now=NOW) is None


def test_an_unfinished_one_tells_whether_it_waits() -> None:
    assert unfinished(pat(id=uuid4())).waits
    assert not unfinished(pat(id=uuid4(), received_at=NOW)).waits


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, ""),
        ({"ends_at": NOW + DAY}, "The old “ci-deploy” works until 16 Jun 2026, 12:00 UTC (in 1 day),"),
        ({"ends_at": NOW}, "The old “ci-deploy” is being ended now."),
        ({"ends_at": NOW, "revoked_at": NOW}, ""),
    ],
)
def test_the_end_is_told_with_both_forms_of_its_date(facts: dict[str, Any], words: str) -> None:
    found = end_sentence(pat(**facts), now=NOW)
    assert found.startswith(words)
    assert bool(found) is bool(words)
