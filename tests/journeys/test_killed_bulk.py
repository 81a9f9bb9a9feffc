"""kill -9 of the worker in the middle of many PATs at once: each gets its end, and one record of it."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from tests.installation import Installation
from tests.journeys.killing import kill_worker_while_held, sweep_up
from tests.journeys.visitor import Visitor
from tests.sandbox_tenant import Tenant

COUNT = 6
_DONE = (
    "SELECT pat.authorization_id FROM tokens_operation JOIN tokens_pat pat ON pat.id = pat_id"
    " JOIN accounts_user person ON person.id = pat.user_id"
    " WHERE verb = 'extend' AND state = 'done' AND person.tenant_id = %s"
)


def _begin(portal: Installation, tenant: Tenant, alice: Visitor, path: str, **fields: str) -> str:
    """Have PATs, and begin to change all of them; returns the address of the result page."""
    tenant.add_pats("alice", "alpha", "service", COUNT)
    portal.work()
    portal.wait(minutes=5)
    pats = [str(row[0]) for row in portal.rows("SELECT id FROM tokens_pat")]
    query = urlencode({"pat": pats}, doseq=True)
    begun = alice.submit(path, page=f"{path}?{query}", pat=pats, **fields)
    assert begun.status_code == 302, begun.text
    return begun.headers["Location"]


def _ends(portal: Installation, tenant: Tenant, *kinds: str) -> list[int]:
    """Return how often each PAT has one of these events."""
    found = portal.rows(
        "SELECT count(*) FROM tokens_auditevent WHERE owner_tenant_id = %s AND type = ANY(%s)"
        " GROUP BY authorization_id",
        tenant.tenant_id,
        list(kinds),
    )
    return [row[0] for row in found]


def _unfinished(portal: Installation) -> list[tuple[int]]:
    return portal.rows("SELECT id FROM tokens_bulkitem WHERE state IN ('waiting', 'running')")


def test_every_pat_is_revoked_once(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    page = _begin(portal, tenant, alice, "/bulk/revoke")
    kill_worker_while_held(portal, tenant, "revoke")
    twin = tenant.add_pat("alice", "alpha", "service 1")
    sweep_up(portal)

    found = {one.authorization_id: one.status for one in tenant.pats()}
    assert found.pop(twin.authorization_id) == "active"
    assert list(found.values()) == ["revoked"] * COUNT
    assert _ends(portal, tenant, "pat.revoke_requested") == [1] * COUNT
    assert _ends(portal, tenant, "pat.revoked") == [1] * COUNT
    assert _unfinished(portal) == []
    assert alice.get(page).status_code == 200


def test_every_pat_is_extended_once_or_told_of(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    page = _begin(portal, tenant, alice, "/bulk/extend", extend="7")
    # Nothing has run yet: the lanes wait for a worker.
    before = {one.authorization_id: one.valid_to for one in tenant.pats()}
    kill_worker_while_held(portal, tenant, "update")
    sweep_up(portal)

    done = _extended(tenant, before)
    # Of the four lanes that died, some had not sent what they had written down.
    assert COUNT - 3 <= len(done) <= COUNT
    assert done == {str(row[0]) for row in portal.rows(_DONE, tenant.tenant_id)}
    assert _changes(tenant) == len(done)
    assert _ends(portal, tenant, "pat.extend_requested") == [1] * COUNT
    assert _ends(portal, tenant, "pat.extended", "pat.extend_settled") == [1] * COUNT
    assert _unfinished(portal) == []

    # What came to nothing is repeated alone.
    alice.submit(f"{page}/repeat", page=page)
    portal.work()
    assert _extended(tenant, before) == set(before)
    assert _changes(tenant) == COUNT


def _changes(tenant: Tenant) -> int:
    """Return how many changes took effect; of one whose sender died on the way only a part arrived."""
    return sum(one.status == 200 for one in tenant.requests("pats", verb="update"))


def _extended(tenant: Tenant, before: dict[str, datetime]) -> set[str]:
    """Return the PATs that live a week longer than before; the others live as long as before."""
    week = timedelta(days=7)
    gained = {one.authorization_id: one.valid_to - before[one.authorization_id] for one in tenant.pats()}
    assert set(gained.values()) <= {timedelta(0), week}
    return {key for key, more in gained.items() if more == week}
