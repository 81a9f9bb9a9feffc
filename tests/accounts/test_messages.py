"""Every code has its words."""

from http import HTTPStatus

import pytest

from accounts import errors
from accounts.errors import AccountsError, RefusalReason, SignInReason
from accounts.messages import MESSAGES, problem_for
from accounts.middleware import IDLE, TOO_OLD


def codes() -> list[str]:
    classes = [
        found
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, AccountsError)
    ]
    return sorted(
        {error.code for error in classes}
        | {reason.value for reason in SignInReason}
        | {reason.value for reason in RefusalReason}
        | {IDLE, TOO_OLD}
    )


@pytest.mark.parametrize("code", codes())
def test_every_code_has_words_and_a_status(code: str) -> None:
    message = MESSAGES[code]
    assert message.title
    assert not message.title.endswith(".")
    assert message.sentence.endswith(".")
    assert message.next_step.endswith(".")
    assert message.status >= HTTPStatus.BAD_REQUEST
    assert message.tone in {"info", "warn", "bad"}
    assert "successfully" not in f"{message}"


def test_no_message_is_for_nothing() -> None:
    assert set(MESSAGES) == set(codes())


def test_a_problem_carries_what_the_page_needs() -> None:
    problem = problem_for("grant_revoked", reference="r", sign_in_url="/sign-in")
    assert problem.title == MESSAGES["grant_revoked"].title
    assert (problem.reference, problem.sign_in_url, problem.tone) == ("r", "/sign-in", "warn")


def test_an_unknown_code_has_no_words() -> None:
    with pytest.raises(KeyError):
        problem_for("nonsense")
