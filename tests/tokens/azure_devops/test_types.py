"""The values: above all, that a secret stays one."""

import copy
import dataclasses
import json
import logging
import pickle
import pprint
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.tokens.azure_devops.wire import ORGANIZATION_ID, PAT_ID, PAT_SECRET
from tokens.azure_devops import NewPat, PatFilter, PatMetadata, Probe, Secret, Timeouts

MOMENT = datetime(2026, 11, 23, tzinfo=UTC)


def metadata(target_accounts: tuple[UUID, ...] | None) -> PatMetadata:
    return PatMetadata(UUID(PAT_ID), "ci", frozenset({"vso.code"}), target_accounts, MOMENT, MOMENT)


@pytest.mark.parametrize(
    "written",
    [
        repr,
        str,
        ascii,
        pprint.pformat,
        "{}".format,
        "{:>99}".format,
        "{!r}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031  # this way of writing is under test
        lambda secret: repr([secret, {"key": secret}]),
        lambda secret: repr(NewPat(metadata(None), secret, "")),
        lambda secret: repr(ValueError(secret)),
    ],
)
def test_a_secret_masks_itself(written: Callable[[Secret], str]) -> None:
    assert PAT_SECRET not in written(Secret(PAT_SECRET))


def test_a_secret_masks_itself_in_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("any").warning("made %s", Secret(PAT_SECRET))
    assert "made Secret(********)" in caplog.text


@pytest.mark.parametrize(
    "taken",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        vars,
        hash,
        lambda secret: dataclasses.asdict(NewPat(metadata(None), secret, "")),
        lambda secret: pickle.dumps(NewPat(metadata(None), secret, "")),
    ],
)
def test_a_secret_cannot_be_taken_along(taken: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError):
        taken(Secret(PAT_SECRET))


def test_a_secret_reveals_itself_when_asked() -> None:
    assert Secret(PAT_SECRET).reveal() == PAT_SECRET


def test_secrets_are_equal_when_their_texts_are() -> None:
    assert Secret("a\ud800") == Secret("a\ud800")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_a_pat_without_target_accounts_is_global() -> None:
    assert metadata(None).is_global
    assert not metadata((UUID(ORGANIZATION_ID),)).is_global
    assert not metadata(()).is_global


def test_the_filters_are_the_words_of_the_api() -> None:
    assert {str(item) for item in PatFilter} == {"active", "revoked", "expired", "all"}


def test_an_attempt_takes_three_steps_of_connecting_and_an_answer() -> None:
    assert Timeouts(connect=2, read=30).attempt_seconds == 36


@pytest.mark.parametrize(("connect", "read"), [(0, 1), (1, 0), (-1, 1)])
def test_timeouts_refuse_what_would_never_end_or_never_begin(connect: float, read: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        Timeouts(connect=connect, read=read)


@pytest.mark.parametrize(
    ("status", "is_reachable", "is_found"),
    [(None, False, False), (200, True, True), (401, True, True), (404, True, False), (503, True, False)],
)
def test_a_probe_tells_whether_somebody_and_something_is_there(
    status: int | None, is_reachable: bool, is_found: bool
) -> None:
    probe = Probe(status=status)
    assert (probe.is_reachable, probe.is_found) == (is_reachable, is_found)
