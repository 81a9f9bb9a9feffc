"""The decision table: a row per answer, a column per method."""

import json

import pytest

from tests.tokens.azure_devops.wire import ACTIVITY_ID, PAT_ID, envelope, result, row
from tokens.azure_devops import (
    AzureDevOpsError,
    BrokenAnswer,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Refused,
    Rejected,
    Secret,
    ServiceFailed,
    Throttled,
    Unreachable,
)
from tokens.azure_devops._answer import Answer, Silence, read_answer
from tokens.azure_devops._call import Call
from tokens.azure_devops._verdict import judge, judge_silence, not_understood

BY_ID = {"authorizationId": PAT_ID}
LIST = Call("GET", "https://example.test", "contoso", {})
GET = Call("GET", "https://example.test", "contoso", BY_ID, names_pat=True)
CREATE = Call("POST", "https://example.test", "contoso", {})
UPDATE = Call("PUT", "https://example.test", "contoso", {}, names_pat=True)
REVOKE = Call("DELETE", "https://example.test", "contoso", BY_ID, names_pat=True)

Kind = type[AzureDevOpsError] | None


def answer(status: int, body: bytes | dict[str, object], **headers: str) -> Answer:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_answer(status, {"ActivityId": ACTIVITY_ID, **named}, octets, access_token=Secret("bearer-1"))


PAGE = b"<html>"
MADE = result(row(token="made-up"))
ENVELOPE = envelope("TF400898: broken")


ALL_REJECTED = (Rejected,) * 5
ALL_REFUSED = (Refused,) * 5
ALL_USABLE = (None,) * 5
NOT_UNDERSTOOD = (BrokenAnswer, BrokenAnswer, OutcomeUnknown, OutcomeUnknown, None)
FAILED = (ServiceFailed, ServiceFailed, OutcomeUnknown, OutcomeUnknown, OutcomeUnknown)
REFUSED_OR_IN_DOUBT = (Refused, Refused, OutcomeUnknown, OutcomeUnknown, OutcomeUnknown)
GONE = (Refused, NotFound, Refused, NotFound, None)


@pytest.mark.parametrize(
    ("status", "body", "kinds"),  # on list, get, create, update, revoke
    [
        (200, MADE, ALL_USABLE),
        (203, MADE, ALL_USABLE),
        (204, b"", NOT_UNDERSTOOD),
        (200, b"", NOT_UNDERSTOOD),
        (200, b"{", NOT_UNDERSTOOD),
        (202, b"accepted", NOT_UNDERSTOOD),
        (203, b'{"patToken": {"token"', NOT_UNDERSTOOD),
        (200, PAGE, ALL_REJECTED),
        (203, PAGE, ALL_REJECTED),
        (203, b"", ALL_REJECTED),
        (301, b"", ALL_REJECTED),
        (302, PAGE, ALL_REJECTED),
        (303, b"", ALL_REJECTED),
        (307, b"", ALL_REJECTED),
        (401, b"", ALL_REJECTED),
        (401, ENVELOPE, ALL_REJECTED),
        (403, PAGE, (Forbidden,) * 5),
        (404, PAGE, (NotFound, NotFound, NotFound, NotFound, None)),
        (429, b"", (Throttled,) * 5),
        (400, ENVELOPE, ALL_REFUSED),
        (400, PAGE, ALL_REFUSED),
        (409, b"", ALL_REFUSED),
        (499, b"", ALL_REFUSED),
        (408, b"", FAILED),
        (500, ENVELOPE, FAILED),
        (500, MADE, FAILED),
        (502, PAGE, FAILED),
        (503, b"", FAILED),
        (101, b"", FAILED),
        (999, b"", FAILED),
        # A refusal in the body speaks before the status.
        (200, result(None, "invalidScope"), ALL_REFUSED),
        (400, result(None, "invalidScope"), ALL_REFUSED),
        (401, result(None, "accessDenied"), ALL_REFUSED),
        # Not so a failure's: what stands behind it may have taken effect.
        (500, result(None, "failedToReadTenantPolicy"), REFUSED_OR_IN_DOUBT),
        (503, result(None, "accessDenied"), REFUSED_OR_IN_DOUBT),
        (200, result(None, "AuthorizationNotFound"), GONE),
        (200, result(None, "tokenNotFound"), GONE),
        (400, result(None, "invalidauthorizationid"), GONE),
        # A PAT together with a refusal is neither.
        (
            200,
            result(row(token="made-up"), "accessDenied"),
            (BrokenAnswer, BrokenAnswer, OutcomeUnknown, OutcomeUnknown, OutcomeUnknown),
        ),
    ],
)
def test_an_answer_means(status: int, body: bytes | dict[str, object], kinds: tuple[Kind, ...]) -> None:
    verdicts = [judge(call, answer(status, body)) for call in (LIST, GET, CREATE, UPDATE, REVOKE)]
    assert tuple(None if verdict is None else type(verdict) for verdict in verdicts) == kinds
    facts = {(verdict.activity_id, verdict.organization, verdict.status) for verdict in verdicts if verdict}
    assert facts <= {(ACTIVITY_ID, "contoso", status)}


