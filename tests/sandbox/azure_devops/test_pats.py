"""Create, get and revoke."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.visitors import Visitor


def error(answer: requests.Response) -> str:
    assert answer.status_code == 200
    payload = answer.json()
    assert (payload["patToken"] is None) == (payload["patTokenError"] != "none")
    return str(payload["patTokenError"])


def created(visitor: Visitor, **fields: Any) -> dict[str, Any]:
    answer = visitor.create(**fields)
    assert error(answer) == "none"
    pat: dict[str, Any] = answer.json()["patToken"]
    return pat


def test_create_shows_the_secret_once(visitor: Visitor) -> None:
    pat = created(visitor)
    again = visitor.call(authorizationId=pat["authorizationId"]).json()["patToken"]
    assert len(pat["token"]) == 84
    assert pat["token"][76:80] == "SIMU"
    assert again == pat | {"token": None}
    assert visitor.tenant.pats(person="alice")[0].secret == pat["token"]


def test_create_answers_with_the_whole_row(visitor: Visitor) -> None:
    pat = created(visitor, name="ci read", scope="vso.work_write  vso.code vso.code ")
    assert pat["displayName"] == "ci read"
    assert pat["scope"] == "vso.code vso.work_write"
    assert pat["targetAccounts"] == [visitor.tenant.organization("alpha").instance_id]
    assert uuid.UUID(pat["authorizationId"])


def test_create_rounds_the_end_to_a_tick(visitor: Visitor) -> None:
    day = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%d")
    assert created(visitor, validTo=f"{day}T08:00:00.319Z")["validTo"] == f"{day}T08:00:00.32Z"


def test_create_without_an_end_lasts_thirty_days(visitor: Visitor) -> None:
    created(visitor, validTo=None)
    pat = visitor.tenant.pats()[0]
    assert pat.valid_to - pat.valid_from == timedelta(days=30)


def test_two_pats_may_share_a_name(visitor: Visitor) -> None:
    twins = [created(visitor, name="twin")["authorizationId"] for _ in range(2)]
    assert len(set(twins)) == 2
    assert visitor.names() == ["twin", "twin"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"displayName": " "}, "displayNameRequired"),
        ({"displayName": None}, "displayNameRequired"),
        ({"displayName": "x" * 256}, "invalidDisplayName"),
        ({"displayName": "two\nlines"}, "invalidDisplayName"),
        ({"validTo": "yesterday"}, "invalidValidTo"),
        ({"days": -1}, "invalidValidTo"),
        ({"days": 367}, "invalidValidTo"),
        ({"scope": ""}, "invalidScope"),
        ({"scope": "vso.code vso.nonsense"}, "invalidScope"),
        ({"scope": "vso.pats_manage"}, "invalidScope"),
        ({"allOrgs": True}, "globalPATCreationBlocked"),
    ],
)
def test_create_refuses_with_status_200(visitor: Visitor, fields: dict[str, Any], expected: str) -> None:
    assert error(visitor.create(**fields)) == expected
    assert visitor.tenant.pats() == []


def test_the_first_failed_check_is_the_one_that_is_told(visitor: Visitor) -> None:
    wrong: dict[str, Any] = {"displayName": "", "validTo": "never", "scope": "none", "allOrgs": True}
    repaired: list[dict[str, Any]] = [
        {"displayName": "x"},
        {"validTo": None},
        {"scope": "vso.code"},
        {"allOrgs": False},
    ]
    told = []
    for repair in [{}, *repaired]:
        wrong |= repair
        told.append(error(visitor.create(**wrong)))
    assert told == [
        "displayNameRequired",
        "invalidValidTo",
        "invalidScope",
        "globalPATCreationBlocked",
        "none",
    ]


def test_only_the_newest_version_explains_a_refusal(visitor: Visitor) -> None:
    old = visitor.create(scope="").json()
    new = visitor.create(scope="", version="7.2-preview.1").json()
    fine = visitor.create(version="7.2-preview.1").json()
    assert "patTokenErrorMessage" not in old
    assert new["patTokenErrorMessage"]
    assert fine["patTokenErrorMessage"] is None


@pytest.mark.parametrize("body", ["{", "", "\xff"])
def test_a_body_that_is_no_json_is_a_400(visitor: Visitor, body: str) -> None:
    place = visitor.tenant.organization("alpha").name
    answer = visitor.session.post(
        f"{visitor.tenant.vssps_url}/{place}/_apis/tokens/pats?api-version=7.1-preview.1",
        data=body.encode("latin-1"),
        headers={"Authorization": f"Bearer {visitor.bearer()}", "Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("TF400898")


@pytest.mark.parametrize("body", [[], "text", {"displayName": 5}, {"displayName": "x", "allOrgs": "yes"}])
def test_a_body_of_the_wrong_shape_is_a_400(visitor: Visitor, body: Any) -> None:
    answer = visitor.call("POST", body=body)
    assert answer.status_code == 400
    assert answer.json()["value"]["Message"]


def test_somebody_elses_pat_is_not_found(visitor: Visitor) -> None:
    pat = created(visitor)
    assert (
        error(visitor.call(person="bob", authorizationId=pat["authorizationId"])) == "authorizationNotFound"
    )
    assert visitor.call("DELETE", person="bob", authorizationId=pat["authorizationId"]).status_code == 204
    assert [one.status for one in visitor.tenant.pats()] == ["active"]


def test_a_pat_of_another_organization_is_not_found(visitor: Visitor) -> None:
    pat = created(visitor)
    answer = visitor.call(organization="beta", authorizationId=pat["authorizationId"])
    assert error(answer) == "authorizationNotFound"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_id_that_is_no_guid_is_a_400(visitor: Visitor, method: str) -> None:
    assert visitor.call(method, authorizationId="1").status_code == 400


def test_revoke_answers_204_again_and_again(visitor: Visitor) -> None:
    pat = created(visitor)
    answers = [visitor.call("DELETE", authorizationId=pat["authorizationId"]) for _ in range(2)]
    assert [(one.status_code, one.content) for one in answers] == [(204, b""), (204, b"")]
    assert all(one.headers["ActivityId"] for one in answers)
    assert [one.status for one in visitor.tenant.pats()] == ["revoked"]


def test_a_revoked_pat_can_still_be_read(visitor: Visitor) -> None:
    pat = created(visitor)
    visitor.call("DELETE", authorizationId=pat["authorizationId"])
    answer = visitor.call(authorizationId=pat["authorizationId"])
    assert answer.json()["patToken"]["authorizationId"] == pat["authorizationId"]


@pytest.mark.parametrize(("manner", "status"), [("204", 204), ("404", 404), ("enum", 200)])
def test_revoking_an_unknown_id_can_be_answered_in_three_ways(
    visitor: Visitor, manner: str, status: int
) -> None:
    visitor.tenant.change(unknown_revoke=manner)
    answer = visitor.call("DELETE", authorizationId=str(uuid.uuid4()))
    assert answer.status_code == status
    if manner == "enum":
        assert error(answer) == "authorizationNotFound"


def test_another_clock_moves_all_of_azure_devops(visitor: Visitor) -> None:
    visitor.tenant.change(clock_offset_seconds=7200)
    answer = visitor.create()
    ahead = datetime.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert timedelta(minutes=119) < ahead - datetime.now(UTC) < timedelta(minutes=121)
    assert visitor.tenant.pats()[0].valid_from - datetime.now(UTC) > timedelta(minutes=119)
