"""Operations in words."""

import pytest

from tests.tokens.presenters.rows import NOW, operation, pat
from tokens.models import NOT_CONFIRMED, Operation
from tokens.models.operation import CHANGE_STATES, CHANGE_VERBS, CREATE_STATES, CREATE_VERBS, REVOKE_STATES
from tokens.presenters import notice, operation_view

State, Verb = Operation.State, Operation.Verb


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        *((Verb(verb), State(one)) for verb in CREATE_VERBS for one in CREATE_STATES),
        *((Verb(verb), State(one)) for verb in CHANGE_VERBS for one in CHANGE_STATES),
        *((Verb.REVOKE, State(one)) for one in REVOKE_STATES),
    ],
)
@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize("has_pat", [False, True])
def test_every_state_of_every_verb_has_words(
    verb: Operation.Verb, state: Operation.State, is_lost: bool, has_pat: bool
) -> None:
    row = operation(verb, state, answer_lost_at=NOW if is_lost else None, pat=pat() if has_pat else None)
    view = operation_view(row, now=NOW)
    assert view.title
    assert view.sentence.endswith(".")
    assert view.tone in {"good", "warn", "bad", "info"}
    assert view.is_pending == (state in {State.REQUESTED, State.SENT})
    assert (view.row is not None) == has_pat


def test_a_creation_says_whether_its_secret_was_received() -> None:
    created = operation(Verb.CREATE, State.DONE, pat=pat(issued_at=NOW))
    assert "If you do not have it" in operation_view(created, now=NOW).sentence
    received = operation(Verb.CREATE, State.DONE, pat=pat(issued_at=NOW, received_at=NOW))
    view = operation_view(received, now=NOW)
    assert ("If you do not have it" in view.sentence, view.tone) == (False, "good")


def test_a_lost_creation_says_so_at_once() -> None:
    assert (
        operation_view(operation(Verb.CREATE, State.REQUESTED), now=NOW).title == "The token is being created"
    )
    lost = operation(Verb.CREATE, State.REQUESTED, answer_lost_at=NOW)
    assert operation_view(lost, now=NOW).title == "The answer was lost"


def test_an_orphan_is_being_revoked_until_it_is() -> None:
    for state in (State.ORPHANED, State.NOTHING_MADE):
        found = operation(Verb.CREATE, state, pat=pat())
        assert operation_view(found, now=NOW).title == "The token is being revoked"
        gone = operation(Verb.CREATE, state, pat=pat(revoked_at=NOW))
        assert operation_view(gone, now=NOW).title == "The token was revoked"


def test_a_revocation_that_is_not_confirmed_differs_from_one_that_was_not_sent() -> None:
    failed = operation(Verb.REVOKE, State.FAILED, error_code="forbidden")
    assert operation_view(failed, now=NOW).title == "Nothing was revoked"
    unconfirmed = operation(Verb.REVOKE, State.FAILED, error_code=NOT_CONFIRMED)
    assert operation_view(unconfirmed, now=NOW).title == "The revocation is not confirmed"


def test_a_notice_names_pat_and_organization_and_leads_to_the_details() -> None:
    row = operation(Verb.CREATE, State.NOTHING_MADE)
    banner = notice(row)
    assert banner.text.startswith("“ci-deploy” in alpha: the answer of Azure DevOps was lost.")
    assert (banner.action_url, banner.action_label) == (f"/operations/{row.id}", "Details")
    assert banner.at == row.finished_at


def test_only_what_is_settled_can_be_put_away() -> None:
    row = operation(Verb.CREATE, State.ORPHANED)
    assert notice(row).dismiss_url == f"/operations/{row.id}/dismiss"
    is_open = operation(Verb.CREATE, State.REQUESTED, answer_lost_at=NOW)
    assert (notice(is_open).dismiss_url, notice(is_open).at) == ("", is_open.requested_at)