@pytest.mark.parametrize(
    ("call", "is_sent", "kind"),
    [
        (GET, False, Unreachable),
        (GET, True, Unreachable),
        (CREATE, False, Unreachable),
        (CREATE, True, OutcomeUnknown),
        (UPDATE, False, Unreachable),
        (UPDATE, True, OutcomeUnknown),
        (REVOKE, False, Unreachable),
        (REVOKE, True, OutcomeUnknown),
    ],
)
def test_silence_means(call: Call, is_sent: bool, kind: Kind) -> None:
    error = judge_silence(call, Silence(reason="gaierror: unknown", is_sent=is_sent))
    assert type(error) is kind
    assert error.organization == "contoso"
    assert "gaierror: unknown" in str(error)


def test_a_refusal_keeps_the_code_and_what_was_said() -> None:
    body = result(None, "patLifespanPolicyViolation", patTokenErrorMessage="at most 30 days")
    error = judge(CREATE, answer(200, body))
    assert isinstance(error, Refused)
    assert (error.code, error.detail) == ("patLifespanPolicyViolation", "at most 30 days")


@pytest.mark.parametrize(
    ("status", "body", "code", "detail"),
    [
        (
            400,
            envelope("no version", "VssVersionNotSpecifiedException"),
            "VssVersionNotSpecifiedException",
            "no version",
        ),
        (400, {"count": 1, "value": {"Message": "a field is wrong"}}, "HTTP400", "a field is wrong"),
        (415, b"", "HTTP415", ""),
    ],
)
def test_a_refusal_by_envelope_is_named_by_its_exception(
    status: int, body: bytes | dict[str, object], code: str, detail: str
) -> None:
    error = judge(CREATE, answer(status, body))
    assert isinstance(error, Refused)
    assert (error.code, error.detail) == (code, detail)


def test_conditional_access_is_named() -> None:
    error = judge(GET, answer(403, envelope("VS403463: The conditional access policy has failed.")))
    assert isinstance(error, Forbidden)
    assert error.service_code == "VS403463"


def test_a_rejection_tells_who_was_recognised_and_what_is_challenged() -> None:
    known = "12345678-1234-1234-1234-123456789abc:alice"
    error = judge(GET, answer(401, b"", X_VSS_UserData=known, WWW_Authenticate='Bearer claims="eyJ9"'))
    assert isinstance(error, Rejected)
    assert (error.is_identity_known, error.claims) == (True, "eyJ9")


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_was_asked_for_is_kept(status: int) -> None:
    error = judge(GET, answer(status, b"", Retry_After="17"))
    assert isinstance(error, Throttled)
    assert error.retry_after == 17


@pytest.mark.parametrize("status", [200, 201, 203])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf\r\n"])
def test_what_begins_as_json_is_no_page_whatever_it_is_called(status: int, mark: bytes) -> None:
    given = answer(status, mark + b'{"patToken": {"token"', Content_Type="text/html; charset=utf-8")
    verdicts = [judge(call, given) for call in (LIST, GET, CREATE, UPDATE, REVOKE)]
    assert tuple(None if verdict is None else type(verdict) for verdict in verdicts) == NOT_UNDERSTOOD


def test_a_flaw_is_named_by_its_field() -> None:
    assert "validTo" in str(not_understood(GET, answer(200, MADE), "validTo"))
