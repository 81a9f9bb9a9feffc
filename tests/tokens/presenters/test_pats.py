"""One PAT in words."""

from datetime import timedelta
from typing import Any

import pytest

from tests.tokens.presenters.rows import DAY, NOW, pat
from tokens.presenters import pat_row, status_of


@pytest.mark.parametrize(
    ("facts", "status", "tone"),
    [
        ({}, "active", "good"),
        ({"valid_to": NOW + 14 * DAY}, "expiring", "warn"),
        ({"valid_to": NOW + 14 * DAY + timedelta(seconds=1)}, "active", "good"),
        ({"valid_to": NOW}, "expired", "bad"),
        ({"revocation_sent_at": NOW}, "revocation_sent", "info"),
        ({"revocation_sent_at": NOW, "valid_to": NOW - DAY}, "expired", "bad"),
        ({"revoked_at": NOW}, "revoked", "quiet"),
        ({"revoked_at": NOW, "valid_to": NOW - DAY}, "revoked", "quiet"),
        ({"vanished_at": NOW}, "vanished", "quiet"),
    ],
)
def test_the_badge_says_what_matters_most(facts: dict[str, Any], status: str, tone: str) -> None:
    badge = status_of(pat(**facts), now=NOW)
    assert (badge.code, badge.tone) == (status, tone)


@pytest.mark.parametrize(
    ("facts", "is_ended", "can_revoke", "can_keep"),
    [
        ({}, False, True, False),
        ({"is_left_over": True}, False, True, True),
        ({"revocation_sent_at": NOW}, False, False, False),
        ({"valid_to": NOW, "is_left_over": True}, True, False, False),
        ({"revoked_at": NOW, "is_left_over": True}, True, False, False),
        ({"vanished_at": NOW}, True, False, False),
    ],
)
def test_only_what_works_can_be_acted_on(
    facts: dict[str, Any], is_ended: bool, can_revoke: bool, can_keep: bool
) -> None:
    row = pat_row(pat(**facts), now=NOW)
    assert (row.is_ended, row.can_revoke, row.can_keep) == (is_ended, can_revoke, can_keep)


@pytest.mark.parametrize(
    ("scopes", "summary"),
    [
        ([], "No scopes"),
        (["vso.code"], "Code (read)"),
        (["vso.code", "vso.code_full"], "Code (full)"),
        (["vso.work", "vso.build"], "Build (read), Work items (read)"),
        (["vso.work", "vso.build", "vso.code", "vso.test"], "Build (read), Code (read) and 2 more"),
        (["vso.of_tomorrow"], "vso.of_tomorrow"),
    ],
)
def test_scopes_are_summed_up_without_what_others_contain(scopes: list[str], summary: str) -> None:
    assert pat_row(pat(scopes=scopes), now=NOW).scope_summary == summary


def test_risks_name_full_access_before_high_privilege() -> None:
    assert [risk.code for risk in pat_row(pat(scopes=["app_token"]), now=NOW).risks] == ["full_access"]
    assert [risk.code for risk in pat_row(pat(scopes=["vso.code_full"]), now=NOW).risks] == ["high_privilege"]
    assert [risk.code for risk in pat_row(pat(is_global=True), now=NOW).risks] == ["global"]
    assert pat_row(pat(), now=NOW).risks == []


def test_what_has_ended_is_no_risk_and_needs_no_remark() -> None:
    ended = pat_row(
        pat(scopes=["app_token"], is_global=True, is_left_over=True, issued_at=NOW - DAY, revoked_at=NOW),
        now=NOW,
    )
    assert (ended.risks, ended.remarks) == ([], [])


def test_remarks_tell_of_what_may_be_left_over_or_was_never_seen() -> None:
    row = pat_row(pat(is_left_over=True, issued_at=NOW - DAY), now=NOW)
    assert [remark.partition(":")[0] for remark in row.remarks] == [
        "Possibly left over from a creation whose answer was lost",
        "Its secret was perhaps never seen",
    ]


def test_addresses_name_the_pat() -> None:
    one = pat()
    row = pat_row(one, now=NOW)
    assert (row.revoke_url, row.keep_url) == (f"/tokens/{one.id}/revoke", f"/tokens/{one.id}/keep")
