"""Every row of what is known about the service's refusals: who is not let in, how, and in which shape.

The rows are named as in the project's notes on the API: A1 to A15 are answers to callers who are not let in.
"""

import json
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from tests.tokens.azure_devops.wire import PAT_ID, SIGN_IN_PAGE, envelope, result, row
from tokens.azure_devops import (
    AzureDevOpsError,
    Forbidden,
    HostOffline,
    NotAPerson,
    NotFound,
    OutcomeUnknown,
    Refused,
    Rejected,
    Secret,
    ServiceFailed,
    Throttled,
)
from tokens.azure_devops._answer import Answer, read_answer
from tokens.azure_devops._call import Call
from tokens.azure_devops._refusals import REPEATS_AFTER, repeats_after
from tokens.azure_devops._verdict import judge

HOME, ELSEWHERE, NOWHERE = UUID(int=1), UUID(int=2), UUID(int=0)
SOMEBODY, NOBODY = "12345678-1234-1234-1234-123456789abc", "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
CHALLENGES = (
    "Bearer authorization_uri=https://login.example.test/contoso, "
    'Basic realm="https://contoso.example.test/", TFS-Federated'
)
CAE = 'Bearer realm="", authorization_uri="x", error="insufficient_claims", claims="eyJhIjoxfQ=="'

GET = Call("GET", "https://example.test", "contoso", {"authorizationId": PAT_ID}, names_pat=True)
LIST = Call("GET", "https://example.test", "contoso", {})
CREATE = Call("POST", "https://example.test", "contoso", {})
UPDATE = Call("PUT", "https://example.test", "contoso", {}, names_pat=True)
REVOKE = Call("DELETE", "https://example.test", "contoso", {"authorizationId": PAT_ID}, names_pat=True)
EVERY_CALL = (LIST, GET, CREATE, UPDATE, REVOKE)


def answer(status: int, body: bytes | dict[str, Any] = b"", **headers: str) -> Answer:
    octets = body if isinstance(body, bytes) else b"\xef\xbb\xbf" + json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_answer(status, named, octets, access_token=Secret("bearer-1"))


def unauthorized(identity: str) -> dict[str, Any]:
    text = f"TF400813: The user '{identity}' is not authorized to access this resource."
    return envelope(text, "UnauthorizedRequestException")


