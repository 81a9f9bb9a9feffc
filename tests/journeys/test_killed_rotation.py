"""kill -9 of the worker, and of everything at once, between the two operations that a rotation is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests

from tests.installation import Installation
from tests.journeys.killing import (
    kill_web_while_held,
    kill_worker_while_held,
    pat_id,
    retry,
    settle,
    sweep_up,
    types,
)
from tests.journeys.visitor import Visitor
from tests.sandbox_records import SandboxPat
from tests.sandbox_tenant import Tenant

NAME, OTHER = "deploy of the shop", "nightly build"
ENDING = [
    "pat.end_requested",
    "pat.end_settled",
    "pat.revoke_requested",
    "pat.revocation_sent",
    "pat.revoked",
]


@pytest.fixture
def pat(portal: Installation, tenant: Tenant, alice: Visitor) -> SandboxPat:
    """A PAT that Alice has had for a while, and the portal knows, beside another one."""
    tenant.add_pat("alice", "alpha", OTHER)
    made = tenant.add_pat("alice", "alpha", NAME)
    portal.work()
    portal.wait(minutes=5)
    return made


def _rotate(portal: Installation, tenant: Tenant, alice: Visitor, pat: SandboxPat) -> SandboxPat:
    """Rotate a PAT with an overlap of an hour, store the secret, and return the successor."""
    before = {one.authorization_id for one in tenant.pats()}
    path = f"/tokens/{pat_id(portal, pat.authorization_id)}/rotate"
    issued = alice.submit(path, expires="same", overlap="hour")
    assert issued.status_code == 200, issued.text
    (successor,) = [one for one in tenant.pats() if one.authorization_id not in before]
    assert successor.secret in issued.text
    received = f"/tokens/{pat_id(portal, successor.authorization_id)}/received"
    assert alice.submit(received, page="/").status_code == 302
    return successor


def _statuses(tenant: Tenant) -> dict[str, str]:
    return {one.authorization_id: one.status for one in tenant.pats()}


def test_an_end_whose_answer_was_lost_is_noted_once(
    portal: Installation, tenant: Tenant, alice: Visitor, pat: SandboxPat
) -> None:
    successor = _rotate(portal, tenant, alice, pat)
    kill_worker_while_held(portal, tenant, "update")
    twin = tenant.add_pat("alice", "alpha", NAME, valid_to=successor.valid_to)
    sweep_up(portal)
    assert len(tenant.requests("pats", verb="update")) == 1
    assert _statuses(tenant)[pat.authorization_id] == "active"

    portal.wait(hours=1)
    sweep_up(portal)
    assert _statuses(tenant) == {
        **_statuses(tenant),
        pat.authorization_id: "revoked",
        successor.authorization_id: "active",
        twin.authorization_id: "active",
    }
    told = types(portal, tenant, NAME)
    assert [one for one in told if one in ENDING] == ENDING


def test_the_last_step_is_taken_although_the_worker_died_in_it(
    portal: Installation, tenant: Tenant, alice: Visitor, pat: SandboxPat
) -> None:
    successor = _rotate(portal, tenant, alice, pat)
    portal.work()
    portal.wait(hours=2)
    kill_worker_while_held(portal, tenant, "revoke")
    retry(portal)
    sweep_up(portal)

    found = _statuses(tenant)
    assert (found[pat.authorization_id], found[successor.authorization_id]) == ("revoked", "active")
    told = types(portal, tenant, NAME)
    assert [told.count(one) for one in ("pat.end_set", "pat.revoke_requested", "pat.revoked")] == [1, 1, 1]


def test_keeping_the_old_one_is_found_to_be_done(
    portal: Installation, tenant: Tenant, alice: Visitor, pat: SandboxPat
) -> None:
    successor = _rotate(portal, tenant, alice, pat)
    portal.work()
    path = f"/tokens/{pat_id(portal, pat.authorization_id)}/keep-old"
    kill_web_while_held(portal, tenant, "update", lambda: alice.submit(path))
    twin = tenant.add_pat("alice", "alpha", NAME, valid_to=successor.valid_to)
    settle(portal)
    portal.wait(hours=2)
    sweep_up(portal)

    assert {one.authorization_id: one.status for one in tenant.pats() if one.display_name == NAME} == {
        pat.authorization_id: "active",
        successor.authorization_id: "active",
        twin.authorization_id: "active",
    }
    (kept,) = [one for one in tenant.pats() if one.authorization_id == pat.authorization_id]
    assert abs(kept.valid_to - pat.valid_to) < timedelta(seconds=1)
    told = types(portal, tenant, NAME)
    assert [told.count(one) for one in ("pat.end_cancelled", "pat.extend_settled", "pat.extended")] == [
        1,
        1,
        0,
    ]


def test_everything_dies_at_once_in_the_middle_of_two_rotations(
    portal: Installation, tenant: Tenant, alice: Visitor, pat: SandboxPat
) -> None:
    """One rotation waits for its successor, the other one's old PAT for its end, when the machine goes."""
    other = next(one for one in tenant.pats() if one.display_name == OTHER)
    successor = _rotate(portal, tenant, alice, pat)
    path = f"/tokens/{pat_id(portal, other.authorization_id)}/rotate"
    creating, ending = f"{tenant.tenant_id}-create", f"{tenant.tenant_id}-update"
    web = portal.running("web")
    with (
        tenant.hold(creating, verb="create"),
        tenant.hold(ending, verb="update"),
        ThreadPoolExecutor(1) as threads,
    ):
        sent = threads.submit(lambda: alice.submit(path, expires="same", overlap="hour"))
        worker = portal.start_worker()
        tenant.control.wait_for_hold(creating, seconds=30)
        tenant.control.wait_for_hold(ending, seconds=30)
        portal.kill(worker)
        portal.kill(web)
        with pytest.raises(requests.ConnectionError):
            sent.result(30)
    known = {pat.authorization_id, other.authorization_id, successor.authorization_id}
    (unseen,) = [one for one in tenant.pats() if one.authorization_id not in known]
    twin = tenant.add_pat("alice", "alpha", OTHER)
    portal.start_web()
    settle(portal)
    sweep_up(portal)
    portal.wait(hours=2)
    sweep_up(portal)

    assert _statuses(tenant) == {
        pat.authorization_id: "revoked",
        successor.authorization_id: "active",
        other.authorization_id: "active",
        unseen.authorization_id: "revoked",
        twin.authorization_id: "active",
    }
    assert portal.rows("SELECT count(*) FROM tokens_operation WHERE finished_at IS NULL") == [(0,)]
    told = types(portal, tenant, NAME, OTHER)
    ends = ("pat.rotated", "pat.rotate_settled", "pat.end_settled")
    assert [told.count(one) for one in ends] == [1, 1, 1]
    assert unseen.secret not in portal.logs() + alice.get("/?status=all").text
