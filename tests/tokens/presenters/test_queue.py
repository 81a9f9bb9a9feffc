"""The queue in words."""

import inspect
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app

from tokens.presenters._queue import (
    WHAT_JOBS_DO,
    WHAT_JOBS_NAME,
    PeriodicRun,
    QueueFacts,
    job_state,
    periodic_line,
    queue_lines,
    what_it_does,
    what_it_is_about,
)

NOW = timezone.now()
QUIET = QueueFacts(
    workers=1,
    heard_at=NOW,
    due=0,
    oldest_due_at=None,
    later=0,
    doing=0,
    abandoned=0,
    failed=0,
    failed_at=None,
)


def test_every_job_says_in_words_what_it_does() -> None:
    assert set(WHAT_JOBS_DO) == {name for name in app.tasks if name.startswith("tokens.")}
    assert what_it_does("of.a.later.release") == "of.a.later.release"


@pytest.mark.parametrize(
    ("changes", "line", "tone", "said"),
    [
        ({}, 0, "good", "1 runs"),
        ({"workers": 2}, 0, "good", "2 run"),
        ({"workers": 0}, 0, "bad", "None runs"),
        ({}, 1, "good", "Nothing"),
        ({"later": 1}, 1, "good", "1 is for later."),
        ({"due": 3, "oldest_due_at": NOW}, 1, "quiet", "3 wait"),
        ({}, 2, "good", "Nothing"),
        ({"doing": 4}, 2, "info", "4"),
        ({"doing": 4, "abandoned": 1}, 2, "warn", "1 left behind"),
        ({}, 3, "good", "None"),
        ({"failed": 1200, "failed_at": NOW}, 3, "bad", "1,200"),
    ],
)
def test_each_line_says_how_it_stands(changes: dict[str, int], line: int, tone: str, said: str) -> None:
    found = queue_lines(replace(QUIET, **changes))[line]  # type: ignore[arg-type]
    assert found.state.tone == tone
    assert said in {found.state.label, found.text}


def test_a_job_for_later_does_not_wait() -> None:
    later = NOW + timedelta(hours=1)
    assert job_state("todo", scheduled_at=later, now=NOW).label == "For later"
    assert job_state("todo", scheduled_at=None, now=NOW).label == "Waiting"
    assert job_state("of a later release", scheduled_at=None, now=NOW).label == "of a later release"


def test_every_argument_of_a_job_has_a_word() -> None:
    jobs = [task.func for name, task in app.tasks.items() if name.startswith("tokens.")]
    named = {name for job in jobs for name in inspect.signature(job).parameters}
    assert set(WHAT_JOBS_NAME) == named - {"timestamp", "context"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"user_id": 4, "organization_id": 5}, "person 4, organization 5"),
        ({"bulk_id": 4, "busy_times": 3}, "many at once 4, times put off: 3"),
        ({"of_a_later_release": 6}, "of_a_later_release 6"),
        ({"timestamp": 1}, "-"),
        (None, "-"),
    ],
)
def test_a_job_is_about_numbers(arguments: object, said: str) -> None:
    assert what_it_is_about(arguments) == said


def test_a_job_of_the_clock_whose_row_is_gone_is_done() -> None:
    run = PeriodicRun("tokens.sweep", NOW, "")
    assert periodic_line(run, now=NOW).state.label == "Done"
    assert periodic_line(replace(run, state="failed"), now=NOW).state.tone == "bad"