POLICY = "VS403463: The conditional access policy defined by your administrator has failed."
NO_ACCESS = quote(unauthorized(SOMEBODY)["message"])
NOT_SIGNED_IN: dict[str, tuple[Answer, type[AzureDevOpsError], dict[str, Any]]] = {
    "A1 sign-in page": (
        answer(203, SIGN_IN_PAGE, Content_Type="text/html; charset=utf-8"),
        Rejected,
        {"is_identity_known": False},
    ),
    "A2 redirect": (answer(302, b"Object moved", Location="https://x.example.test/_signin"), Rejected, {}),
    "A3 challenges, empty": (answer(401, WWW_Authenticate=CHALLENGES), Rejected, {"claims": ""}),
    "A3 challenges, envelope": (
        answer(401, unauthorized(NOBODY), WWW_Authenticate=CHALLENGES),
        Rejected,
        {"is_identity_known": False},
    ),
    "A4 refused, envelope behind a mark": (
        answer(401, unauthorized(SOMEBODY), WWW_Authenticate="Bearer"),
        Rejected,
        {"is_identity_known": True, "service_code": "TF400813"},
    ),
    "A4 refused, header alone": (
        answer(401, X_TFS_ServiceError=NO_ACCESS),
        Rejected,
        {"is_identity_known": True, "service_code": "TF400813"},
    ),
    "A4 refused with 403": (answer(403, unauthorized(SOMEBODY)), Rejected, {"is_identity_known": True}),
    "A5 expired on a write": (answer(401, unauthorized(NOBODY)), Rejected, {"is_identity_known": False}),
    "A6 empty": (answer(401, WWW_Authenticate='Basic realm="x"'), Rejected, {"claims": ""}),
    "A6b expired PAT": (
        answer(401, envelope("Access Denied: it has expired.", "AccessCheckException")),
        Rejected,
        {},
    ),
    "A7 service principal, 401": (
        answer(401, envelope("Service principals may not.", "InvalidAccessException")),
        NotAPerson,
        {},
    ),
    "A7 service principal, 403": (
        answer(403, envelope("Service principals may not.", "InvalidAccessException")),
        NotAPerson,
        {},
    ),
    "A8 another credential": (
        answer(403, envelope("The requested operation is not allowed.", "InvalidAccessException")),
        NotAPerson,
        {},
    ),
    "A9 Conditional Access, envelope": (
        answer(403, envelope(POLICY)),
        Forbidden,
        {"service_code": "VS403463", "detail": POLICY},
    ),
    "A9 Conditional Access, page": (
        answer(403, f"<html><p>{POLICY}</p></html>".encode(), Content_Type="text/html"),
        Forbidden,
        {"service_code": "VS403463", "detail": ""},
    ),
    "A9 Conditional Access with 401": (
        answer(401, envelope(POLICY)),
        Rejected,
        {"service_code": "VS403463"},
    ),
    "A10 step-up without a word": (answer(401, unauthorized(NOBODY)), Rejected, {"claims": ""}),
    "A11 challenge": (answer(401, WWW_Authenticate=CAE), Rejected, {"claims": "eyJhIjoxfQ=="}),
    "A11 challenge with 403": (answer(403, WWW_Authenticate=CAE), Rejected, {"claims": "eyJhIjoxfQ=="}),
    "A12 another tenant, slowed down": (
        answer(429, Retry_After="619", X_RateLimit_Remaining="0", X_VSS_ResourceTenant=str(ELSEWHERE)),
        Rejected,
        {"is_other_tenant": True, "resource_tenant": ELSEWHERE},
    ),
    "A12 another tenant, refused": (
        answer(401, unauthorized(SOMEBODY), X_VSS_ResourceTenant=str(ELSEWHERE)),
        Rejected,
        {"is_other_tenant": True},
    ),
    "no tenant at all": (
        answer(401, X_VSS_ResourceTenant=str(NOWHERE)),
        Rejected,
        {"is_other_tenant": True, "resource_tenant": NOWHERE},
    ),
    "the person's own tenant": (
        answer(401, X_VSS_ResourceTenant=str(HOME)),
        Rejected,
        {"is_other_tenant": False, "resource_tenant": HOME},
    ),
    "another tenant's challenge": (
        answer(401, WWW_Authenticate=CAE, X_VSS_ResourceTenant=str(ELSEWHERE)),
        Rejected,
        {"is_other_tenant": True},
    ),
    "another tenant's challenge with 403": (
        answer(403, WWW_Authenticate=CAE, X_VSS_ResourceTenant=str(ELSEWHERE)),
        Rejected,
        {"is_other_tenant": True},
    ),
    "a challenge of the person's own tenant": (
        answer(401, WWW_Authenticate=CAE, X_VSS_ResourceTenant=str(HOME)),
        Rejected,
        {"is_other_tenant": False, "claims": "eyJhIjoxfQ=="},
    ),
    "A14 switched off": (
        answer(503, X_VSS_HostOfflineError="The%20organization%20is%20disabled."),
        HostOffline,
        {"detail": "The organization is disabled."},
    ),
    "A14 moved": (answer(404, X_VSS_HostOfflineError="moved"), HostOffline, {}),
    "A15 throttled": (answer(429, Retry_After="17"), Throttled, {"retry_after": 17.0}),
    "A15 throttled without a time": (answer(429), Throttled, {"retry_after": None}),
    "A15 blocked": (
        answer(400, envelope("TF400733: The request has been canceled.", "RequestBlockedException")),
        Throttled,
        {},
    ),
}


@pytest.mark.parametrize(("given", "kind", "facts"), NOT_SIGNED_IN.values(), ids=NOT_SIGNED_IN)
def test_whoever_is_not_let_in_hears_why_whatever_they_asked(
    given: Answer, kind: type[AzureDevOpsError], facts: dict[str, Any]
) -> None:
    for call in EVERY_CALL:
        error = judge(call, given, tenant_id=HOME)
        assert type(error) is kind
        assert {name: getattr(error, name) for name in facts} == facts


