"""kill -9 of the web server while Azure DevOps has acted and its answer is on the way."""

from datetime import datetime
from typing import Any

from tests.installation import Installation
from tests.journeys.killing import kill_web_while_held, pat_id, settle, types
from tests.journeys.visitor import Visitor
from tests.sandbox_records import SandboxPat
from tests.sandbox_tenant import Tenant

NAME = "deploy of the shop"


def _form(tenant: Tenant) -> dict[str, Any]:
    return {
        "name": NAME,
        "organization": tenant.organization("alpha").name,
        "expires": "30",
        "scopes": ["vso.code"],
    }


def _twin(tenant: Tenant, valid_to: datetime) -> SandboxPat:
    return tenant.add_pat("alice", "alpha", NAME, scope="vso.code", valid_to=valid_to)


def test_a_create_is_settled_and_a_twin_survives(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    kill_web_while_held(portal, tenant, "create", lambda: alice.submit("/tokens/new", **_form(tenant)))
    (ours,) = tenant.pats()
    twin = _twin(tenant, ours.valid_to.replace(minute=(ours.valid_to.minute + 1) % 60))
    settle(portal)

    truth = {one.authorization_id: one.status for one in tenant.pats()}
    assert truth == {ours.authorization_id: "revoked", twin.authorization_id: "active"}
    assert types(portal, tenant, NAME) == [
        "pat.create_requested",
        "pat.create_settled",
        "pat.revoke_requested",
        "pat.revocation_sent",
        "pat.revoked",
    ]
    said = alice.text()
    assert f"“{NAME}” in {tenant.organization('alpha').name}: the answer of Azure DevOps was lost." in said
    assert "The token was found and revoked, because nobody has its secret." in said
    assert ours.secret not in portal.logs() + alice.get("/").text


def test_a_revoke_is_settled(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    assert alice.submit("/tokens/new", **_form(tenant)).status_code == 200
    path = f"/tokens/{pat_id(portal, tenant.pats()[0].authorization_id)}/revoke"
    kill_web_while_held(portal, tenant, "revoke", lambda: alice.submit(path))
    settle(portal)

    assert [one.status for one in tenant.pats()] == ["revoked"]
    assert types(portal, tenant, NAME) == [
        "pat.create_requested",
        "pat.created",
        "pat.revoke_requested",
        "pat.revoked",
    ]
    assert "This token has been revoked already" in alice.text(path)
