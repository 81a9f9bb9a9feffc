"""kill -9 of the web server while Azure DevOps has acted and its answer is on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import requests

from tests.installation import Installation
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


def _types(portal: Installation, tenant: Tenant) -> list[str]:
    """Return the events about the tenant's PATs, oldest first."""
    found = portal.rows(
        "SELECT type FROM tokens_auditevent WHERE owner_tenant_id = %s AND pat_name = %s ORDER BY id",
        tenant.tenant_id,
        NAME,
    )
    return [row[0] for row in found]


def _kill_while_held(portal: Installation, tenant: Tenant, verb: str, send: Any) -> None:
    """Send a form, and end the web server between the effect and its answer; then start another."""
    web = portal.running("web")
    hold = f"{tenant.tenant_id}-{verb}"
    with tenant.hold(hold, verb=verb), ThreadPoolExecutor(1) as threads:
        sent = threads.submit(send)
        tenant.control.wait_for_hold(hold)
        portal.kill(web)
        with pytest.raises(requests.ConnectionError):
            sent.result(30)
    portal.start_web()


def _settle(portal: Installation) -> None:
    """Let the minutes pass after which the worker finds out."""
    portal.wait(minutes=7)
    portal.work()


def _twin(tenant: Tenant, valid_to: datetime) -> SandboxPat:
    return tenant.add_pat("alice", "alpha", NAME, scope="vso.code", valid_to=valid_to)


def test_a_create_is_settled_and_a_twin_survives(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    _kill_while_held(portal, tenant, "create", lambda: alice.submit("/tokens/new", **_form(tenant)))
    (ours,) = tenant.pats()
    twin = _twin(tenant, ours.valid_to.replace(minute=(ours.valid_to.minute + 1) % 60))
    _settle(portal)

    truth = {one.authorization_id: one.status for one in tenant.pats()}
    assert truth == {ours.authorization_id: "revoked", twin.authorization_id: "active"}
    assert _types(portal, tenant) == [
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
    ((pat_id,),) = portal.rows(
        "SELECT id FROM tokens_pat WHERE authorization_id = %s", tenant.pats()[0].authorization_id
    )
    path = f"/tokens/{pat_id}/revoke"
    _kill_while_held(portal, tenant, "revoke", lambda: alice.submit(path))
    _settle(portal)

    assert [one.status for one in tenant.pats()] == ["revoked"]
    assert _types(portal, tenant) == [
        "pat.create_requested",
        "pat.created",
        "pat.revoke_requested",
        "pat.revoked",
    ]
    assert "This token has been revoked already" in alice.text(path)
