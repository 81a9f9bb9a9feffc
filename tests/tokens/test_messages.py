"""Every error has words, and the words promise nothing that is not so."""

import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from patportal.lib.problems import Message
from tokens import errors, messages, rules
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


ALL_MESSAGES = [
    *messages.MESSAGES.values(),
    *messages.SERVICE_MESSAGES.values(),
    *messages.EXTENSION_MESSAGES.values(),
    *messages.READING_MESSAGES.values(),
    *messages.BACKUP_MESSAGES.values(),
    *messages.SETTING_MESSAGES.values(),
]


@pytest.mark.parametrize("message", ALL_MESSAGES)
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


def test_a_life_too_long_is_told_otherwise_of_a_token_that_exists() -> None:
    code = "patLifespanPolicyViolation"
    made, extended = (messages.reason_of(code, is_extension=one) for one in (False, True))
    assert made is not None
    assert extended is not None
    assert "Nothing was made." in made.sentence
    assert "Nothing was changed." in extended.sentence
    assert "rotate" in extended.next_step
    problem = messages.problem_for(errors.Refused(code), is_extension=True)
    assert problem.message == extended
    # What is said of both alike stays what it is.
    other = "fullScopePatPolicyViolation"
    assert messages.reason_of(other, is_extension=True) == messages.reason_of(other)


def test_a_backup_owner_is_refused_with_the_reason() -> None:
    reasons = {message.sentence for message in messages.BACKUP_MESSAGES.values()}
    assert len(reasons) == len(messages.BACKUP_MESSAGES)
    for reason, message in messages.BACKUP_MESSAGES.items():
        assert messages.message_for(errors.BackupRefused(detail=reason)) is message


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


def test_another_sign_in_is_asked_for_where_it_may_help() -> None:
    asking = {code for code, message in messages.MESSAGES.items() if message.asks_for_sign_in}
    assert asking == {errors.SignInNeeded.code, errors.ConditionalAccess.code}


NEVER_WHILE_READING = {
    errors.OutcomeUnknown,
    errors.OutcomeTaken,
    errors.AlreadySubmitted,
    errors.KeyReused,
    errors.NotRevocable,
    errors.PatNotFound,
    errors.NotChangeable,
    errors.AboutToEnd,
    errors.OwnedElsewhere,
    errors.PatChanged,
    errors.ChangeUnderWay,
    errors.AlreadyReplaced,
    errors.RotationUnfinished,
    errors.NotEnding,
    errors.BackupRefused,
    errors.SettingRefused,
}


def test_whatever_ends_a_reading_has_words_of_its_own() -> None:
    expected = {error.code for error in set(all_errors()) - NEVER_WHILE_READING}
    assert set(messages.READING_MESSAGES) - {"not_begun"} == expected
    general = messages.reading_message("code of tomorrow")
    assert [code for code in expected if messages.reading_message(code) == general] == ["refused"]


@pytest.mark.parametrize("code", messages.READING_MESSAGES)
def test_a_reading_names_organizations_and_says_nothing_of_changes(code: str) -> None:
    message = messages.reading_message(code)
    assert message.title.count("{names}") == 1
    assert "Nothing was" not in message.sentence
    assert "the code" not in message.next_step
    assert message.tone == "warn"


TOO_LONG = errors.Refused("PatLifespanPolicyViolation")


@pytest.mark.parametrize(
    ("asked_for", "said", "advice"),
    [
        ("", "", "60, 30 or 7 days, or an earlier date."),
        ("90 days", "You asked for 90 days. ", "60, 30 or 7 days, or an earlier date."),
        ("60 days", "You asked for 60 days. ", "30 or 7 days, or an earlier date."),
        ("30 days", "You asked for 30 days. ", "7 days, or an earlier date."),
        ("7 days", "You asked for 7 days. ", "an earlier date."),
        ("2027-03-01", "You asked for 1 March 2027. ", "60, 30 or 7 days, or an earlier date."),
    ],
)
def test_a_life_that_is_too_long_is_told_with_the_shorter_ones_of_the_form(
    asked_for: str, said: str, advice: str
) -> None:
    problem = messages.problem_for(TOO_LONG, asked_for=asked_for)
    assert (
        problem.sentence
        == f"{said}A policy of your directory limits how long tokens may live. Nothing was made."
    )
    assert problem.next_step == f"Choose an earlier expiry: {advice}"
    assert {int(number) for number in re.findall(r"\d+", str(problem.next_step))} <= set(
        rules.LIFE_PRESETS_DAYS
    )


def test_what_was_asked_for_is_not_repeated_where_it_does_not_matter() -> None:
    refused = errors.Refused("accessDenied")
    assert messages.problem_for(refused, asked_for="90 days") == messages.problem_for(refused)


def test_each_reason_for_which_a_setting_is_refused_has_its_own_words() -> None:
    told = {
        messages.message_for(errors.SettingRefused(detail=one)).title for one in messages.SETTING_MESSAGES
    }
    assert len(told) == len(messages.SETTING_MESSAGES)
