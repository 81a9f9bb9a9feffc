"""kill -9 of a process while Azure DevOps has acted and its answer is on the way; and what came of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.installation import Installation
from tests.sandbox_tenant import Tenant


def kill_web_while_held(portal: Installation, tenant: Tenant, verb: str, send: Callable[[], object]) -> None:
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


def kill_worker_while_held(portal: Installation, tenant: Tenant, verb: str) -> None:
    """End a worker while it waits for an answer of Azure DevOps that has taken effect."""
    hold = f"{tenant.tenant_id}-{verb}"
    with tenant.hold(hold, verb=verb):
        worker = portal.start_worker()
        tenant.control.wait_for_hold(hold, seconds=30)
        portal.kill(worker)


def settle(portal: Installation) -> None:
    """Let the minutes pass after which the worker finds out."""
    portal.wait(minutes=7)
    portal.work()


def retry(portal: Installation) -> None:
    """Let the minute pass after which a worker counts as dead, and the periodic task run."""
    portal.wait(seconds=90)
    portal.defer("tokens.retry_stalled_jobs")
    portal.work()


def sweep_up(portal: Installation, *, times: int = 2) -> None:
    """Let time pass and have everything found that lost its job, as the minutes after a crash do."""
    for _ in range(times):
        portal.wait(minutes=16)
        portal.defer("tokens.retry_stalled_jobs")
        portal.defer("tokens.sweep")
        portal.work()


def types(portal: Installation, tenant: Tenant, *names: str) -> list[str]:
    """Return the events about the tenant's PATs of some names, oldest first."""
    found = portal.rows(
        "SELECT type FROM tokens_auditevent WHERE owner_tenant_id = %s AND pat_name = ANY(%s) ORDER BY id",
        tenant.tenant_id,
        list(names),
    )
    return [row[0] for row in found]


def pat_id(portal: Installation, authorization_id: str) -> str:
    """Return by which id the portal's pages know a PAT."""
    ((found,),) = portal.rows("SELECT id FROM tokens_pat WHERE authorization_id = %s", authorization_id)
    return str(found)
