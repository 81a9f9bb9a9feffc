"""What a person saw of a PAT, carried by a hidden field: precisely that, or nothing."""

import json
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from tokens.forms import SeenField
from tokens.operations import Seen

SEEN = Seen(
    name="“odd” <b>", scopes=frozenset({"vso.code", "vso.x"}), valid_to=datetime(2026, 6, 15, tzinfo=UTC)
)
FACTS = {"name": "ci", "scopes": ["vso.code"], "valid_to": "2026-06-15T00:00:00+00:00"}


def test_what_was_seen_comes_back_as_it_was() -> None:
    text = SeenField().prepare_value(SEEN)
    assert isinstance(text, str)
    assert SeenField().clean(text) == SEEN
    assert SeenField().prepare_value(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "17",
        "NaN",
        '"text"',
        "[" * 100_000,
        json.dumps({name: value for name, value in FACTS.items() if name != "scopes"}),
        json.dumps(FACTS | {"more": 1}),
        json.dumps(FACTS | {"name": None}),
        json.dumps(FACTS | {"name": ["ci"]}),
        json.dumps(FACTS | {"scopes": "vso.code"}),
        json.dumps(FACTS | {"scopes": [["vso.code"]]}),
        json.dumps(FACTS | {"scopes": {"vso.code": 1}}),
        json.dumps(FACTS | {"valid_to": 5}),
        json.dumps(FACTS | {"valid_to": "tomorrow"}),
        json.dumps(FACTS | {"valid_to": "2026-06-15T00:00:00"}),
        json.dumps(FACTS | {"name": "\ud800"}),
        json.dumps(FACTS | {"scopes": ["vso.code", "\ud800"]}),
        json.dumps(FACTS | {"valid_to": "0001-01-01T00:00:00+23:59"}),
        json.dumps(FACTS | {"valid_to": "1999-12-31T23:59:59+00:00"}),
        json.dumps(FACTS | {"valid_to": "9999-12-31T23:59:59-23:59"}),
        json.dumps(FACTS | {"valid_to": "9999-12-31T23:59:59+00:00"}),
    ],
)
def test_anything_else_is_incomplete_and_not_repeated(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        SeenField().clean(text)
    assert refusal.value.messages == [
        "It was incomplete and has been renewed: check it and send it once more."
    ]
