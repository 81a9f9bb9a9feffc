"""What Entra's refusals mean."""

from typing import Any

import pytest

from accounts.entra_answers import EntraAnswer, refresh_error, sign_in_error
from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    PortalMisconfigured,
    RefusalReason,
    SignInNeeded,
    SignInReason,
    SignInRefused,
)

GUID = "12345678-1234-4234-8234-123456789012"


def answer(error: str, number: int = 0, suberror: str = "") -> EntraAnswer:
    return EntraAnswer(error, suberror, (number,) if number else ())


LOST = [
    (answer("invalid_grant", 70043, "bad_token"), SignInReason.SIGN_IN_FREQUENCY),
    (answer("invalid_grant", 700082), SignInReason.GRANT_EXPIRED),
    (answer("invalid_grant", 70008), SignInReason.GRANT_EXPIRED),
    (answer("invalid_grant", 50173, "bad_token"), SignInReason.GRANT_REVOKED),
    (answer("invalid_grant", 70000, "bad_token"), SignInReason.GRANT_REVOKED),
    (answer("interaction_required", 50076, "basic_action"), SignInReason.SECOND_FACTOR),
    (answer("invalid_grant", 53000, "additional_action"), SignInReason.DEVICE_NEEDED),
    (answer("invalid_grant", 53003, "message_only"), SignInReason.BLOCKED_BY_POLICY),
    (answer("invalid_grant", 65001, "consent_required"), SignInReason.CONSENT_MISSING),
    (answer("invalid_grant", 50057), SignInReason.ACCOUNT_DISABLED),
    (answer("invalid_grant", 99999, "message_only"), SignInReason.BLOCKED_BY_POLICY),
    (answer("interaction_required", 0, "basic_action"), SignInReason.SECOND_FACTOR),
    (answer("invalid_grant", 99999, "something_new"), SignInReason.SIGN_IN_NEEDED),
    (answer("invalid_grant"), SignInReason.SIGN_IN_NEEDED),
    (answer("consent_required"), SignInReason.CONSENT_MISSING),
    (answer("login_required"), SignInReason.SIGN_IN_NEEDED),
]


@pytest.mark.parametrize(("given", "reason"), LOST)
def test_a_refresh_refused_because_of_the_person_needs_a_sign_in(
    given: EntraAnswer, reason: SignInReason
) -> None:
    error = refresh_error(given)
    assert isinstance(error, SignInNeeded)
    assert error.code == reason


BROKEN = [
    answer("invalid_client", 7000215),
    answer("invalid_client", 7000222),
    answer("invalid_client"),
    answer("unauthorized_client", 700016),
    answer("invalid_grant", 700016),
    answer("invalid_request", 90002),
    answer("invalid_scope", 70011),
    answer("invalid_resource", 500011),
]


@pytest.mark.parametrize("given", BROKEN)
def test_a_refusal_of_the_portal_itself_is_nobodys_sign_in(given: EntraAnswer) -> None:
    assert isinstance(refresh_error(given), PortalMisconfigured)
    assert isinstance(sign_in_error(given), PortalMisconfigured)


@pytest.mark.parametrize("error", ["invalid_request", "something_new", ""])
def test_an_unknown_refusal_never_ends_a_grant(error: str) -> None:
    assert isinstance(refresh_error(answer(error, 99999)), PortalMisconfigured)


TRANSIENT = [
    answer("temporarily_unavailable"),
    answer("server_error"),
    answer("invalid_grant", 50196),
    answer("invalid_request", 90033),
    answer("temporarily_unavailable", 90006),
]


@pytest.mark.parametrize("given", TRANSIENT)
def test_trouble_at_entra_is_transient(given: EntraAnswer) -> None:
    for error in (refresh_error(given), sign_in_error(given)):
        assert isinstance(error, EntraUnreachable)
        assert error.retryable


REFUSED = [
    (answer("access_denied", 65004), RefusalReason.CANCELLED),
    (answer("access_denied"), RefusalReason.CANCELLED),
    (answer("consent_required", 65001), RefusalReason.CANCELLED),
    (answer("invalid_grant", 54005), RefusalReason.FLOW_SPENT),
    (answer("invalid_grant", 501481), RefusalReason.FLOW_SPENT),
    (answer("invalid_grant"), RefusalReason.FLOW_SPENT),
    (answer("invalid_grant", 50105), RefusalReason.ENTRA_REFUSED),
    (answer("interaction_required", 50076), RefusalReason.ENTRA_REFUSED),
    (answer("something_new"), RefusalReason.ENTRA_REFUSED),
    (answer(""), RefusalReason.ENTRA_REFUSED),
]


@pytest.mark.parametrize(("given", "reason"), REFUSED)
def test_a_refused_sign_in_says_why(given: EntraAnswer, reason: RefusalReason) -> None:
    error = sign_in_error(given)
    assert isinstance(error, SignInRefused)
    assert error.code == reason


def test_it_reads_the_token_endpoints_answer() -> None:
    read = EntraAnswer.of_token_endpoint(
        {
            "error": "invalid_grant",
            "suberror": "bad_token",
            "error_codes": [50173, 70000],
            "correlation_id": GUID,
            "error_description": "AADSTS50173: text",
        }
    )
    assert read == EntraAnswer("invalid_grant", "bad_token", (50173, 70000), GUID)
    assert read.number == 50173


def test_it_takes_the_number_from_the_description_where_there_is_no_list() -> None:
    assert EntraAnswer.of_token_endpoint({"error_description": "AADSTS50105: not assigned"}).number == 50105


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"error": None, "error_codes": None, "correlation_id": None},
        {"error": 7, "error_codes": "x", "suberror": [], "correlation_id": {}},
        {"error_codes": ["50105", None]},
        {"correlation_id": "<script>alert(1)</script>"},
    ],
)
def test_it_survives_any_shape_of_answer(given: dict[str, Any]) -> None:
    read = EntraAnswer.of_token_endpoint(given)
    assert isinstance(refresh_error(read), AccountsError)
    assert read.number == 0
    assert read.correlation_id == ""


def test_it_reads_a_redirect() -> None:
    description = f"AADSTS65004: declined.\r\nTrace ID: {GUID}\r\nCorrelation ID: {GUID}\r\nTimestamp: now"
    read = EntraAnswer.of_redirect(
        {"error": "access_denied", "error_description": description, "error_subcode": "cancel"}
    )
    assert read == EntraAnswer("access_denied", "cancel", (65004,), GUID)


def test_it_takes_nothing_but_numbers_and_ids_from_a_redirect() -> None:
    read = EntraAnswer.of_redirect(
        {
            "error": "x" * 1000,
            "error_description": "AADSTS123: AADSTS99999999: Correlation ID: " + "no-guid-" * 5,
        }
    )
    assert read.number == 0
    assert read.correlation_id == ""
    assert len(read.error) == 64
