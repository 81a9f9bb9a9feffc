"""Backup owners in words, as the owner of a PAT reads about them."""

from typing import Any

import pytest

from accounts.models import User
from patportal.templatetags.portal import sentence
from tests.tokens.presenters.rows import NOW
from tokens.models import BackupContact
from tokens.presenters import backup_label


def test_of_nobody_there_is_nothing_to_say() -> None:
    assert backup_label(None) is None


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ({}, "has not been asked yet."),
        ({"asked_at": NOW}, "was asked by mail and has not answered yet."),
        ({"asked_at": NOW, "confirmed_at": NOW}, "has agreed."),
        ({"confirmed_at": NOW, "left_at": NOW}, "does not want to be a backup owner; name somebody else."),
    ],
)
def test_a_sentence_says_how_it_stands_with_an_address(facts: dict[str, Any], end: str) -> None:
    found = backup_label(BackupContact(email="o<ps@example.com", **facts))
    assert found is not None
    assert sentence(found.sentence, name=found.name) == f"<bdi>o&lt;ps@example.com</bdi> {end}"


def test_somebody_who_signs_in_is_called_by_their_name() -> None:
    found = backup_label(BackupContact(email="bob@example.com", user=User(display_name="Bob")))
    assert found is not None
    assert sentence(found.sentence, name=found.name).startswith("<bdi>Bob</bdi> signs in to this portal")
