"""What an extension brought: less than asked is said with every date."""

from tests.tokens.presenters.rows import DAY, NOW, pat
from tokens.presenters import extension_sentence

BEFORE, ASKED = NOW + 60 * DAY, NOW + 90 * DAY


def test_what_was_asked_for_is_told_plainly() -> None:
    sentence = extension_sentence(pat(valid_to=ASKED), asked=ASKED, before=BEFORE, now=NOW)
    assert sentence == "“ci-deploy” now expires 13 Sep 2026, 12:00 UTC (in 90 days)."


def test_less_than_asked_is_told_with_both_dates() -> None:
    sentence = extension_sentence(pat(valid_to=NOW + 70 * DAY), asked=ASKED, before=BEFORE, now=NOW)
    assert "was asked for 13 Sep 2026, 12:00 UTC (in 90 days) and gave less" in sentence
    assert "“ci-deploy” expires 24 Aug 2026, 12:00 UTC (in 70 days)." in sentence


def test_nothing_more_than_before_is_said() -> None:
    sentence = extension_sentence(pat(valid_to=BEFORE), asked=ASKED, before=BEFORE, now=NOW)
    assert "(in 60 days), as before." in sentence


def test_even_less_than_before_is_told_with_three_dates() -> None:
    sentence = extension_sentence(pat(valid_to=NOW + 7 * DAY), asked=ASKED, before=BEFORE, now=NOW)
    assert all(f"(in {days} days)" in sentence for days in (90, 60, 7))
    assert "even earlier than before" in sentence
