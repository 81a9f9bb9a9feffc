"""What a PAT took over from, and what took over from it."""

from typing import Any

import pytest

from patportal.lib.texts import Text
from patportal.templatetags.portal import sentence
from tests.tokens.presenters.rows import DAY, NOW, PLACES, pat
from tests.tokens.views.page import read_html
from tokens.models import Pat
from tokens.presenters import LineageLink
from tokens.presenters._lineage import active_successors, lineage


def told(one: Pat) -> list[tuple[str, str]]:
    """Return what each relative is told by, alone and with its moment, as a page shows it."""
    return [(_shown(link, link.sentence), _shown(link, link.dated)) for link in lineage(one, now=NOW)]


def _shown(link: LineageLink, words: Text) -> str:
    page = read_html(
        sentence(words, name=link.name, organization=link.organization, url=link.url, moment="then")
    )
    assert page.one("a")["href"] == link.url
    return page.text


def test_one_that_stands_alone_has_no_relatives() -> None:
    assert lineage(pat(), now=NOW) == []


@pytest.mark.parametrize(
    ("facts", "short", "end"),
    [
        ({}, "Takes over from old", ", which works until then"),
        ({"revoked_at": NOW - DAY}, "Replaces old", ", which ended then"),
        ({"valid_to": NOW - DAY}, "Replaces old", ", which ended then"),
    ],
)
def test_it_names_the_one_that_it_replaces(facts: dict[str, Any], short: str, end: str) -> None:
    new = pat(replaces=pat(name="old", **facts))
    assert told(new) == [(short, short + end)]


@pytest.mark.parametrize(
    ("facts", "beginning", "end"),
    [
        ({"received_at": NOW}, "Replaced", ", made then"),
        ({"received_at": NOW, "revoked_at": NOW}, "Replaced", ", made then"),
        ({}, "Is to be replaced", ", made then"),
        ({"revoked_at": NOW}, "Was to be replaced", ", which ended then"),
    ],
)
def test_it_names_those_that_replace_it(facts: dict[str, Any], beginning: str, end: str) -> None:
    new = pat(name="new", organization=PLACES[1], **facts)
    by, by_there = f"{beginning} by new", f"{beginning} in {PLACES[1].name} by new"
    assert told(pat(successors=[new])) == [(by, by + end)]
    # Of one that was for all organizations they say where they work.
    assert told(pat(is_global=True, successors=[new])) == [(by_there, by_there + end)]


def test_a_row_of_another_person_is_never_named() -> None:
    theirs = pat(name="theirs", user_id=2)
    mine = pat(user_id=1, replaces=theirs, successors=[theirs])
    assert lineage(mine, now=NOW) == []
    assert active_successors(mine, now=NOW) == []
