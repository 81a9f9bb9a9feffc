"""Which boxes stand above the list, and what each says."""

from datetime import timedelta
from typing import Any

from tests.tokens.presenters.rows import NOW, PLACES, access
from tokens import messages
from tokens.models import OrganizationAccess
from tokens.presenters import Reference, Trouble, troubles

State = OrganizationAccess.State
LONG_AGO = NOW - timedelta(hours=1)
NEVER = {"read_at": None}


def failed(code: str, **facts: Any) -> dict[str, Any]:
    return {"state": State.FAILED, "error_code": code, **facts}


def no_access(**facts: Any) -> dict[str, Any]:
    return {"state": State.NO_ACCESS, "error_code": "no_access", **facts}


def boxes(*rows: dict[str, Any], counts: dict[int, int] | None = None, can_act: bool = True) -> list[Trouble]:
    return troubles(
        [access(**facts, organization=place) for facts, place in zip(rows, PLACES, strict=False)],
        words=messages.reading_message,
        active_counts=counts or {},
        sign_in_url="/sign-in?again=1",
        can_act=can_act,
        now=NOW,
    )


def test_nothing_is_said_of_what_is_read_is_being_read_or_never_was_open() -> None:
    syncing = failed("unreachable", requested_at=NOW, finished_at=None)
    assert boxes({}, syncing, no_access(**NEVER)) == []
    assert boxes({"state": State.UNKNOWN, "requested_at": None, "read_at": None}) == []


def test_organizations_with_the_same_reason_share_a_box() -> None:
    box, other = boxes(failed("unreachable"), failed("throttled"), failed("unreachable"))
    assert box.title == "alpha and gamma: Azure DevOps cannot be reached"
    assert other.title == "beta: Azure DevOps asks to slow down"
    (all_three,) = boxes(*[failed("unreachable")] * 3)
    assert all_three.title == "alpha, beta and gamma: Azure DevOps cannot be reached"


def test_each_box_says_what_to_do_next() -> None:
    for code, message in messages.READING_MESSAGES.items():
        if code not in {"not_begun", "sign_in_needed"}:
            (box,) = boxes(failed(code))
            assert (box.sentence, box.next_step) == (message.sentence, message.next_step)


def test_a_lost_sign_in_is_left_to_its_own_box() -> None:
    assert boxes(*[failed("sign_in_needed")] * 3) == []


def test_signing_in_is_offered_where_it_may_help() -> None:
    rule, offline = boxes(failed("conditional_access"), failed("organization_offline"))
    assert (rule.sign_in_url, offline.sign_in_url) == ("/sign-in?again=1", "")


def test_it_says_when_nobody_works_on_the_refresh() -> None:
    waiting = {"requested_at": NOW - timedelta(seconds=61), "finished_at": LONG_AGO}
    (box,) = boxes(waiting, waiting)
    assert box.title == "alpha and beta: the refresh has not begun"
    assert "worker may be down" in box.sentence


def test_it_says_how_old_is_what_one_still_sees() -> None:
    (one,) = boxes(failed("unreachable", read_at=LONG_AGO))
    assert (one.read_told, one.read_at) == ("What you see of it was last read {moment}", LONG_AGO)
    (two,) = boxes(failed("unreachable"), failed("unreachable", read_at=LONG_AGO))
    assert (two.read_told, two.read_at) == (
        "The oldest of what you see of them was last read {moment}",
        LONG_AGO,
    )
    (never,) = boxes(failed("unreachable", **NEVER))
    assert never.read_at is None


def test_it_gives_the_ids_that_support_asks_for() -> None:
    (one,) = boxes(failed("refused", activity_id="an-id"))
    assert one.references == [Reference("", "an-id")]
    rows = [failed("refused", activity_id=activity_id) for activity_id in ("first", "", "third")]
    (three,) = boxes(*rows)
    assert three.references == [Reference("alpha", "first"), Reference("gamma", "third")]


def test_who_lost_access_hears_what_the_portal_can_no_longer_do() -> None:
    (one,) = boxes(no_access(), counts={1: 35, 2: 7})
    assert one.title == "You no longer have access to alpha"
    assert one.loss == "The portal can no longer see or revoke your 35 active tokens there."
    (two,) = boxes(no_access(), no_access(), counts={1: 35, 2: 7})
    assert two.title == "You no longer have access to alpha and beta"
    assert "your 42 active tokens" in two.loss
    assert "your 1 active token there" in boxes(no_access(), counts={1: 1})[0].loss
    assert "no active token there" in boxes(no_access())[0].loss


def test_a_moved_or_renamed_organization_is_lost_too_and_a_failing_one_is_not() -> None:
    moved, renamed, failing = boxes(
        no_access(error_code="other_directory"),
        failed("organization_gone"),
        failed("unreachable"),
        counts={1: 2, 2: 3, 3: 4},
    )
    assert moved.title == "You no longer have access to alpha"
    assert "another directory" in moved.sentence
    assert "your 2 active tokens" in moved.loss
    assert renamed.title == "beta: renamed or deleted in Azure DevOps"
    assert "your 3 active tokens" in renamed.loss
    assert failing.loss == ""


def test_what_goes_on_as_ever_is_named_beside_what_failed() -> None:
    (box,) = boxes({}, failed("unreachable"), {})
    assert box.unaffected == "alpha and gamma can be read as ever."
    # Nothing is known of what never was read or never was open, and nothing goes on where nobody can act.
    assert [one.unaffected for one in boxes(failed("unreachable"), no_access(**NEVER))] == [""]
    assert [one.unaffected for one in boxes({}, failed("unreachable"), can_act=False)] == [""]


def test_a_box_says_when_the_portal_tries_again_by_itself() -> None:
    soon, later = NOW + timedelta(minutes=5), NOW + timedelta(hours=1)
    rows = [failed("unreachable", next_sync_at=at) for at in (later, soon, None)]
    assert [box.again_at for box in boxes(*rows)] == [soon]
    assert [box.again_at for box in boxes(failed("unreachable", next_sync_at=NOW - timedelta(hours=1)))] == [
        None
    ]
    assert [box.again_at for box in boxes(*rows, can_act=False)] == [None]
