"""What stands in place of an empty list."""

from datetime import timedelta
from typing import Any

import pytest

from tests.tokens.presenters.rows import NOW, PLACES, access
from tokens.models import OrganizationAccess
from tokens.presenters import FilterChip, Nothing, nothing_to_show

State = OrganizationAccess.State
NEVER = {"read_at": None}
CLOSED = {"state": State.NO_ACCESS, "error_code": "no_access"}
FAILED = {"state": State.FAILED, "error_code": "unreachable"}
_SEARCH = FilterChip("search", "“deploy”", "/?sort=name")
_STATUS = FilterChip("status", "Status: expired", "/?q=deploy")


def shown(*rows: dict[str, Any], **facts: Any) -> Nothing:
    said: dict[str, Any] = {
        "organization": "",
        "filters": [],
        "elsewhere": 0,
        "elsewhere_url": "/?status=all",
        "can_act": True,
    }
    places = [access(**row, organization=place) for row, place in zip(rows, PLACES, strict=False)]
    return nothing_to_show(places, **said | facts, now=NOW)


def test_who_has_no_tokens_is_invited_to_create_one() -> None:
    nothing = shown({}, {})
    assert nothing.title == "You have no tokens yet"
    assert (nothing.action_url, nothing.is_primary) == ("/tokens/new", True)
    assert shown({}, CLOSED | NEVER) == nothing


def test_tokens_that_ended_are_not_forgotten() -> None:
    assert shown({}, {}, elsewhere=3).title == "No active tokens"


@pytest.mark.parametrize("row", [FAILED, FAILED | NEVER, CLOSED, {"state": State.UNKNOWN, **NEVER}])
@pytest.mark.parametrize("elsewhere", [0, 3])
def test_nobody_is_told_that_they_have_none_beside_what_could_not_be_read(
    row: dict[str, Any], elsewhere: int
) -> None:
    nothing = shown({}, row, elsewhere=elsewhere)
    assert nothing.title == "No active token is known"
    assert "The reasons stand above." in nothing.text
    assert nothing.action_url == ""


def test_while_what_failed_is_being_read_again_no_reason_is_promised() -> None:
    again = FAILED | {"requested_at": NOW, "finished_at": NOW - timedelta(hours=1)}
    assert "being asked" in shown({}, again).text


def test_where_the_portal_cannot_act_nothing_is_concluded() -> None:
    assert shown({}, {}, can_act=False).title == "No active token is known"
    unread = shown(FAILED | NEVER, FAILED | NEVER, can_act=False)
    assert unread.title == "Your tokens have not been read yet"
    assert "Refresh" not in unread.text


def test_what_nobody_answered_for_is_not_read_yet() -> None:
    nothing = shown(FAILED | NEVER, CLOSED | NEVER, filters=[_SEARCH])
    assert nothing.title == "Your tokens could not be read yet"
    assert nothing.is_unread


def test_what_the_portal_knows_without_having_read_it_is_known() -> None:
    nothing = shown(FAILED | NEVER, FAILED | NEVER, filters=[_STATUS], elsewhere=1)
    assert (nothing.title, nothing.is_unread) == ("Nothing matches", False)
    assert not shown(FAILED | NEVER, FAILED | NEVER, elsewhere=1).is_unread


@pytest.mark.parametrize("row", [CLOSED | NEVER, CLOSED])
def test_who_has_access_nowhere_is_told_where_to_ask(row: dict[str, Any]) -> None:
    nothing = shown(row, row, row, filters=[_SEARCH], organization="beta")
    assert nothing.title == "You have no access to any organization of this portal"
    assert "They are alpha, beta and gamma. Ask to be added" in nothing.text
    assert "open it once in the browser, then use Refresh" in nothing.text
    assert nothing.action_url == ""


def test_one_organization_alone_is_named_in_the_heading() -> None:
    assert shown(CLOSED | NEVER).title == "You have no access to alpha"


def test_a_filter_that_matches_nothing_is_named_and_can_be_taken_off() -> None:
    nothing = shown({}, {}, filters=[_SEARCH])
    assert (nothing.title, nothing.text) == ("Nothing matches", "No active token fits “deploy”.")
    assert (nothing.action_label, nothing.action_url) == ("Show all tokens", "/?sort=name")


def test_of_several_filters_all_are_named_and_taken_off() -> None:
    nothing = shown({}, {}, filters=[_SEARCH, _STATUS])
    assert nothing.text == "No token fits “deploy” and Status: expired."
    assert (nothing.action_label, nothing.action_url) == ("Show all tokens", "/")


@pytest.mark.parametrize(
    ("elsewhere", "sentence", "label"),
    [(1, "1 in another state fits.", "Show it"), (3, "3 in another state fit.", "Show them")],
)
def test_what_would_match_in_another_state_is_one_step_away(
    elsewhere: int, sentence: str, label: str
) -> None:
    nothing = shown({}, {}, filters=[_SEARCH], elsewhere=elsewhere)
    assert nothing.text == f"No active token fits “deploy”. {sentence}"
    assert (nothing.action_label, nothing.action_url) == (label, "/?status=all")


def test_who_has_none_in_any_state_is_not_told_of_the_state() -> None:
    assert shown({}, {}, filters=[_STATUS]).title == "You have no tokens yet"
    assert shown({}, FAILED, filters=[_STATUS]).title == "No active token is known"


def test_a_state_alone_that_nothing_has_leads_to_all() -> None:
    nothing = shown({}, {}, filters=[_STATUS], elsewhere=3)
    assert (nothing.text, nothing.action_label) == ("No token fits Status: expired.", "Show all tokens")


def test_who_chooses_an_organization_without_access_hears_why_it_is_empty() -> None:
    nothing = shown({}, CLOSED | NEVER, filters=[_SEARCH], organization="beta")
    assert nothing.text.startswith("You have no access to beta.")
