"""Which marks a PAT has, and what they say."""

from datetime import timedelta
from typing import Any

import pytest

from tests.tokens.presenters.rows import DAY, NOW, pat
from tokens import rules
from tokens.models import global_stop_at
from tokens.presenters import risk_marks
from tokens.presenters._risks import risks_of

_OLD = NOW - rules.OLD_AFTER - DAY
_LATE = global_stop_at() + 100 * DAY


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"scopes": ["app_token"]}, ["full_access"]),
        ({"scopes": ["vso.code_full"]}, ["high_privilege"]),
        ({"scopes": ["app_token", "vso.code_full"]}, ["full_access"]),
        ({"valid_from": _OLD}, ["old"]),
        ({"valid_from": NOW - rules.OLD_AFTER}, []),
        ({"valid_from": _OLD, "scopes": ["vso.code_full"]}, ["high_privilege", "old"]),
        # Whoever replaces one for all organizations has a new secret by that.
        ({"valid_from": _OLD, "is_global": True, "scopes": ["app_token"]}, ["full_access", "global"]),
        # It is on its way out: nothing is to be done.
        ({"valid_from": _OLD, "ends_at": NOW + DAY}, []),
        ({"valid_from": _OLD, "revocation_sent_at": NOW}, []),
        # What has ended is no risk.
        ({"valid_from": _OLD, "valid_to": NOW - DAY, "scopes": ["app_token"]}, []),
        ({"valid_from": _OLD, "revoked_at": NOW, "is_global": True, "scopes": ["app_token"]}, []),
    ],
)
def test_what_works_is_marked_by_what_it_may_do_and_how_old_it_is(
    facts: dict[str, Any], codes: list[str]
) -> None:
    assert [mark.code for mark in risks_of(pat(**facts), now=NOW)] == codes


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"is_global": True, "valid_to": _LATE}, ["was_global"]),
        ({"is_global": True, "valid_to": global_stop_at() - DAY}, []),
        ({"is_global": True, "valid_to": _LATE, "revoked_at": NOW}, []),
        ({"is_global": True, "valid_to": _LATE, "vanished_at": NOW}, []),
        ({"is_global": False, "valid_to": global_stop_at()}, []),
    ],
)
def test_what_microsoft_stopped_is_marked_with_the_day(facts: dict[str, Any], codes: list[str]) -> None:
    marks = risks_of(pat(**facts), now=global_stop_at() + timedelta(seconds=1))
    assert [mark.code for mark in marks] == codes
    for mark in marks:
        assert mark.label == f"All organizations, stopped {global_stop_at():%-d %b %Y}"


def test_every_mark_says_why_it_matters_and_what_to_do() -> None:
    marks = risk_marks()
    assert len({mark.code for mark in marks}) == len(marks) == 5
    for mark in marks:
        assert mark.label
        assert mark.why.endswith(".")
        assert mark.next_step.endswith(".")


def test_a_page_explains_every_mark_that_a_row_may_have() -> None:
    facts: list[dict[str, Any]] = [
        {"scopes": ["app_token"]},
        {"scopes": ["vso.code_full"], "valid_from": _OLD},
        {"is_global": True},
    ]
    found = [mark for one in facts for mark in risks_of(pat(**one), now=NOW)]
    assert len(found) == 4
    assert [mark for mark in found if mark not in risk_marks()] == []


def test_the_age_is_told_by_the_rule() -> None:
    (old,) = risks_of(pat(valid_from=_OLD), now=NOW)
    assert old.label == f"Older than {rules.OLD_AFTER.days} days"
    assert f"every {rules.OLD_AFTER.days} days" in old.why
