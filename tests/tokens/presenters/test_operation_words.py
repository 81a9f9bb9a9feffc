"""What became of an operation, in words."""

import pytest

from tests.tokens.presenters.rows import DAY, NOW, operation, pat
from tokens.models import Operation
from tokens.presenters._operation_words import words

State, Verb = Operation.State, Operation.Verb


@pytest.mark.parametrize("state", ["requested", "refused", "failed", "nothing_made", "orphaned", "ambiguous"])
def test_a_rotation_that_did_not_end_well_says_that_the_old_one_is_untouched(state: str) -> None:
    _, sentence, _ = words(operation(Verb.ROTATE, State(state)))
    assert "old token was not touched" in sentence or "Nothing happens to the old token yet" in sentence


def test_a_rotation_is_unfinished_until_its_secret_is_stored() -> None:
    title, sentence, tone = words(operation(Verb.ROTATE, State.DONE, pat=pat(issued_at=NOW)))
    assert (title, tone) == ("The rotation is not finished", "warn")
    assert "The old token was not touched." in sentence
    title, _, tone = words(operation(Verb.ROTATE, State.DONE, pat=pat(issued_at=NOW, received_at=NOW)))
    assert (title, tone) == ("The token was rotated", "good")


def test_a_successor_that_nobody_saw_is_revoked_and_the_old_one_left() -> None:
    found = operation(Verb.ROTATE, State.ORPHANED, pat=pat())
    assert words(found)[0] == "The new token is being revoked"
    gone = operation(Verb.ROTATE, State.ORPHANED, pat=pat(revoked_at=NOW))
    assert words(gone)[0] == "The new token was revoked"


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.EXTEND, Verb.END])
def test_a_lost_change_says_so_and_what_was_found_out(verb: Operation.Verb) -> None:
    assert words(operation(verb, State.REQUESTED))[0] != "The answer was lost"
    assert words(operation(verb, State.REQUESTED, answer_lost_at=NOW))[0] == "The answer was lost"
    for state in (State.DONE, State.FAILED):
        _, sentence, _ = words(operation(verb, state, answer_lost_at=NOW))
        assert sentence.startswith("the answer of Azure DevOps was lost. Azure DevOps shows that ")
        assert "lost" not in words(operation(verb, state))[1]


def test_an_earlier_expiry_that_was_refused_leaves_the_end_to_the_portal() -> None:
    for state in (State.REFUSED, State.FAILED):
        assert "The portal revokes the token when it is to end." in words(operation(Verb.END, state))[1]


@pytest.mark.parametrize("is_lost", [False, True])
def test_an_extension_that_brought_less_is_told_with_both_dates(is_lost: bool) -> None:
    row = operation(
        Verb.EXTEND,
        State.DONE,
        pat=pat(valid_to=NOW + 70 * DAY),
        asked_valid_to=NOW + 90 * DAY,
        answer_lost_at=NOW if is_lost else None,
    )
    title, sentence, tone = words(row)
    assert (title, tone) == ("It expires earlier than you asked", "warn")
    assert "was asked for 13 Sep 2026, 12:00 UTC" in sentence
    assert "the token expires 24 Aug 2026, 12:00 UTC" in sentence
    assert ("the answer of Azure DevOps was lost" in sentence) == is_lost
