"""kill -9 of the web server in the middle of a change: what Azure DevOps did is what the portal shows."""

from datetime import timedelta

import pytest

from tests.installation import Installation
from tests.journeys.killing import kill_web_while_held, pat_id, settle, types
from tests.journeys.visitor import Visitor
from tests.sandbox_records import SandboxPat
from tests.sandbox_tenant import Tenant

NAME, AFTER = "deploy of the shop", "deploy of everything"


@pytest.fixture
def pat(portal: Installation, tenant: Tenant, alice: Visitor) -> SandboxPat:
    """A PAT that Alice has had for a while, and the portal knows."""
    made = tenant.add_pat("alice", "alpha", NAME)
    portal.work()
    portal.wait(minutes=5)
    return made


def _path(portal: Installation, pat: SandboxPat, page: str) -> str:
    return f"/tokens/{pat_id(portal, pat.authorization_id)}/{page}"


def _truth(tenant: Tenant, pat: SandboxPat) -> SandboxPat:
    return next(one for one in tenant.pats() if one.authorization_id == pat.authorization_id)


def test_an_update_is_found_to_be_done(
    portal: Installation, tenant: Tenant, alice: Visitor, pat: SandboxPat
) -> None:
    path = _path(portal, pat, "edit")
    kill_web_while_held(
        portal, tenant, "update", lambda: alice.submit(path, name=AFTER, scopes=["vso.code", "vso.build"])
    )
    twin = tenant.add_pat("alice", "alpha", AFTER)
    settle(portal)

    assert _truth(tenant, pat).display_name == AFTER
    assert _truth(tenant, twin) == twin
    assert types(portal, tenant, NAME, AFTER) == ["pat.update_requested", "pat.update_settled"]
    assert AFTER in alice.text()
    assert len(tenant.requests("pats", verb="update")) == 1


def test_an_extension_is_found_to_be_done(
    portal: Installation, tenant: Tenant, alice: Visitor, pat: SandboxPat
) -> None:
    path = _path(portal, pat, "extend")
    kill_web_while_held(portal, tenant, "update", lambda: alice.submit(path, expires="7"))
    settle(portal)

    assert _truth(tenant, pat).valid_to - pat.valid_to > timedelta(days=6)
    assert types(portal, tenant, NAME) == ["pat.extend_requested", "pat.extend_settled"]
    assert len(tenant.requests("pats", verb="update")) == 1
    ((shown,),) = portal.rows(
        "SELECT valid_to FROM tokens_pat WHERE authorization_id = %s", pat.authorization_id
    )
    assert abs(shown - _truth(tenant, pat).valid_to) < timedelta(seconds=1)


def test_a_successor_whose_secret_nobody_saw_is_revoked_and_the_old_one_stays(
    portal: Installation, tenant: Tenant, alice: Visitor, pat: SandboxPat
) -> None:
    path = _path(portal, pat, "rotate")
    kill_web_while_held(portal, tenant, "create", lambda: alice.submit(path, expires="same", overlap="hour"))
    (successor,) = [one for one in tenant.pats() if one.authorization_id != pat.authorization_id]
    twin = tenant.add_pat("alice", "alpha", NAME, valid_to=successor.valid_to + timedelta(minutes=1))
    settle(portal)

    assert {one.authorization_id: one.status for one in tenant.pats()} == {
        pat.authorization_id: "active",
        successor.authorization_id: "revoked",
        twin.authorization_id: "active",
    }
    assert _truth(tenant, pat) == pat
    assert types(portal, tenant, NAME) == [
        "pat.rotate_requested",
        "pat.rotate_settled",
        "pat.revoke_requested",
        "pat.revocation_sent",
        "pat.revoked",
    ]
    assert successor.secret not in portal.logs() + alice.get("/?status=all").text
