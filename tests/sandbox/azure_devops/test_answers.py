"""Organizations that moved, went or are offline, and a service that asks to slow down."""

from __future__ import annotations

import uuid

import pytest
import requests

from tests.sandbox.visitors import Visitor


def connection(visitor: Visitor, name: str, **headers: str) -> requests.Response:
    url = f"{visitor.tenant.devops_url}/{name}/_apis/connectionData"
    return visitor.session.get(url, headers=headers, timeout=10)


def test_a_renamed_organization_keeps_its_pats_under_the_new_name(visitor: Visitor) -> None:
    old = visitor.tenant.organization("alpha")
    pat = visitor.tenant.add_pat("alice", "alpha", "kept")
    renamed = visitor.tenant.rename_organization("alpha", f"gamma-{uuid.uuid4().hex[:8]}")
    assert renamed.instance_id == old.instance_id
    assert connection(visitor, old.name).status_code == 404
    assert visitor.names(organization="gamma") == [pat.display_name]


def test_an_organization_cannot_take_the_name_of_another(visitor: Visitor) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        visitor.tenant.rename_organization("alpha", visitor.tenant.organization("beta").name.upper())
    assert caught.value.response.status_code == 409
    assert visitor.call().status_code == 200


def test_an_organization_may_change_the_case_of_its_name(visitor: Visitor) -> None:
    name = visitor.tenant.organization("alpha").name
    visitor.tenant.rename_organization("alpha", name.upper())
    assert connection(visitor, name).status_code == 203


def test_a_removed_organization_is_not_found(visitor: Visitor) -> None:
    name = visitor.tenant.organization("alpha").name
    visitor.tenant.remove_organization("alpha")
    answer = connection(visitor, name)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("status", [404, 503])
def test_an_organization_that_is_offline_says_so(visitor: Visitor, status: int) -> None:
    with visitor.tenant.offline("alpha", status=status):
        answers = [visitor.call(), connection(visitor, visitor.tenant.organization("alpha").name)]
        beta = visitor.call(organization="beta")
    assert [one.status_code for one in answers] == [status, status]
    assert all(one.headers["X-VSS-HostOfflineError"] for one in answers)
    assert all(one.headers["ActivityId"] for one in answers)
    assert [beta.status_code, visitor.call().status_code] == [200, 200]


def test_a_stranger_learns_the_tenant_of_an_organization(visitor: Visitor) -> None:
    name = visitor.tenant.organization("alpha").name
    answers = [connection(visitor, name), connection(visitor, name, **{"X-TFS-FedAuthRedirect": "Suppress"})]
    assert [one.status_code for one in answers] == [203, 401]
    assert {one.headers["X-VSS-ResourceTenant"] for one in answers} == {visitor.tenant.tenant_id}


def test_a_throttled_person_is_told_for_how_long(visitor: Visitor) -> None:
    visitor.bearer("alice")
    visitor.tenant.throttle(person="alice", retry_after=7)
    assert visitor.call(person="bob").status_code == 200
    answer = visitor.call()
    assert (answer.status_code, answer.json()["typeKey"]) == (429, "RequestBlockedException")
    assert (answer.headers["Retry-After"], answer.headers["X-RateLimit-Remaining"]) == ("7", "0")
    assert visitor.call().status_code == 200


def test_an_answer_may_only_announce_the_limit(visitor: Visitor) -> None:
    visitor.tenant.throttle(is_blocked=False, retry_after=2, verb="create")
    answer = visitor.create()
    assert answer.json()["patTokenError"] == "none"
    assert (answer.headers["Retry-After"], answer.headers["X-RateLimit-Delay"]) == ("2", "0.250")


def test_a_block_may_not_say_for_how_long(visitor: Visitor) -> None:
    visitor.tenant.throttle(retry_after=None)
    answer = visitor.call()
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, False)


def test_a_deleted_person_is_unknown_everywhere(visitor: Visitor) -> None:
    application = visitor.application()
    bearer = visitor.signed_in(application, "bob")["access_token"]
    visitor.tenant.remove_person("bob")
    assert visitor.call(access_token=bearer).status_code == 203
    assert visitor.refreshed(application)["error_codes"] == [50034]