def test_every_row_of_the_notes_is_there() -> None:
    named = {name.partition(" ")[0] for name in NOT_SIGNED_IN}
    elsewhere = {"A13"}  # below: it differs by what was asked
    assert {f"A{number}" for number in range(1, 16)} <= named | elsewhere


@pytest.mark.parametrize("status", [203, 302, 401, 403, 429])
def test_a_client_that_knows_no_tenant_takes_no_organization_for_anothers(status: int) -> None:
    error = judge(GET, answer(status, X_VSS_ResourceTenant=str(ELSEWHERE)))
    assert not getattr(error, "is_other_tenant", False)


@pytest.mark.parametrize(
    ("body", "is_pat"),
    [
        (b"<html>404</html>", False),
        (b"", False),
        (envelope("No such authorization.", "AuthorizationNotFoundException"), True),
        (envelope("No such host.", "HostDoesNotExistException"), False),
        (result(None, "authorizationNotFound"), True),
        (result(None, "tokenNotFound"), True),
        (result(None, "INVALIDAUTHORIZATIONID"), True),
    ],
)
def test_a13_a_missing_organization_is_told_from_a_missing_pat(
    body: bytes | dict[str, Any], is_pat: bool
) -> None:
    for call in (GET, UPDATE):
        error = judge(call, answer(404, body), tenant_id=HOME)
        assert isinstance(error, NotFound)
        assert error.is_pat is is_pat
    for call in (LIST, CREATE):
        error = judge(call, answer(404, body), tenant_id=HOME)
        assert isinstance(error, NotFound | Refused)
        assert not getattr(error, "is_pat", False)
    assert judge(REVOKE, answer(404, body), tenant_id=HOME) is None


# --- The shapes of a refusal ----------------------------------------------------------------------

SHAPES: dict[str, tuple[Answer, str, str]] = {
    "a bad body": (
        answer(400, envelope("TF400898: Unexpected character.", "JsonReaderException")),
        "JsonReaderException",
        "TF400898: Unexpected character.",
    ),
    "preview without saying so": (
        answer(400, envelope("The -preview flag must be supplied.", "VssInvalidPreviewVersionException")),
        "VssInvalidPreviewVersionException",
        "The -preview flag must be supplied.",
    ),
    "no version": (
        answer(400, envelope("No api-version.", "VssVersionNotSpecifiedException")),
        "VssVersionNotSpecifiedException",
        "No api-version.",
    ),
    "too new a version": (
        answer(400, envelope("Out of range.", "VssVersionOutOfRangeException")),
        "VssVersionOutOfRangeException",
        "Out of range.",
    ),
    "the older API": (
        answer(400, envelope("FullScopePatPolicyViolation", "SessionTokenCreateException")),
        "FullScopePatPolicyViolation",
        "FullScopePatPolicyViolation",
    ),
    "the older API in a sentence": (
        answer(400, envelope("It did not work.", "SessionTokenCreateException")),
        "SessionTokenCreateException",
        "It did not work.",
    ),
    "a value that cannot be bound": (
        answer(400, {"count": 1, "value": {"Message": "The value 'x' is not valid for Guid."}}),
        "HTTP400",
        "The value 'x' is not valid for Guid.",
    ),
    "a message alone": (
        answer(400, {"Message": "The request is invalid."}),
        "HTTP400",
        "The request is invalid.",
    ),
    "a long type name": (
        answer(
            400, {"message": "no", "typeName": "Microsoft.VisualStudio.OddException, Microsoft.VisualStudio"}
        ),
        "OddException",
        "no",
    ),
    "with properties": (
        answer(409, envelope("It clashes.", "ClashException") | {"customProperties": {"a": 1}}),
        "ClashException",
        "It clashes.",
    ),
    "a page": (answer(400, b"<html>Bad request</html>"), "HTTP400", ""),
    "nothing": (answer(415), "HTTP415", ""),
    "nothing but a header": (answer(400, X_TFS_ServiceError="TF400898%3A%20no"), "HTTP400", "TF400898: no"),
    "words of 7.2": (
        answer(
            200, result(None, "patLifespanPolicyViolation", patTokenErrorMessage="At most <b>7</b> days.")
        ),
        "patLifespanPolicyViolation",
        "At most 7 days.",
    ),
    "no words in 7.1": (answer(200, result(None, "accessDenied")), "accessDenied", ""),
    "empty words": (answer(200, result(None, "accessDenied", patTokenErrorMessage="")), "accessDenied", ""),
    "null for words": (
        answer(200, result(None, "accessDenied", patTokenErrorMessage=None)),
        "accessDenied",
        "",
    ),
    "PascalCase": (answer(200, result(None, "InvalidScope")), "InvalidScope", ""),
    "with status 403": (answer(403, result(None, "failedToReadOrgPolicy")), "failedToReadOrgPolicy", ""),
}


