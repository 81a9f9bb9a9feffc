"""Findings: clocks, ages and names in words."""

import pytest

from patportal.lib.findings import Finding, Level, age_in_words, clock_finding, in_words


@pytest.mark.parametrize("seconds", [0, 30, -30, 12.4])
def test_clocks_within_half_a_minute_agree(seconds: float) -> None:
    assert clock_finding("Clock", seconds).level is Level.OK


@pytest.mark.parametrize(("seconds", "words"), [(31, "31 seconds ahead of"), (-3600, "3600 seconds behind")])
def test_clocks_further_apart_are_warned_of(seconds: float, words: str) -> None:
    finding = clock_finding("Clock", seconds)
    assert finding.level is Level.WARNING
    assert words in finding.found
    assert "NTP" in finding.next_step


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7_199, "119 minutes"),
        (7_200, "2 hours"),
        (172_800, "2 days"),
        (864_000, "10 days"),
    ],
)
def test_an_age_is_told_in_a_unit_that_fits(seconds: float, words: str) -> None:
    assert age_in_words(seconds) == words


def test_of_many_names_the_first_few_are_told() -> None:
    assert in_words(["a", "b"]) == "a, b"
    assert in_words("abcdefg") == "a, b, c, d, e and 2 more"


def test_warnings_and_problems_are_trouble() -> None:
    findings = [Finding(level, "", "") for level in Level]
    assert {one.level for one in findings if one.is_trouble} == {Level.WARNING, Level.PROBLEM}
    assert {one.level for one in findings if one.is_problem} == {Level.PROBLEM}
