"""How fresh the mirror of an organization is, in words."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.tokens.presenters.rows import NOW, PLACES, access
from tokens import errors, rules
from tokens.models import OrganizationAccess
from tokens.presenters import freshness, is_lost, is_syncing, organization_state

State = OrganizationAccess.State
LONG_AGO = NOW - timedelta(hours=1)
AGED: dict[str, Any] = {"read_at": NOW - rules.STALE_AFTER - timedelta(seconds=1)}


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
        ({"state": State.NO_ACCESS, "read_at": None}, "quiet", "You have no access to this organization."),
        ({"state": State.NO_ACCESS}, "warn", "You have no access to this organization."),
        (
            {"state": State.NO_ACCESS, "error_code": "other_directory", "read_at": None},
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
        (AGED, "warn", "Not read for a long time, so it may have changed meanwhile."),
        (
            AGED | {"requested_at": NOW, "finished_at": None},
            "warn",
            "Not read for a long time. It is being read at this moment…",
        ),
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
        errors.NotChangeable,
        errors.AboutToEnd,
        errors.OwnedElsewhere,
        errors.PatChanged,
        errors.ChangeUnderWay,
        errors.AlreadyReplaced,
        errors.RotationUnfinished,
        errors.NotEnding,
        errors.BackupRefused,
        errors.SettingRefused,
    }
    for error in set(_below(errors.TokensError)) - never_in_a_sync:
        assert _failed(error.code) != general, error


def _below(kind: type[errors.TokensError]) -> Iterator[type[errors.TokensError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _failed(code: str) -> str:
    row = access(state=State.FAILED, error_code=code)
    return str(organization_state(row, url="/", is_current=False, now=NOW).sentence)


def test_a_page_waits_for_a_minute_and_no_longer() -> None:
    assert is_syncing(access(requested_at=NOW, finished_at=None), now=NOW)
    assert not is_syncing(access(requested_at=NOW - timedelta(seconds=60), finished_at=LONG_AGO), now=NOW)
    assert not is_syncing(access(), now=NOW)
    assert not is_syncing(access(requested_at=None, finished_at=None), now=NOW)


def test_it_passes_on_where_its_own_list_is() -> None:
    state = organization_state(access(), url="/?organization=alpha", is_current=True, now=NOW)
    assert (state.url, state.is_current, state.name) == ("/?organization=alpha", True, "alpha")


@pytest.mark.parametrize(
    ("facts", "is_out_of_reach"),
    [
        ({}, False),
        ({"state": State.NO_ACCESS}, True),
        ({"state": State.NO_ACCESS, "read_at": None}, False),
        ({"state": State.FAILED, "error_code": "organization_gone"}, True),
        ({"state": State.FAILED, "error_code": "organization_not_found"}, True),
        ({"state": State.FAILED, "error_code": "unreachable"}, False),
        ({"state": State.FAILED, "error_code": "sign_in_needed"}, False),
    ],
)
def test_only_what_had_been_read_and_stays_closed_is_lost(
    facts: dict[str, Any], is_out_of_reach: bool
) -> None:
    assert is_lost(access(**facts)) is is_out_of_reach


OLD, READ_AT = {"read_at": LONG_AGO}, NOW - timedelta(seconds=4)
CLOSED, NEVER = {"state": State.NO_ACCESS}, {"read_at": None}


@pytest.mark.parametrize(
    ("rows", "updated_at", "left_out"),
    [
        ([{}, {}], READ_AT, ""),
        ([{}, OLD], LONG_AGO, ""),
        ([{}, OLD | {"state": State.FAILED, "error_code": "throttled"}], LONG_AGO, ""),
        ([{}, OLD | CLOSED], READ_AT, "beta"),
        ([{}, CLOSED | NEVER], READ_AT, ""),
        ([{}, NEVER | {"state": State.FAILED, "error_code": "unreachable"}], READ_AT, "beta"),
        ([CLOSED, CLOSED], None, "alpha and beta"),
        ([CLOSED | NEVER, CLOSED | NEVER], None, ""),
    ],
)
def test_the_headline_speaks_for_what_is_still_read(
    rows: list[dict[str, Any]], updated_at: datetime | None, left_out: str
) -> None:
    found = freshness(
        [access(**facts, organization=place) for facts, place in zip(rows, PLACES, strict=False)], now=NOW
    )
    assert (found.updated_at, found.left_out, found.is_stale) == (updated_at, left_out, False)


@pytest.mark.parametrize(
    ("facts", "is_stale"),
    [
        ({"read_at": NOW - rules.STALE_AFTER}, False),
        (AGED, True),
        (AGED | {"state": State.FAILED, "error_code": "unreachable"}, True),
        (AGED | {"requested_at": NOW, "finished_at": None}, True),
        # What nobody can read any more is left out of the headline, and has a box of its own.
        (AGED | CLOSED, False),
        (NEVER, False),
    ],
)
def test_a_list_is_out_of_date_if_any_part_of_it_should_have_been_read_long_since(
    facts: dict[str, Any], is_stale: bool
) -> None:
    rows = [access(), access(**facts, organization=PLACES[1])]
    assert freshness(rows, now=NOW).is_stale == is_stale
