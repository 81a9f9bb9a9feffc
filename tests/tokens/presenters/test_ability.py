"""The sentence about what a PAT is able to do."""

import pytest

from tokens import scopes
from tokens.presenters import ability


def deeds(*codes: str) -> str:
    return ability(name="", codes=codes).deeds


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ((), ""),
        (("vso.code",), "read code"),
        (("vso.packaging", "vso.code"), "read code and packages"),
        (("vso.code", "vso.build", "vso.work"), "read code, builds and work items"),
        (("vso.work_write", "vso.code"), "read code, and read and write work items"),
        (
            ("vso.code", "vso.packaging_write", "vso.build_execute"),
            "read code, start and change builds, and read and publish packages",
        ),
        (("vso.code", "vso.code_write"), "read and write code"),
        (("app_token",), "do everything with all that you can reach yourself"),
        (("vso.code", "vso.of_yesterday"), "read code, and use vso.of_yesterday"),
    ],
)
def test_it_says_in_words_what_the_scopes_allow(codes: tuple[str, ...], words: str) -> None:
    assert deeds(*codes) == words


def test_every_scope_of_the_catalogue_is_a_phrase_of_its_own() -> None:
    phrases = {code: deeds(code) for code in scopes.CATALOGUE}
    assert all(phrase == phrase.strip() and " " in phrase for phrase in phrases.values())
    same = {
        one.code for one in scopes.CATALOGUE.values() if list(phrases.values()).count(phrases[one.code]) > 1
    }
    assert same == set()


def test_what_is_powerful_is_named() -> None:
    found = ability(name="", codes=["vso.code", "vso.build_execute", "vso.packaging_manage"])
    assert found.high_privilege == ["Build (read and execute)", "Packaging (manage)"]