@pytest.mark.parametrize(("given", "code", "detail"), SHAPES.values(), ids=SHAPES)
def test_a_refusal_is_understood_in_every_shape(given: Answer, code: str, detail: str) -> None:
    for call in (LIST, CREATE, UPDATE):
        error = judge(call, given, tenant_id=HOME)
        assert isinstance(error, Refused)
        assert (error.code, error.detail) == (code, detail)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("at most <b>7</b> days", "at most 7 days"),
        ("<script>alert(1)</script>go away", "alert(1) go away"),
        ("see <a href='https://evil.example'>here", "see here"),
        ("cut <img src=x onerror=", "cut"),
        ("less < than > more", "less < than > more"),
        ("<" * 3000, "<" * 500),
        ("line\r\nbreak\u202e\x00", "line break"),
        ("x" * 30_000, "x" * 500),
    ],
)
def test_what_the_service_says_is_one_bounded_line_without_markup(said: str, shown: str) -> None:
    error = judge(CREATE, answer(200, result(None, "accessDenied", patTokenErrorMessage=said)))
    assert isinstance(error, Refused)
    assert error.detail == shown


# --- The published refusals -----------------------------------------------------------------------


def test_there_are_as_many_refusals_as_microsoft_has_published() -> None:
    assert len(REPEATS_AFTER) == 36  # and `none`


def test_those_that_may_pass_are_repeated() -> None:
    assert {code: number for code, number in REPEATS_AFTER.items() if number} == {
        "failedToIssueAccessToken": 1,
        "hostAuthorizationNotFound": 1,
        "failedToUpdateAccessToken": 1,
        "duplicateHash": 1,
        "failedToReadTenantPolicy": 2,
        "failedToReadOrgPolicy": 2,
    }
    assert repeats_after("FailedToReadTenantPolicy") == 2
    assert repeats_after("aCodeOfTomorrow") == 0


@pytest.mark.parametrize("code", [*REPEATS_AFTER, "aCodeOfTomorrow"])
def test_every_refusal_is_definite_on_every_call(code: str) -> None:
    given = answer(200, result(None, code))
    for call in EVERY_CALL:
        error = judge(call, given, tenant_id=HOME)
        is_gone = code in {"authorizationNotFound", "tokenNotFound", "invalidAuthorizationId"}
        if is_gone and call is REVOKE:
            assert error is None
        elif is_gone and call.names_pat:
            assert isinstance(error, NotFound)
        else:
            assert isinstance(error, Refused)
            assert error.code == code


def test_a_write_is_not_believed_to_have_failed_because_of_a_5xx() -> None:
    for call, kind in ((LIST, ServiceFailed), (CREATE, OutcomeUnknown), (UPDATE, OutcomeUnknown)):
        assert type(judge(call, answer(503), tenant_id=HOME)) is kind
        with_code = judge(call, answer(500, result(None, "failedToIssueAccessToken")), tenant_id=HOME)
        assert type(with_code) is (kind if call.is_write else Refused)
    assert type(judge(UPDATE, answer(200, result(row(), "accessDenied")))) is OutcomeUnknown
