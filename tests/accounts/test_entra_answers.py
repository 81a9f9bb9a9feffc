"""What Entra's refusals mean."""

from typing import Any

import pytest

from accounts.aadsts import Aadsts, entries, entry_for
from accounts.entra_answers import (
    EntraAnswer,
    credential_error,
    exact_entry,
    portal_error,
    redirect_error,
    refresh_error,
    sign_in_error,
)
from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    PortalMisconfigured,
    RefusalReason,
    RefusedOddly,
    SignInNeeded,
    SignInReason,
    SignInRefused,
)

GUID = "12345678-1234-4234-8234-123456789012"
CHALLENGE = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


def answer(error: str, number: int = 0, suberror: str = "") -> EntraAnswer:
    return EntraAnswer(error, suberror, (number,) if number else ())


# One row for each number, as it comes without a suberror: what becomes of a refresh, and of a sign-in.
PORTAL, TROUBLE = PortalMisconfigured.code, EntraUnreachable.code
OUTCOMES: dict[int, tuple[str, str]] = {
    16000: (SignInReason.ACCOUNT_GONE, RefusalReason.FOREIGN_ACCOUNT),
    28002: (PORTAL, PORTAL),
    50011: (PORTAL, PORTAL),
    50012: (PORTAL, PORTAL),
    50014: (SignInReason.ACCOUNT_GONE, RefusalReason.ACCOUNT_UNKNOWN),
    50020: (SignInReason.ACCOUNT_GONE, RefusalReason.FOREIGN_ACCOUNT),
    50033: (TROUBLE, TROUBLE),
    50034: (SignInReason.ACCOUNT_GONE, RefusalReason.ACCOUNT_UNKNOWN),
    50053: (SignInReason.SIGN_IN_NEEDED, RefusalReason.ACCOUNT_LOCKED),
    50055: (SignInReason.PASSWORD_EXPIRED, RefusalReason.PASSWORD_EXPIRED),
    50057: (SignInReason.ACCOUNT_DISABLED, RefusalReason.ACCOUNT_DISABLED),
    50058: (SignInReason.SIGN_IN_NEEDED, RefusalReason.NO_SESSION),
    50072: (SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    50074: (SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    50076: (SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    50078: (SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    50079: (SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    50089: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_EXPIRED),
    50097: (SignInReason.DEVICE_NEEDED, RefusalReason.DEVICE_NEEDED),
    50105: (SignInReason.NOT_ASSIGNED, RefusalReason.NOT_ASSIGNED),
    50126: (SignInReason.SIGN_IN_NEEDED, RefusalReason.CREDENTIALS_WRONG),
    50129: (SignInReason.DEVICE_NEEDED, RefusalReason.DEVICE_NEEDED),
    50131: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.BLOCKED_BY_POLICY),
    50132: (SignInReason.GRANT_REVOKED, RefusalReason.FLOW_SPENT),
    50133: (SignInReason.GRANT_REVOKED, RefusalReason.FLOW_SPENT),
    50144: (SignInReason.PASSWORD_EXPIRED, RefusalReason.PASSWORD_EXPIRED),
    50155: (SignInReason.DEVICE_NEEDED, RefusalReason.DEVICE_NEEDED),
    50158: (SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    50173: (SignInReason.GRANT_REVOKED, RefusalReason.FLOW_SPENT),
    50194: (PORTAL, PORTAL),
    50196: (TROUBLE, TROUBLE),
    51004: (SignInReason.ACCOUNT_GONE, RefusalReason.ACCOUNT_UNKNOWN),
    53000: (SignInReason.DEVICE_NEEDED, RefusalReason.DEVICE_NEEDED),
    53001: (SignInReason.DEVICE_NEEDED, RefusalReason.DEVICE_NEEDED),
    53002: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.BLOCKED_BY_POLICY),
    53003: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.BLOCKED_BY_POLICY),
    53004: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.RISKY),
    53011: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.RISKY),
    54005: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
    65001: (SignInReason.CONSENT_MISSING, RefusalReason.CONSENT_MISSING),
    65004: (SignInReason.CONSENT_MISSING, RefusalReason.PERMISSION_DECLINED),
    70000: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
    70001: (PORTAL, PORTAL),
    70008: (SignInReason.GRANT_EXPIRED, RefusalReason.FLOW_EXPIRED),
    70011: (PORTAL, PORTAL),
    70043: (SignInReason.SIGN_IN_FREQUENCY, RefusalReason.FLOW_EXPIRED),
    80001: (TROUBLE, TROUBLE),
    80002: (TROUBLE, TROUBLE),
    90002: (PORTAL, PORTAL),
    90006: (TROUBLE, TROUBLE),
    90008: (PORTAL, PORTAL),
    90024: (TROUBLE, TROUBLE),
    90033: (TROUBLE, TROUBLE),
    90093: (SignInReason.ADMIN_APPROVAL, RefusalReason.ADMIN_APPROVAL),
    90094: (SignInReason.ADMIN_APPROVAL, RefusalReason.ADMIN_APPROVAL),
    90095: (SignInReason.ADMIN_APPROVAL, RefusalReason.APPROVAL_PENDING),
    500011: (PORTAL, PORTAL),
    500021: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.TENANT_RESTRICTED),
    500112: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
    500121: (SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    500208: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.PERSONAL_ACCOUNT),
    500212: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.TENANT_RESTRICTED),
    500213: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.TENANT_RESTRICTED),
    501481: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
    530032: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.BLOCKED_BY_POLICY),
    530035: (SignInReason.BLOCKED_BY_POLICY, RefusalReason.BLOCKED_BY_POLICY),
    650052: (PORTAL, PORTAL),
    650053: (PORTAL, PORTAL),
    650056: (PORTAL, PORTAL),
    650057: (PORTAL, PORTAL),
    700005: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
    700011: (PORTAL, PORTAL),
    700016: (PORTAL, PORTAL),
    700022: (PORTAL, PORTAL),
    700027: (PORTAL, PORTAL),
    700082: (SignInReason.GRANT_EXPIRED, RefusalReason.FLOW_EXPIRED),
    70021: (PORTAL, PORTAL),
    700211: (PORTAL, PORTAL),
    700212: (PORTAL, PORTAL),
    700213: (PORTAL, PORTAL),
    700214: (PORTAL, PORTAL),
    700222: (PORTAL, PORTAL),
    700223: (PORTAL, PORTAL),
    700229: (PORTAL, PORTAL),
    7000112: (PORTAL, PORTAL),
    7000215: (PORTAL, PORTAL),
    7000218: (PORTAL, PORTAL),
    7000222: (PORTAL, PORTAL),
    9002313: (SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
}


