"""Everything that is known about one PAT."""

from datetime import timedelta
from typing import Any

import pytest

from tests.tokens.presenters.rows import DAY, NOW, operation, pat
from tokens.models import Operation, Pat
from tokens.presenters import PatDetail, pat_detail


def detail(one: Pat, **changes: Any) -> PatDetail:
    return pat_detail(one, events=[], open_operations=[], now=NOW, **changes)


@pytest.mark.parametrize(
    ("facts", "ending", "words"),
    [
        ({"valid_to": NOW + DAY}, "ends by itself", "at that moment or before"),
        ({"valid_to": NOW + DAY + timedelta(milliseconds=300)}, "ends by itself", "makes sure of it then"),
        ({"valid_to": NOW + 30 * DAY}, "the portal ends it", "keeps its later expiry"),
    ],
)
def test_it_says_which_end_applies(facts: dict[str, Any], ending: str, words: str) -> None:
    view = detail(pat(ends_at=NOW + DAY, **facts))
    assert view.row.ending == ending
    assert words in view.ending_sentence
    assert view.can_keep_old


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"valid_to": NOW + DAY}, "That alone ends it"),
        ({"valid_to": NOW + 30 * DAY}, "when you next sign in"),
    ],
)
def test_without_access_in_the_background_it_says_what_is_left(
    settings: Any, facts: dict[str, Any], words: str
) -> None:
    settings.BACKGROUND_ACCESS = "off"
    assert words in detail(pat(ends_at=NOW + DAY, **facts)).ending_sentence


@pytest.mark.parametrize("facts", [{}, {"ends_at": NOW - DAY, "revoked_at": NOW}, {"valid_to": NOW - DAY}])
def test_of_one_that_is_not_ending_no_end_is_told(facts: dict[str, Any]) -> None:
    view = detail(pat(**facts))
    assert (view.row.ending, view.ending_sentence, view.can_keep_old) == ("", "", False)


def test_the_expiry_before_it_was_brought_forward_is_told_while_it_is_ending() -> None:
    full = NOW + 30 * DAY
    shortened = pat(ends_at=NOW + DAY, valid_to=NOW + DAY, full_valid_to=full)
    assert detail(shortened).full_valid_to == full
    assert detail(pat(full_valid_to=full)).full_valid_to is None
    assert detail(pat(ends_at=NOW + DAY, valid_to=full, full_valid_to=full)).full_valid_to is None


@pytest.mark.parametrize(
    ("days", "words", "is_due"),
    [(-2, "2 days ago", True), (-1, "1 day ago", True), (0, "today", True), (1, "in 1 day", False)],
)
def test_a_review_is_due_from_its_day_on(days: int, words: str, is_due: bool) -> None:
    view = detail(pat(review_date=(NOW + days * DAY).date()))
    assert (view.review_in, view.is_review_due) == (words, is_due)


def test_without_a_date_no_review_is_due() -> None:
    assert (detail(pat()).review_in, detail(pat()).is_review_due) == ("", False)


def test_a_secret_that_nobody_confirmed_can_be_confirmed() -> None:
    assert detail(pat(issued_at=NOW)).can_confirm
    for facts in ({}, {"issued_at": NOW, "received_at": NOW}, {"issued_at": NOW, "revoked_at": NOW}):
        assert not detail(pat(**facts)).can_confirm


def test_places_are_ticked_while_a_successor_takes_over() -> None:
    assert detail(pat(successors=[pat()])).can_tick
    assert not detail(pat()).can_tick
    assert not detail(pat(successors=[pat(revoked_at=NOW)])).can_tick


def test_what_is_on_its_way_is_told_with_a_link() -> None:
    row = operation(Operation.Verb.EXTEND, Operation.State.REQUESTED)
    view = pat_detail(pat(), events=[], open_operations=[row], now=NOW)
    assert [banner.action_url for banner in view.under_way] == [f"/operations/{row.id}"]
