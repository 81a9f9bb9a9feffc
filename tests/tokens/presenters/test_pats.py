"""One PAT in words."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from patportal.templatetags.portal import sentence
from tests.tokens.presenters.rows import DAY, NOW, pat
from tests.tokens.views.page import read_html
from tokens import rules
from tokens.models import BackupContact, Organization, global_stop_at
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
        ({"ends_at": NOW + DAY}, "ending", "info"),
        ({"ends_at": NOW + DAY, "revocation_sent_at": NOW}, "revocation_sent", "info"),
        ({"ends_at": NOW - DAY, "revoked_at": NOW}, "revoked", "quiet"),
        ({"is_global": True}, "active", "good"),
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


def test_what_has_ended_is_no_risk_and_needs_no_remark() -> None:
    ended = pat_row(
        pat(scopes=["app_token"], is_global=True, is_left_over=True, issued_at=NOW - DAY, revoked_at=NOW),
        now=NOW,
    )
    assert (ended.risks, ended.remarks) == ([], [])


def test_remarks_tell_of_what_may_be_left_over_or_was_never_seen() -> None:
    row = pat_row(pat(is_left_over=True, issued_at=NOW - DAY), now=NOW)
    assert [remark.text.partition(":")[0] for remark in row.remarks] == [
        "Possibly left over from a creation whose answer was lost",
        "Its secret was perhaps never seen",
    ]


def test_a_global_one_is_stopped_from_its_day_on() -> None:
    one = pat(is_global=True, valid_to=global_stop_at() + 100 * DAY)
    before = global_stop_at() - timedelta(seconds=1)
    assert status_of(one, now=before).code == "expiring"
    assert status_of(one, now=global_stop_at()).code == "stopped"
    assert pat_row(one, now=NOW).stops_at == global_stop_at()


@pytest.mark.parametrize(
    ("facts", "deeds"),
    [
        ({}, "change extend rotate revoke"),
        ({"valid_to": NOW + rules.MAX_LIFE}, "change rotate revoke"),
        ({"is_global": True}, "change rotate revoke"),
        ({"ends_at": NOW + DAY}, "revoke"),
        ({"revocation_sent_at": NOW}, ""),
        ({"valid_to": NOW - DAY}, "rotate"),
        ({"revoked_at": NOW}, "rotate"),
        ({"scopes": [], "revoked_at": NOW}, ""),
        ({"successors": [pat()]}, "change extend revoke"),
        ({"successors": [pat(revoked_at=NOW)]}, "change extend rotate revoke"),
        ({"is_global": True, "successors": [pat()]}, "change rotate revoke"),
    ],
)
def test_only_what_is_possible_now_is_offered(facts: dict[str, Any], deeds: str) -> None:
    row = pat_row(pat(**facts), now=NOW)
    offered = {
        "change": row.can_change,
        "extend": row.can_extend,
        "rotate": row.can_rotate,
        "revoke": row.can_revoke,
    }
    assert " ".join(deed for deed, is_offered in offered.items() if is_offered) == deeds


def test_one_of_an_organization_that_is_not_set_up_cannot_be_touched() -> None:
    place = Organization(pk=1, name="alpha", instance_id=uuid4())
    row = pat_row(pat(organization=place, instance_id=uuid4()), now=NOW)
    assert not any([row.can_change, row.can_extend, row.can_rotate, row.can_revoke])
    assert "belongs to an organization that is not set up" in row.remarks[0].text
    assert pat_row(pat(organization=place, instance_id=place.instance_id), now=NOW).can_change


@pytest.mark.parametrize(
    ("facts", "label", "told", "page"),
    [
        ({}, "Rotate", "Rotate ci-deploy", "rotate"),
        ({"valid_to": NOW - DAY}, "Create a replacement", "Create a replacement for ci-deploy", "rotate"),
        ({"is_global": True}, "Replace", "Replace ci-deploy", "move"),
    ],
)
def test_a_rotation_is_called_what_it_is(facts: dict[str, Any], label: str, told: str, page: str) -> None:
    one = pat(**facts)
    row = pat_row(one, now=NOW)
    assert (row.rotate_label, row.rotate_url) == (label, f"/tokens/{one.id}/{page}")
    assert read_html(f"<p>{sentence(row.rotate_told, name=row.name)}</p>").text == told


def test_an_unfinished_rotation_is_told_on_both_sides() -> None:
    new = pat(name="new", issued_at=NOW - DAY, replaces=pat(name="old"))
    (about_new,) = pat_row(new, now=NOW).remarks
    assert "revoke this and rotate again" in about_new.text
    (about_old,) = pat_row(pat(name="old", successors=[new]), now=NOW).remarks
    assert "Its rotation is not finished" in about_old.text
    assert (about_old.label, about_old.url) == ("Finish or undo it", f"/tokens/{new.id}")
    received = pat(name="old", successors=[pat(received_at=NOW)])
    assert pat_row(received, now=NOW).remarks == []


def test_addresses_name_the_pat() -> None:
    one = pat()
    row = pat_row(one, now=NOW)
    assert (row.revoke_url, row.keep_url) == (f"/tokens/{one.id}/revoke", f"/tokens/{one.id}/keep")
    assert (row.detail_url, row.edit_url) == (f"/tokens/{one.id}", f"/tokens/{one.id}/edit")
    assert (row.extend_url, row.notes_url) == (f"/tokens/{one.id}/extend", f"/tokens/{one.id}/notes")


def test_the_row_names_the_backup_owner() -> None:
    assert pat_row(pat(), now=NOW).backup_owner == ""
    ops = BackupContact(email="ops@example.com")
    assert pat_row(pat(backup_contact=ops), now=NOW).backup_owner == "ops@example.com"
    bob = BackupContact(user=User(display_name="Bob Baker"))
    assert pat_row(pat(backup_contact=bob), now=NOW).backup_owner == "Bob Baker"


@pytest.mark.parametrize(
    ("facts", "is_due"),
    [
        ({}, False),
        ({"review_date": (NOW + DAY).date()}, False),
        ({"review_date": NOW.date()}, True),
        ({"review_date": (NOW - DAY).date()}, True),
        ({"review_date": (NOW - DAY).date(), "revoked_at": NOW}, False),
        ({"review_date": (NOW - DAY).date(), "valid_to": NOW}, False),
    ],
)
def test_a_review_is_due_from_its_day_on_while_the_pat_works(facts: dict[str, Any], is_due: bool) -> None:
    assert pat_row(pat(**facts), now=NOW).is_review_due is is_due


@pytest.mark.parametrize(
    ("successor", "is_told"),
    [
        ({}, False),
        ({"revoked_at": NOW}, True),
        ({"vanished_at": NOW}, True),
        ({"valid_to": NOW}, True),
        ({"revocation_sent_at": NOW}, True),
    ],
)
def test_one_that_is_to_end_although_its_successor_is_gone_says_so(
    successor: dict[str, Any], is_told: bool
) -> None:
    new = pat(received_at=NOW - DAY, **successor)
    ending = pat(ends_at=NOW + DAY, successors=[new])
    remarks = [one for one in pat_row(ending, now=NOW).remarks if "this one is about to end" in one.text]
    assert [(one.label, one.url) for one in remarks] == (
        [("Keep the old one", f"/tokens/{ending.id}/keep-old")] if is_told else []
    )
    for facts in ({}, {"ends_at": NOW + DAY, "revocation_sent_at": NOW}, {"ends_at": NOW, "revoked_at": NOW}):
        assert pat_row(pat(successors=[new], **facts), now=NOW).remarks == []
