"""How fresh the mirror of an organization is, in words."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.tokens.presenters.rows import NOW, access
from tokens import errors
from tokens.models import OrganizationAccess
from tokens.presenters import is_syncing, organization_state

State = OrganizationAccess.State
LONG_AGO = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("facts", "tone", "sentence"),
    [
        ({}, "good", "Up to date."),
        ({"requested_at": NOW}, "info", "Refreshing…"),
        (
            {"requested_at": NOW, "finished_at": None, "read_at": None, "state": State.UNKNOWN},
            "info",
            "Reading your tokens for the first time…",
        ),
        (
            {"requested_at": NOW - timedelta(seconds=61), "finished_at": LONG_AGO},
            "warn",
            "The refresh has not begun; the portal's background worker may be down.",
        ),
        ({"state": State.NO_ACCESS}, "quiet", "You have no access to this organization."),
        (
            {"state": State.NO_ACCESS, "error_code": "other_directory"},
            "quiet",
            "It belongs to another directory than the one that you signed in with.",
        ),
        (
            {"state": State.FAILED, "error_code": "organization_gone"},
            "warn",
            "It was renamed or deleted in Azure DevOps. Asked again daily.",
        ),
        ({"state": State.FAILED, "error_code": "unreachable"}, "warn", "Azure DevOps could not be reached."),
        ({"state": State.FAILED, "error_code": "code of tomorrow"}, "warn", "It could not be read."),
        ({"state": State.UNKNOWN, "requested_at": None}, "quiet", "Not read yet."),
    ],
)
def test_each_condition_has_its_sentence(facts: dict[str, Any], tone: str, sentence: str) -> None:
    state = organization_state(access(**facts), url="/", is_current=False, now=NOW)
    assert (state.tone, state.sentence) == (tone, sentence)


def test_every_error_that_a_sync_can_end_with_has_a_sentence_of_its_own() -> None:
    general = _failed("code of tomorrow")
    never_in_a_sync = {
        errors.OutcomeUnknown,
        errors.OutcomeTaken,
        errors.AlreadySubmitted,
        errors.KeyReused,
        errors.NotRevocable,
        errors.PatNotFound,
        errors.NoAccess,  # a state of its own
        errors.OtherDirectory,
    }
    for error in set(_below(errors.TokensError)) - never_in_a_sync:
        assert _failed(error.code) != general, error


def _below(kind: type[errors.TokensError]) -> Iterator[type[errors.TokensError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _failed(code: str) -> str:
    row = access(state=State.FAILED, error_code=code)
    return organization_state(row, url="/", is_current=False, now=NOW).sentence


def test_a_page_waits_for_a_minute_and_no_longer() -> None:
    assert is_syncing(access(requested_at=NOW, finished_at=None), now=NOW)
    assert not is_syncing(access(requested_at=NOW - timedelta(seconds=60), finished_at=LONG_AGO), now=NOW)
    assert not is_syncing(access(), now=NOW)
    assert not is_syncing(access(requested_at=None, finished_at=None), now=NOW)


def test_it_passes_on_what_support_asks_for() -> None:
    state = organization_state(
        access(activity_id="an-id"), url="/?organization=alpha", is_current=True, now=NOW
    )
    assert (state.activity_id, state.url, state.is_current, state.name) == (
        "an-id",
        "/?organization=alpha",
        True,
        "alpha",
    )