def test_every_number_of_the_table_has_an_outcome() -> None:
    assert set(OUTCOMES) == {entry.number for entry in entries()}


@pytest.mark.parametrize(("number", "codes"), OUTCOMES.items(), ids=map(str, OUTCOMES))
@pytest.mark.parametrize(
    "error", ["invalid_grant", "interaction_required", "invalid_request", "access_denied"]
)
def test_a_known_number_says_what_happened(error: str, number: int, codes: tuple[str, str]) -> None:
    refused_refresh, refused_sign_in = (
        refresh_error(answer(error, number)),
        sign_in_error(answer(error, number)),
    )
    assert (refused_refresh.code, refused_sign_in.code) == codes
    assert refused_refresh.aadsts == refused_sign_in.aadsts == number
    assert exact_entry(refused_refresh) == exact_entry(refused_sign_in) == entry_for(number)


SUBERRORS: list[tuple[str, SignInReason, RefusalReason]] = [
    ("message_only", SignInReason.BLOCKED_BY_POLICY, RefusalReason.BLOCKED_BY_POLICY),
    ("basic_action", SignInReason.SECOND_FACTOR, RefusalReason.SECOND_FACTOR),
    ("additional_action", SignInReason.DEVICE_NEEDED, RefusalReason.DEVICE_NEEDED),
    ("consent_required", SignInReason.CONSENT_MISSING, RefusalReason.CONSENT_MISSING),
    ("user_password_expired", SignInReason.PASSWORD_EXPIRED, RefusalReason.PASSWORD_EXPIRED),
    ("bad_token", SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
    ("token_expired", SignInReason.GRANT_EXPIRED, RefusalReason.FLOW_EXPIRED),
    ("client_mismatch", SignInReason.SIGN_IN_NEEDED, RefusalReason.FLOW_SPENT),
    ("protection_policy_required", SignInReason.BLOCKED_BY_POLICY, RefusalReason.BLOCKED_BY_POLICY),
    ("device_authentication_failed", SignInReason.DEVICE_NEEDED, RefusalReason.DEVICE_NEEDED),
]


@pytest.mark.parametrize(("suberror", "reason", "refusal"), SUBERRORS)
@pytest.mark.parametrize("number", [0, 99999, 7000215, 54005, 50011])
def test_a_suberror_decides_whatever_the_number(
    suberror: str, reason: SignInReason, refusal: RefusalReason, number: int
) -> None:
    for error in ("invalid_grant", "unauthorized_client"):
        refused = answer(error, number, suberror)
        assert portal_error(refused) is None
        assert refresh_error(refused).code == reason
        assert sign_in_error(refused).code == refusal
        assert sign_in_error(refused).aadsts == number


@pytest.mark.parametrize(
    ("number", "suberror", "reason"),
    [
        (53003, "message_only", RefusalReason.BLOCKED_BY_POLICY),
        (53011, "message_only", RefusalReason.RISKY),
        (50105, "message_only", RefusalReason.NOT_ASSIGNED),
        (500021, "message_only", RefusalReason.TENANT_RESTRICTED),
        (50076, "message_only", RefusalReason.BLOCKED_BY_POLICY),
        (50055, "basic_action", RefusalReason.PASSWORD_EXPIRED),
        (53003, "basic_action", RefusalReason.SECOND_FACTOR),
        (53004, "additional_action", RefusalReason.RISKY),
        (90094, "consent_required", RefusalReason.ADMIN_APPROVAL),
        (65004, "consent_required", RefusalReason.PERMISSION_DECLINED),
    ],
)
def test_a_number_makes_a_suberror_more_exact_but_never_another(
    number: int, suberror: str, reason: RefusalReason
) -> None:
    error = sign_in_error(answer("interaction_required", number, suberror))
    assert error.code == reason


def test_an_entry_that_says_something_else_is_not_shown() -> None:
    error = sign_in_error(answer("interaction_required", 50076, "message_only"))
    assert (error.aadsts, exact_entry(error)) == (50076, None)
    assert exact_entry(sign_in_error(answer("access_denied", 99999))) is None
    assert exact_entry(SignInRefused(code=RefusalReason.FLOW_UNKNOWN)) is None


def test_of_several_numbers_the_one_that_decided_is_kept() -> None:
    assert sign_in_error(EntraAnswer("invalid_grant", "", (99999, 53003))).aadsts == 53003
    assert sign_in_error(EntraAnswer("invalid_grant", "", (50173, 500011))).aadsts == 500011
    assert refresh_error(EntraAnswer("invalid_grant", "bad_token", (50173, 70000))).aadsts == 50173
    assert sign_in_error(EntraAnswer("invalid_grant", "", (99999, 99998))).aadsts == 99999


LOST = [
    (answer("invalid_grant", 70043, "bad_token"), SignInReason.SIGN_IN_FREQUENCY),
    (answer("invalid_grant", 50173, "bad_token"), SignInReason.GRANT_REVOKED),
    (answer("invalid_grant", 70000, "bad_token"), SignInReason.SIGN_IN_NEEDED),
    (answer("interaction_required", 50076, "basic_action"), SignInReason.SECOND_FACTOR),
    (answer("invalid_grant", 53000, "additional_action"), SignInReason.DEVICE_NEEDED),
    (answer("invalid_grant", 53003, "message_only"), SignInReason.BLOCKED_BY_POLICY),
    (answer("invalid_grant", 65001, "consent_required"), SignInReason.CONSENT_MISSING),
    (answer("invalid_grant", 99999, "something_new"), SignInReason.SIGN_IN_NEEDED),
    (answer("invalid_grant"), SignInReason.SIGN_IN_NEEDED),
    (answer("consent_required"), SignInReason.CONSENT_MISSING),
    (answer("login_required"), SignInReason.SIGN_IN_NEEDED),
    (answer("access_denied"), SignInReason.SIGN_IN_NEEDED),
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
    answer("invalid_client", 99999),
    answer("invalid_client"),
    answer("unauthorized_client", 50105),
    answer("invalid_scope"),
    answer("invalid_resource"),
    answer("unsupported_grant_type"),
    answer("unsupported_response_type"),
    answer("", 700016),
]


@pytest.mark.parametrize("given", BROKEN)
def test_a_refusal_of_the_portal_itself_is_nobodys_sign_in(given: EntraAnswer) -> None:
    assert isinstance(refresh_error(given), PortalMisconfigured)
    assert isinstance(sign_in_error(given), PortalMisconfigured)


@pytest.mark.parametrize("number", [500112, 54005, 501481, 700005, 9002313, 50089])
@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client", "invalid_scope"])
def test_what_is_bound_to_one_sign_in_says_nothing_of_the_portal(error: str, number: int) -> None:
    """Anybody can make it so by editing the address of Microsoft's page."""
    given = answer(error, number)
    assert isinstance(sign_in_error(given), SignInRefused)
    assert portal_error(given) is None
    assert credential_error(given) is None


CREDENTIAL_NUMBERS = {
    *(50012, 700027, 7000215, 7000218, 7000222),
    *(70021, 700211, 700212, 700213, 700214, 700222, 700223, 700229),
}


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.label)
def test_only_what_is_about_the_portals_proof_speaks_of_its_credential(entry: Aadsts) -> None:
    error = credential_error(answer("invalid_client", entry.number))
    assert (error is not None) == (entry.number in CREDENTIAL_NUMBERS)


