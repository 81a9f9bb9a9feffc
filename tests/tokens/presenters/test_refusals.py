"""Why a key does nothing for a PAT."""

from typing import Any
from uuid import uuid4

import pytest

from tests.tokens.presenters.rows import DAY, NOW, pat
from tokens.models import Organization
from tokens.presenters import pat_row

_ELSEWHERE = {
    "organization": Organization(pk=9, name="alpha", instance_id=uuid4()),
    "instance_id": uuid4(),
}


@pytest.mark.parametrize(
    ("facts", "rotate", "edit", "choose"),
    [
        ({}, "", "", ""),
        ({"valid_to": NOW - DAY}, "", "has ended", "has ended"),
        ({"revoked_at": NOW, "scopes": []}, "does not say what this token may do", "has ended", "has ended"),
        ({"revocation_sent_at": NOW}, "is being revoked", "is being revoked", "is being revoked"),
        ({"ends_at": NOW + DAY}, "is about to end", "is about to end", ""),
        ({"successors": [pat()]}, "has been replaced already", "", ""),
        ({"successors": [pat()], "revoked_at": NOW}, "has been replaced already", "has ended", "has ended"),
        (_ELSEWHERE, "is not set up", "is not set up", "is not set up"),
        (_ELSEWHERE | {"revoked_at": NOW}, "is not set up", "has ended", "has ended"),
    ],
)
def test_what_is_not_possible_has_its_reason_and_nothing_else(
    facts: dict[str, Any], rotate: str, edit: str, choose: str
) -> None:
    row = pat_row(pat(**facts), now=NOW)
    said = row.refusals
    for sentence, words, is_possible in (
        (said.rotate, rotate, row.can_rotate),
        (said.edit, edit, row.can_change),
        (said.choose, choose, row.can_revoke),
    ):
        assert words in sentence
        assert bool(sentence) != is_possible
        assert bool(sentence) == bool(words)
