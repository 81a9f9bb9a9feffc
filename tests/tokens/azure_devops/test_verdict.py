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
GET = Call("GET", "https://example.test", "contoso", BY_ID)
CREATE = Call("POST", "https://example.test", "contoso", {})
REVOKE = Call("DELETE", "https://example.test", "contoso", BY_ID)

Kind = type[AzureDevOpsError] | None


def answer(status: int, body: bytes | dict[str, object], **headers: str) -> Answer:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_answer(status, {"ActivityId": ACTIVITY_ID, **named}, octets, access_token=Secret("bearer-1"))


PAGE = b"<html>"
MADE = result(row(token="made-up"))
ENVELOPE = envelope("TF400898: broken")


@pytest.mark.parametrize(
    ("status", "body", "on_list", "on_get", "on_create", "on_revoke"),
    [
        (200, MADE, None, None, None, None),
        (203, MADE, None, None, None, None),
        (204, b"", BrokenAnswer, BrokenAnswer, OutcomeUnknown, None),
        (200, b"", BrokenAnswer, BrokenAnswer, OutcomeUnknown, None),
        (200, b"{", BrokenAnswer, BrokenAnswer, OutcomeUnknown, None),
        (202, b"accepted", BrokenAnswer, BrokenAnswer, OutcomeUnknown, None),
        (200, PAGE, Rejected, Rejected, Rejected, Rejected),
        (203, PAGE, Rejected, Rejected, Rejected, Rejected),
        (203, b"", Rejected, Rejected, Rejected, Rejected),
        (301, b"", Rejected, Rejected, Rejected, Rejected),
        (302, PAGE, Rejected, Rejected, Rejected, Rejected),
        (303, b"", Rejected, Rejected, Rejected, Rejected),
        (307, b"", Rejected, Rejected, Rejected, Rejected),
        (401, b"", Rejected, Rejected, Rejected, Rejected),
        (401, ENVELOPE, Rejected, Rejected, Rejected, Rejected),
        (403, PAGE, Forbidden, Forbidden, Forbidden, Forbidden),
        (404, PAGE, NotFound, NotFound, NotFound, None),
        (408, b"", ServiceFailed, ServiceFailed, OutcomeUnknown, OutcomeUnknown),
        (429, b"", Throttled, Throttled, Throttled, Throttled),
        (400, ENVELOPE, Refused, Refused, Refused, Refused),
        (400, PAGE, Refused, Refused, Refused, Refused),
        (409, b"", Refused, Refused, Refused, Refused),
        (499, b"", Refused, Refused, Refused, Refused),
        (500, ENVELOPE, ServiceFailed, ServiceFailed, OutcomeUnknown, OutcomeUnknown),
        (500, MADE, ServiceFailed, ServiceFailed, OutcomeUnknown, OutcomeUnknown),
        (502, PAGE, ServiceFailed, ServiceFailed, OutcomeUnknown, OutcomeUnknown),
        (503, b"", ServiceFailed, ServiceFailed, OutcomeUnknown, OutcomeUnknown),
        (101, b"", ServiceFailed, ServiceFailed, OutcomeUnknown, OutcomeUnknown),
        (999, b"", ServiceFailed, ServiceFailed, OutcomeUnknown, OutcomeUnknown),
        # A refusal in the body speaks before the status.
        (200, result(None, "invalidScope"), Refused, Refused, Refused, Refused),
        (400, result(None, "invalidScope"), Refused, Refused, Refused, Refused),
        (401, result(None, "accessDenied"), Refused, Refused, Refused, Refused),
        (500, result(None, "failedToReadTenantPolicy"), Refused, Refused, Refused, Refused),
        (200, result(None, "AuthorizationNotFound"), Refused, NotFound, Refused, None),
        (200, result(None, "tokenNotFound"), Refused, NotFound, Refused, None),
        (400, result(None, "invalidauthorizationid"), Refused, NotFound, Refused, None),
        (
            200,
            result(row(token="made-up"), "accessDenied"),
            BrokenAnswer,
            BrokenAnswer,
            OutcomeUnknown,
            OutcomeUnknown,
        ),
    ],
)
def test_an_answer_means(
    status: int,
    body: bytes | dict[str, object],
    on_list: Kind,
    on_get: Kind,
    on_create: Kind,
    on_revoke: Kind,
) -> None:
    verdicts = [judge(call, answer(status, body)) for call in (LIST, GET, CREATE, REVOKE)]
    kinds = [None if verdict is None else type(verdict) for verdict in verdicts]
    assert kinds == [on_list, on_get, on_create, on_revoke]
    facts = {(verdict.activity_id, verdict.organization, verdict.status) for verdict in verdicts if verdict}
    assert facts <= {(ACTIVITY_ID, "contoso", status)}


@pytest.mark.parametrize(
    ("call", "is_sent", "kind"),
    [
        (GET, False, Unreachable),
        (GET, True, Unreachable),
        (CREATE, False, Unreachable),
        (CREATE, True, OutcomeUnknown),
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


@pytest.mark.parametrize(("status", "kind"), [(429, Throttled), (503, ServiceFailed)])
def test_the_wait_that_was_asked_for_is_kept(status: int, kind: type[Throttled | ServiceFailed]) -> None:
    error = judge(GET, answer(status, b"", Retry_After="17"))
    assert isinstance(error, kind)
    assert error.retry_after == 17


def test_a_flaw_is_named_by_its_field() -> None:
    assert "validTo" in str(not_understood(GET, answer(200, MADE), "validTo"))