def test_an_unknown_refusal_of_the_client_speaks_of_its_credential() -> None:
    assert isinstance(credential_error(answer("invalid_client", 99999)), PortalMisconfigured)
    assert isinstance(credential_error(answer("invalid_client")), PortalMisconfigured)
    assert credential_error(answer("unauthorized_client")) is None
    assert credential_error(answer("temporarily_unavailable", 700213)) is None


@pytest.mark.parametrize("error", ["invalid_request", "something_new", ""])
def test_an_unknown_refusal_never_ends_a_grant(error: str) -> None:
    assert isinstance(refresh_error(answer(error, 99999)), RefusedOddly)


TRANSIENT = [
    answer("temporarily_unavailable"),
    answer("temporarily_unavailable", 53003, "message_only"),
    answer("server_error"),
    answer("server_error", 7000215),
    answer("invalid_client", 90033),
]


@pytest.mark.parametrize("given", TRANSIENT)
def test_trouble_at_entra_is_transient(given: EntraAnswer) -> None:
    for error in (refresh_error(given), sign_in_error(given)):
        assert isinstance(error, EntraUnreachable)
        assert error.retryable


REFUSED = [
    (answer("access_denied"), RefusalReason.CANCELLED),
    (answer("access_denied", 99999), RefusalReason.ENTRA_REFUSED),
    (answer("access_denied", 65004, "cancel"), RefusalReason.PERMISSION_DECLINED),
    (answer("consent_required"), RefusalReason.CONSENT_MISSING),
    (answer("login_required"), RefusalReason.NO_SESSION),
    (answer("login_required", 50058), RefusalReason.NO_SESSION),
    (answer("invalid_grant"), RefusalReason.FLOW_SPENT),
    (answer("invalid_grant", 99999), RefusalReason.ENTRA_REFUSED),
    (answer("interaction_required"), RefusalReason.ENTRA_REFUSED),
    (answer("something_new", 99999), RefusalReason.ENTRA_REFUSED),
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
            "claims": CHALLENGE,
        }
    )
    assert read == EntraAnswer("invalid_grant", "bad_token", (50173, 70000), GUID, CHALLENGE)
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
        {"error_codes": [True, -50105, 10**12]},
        {"claims": "no JSON"},
        {"claims": "[1]"},
        {"claims": "[" * 8000},
        {"claims": {"access_token": {}}},
        {"claims": '{"x":"' + "x" * 9000 + '"}'},
        {"correlation_id": "<script>alert(1)</script>"},
    ],
)
def test_it_survives_any_shape_of_answer(given: dict[str, Any]) -> None:
    read = EntraAnswer.of_token_endpoint(given)
    assert isinstance(refresh_error(read), AccountsError)
    assert read.number == 0
    assert read.correlation_id == ""
    assert read.claims == ""


@pytest.mark.parametrize("error", ["interaction_required", "invalid_client", "server_error", "something_new"])
def test_a_challenge_that_comes_with_a_refusal_stays_with_it(error: str) -> None:
    read = EntraAnswer.of_token_endpoint({"error": error, "claims": CHALLENGE})
    assert refresh_error(read).claims == sign_in_error(read).claims == CHALLENGE


def test_it_reads_a_redirect() -> None:
    description = f"AADSTS65004: declined.\r\nTrace ID: {GUID}\r\nCorrelation ID: {GUID}\r\nTimestamp: now"
    read = EntraAnswer.of_redirect(
        {"error": "access_denied", "error_description": description, "error_subcode": "cancel"}
    )
    assert read == EntraAnswer("access_denied", "cancel", (65004,), GUID)


def test_a_redirect_brings_no_challenge() -> None:
    error = redirect_error({"error": "interaction_required", "claims": CHALLENGE})
    assert (error.code, error.claims) == (RefusalReason.ENTRA_REFUSED, "")


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
