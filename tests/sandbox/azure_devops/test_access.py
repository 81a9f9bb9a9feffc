"""Who may call the PAT API, and what the others are told."""

from __future__ import annotations

import codecs
import json
from urllib.parse import unquote

import pytest
import requests

from tests.sandbox.visitors import RESOURCE, Visitor
from tests.sandbox_control import SandboxControl

SUPPRESS = {"X-TFS-FedAuthRedirect": "Suppress"}
ANONYMOUS = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"


def message(answer: requests.Response) -> str:
    assert answer.content.startswith(codecs.BOM_UTF8)
    return str(json.loads(answer.content.decode("utf-8-sig"))["message"])


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Bearer ", "Digest x"])
def test_without_a_usable_bearer_it_answers_the_sign_in_page(
    visitor: Visitor, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = visitor.call(person=None, headers=headers)
    assert answer.status_code == 203
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Sign In" in answer.text
    assert "X-VSS-UserData" not in answer.headers


def test_without_a_bearer_it_answers_401_when_redirects_are_suppressed(visitor: Visitor) -> None:
    answer = visitor.call(person=None, headers=SUPPRESS)
    challenges = answer.raw.headers.getlist("WWW-Authenticate")
    assert answer.status_code == 401
    assert [one.partition(" ")[0] for one in challenges] == ["Bearer", "Basic", "TFS-Federated"]
    assert ANONYMOUS in message(answer)
    assert unquote(answer.headers["X-TFS-ServiceError"]) == message(answer)


def test_an_expired_bearer_is_as_good_as_none(visitor: Visitor) -> None:
    visitor.tenant.change(access_token_seconds=-1)
    assert visitor.call(headers=SUPPRESS).status_code == 401
    assert visitor.call().status_code == 203


def test_a_bearer_for_another_resource_is_as_good_as_none(visitor: Visitor) -> None:
    result = visitor.signed_in(visitor.application(), scopes=["email"])
    answer = visitor.call(person=None, headers={"Authorization": f"Bearer {result['access_token']}"})
    assert answer.status_code == 203


def test_basic_is_never_allowed(visitor: Visitor) -> None:
    answer = visitor.call(person=None, headers={"Authorization": "Basic OnNlY3JldA=="})
    assert (answer.status_code, answer.json()["typeKey"]) == (403, "InvalidAccessException")


def test_who_is_no_member_is_recognised_and_refused(visitor: Visitor) -> None:
    visitor.tenant.change_organization("alpha", members=["bob@example.test"])
    answer = visitor.call(headers=SUPPRESS)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["X-VSS-UserData"].endswith(":alice@example.test")
    assert "TF400813" in message(answer)
    assert ANONYMOUS not in message(answer)
    assert visitor.call(person="bob").status_code == 200


def test_somebody_of_another_tenant_is_refused_by_name(visitor: Visitor, control: SandboxControl) -> None:
    other = control.create_tenant()
    stranger = Visitor(other, visitor.session).bearer("alice")
    answer = visitor.call(person=None, headers={"Authorization": f"Bearer {stranger}"})
    other.remove()
    assert answer.status_code == 401
    assert ANONYMOUS not in message(answer)
    assert "X-VSS-UserData" not in answer.headers
    assert answer.headers["X-VSS-ResourceTenant"] == visitor.tenant.tenant_id


@pytest.mark.parametrize(
    ("scope", "listing", "creating"),
    [
        ("vso.pats", 200, 401),
        ("vso.pats_manage", 200, 200),
        ("user_impersonation", 200, 200),
        ("vso.profile", 401, 401),
    ],
)
def test_each_operation_needs_its_scope(visitor: Visitor, scope: str, listing: int, creating: int) -> None:
    result = visitor.signed_in(visitor.application(), scopes=[f"{RESOURCE}/{scope}"])
    headers = {"Authorization": f"Bearer {result['access_token']}"}
    assert visitor.call(person=None, headers=headers).status_code == listing
    assert visitor.create(person=None, headers=headers).status_code == creating


@pytest.mark.parametrize(
    "version", ["6.1-preview.1", "7.0-preview", "7.1-preview", "7.1-preview.1", "7.2-preview.1"]
)
def test_preview_versions_are_served(visitor: Visitor, version: str) -> None:
    answer = visitor.call(version=version)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].endswith(f"api-version={version[:3]}-preview.1")


@pytest.mark.parametrize(
    ("version", "type_key"),
    [
        (None, "VssVersionNotSpecifiedException"),
        ("7.1", "VssInvalidPreviewVersionException"),
        ("9.9-preview", "VssVersionOutOfRangeException"),
        ("7.1-preview.2", "VssVersionOutOfRangeException"),
        ("seven", "VssVersionOutOfRangeException"),
    ],
)
def test_other_versions_are_refused(visitor: Visitor, version: str | None, type_key: str) -> None:
    answer = visitor.call(version=version)
    assert (answer.status_code, answer.json()["typeKey"]) == (400, type_key)


def test_the_version_may_stand_in_the_accept_header(visitor: Visitor) -> None:
    headers = {"Accept": "application/json;api-version=7.1-preview.1"}
    assert visitor.call(version=None, headers=headers).status_code == 200


def test_every_answer_names_its_activity(visitor: Visitor) -> None:
    answers = [visitor.call(), visitor.call(person=None), visitor.call(version=None), visitor.create()]
    ids = {one.headers["ActivityId"] for one in answers}
    assert len(ids) == 4
    assert [one.headers["X-VSS-E2EID"] for one in answers] == [one.headers["ActivityId"] for one in answers]
    assert all(one.headers["Date"].endswith("GMT") for one in answers)
    assert [one.activity_id for one in visitor.tenant.requests("pats")] == [
        one.headers["ActivityId"] for one in answers
    ]


def test_the_path_is_read_without_regard_to_case(visitor: Visitor) -> None:
    place = visitor.tenant.organization("alpha").name.upper()
    headers = {"Authorization": f"Bearer {visitor.bearer()}"}
    url = f"{visitor.tenant.vssps_url}/{place}/_APIS/tokens/PATS?API-Version=7.1-preview.1"
    assert visitor.session.get(url, headers=headers, timeout=10).status_code == 200


def test_an_unknown_organization_is_not_found(visitor: Visitor) -> None:
    url = f"{visitor.tenant.vssps_url}/no-such-organization/_apis/tokens/pats"
    assert visitor.session.get(url, timeout=10).status_code == 404


def test_other_methods_are_not_offered(visitor: Visitor) -> None:
    answer = visitor.call("PATCH", body={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST, PUT, DELETE")
