"""The table of failures: a row for everything that Azure DevOps can answer to the creation of a PAT.

Each row says what the person reads, what is recorded, how often the request is sent, and what becomes of the
grant. The rows of `patTokenError` are the project's own data, those of the wire stand here.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Grant
from patportal.lib.problems import Message
from tests.people import World
from tests.tokens.views.page import read
from tokens import messages
from tokens.azure_devops._refusals import REPEATS_AFTER, repeats_after
from tokens.models import AuditEvent, Operation, Pat

State = Operation.State
ELSEWHERE = {"X-VSS-ResourceTenant": str(UUID(int=2))}
BAD_ACCESS = {"typeKey": "InvalidAccessException", "message": "The requested operation is not allowed."}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="'}


@dataclass(frozen=True)
class Row:
    """`fault` is what Azure DevOps does; `code` names the message, the rest is what has to follow."""

    fault: dict[str, Any]
    code: str
    attempts: int = 1
    state: str = State.FAILED
    recorded: str = "pat.create_failed"
    grant: str = Grant.State.ACTIVE


def rejected(**fault: Any) -> Row:
    return Row(fault, "no_access", attempts=2)


def refused(code: str, **fault: Any) -> Row:
    return Row(fault, code, 1 + repeats_after(code), State.REFUSED, "pat.create_refused")


def lost(**fault: Any) -> Row:
    return Row(fault, "outcome_unknown", 1, State.REQUESTED, "pat.create_answer_lost")


WIRE: dict[str, Row] = {
    "A1 sign-in page": rejected(html=True, status=203),
    "A1 sign-in page with 200": rejected(html=True),
    "A2 redirect": rejected(status=302, headers={"Location": "https://127.0.0.1:9/_signin"}),
    "A3 not authenticated": rejected(status=401, body=""),
    "A4 no access": rejected(status=401),
    "A6 empty": rejected(status=401, body="", headers={"WWW-Authenticate": 'Basic realm="x"'}),
    "A7 not a person": Row({"status": 401, "body": BAD_ACCESS}, "not_a_person"),
    "A8 another credential": Row({"status": 403, "body": BAD_ACCESS}, "not_a_person"),
    "A9 Conditional Access": Row({"status": 403}, "conditional_access"),
    "A9 Conditional Access, page": Row(
        {"status": 403, "html": True, "body": "<p>VS403463: no</p>"}, "conditional_access"
    ),
    "a ban without a name": Row({"status": 403, "body": ""}, "forbidden"),
    "A11 challenge, again and again": Row(
        {"status": 401, "headers": CHALLENGE}, "sign_in_needed", attempts=2, grant=Grant.State.SIGN_IN_NEEDED
    ),
    "A12 another directory": Row({"status": 401, "headers": ELSEWHERE}, "other_directory"),
    "A12 another directory, throttled": Row(
        {"status": 429, "headers": ELSEWHERE | {"Retry-After": "619"}}, "other_directory"
    ),
    "A13 no such organization": Row({"status": 404, "html": True}, "organization_gone"),
    "A14 offline": Row({"status": 503, "headers": {"X-VSS-HostOfflineError": "off"}}, "organization_offline"),
    "A15 throttled for a moment": Row(
        {"status": 429, "headers": {"Retry-After": "0"}}, "throttled", attempts=3
    ),
    "A15 throttled without a time": Row({"status": 429}, "throttled", attempts=3),
    "A15 throttled for long": Row({"status": 429, "headers": {"Retry-After": "619"}}, "throttled"),
    "unavailable with a time": lost(status=503, headers={"Retry-After": "1"}),
    "failed": lost(status=500),
    "failed behind a gateway": lost(status=502, html=True),
    "gateway lost patience": lost(status=504),
    "gone before the effect": lost(drop="before"),
    "gone after the effect": lost(drop="after"),
    "half a document": lost(body='{"patToken": {'),
    "another shape": lost(body={"count": 0, "value": []}),
    "a list": lost(body=[]),
    "a preview without saying so": refused(
        "VssInvalidPreviewVersionException",
        status=400,
        body={"typeKey": "VssInvalidPreviewVersionException", "message": "flag"},
    ),
    "no version": refused(
        "VssVersionNotSpecifiedException",
        status=400,
        body={"typeKey": "VssVersionNotSpecifiedException", "message": "version"},
    ),
    "too new a version": refused(
        "VssVersionOutOfRangeException",
        status=400,
        body={"typeKey": "VssVersionOutOfRangeException", "message": "range"},
    ),
    "the older API's refusal": refused(
        "FullScopePatPolicyViolation",
        status=400,
        body={"typeKey": "SessionTokenCreateException", "message": "FullScopePatPolicyViolation"},
    ),
    "an exception of tomorrow": refused(
        "OddException", status=400, body={"typeKey": "OddException", "message": "odd"}
    ),
    "a value that cannot be bound": refused(
        "HTTP400", status=400, body={"count": 1, "value": {"Message": "x"}}
    ),
    "a refusal of tomorrow": refused("aCodeOfTomorrow", pat_error="aCodeOfTomorrow"),
    "a refusal with another status": refused("accessDenied", pat_error="accessDenied", status=500),
}
REFUSALS = {code: refused(code, pat_error=code) for code in REPEATS_AFTER}
TABLE = WIRE | REFUSALS


def message_of(row: Row) -> Message:
    return messages.reason_of(row.code) or messages.MESSAGES["refused"]


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_creation_that_meets(world: World, row: Row) -> None:
    alice, organization = world.alice, world.alpha
    organization.instance_id = UUID(world.tenant.organization("alpha").instance_id)
    organization.save()
    world.tenant.forget_requests()
    with world.tenant.fault("pats", verb="create", **row.fault):
        answer = alice.browser.post("/tokens/new", world.form())

    operation = Operation.objects.get()
    assert len(world.tenant.requests("pats", verb="create")) == row.attempts
    assert operation.state == row.state
    recorded = AuditEvent.objects.filter(type__startswith="pat.").order_by("-id")[0]
    assert recorded.type == row.recorded
    assert recorded.error_code == operation.error_code == ("" if operation.is_open else row.code)
    assert Grant.objects.get().state == row.grant
    assert not Pat.objects.exists()
    if row.code == "outcome_unknown":
        assert answer["Location"] == f"/operations/{operation.pk}"
    elif row.code == "sign_in_needed":
        assert answer["Location"].startswith("/sign-in")
    else:
        assert row.code in messages.MESSAGES or row.state == State.REFUSED
        page, message = read(answer), message_of(row)
        assert answer.status_code == message.status
        for words in (message.title, message.sentence, message.next_step):
            assert words in page.one("div", class_="alert").text


def test_the_table_is_complete() -> None:
    assert set(REFUSALS) == set(REPEATS_AFTER)
    shown = {row.code for row in TABLE.values()}
    of_azure_devops = {
        code
        for code, message in messages.MESSAGES.items()
        if message.status >= HTTPStatus.BAD_REQUEST and code not in {"refused", "organization_not_found"}
    }
    not_from_an_answer = {
        "already_submitted",
        "azure_devops_failed",  # a read; a write has an unknown outcome then
        "busy",
        "entra_unavailable",
        "key_reused",
        "not_revocable",
        "outcome_taken",
        "pat_not_found",  # a creation names none
        "portal_misconfigured",
        "unreachable",
    }
    assert of_azure_devops - not_from_an_answer <= shown
    assert {code.lower() for code in shown} >= set(messages.SERVICE_MESSAGES)
