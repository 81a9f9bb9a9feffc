"""Every code has its words, and they follow the rules of the house."""

import re
from http import HTTPStatus

import pytest

from accounts import errors
from accounts.errors import AccountsError, RefusalReason, SignInReason
from accounts.messages import MESSAGES, problem_for
from accounts.sessions import EndReason

SESSION_ENDS = {
    EndReason.IDLE,
    EndReason.TOO_OLD,
    EndReason.ENDED_ELSEWHERE,
    EndReason.ROLE_LOST,
    EndReason.OUTDATED,
}
# What says nothing to somebody who has never heard of OAuth.
JARGON = (
    *("successfully", "please note", "tenant", "mfa", "conditional access", "service principal", "consent"),
    *(
        "redirect",
        "uri",
        "oauth",
        "claims",
        "pkce",
        "endpoint",
        "(?<!personal )access token",
        "id token",
        "authenticat",
    ),
    *("authoriz", "credential", "compliant", "second factor", "scope", "invalid", "error", "code", "grant"),
)


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
        | {reason.value for reason in SESSION_ENDS}
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


@pytest.mark.parametrize("code", codes())
def test_every_message_is_in_plain_words(code: str) -> None:
    message = MESSAGES[code]
    said = f"{message.title} {message.sentence} {message.next_step}".lower()
    assert [word for word in JARGON if re.search(rf"\b{word}", said)] == []
    assert len(message.title) <= 72


@pytest.mark.parametrize("code", codes())
def test_every_message_says_what_to_do_next(code: str) -> None:
    step = str(MESSAGES[code].next_step)
    assert re.search(
        r"([Ss]ign in|[Ss]tart again|[Aa]sk|[Tt]ell|[Cc]hoose|[Tt]ry again|[Ww]ait|[Cc]hange|[Ss]end"
        r"|[Ff]ollow|Sign in again)\b",
        step,
    )
    assert "support" not in step


def test_what_signing_in_cannot_solve_does_not_ask_for_it() -> None:
    for code in ("blocked_by_policy", "network_refused", "sign_in_blocked", "portal_misconfigured"):
        said = f"{MESSAGES[code].sentence} {MESSAGES[code].next_step}"
        assert re.search(r"(will|would) not help", said), code


def test_no_message_is_for_nothing() -> None:
    assert set(MESSAGES) == set(codes())


def test_a_problem_carries_what_the_page_needs() -> None:
    problem = problem_for("grant_revoked", reference="r", sign_in_url="/sign-in")
    assert problem.title == MESSAGES["grant_revoked"].title
    assert (problem.reference, problem.sign_in_url, problem.tone) == ("r", "/sign-in", "warn")


def test_an_unknown_code_has_no_words() -> None:
    with pytest.raises(KeyError):
        problem_for("nonsense")
