"""Lists in sentences, and text that is rendered late."""

import pytest
from django.utils.translation import gettext_lazy, ngettext_lazy

from patportal.lib.texts import any_of, called, in_number, is_visible, joined


@pytest.mark.parametrize(
    ("names", "listed", "choice"),
    [
        ([], "", ""),
        (["alpha"], "alpha", "alpha"),
        (["alpha", "beta"], "alpha and beta", "alpha or beta"),
        (["alpha", "beta", "gamma"], "alpha, beta and gamma", "alpha, beta or gamma"),
    ],
)
def test_names_become_one_phrase(names: list[str], listed: str, choice: str) -> None:
    assert (joined(names), any_of(names)) == (listed, choice)


def test_a_percent_sign_in_a_name_is_only_a_sign() -> None:
    assert joined(["100%s", "%(first)s"]) == "100%s and %(first)s"


def test_words_that_are_not_rendered_yet_are_listed_as_well() -> None:
    assert joined([gettext_lazy("Code"), "Build"]) == "Code and Build"


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs"), (12_345, "12,345 jobs")]
)
def test_a_count_has_its_noun_and_its_thousands_apart(count: int, told: str) -> None:
    assert in_number(ngettext_lazy("%(amount)s job", "%(amount)s jobs", "count"), count) == told


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        " \t\u00a0",
        "\u200b\u2060",
        "\n",
        "\u202e",
        "\u3164",
        "\uffa0",
        "\u115f ",
        "\u2800",
        "\ufe0f",
        "\u034f",
    ],
)
def test_a_name_that_shows_nothing_is_told_as_none(name: str) -> None:
    assert not is_visible(name)
    assert called(name) == "(no name)"


@pytest.mark.parametrize(
    "name", ["ci", " ci ", ".", "שלום", "\u202eci", "🔑", "\U0001fa77", "\ue000", "e\u0301"]
)
def test_a_name_that_shows_something_stays_as_it_is(name: str) -> None:
    assert is_visible(name)
    assert called(name) == name
