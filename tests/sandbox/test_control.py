"""The control interface, by the hand that the portal's tests use."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.sandbox.visitors import Visitor
from tests.sandbox_control import SandboxControl, Tenant


def status_of(caught: pytest.ExceptionInfo[requests.HTTPError]) -> int:
    return int(caught.value.response.status_code)


def test_a_tenant_comes_with_what_a_portal_needs(tenant: Tenant) -> None:
    settings = tenant.settings()
    assert settings["ENTRA_AUTHORITY"].endswith(tenant.tenant_id)
    assert settings["AZURE_DEVOPS_ORGANIZATIONS"] == [one.name for one in tenant.organizations]
    assert settings["AZURE_DEVOPS_VSSPS_URL"].endswith("/vssps")


def test_people_are_found_by_any_of_their_names(tenant: Tenant) -> None:
    alice = tenant.person("alice")
    assert {tenant.person(name) for name in ("Alice Archer", "ALICE", alice.object_id, alice.user_name)} == {
        alice
    }
    with pytest.raises(KeyError):
        tenant.person("mallory")


def test_a_tenant_can_be_fetched_again(control: SandboxControl, tenant: Tenant) -> None:
    assert control.tenant(tenant.domain).people == tenant.people


def test_ids_can_be_chosen(control: SandboxControl) -> None:
    ids = {name: str(uuid.uuid4()) for name in ("tenant_id", "client_id")}
    person = {"name": "Zoe", "user_name": "zoe@example.test", "object_id": str(uuid.uuid4())}
    made = control.create_tenant(people=[person], client_secret="sandbox-client-secret", **ids)
    found = (made.tenant_id, made.client_id, made.client_secret, made.person("zoe").object_id)
    made.remove()
    assert found == (*ids.values(), "sandbox-client-secret", person["object_id"])


def test_an_organization_belongs_to_one_tenant(control: SandboxControl, tenant: Tenant) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        control.create_tenant(organizations=[tenant.organizations[0].name.upper()])
    assert status_of(caught) == 409


def test_an_organization_can_come_later(control: SandboxControl, visitor: Visitor) -> None:
    name = f"gamma-{uuid.uuid4().hex[:8]}"
    path = f"tenants/{visitor.tenant.tenant_id}/organizations"
    control.call("POST", path, {"name": name, "members": ["bob@example.test"]})
    with pytest.raises(requests.HTTPError) as caught:
        control.call("POST", path, {"name": name})
    control.call("DELETE", f"{path}/{name}")
    assert status_of(caught) == 409
    assert [
        one["name"] for one in control.call("GET", f"tenants/{visitor.tenant.tenant_id}")["organizations"]
    ] == [one.name for one in visitor.tenant.organizations]


def test_people_change_come_and_go(control: SandboxControl, tenant: Tenant) -> None:
    assert tenant.change_person("bob", roles=["PatPortal.Admin"], name="Robert Baker").roles == (
        "PatPortal.Admin",
    )
    assert tenant.person("bob").name == "Robert Baker"
    added = tenant.add_person(name="Erin", user_name="erin@example.test")
    with pytest.raises(requests.HTTPError) as caught:
        tenant.add_person(name="Other Erin", user_name="Erin@example.test")
    assert status_of(caught) == 409
    control.call("DELETE", f"tenants/{tenant.tenant_id}/people/{added.object_id}")
    assert len(control.tenant(tenant.tenant_id).people) == 4


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("GET", "tenants/unknown", None, 404),
        ("GET", "tenants/{id}/nothing", None, 404),
        ("PUT", "tenants/{id}", {}, 405),
        ("PATCH", "tenants/{id}", {"one_time_refreshes": True}, 400),
        ("PATCH", "tenants/{id}", {"list_lag_seconds": "soon"}, 400),
        ("PATCH", "tenants/{id}/people/nobody", {}, 404),
        ("POST", "tenants/{id}/people", {"name": "No user name"}, 400),
        ("POST", "tenants/{id}/pats", {"person": "alice@example.test"}, 400),
        ("PATCH", "tenants/{id}/pats/unknown", {}, 404),
        ("POST", "tenants", {"people": [{"name": "a", "user_name": "b", "admin": True}]}, 400),
    ],
)
def test_a_mistaken_wish_is_told(
    tenant: Tenant, method: str, path: str, body: dict[str, object] | None, status: int
) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        tenant.control.call(method, path.format(id=tenant.tenant_id), body)
    assert status_of(caught) == status
    assert caught.value.response.json()["error"]


def test_a_pat_made_elsewhere_is_listed(visitor: Visitor) -> None:
    begun, end = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime.now(UTC) + timedelta(days=5)
    made = visitor.tenant.add_pat(
        "alice", "alpha", "elsewhere", scope="app_token", valid_from=begun, valid_to=end
    )
    assert (made.valid_from, made.status, len(made.secret)) == (begun, "active", 84)
    assert abs(made.valid_to - end) < timedelta(seconds=1)
    assert visitor.names() == ["elsewhere"]


def test_a_pat_can_be_changed_elsewhere(visitor: Visitor) -> None:
    pat = visitor.tenant.add_pat("alice", "alpha", "before")
    longer = pat.valid_to + timedelta(days=9)
    changed = visitor.tenant.change_pat(pat, display_name="after", valid_to=longer, scope="vso.work")
    assert (changed.display_name, changed.valid_to, changed.scope) == ("after", longer, "vso.work")
    assert visitor.names() == ["after"]
    assert visitor.tenant.change_pat(pat.authorization_id, revoked=True).status == "revoked"
    assert visitor.names() == []


def test_thousands_of_pats_are_made_and_listed_quickly(visitor: Visitor) -> None:
    visitor.bearer()
    begun = time.monotonic()
    made = visitor.tenant.add_pats("alice", "alpha", "row {n} of many", 3000)
    assert made[41].display_name == "row 42 of many"
    assert len({one.secret for one in made}) == 3000
    assert len(visitor.names()) == 100
    assert time.monotonic() - begun < 10


def test_the_truth_can_be_narrowed(visitor: Visitor) -> None:
    visitor.tenant.add_pat("alice", "alpha", "a")
    visitor.tenant.add_pat("bob", "alpha", "b")
    visitor.tenant.add_pat("alice", "beta", "c", all_orgs=True)
    assert [one.display_name for one in visitor.tenant.pats(person="alice")] == ["a", "c"]
    assert [one.display_name for one in visitor.tenant.pats(organization="alpha")] == ["a", "b"]
    assert [one.all_orgs for one in visitor.tenant.pats()] == [False, False, True]


def test_requests_are_recorded_until_they_are_forgotten(visitor: Visitor) -> None:
    visitor.create(headers={"User-Agent": "pat-portal-test"})
    entry = visitor.tenant.requests("pats")[0]
    assert (entry.verb, entry.method, entry.status) == ("create", "POST", 200)
    assert (entry.person, entry.user_agent) == ("alice@example.test", "pat-portal-test")
    assert entry.organization == visitor.tenant.organization("alpha").name
    assert entry.path.endswith("/_apis/Tokens/Pats")
    visitor.tenant.forget_requests()
    assert visitor.tenant.requests() == []


def test_a_removed_tenant_is_gone(control: SandboxControl, session: requests.Session) -> None:
    visitor = Visitor(control.create_tenant(), session)
    visitor.bearer()
    visitor.tenant.remove()
    assert visitor.call().status_code == 404
    with pytest.raises(requests.HTTPError) as caught:
        visitor.tenant.pats()
    assert status_of(caught) == 404


def test_nobody_waits_at_an_unknown_gate(control: SandboxControl) -> None:
    assert control.held("nobody here") == 0
    with pytest.raises(TimeoutError):
        control.wait_for_hold("nobody here", seconds=0.05)


def test_a_secret_is_not_shown_by_accident(visitor: Visitor) -> None:
    pat = visitor.tenant.add_pat("alice", "alpha", "quiet")
    assert pat.secret not in repr(pat)
