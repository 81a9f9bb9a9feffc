"""What a PAT took over from, and what took over from it."""

from typing import Any

import pytest

from tests.tokens.presenters.rows import DAY, NOW, PLACES, pat
from tokens.models import Pat
from tokens.presenters._lineage import active_successors, lineage


def told(one: Pat) -> list[tuple[str, str, str]]:
    return [(str(link.sentence), link.pat_name, str(link.tail)) for link in lineage(one, now=NOW)]


def test_one_that_stands_alone_has_no_relatives() -> None:
    assert lineage(pat(), now=NOW) == []


@pytest.mark.parametrize(
    ("facts", "sentence", "tail"),
    [
        ({}, "Takes over from", "which works until"),
        ({"revoked_at": NOW - DAY}, "Replaces", "which ended"),
        ({"valid_to": NOW - DAY}, "Replaces", "which ended"),
    ],
)
def test_it_names_the_one_that_it_replaces(facts: dict[str, Any], sentence: str, tail: str) -> None:
    new = pat(replaces=pat(name="old", **facts))
    assert told(new) == [(sentence, "old", tail)]


@pytest.mark.parametrize(
    ("facts", "sentence", "tail"),
    [
        ({"received_at": NOW}, "Replaced by", "made"),
        ({"received_at": NOW, "revoked_at": NOW}, "Replaced by", "made"),
        ({}, "Is to be replaced by", "made"),
        ({"revoked_at": NOW}, "Was to be replaced by", "which ended"),
    ],
)
def test_it_names_those_that_replace_it(facts: dict[str, Any], sentence: str, tail: str) -> None:
    assert told(pat(successors=[pat(name="new", **facts)])) == [(sentence, "new", tail)]


def test_successors_of_a_global_one_say_where_they_work() -> None:
    new = [pat(name="new", organization=place, received_at=NOW) for place in PLACES]
    sentences = [sentence for sentence, _, _ in told(pat(is_global=True, successors=new))]
    assert sentences == [f"Replaced in {place.name} by" for place in PLACES]


def test_a_row_of_another_person_is_never_named() -> None:
    theirs = pat(name="theirs", user_id=2)
    mine = pat(user_id=1, replaces=theirs, successors=[theirs])
    assert lineage(mine, now=NOW) == []
    assert active_successors(mine, now=NOW) == []
