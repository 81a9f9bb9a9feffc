"""Connection data: whose organization this is."""

from __future__ import annotations

import requests

from tests.sandbox.visitors import Visitor


def asked(visitor: Visitor, *, person: str | None = "alice", **options: str) -> requests.Response:
    place = visitor.tenant.organization("alpha").name
    headers = {"X-TFS-FedAuthRedirect": "Suppress"}
    headers |= {"Authorization": f"Bearer {visitor.bearer(person)}"} if person else {}
    version = options.get("version", "7.1-preview.1")
    url = f"{visitor.tenant.devops_url}/{place}/_apis/connectionData?api-version={version}"
    return visitor.session.request(options.get("method", "GET"), url, headers=headers, timeout=10)


def test_a_member_learns_the_organizations_id(visitor: Visitor) -> None:
    answer = asked(visitor)
    payload = answer.json()
    assert payload["instanceId"] == visitor.tenant.organization("alpha").instance_id
    assert payload["authenticatedUser"]["providerDisplayName"] == "Alice Archer"
    assert payload["authenticatedUser"]["properties"]["Account"]["$value"] == "alice@example.test"
    assert answer.headers["X-VSS-ResourceTenant"] == visitor.tenant.tenant_id


def test_a_stranger_learns_the_tenant_alone(visitor: Visitor) -> None:
    answer = asked(visitor, person=None)
    assert answer.status_code == 401
    assert answer.headers["X-VSS-ResourceTenant"] == visitor.tenant.tenant_id


def test_it_is_preview_only_and_read_only(visitor: Visitor) -> None:
    assert asked(visitor, version="7.1").json()["typeKey"] == "VssInvalidPreviewVersionException"
    assert asked(visitor, method="POST").status_code == 405
