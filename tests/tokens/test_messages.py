"""Every error has words, and the words promise nothing that is not so."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest

from patportal.lib.problems import Message
from tokens import errors, messages
from tokens.azure_devops._refusals import REPEATS_AFTER


def all_errors(kind: type[errors.TokensError] = errors.TokensError) -> Iterator[type[errors.TokensError]]:
    for one in kind.__subclasses__():
        yield one
        yield from all_errors(one)


def test_every_error_has_a_message_and_every_message_an_error() -> None:
    assert {error.code for error in all_errors()} == set(messages.MESSAGES)


def test_codes_are_told_apart() -> None:
    codes = [error.code for error in all_errors()]
    assert len(codes) == len(set(codes))
    assert errors.TokensError.code not in codes


@pytest.mark.parametrize("message", [*messages.MESSAGES.values(), *messages.SERVICE_MESSAGES.values()])
def test_each_message_says_what_happened_and_what_to_do(message: Message) -> None:
    assert message.title
    assert not message.title.endswith(".")
    assert message.sentence.endswith(".")
    assert message.next_step.endswith(".")
    assert "successfully" not in f"{message.title}{message.sentence}{message.next_step}"
    assert HTTPStatus(message.status) >= HTTPStatus.BAD_REQUEST
    assert message.tone in {"bad", "warn", "info"}


def test_codes_of_azure_devops_are_known_in_any_spelling() -> None:
    for code in ("patLifespanPolicyViolation", "PatLifespanPolicyViolation", "PATLIFESPANPOLICYVIOLATION"):
        assert messages.message_for(errors.Refused(code)).title == "The token would live too long"


def test_codes_of_tomorrow_get_the_general_message() -> None:
    error = errors.Refused("aCodeOfTomorrow", activity_id="an-id", detail="<b>text of theirs</b>")
    problem = messages.problem_for(error, request_id="ours")
    assert problem.title == "Azure DevOps refused"
    assert (problem.reference, problem.service_code) == ("an-id", "aCodeOfTomorrow")


def test_every_published_refusal_has_words_of_its_own() -> None:
    known = {code.lower() for code in REPEATS_AFTER}
    of_the_portal = {code for code in messages.SERVICE_MESSAGES if code.startswith("vss")}
    assert set(messages.SERVICE_MESSAGES) - of_the_portal == known
    assert len(of_the_portal) == 3
    general = messages.MESSAGES[errors.Refused.code]
    assert general not in messages.SERVICE_MESSAGES.values()


@pytest.mark.parametrize("code", REPEATS_AFTER)
def test_each_refusal_is_told_with_its_code_and_is_found_again_by_it(code: str) -> None:
    problem = messages.problem_for(errors.Refused(code))
    assert problem.service_code == code
    assert problem.message == messages.reason_of(code) == messages.SERVICE_MESSAGES[code.lower()]


@pytest.mark.parametrize("kind", [errors.Forbidden, errors.ConditionalAccess])
def test_what_the_service_says_goes_along_without_a_secret(kind: type[errors.Forbidden]) -> None:
    said = "no, Authorization: Bearer made-up-secret"
    refused = messages.problem_for(errors.Refused("accessDenied", detail=said))
    forbidden = messages.problem_for(kind(service_code="VS403463", detail=said))
    for problem in (refused, forbidden):
        assert problem.service_text.startswith("no, ")
        assert "made-up-secret" not in problem.service_text
    assert forbidden.service_code == "VS403463"


def test_details_of_our_own_are_not_shown_as_the_services_words() -> None:
    for error in (errors.SignInNeeded(detail="grant_revoked"), errors.NoAccess(detail="x")):
        problem = messages.problem_for(error)
        assert (problem.service_text, problem.service_code) == ("", "")


def test_microsofts_id_goes_before_ours() -> None:
    assert (
        messages.problem_for(errors.Forbidden(activity_id="theirs"), request_id="ours").reference == "theirs"
    )
    assert messages.problem_for(errors.Busy(), request_id="ours").reference == "ours"
