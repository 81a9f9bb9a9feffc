"""What is read aloud of a change of many PATs."""

from dataclasses import replace

import pytest

from tests.tokens.presenters.rows import NOW
from tokens.presenters import BulkView

_VIEW = BulkView(
    title="Extending 8 tokens",
    sentence="",
    tone="info",
    total=8,
    done=0,
    progress="",
    is_running=True,
    is_pending=True,
    is_everything=False,
    can_stop=False,
    again=0,
    requested_at=NOW,
    waits_until=None,
    rows_title="",
    rows=[],
    url="",
    stop_url="",
    repeat_url="",
)


@pytest.mark.parametrize(
    ("done", "sentence"),
    [
        (0, "The work has begun."),
        (1, "The work has begun."),
        (2, "A quarter is done."),
        (3, "A quarter is done."),
        (4, "Half is done."),
        (7, "Three quarters are done."),
    ],
)
def test_while_it_goes_on_there_is_one_sentence_a_quarter(done: int, sentence: str) -> None:
    assert replace(_VIEW, done=done).said == sentence


def test_what_waits_for_confirmation_is_said_without_counting() -> None:
    waiting = replace(_VIEW, done=8, is_running=False, title="8 revocations sent, 3 confirmed")
    assert waiting.said == "Every token had its turn. Azure DevOps has yet to confirm some of them."


def test_in_the_end_the_result_is_said() -> None:
    ended = replace(
        _VIEW, done=8, is_running=False, is_pending=False, title="7 of 8 tokens extended", tone="warn"
    )
    assert ended.said == "7 of 8 tokens extended."
