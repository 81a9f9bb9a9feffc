"""kill -9 of the worker in the middle of a job; and what a job defers when it fails itself."""

import pytest
import requests

from tests.installation import Installation
from tests.journeys.killing import kill_worker_while_held, retry, types
from tests.journeys.visitor import Visitor
from tests.sandbox_tenant import Tenant


def _statuses(portal: Installation, task: str) -> list[str]:
    statement = "SELECT status::text FROM procrastinate_jobs WHERE task_name = %s ORDER BY id"
    return [row[0] for row in portal.rows(statement, task)]


def test_its_sync_is_run_again(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    tenant.add_pat("alice", "alpha", "made elsewhere")
    kill_worker_while_held(portal, tenant, "list")
    assert "doing" in _statuses(portal, "tokens.sync_pats")
    retry(portal)
    assert _statuses(portal, "tokens.sync_pats") == []
    assert "made elsewhere" in alice.text()


def test_a_sync_by_the_clock_is_run_again(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    portal.work()
    tenant.add_pat("alice", "alpha", "made elsewhere")
    with portal.connect("DATABASE_URL") as connection:
        connection.execute(
            "UPDATE tokens_organizationaccess"
            " SET next_sync_at = now() - interval '1 hour', read_at = read_at - interval '7 hours'"
            " FROM accounts_user AS person WHERE person.id = user_id AND person.tenant_id = %s",
            [tenant.tenant_id],
        )
    portal.defer("tokens.sync_due")
    kill_worker_while_held(portal, tenant, "list")
    assert "doing" in _statuses(portal, "tokens.sync_unasked")
    retry(portal)
    assert _statuses(portal, "tokens.sync_unasked") == []
    found = portal.rows(
        "SELECT name FROM tokens_pat JOIN accounts_user AS person ON person.id = user_id"
        " WHERE person.tenant_id = %s",
        tenant.tenant_id,
    )
    assert found == [("made elsewhere",)]
    ahead = portal.rows(
        "SELECT bool_and(next_sync_at > now()) FROM tokens_organizationaccess"
        " JOIN accounts_user AS person ON person.id = user_id WHERE person.tenant_id = %s",
        tenant.tenant_id,
    )
    assert ahead == [(True,)]


def test_its_settling_is_done_again_and_once(portal: Installation, tenant: Tenant, alice: Visitor) -> None:
    portal.work()
    form = {"name": "lost", "organization": tenant.organization("alpha").name, "expires": "30"}
    with tenant.fault("pats", verb="create", times=1, drop="after"):
        alice.submit("/tokens/new", scopes=["vso.code"], **form)
    portal.wait(minutes=7)
    # Dead in the middle of the look, then dead again in the middle of the revocation.
    kill_worker_while_held(portal, tenant, "list")
    portal.wait(minutes=20)
    portal.defer("tokens.sweep")
    kill_worker_while_held(portal, tenant, "revoke")
    portal.wait(minutes=20)
    portal.defer("tokens.sweep")
    retry(portal)

    assert [one.status for one in tenant.pats()] == ["revoked"]
    assert types(portal, tenant, "lost") == [
        "pat.create_requested",
        "pat.create_answer_lost",
        "pat.create_settled",
        "pat.revoke_requested",
        "pat.revoked",
    ]


def _worker(portal: Installation, *, beat_seconds_ago: int) -> int:
    ((worker_id,),) = portal.rows(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))"
        " RETURNING id",
        beat_seconds_ago,
    )
    return int(worker_id)


def _job(portal: Installation, name: str, *, status: str, worker_id: int | None = None) -> int:
    """Put a job of a person who does not exist into the queue; run, it fails."""
    ((job_id,),) = portal.rows(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, lock, queueing_lock, worker_id)"
        " VALUES ('default', 'tokens.sync_person', jsonb_build_object('user_id', 0),"
        " %s::procrastinate_job_status, %s, %s, %s) RETURNING id",
        status,
        name,
        name,
        worker_id,
    )
    return int(job_id)


def _status(portal: Installation, job_id: int) -> str:
    ((status,),) = portal.rows("SELECT status::text FROM procrastinate_jobs WHERE id = %s", job_id)
    return str(status)


def test_only_jobs_of_the_dead_are_run_again_and_no_lock_is_kept(portal: Installation) -> None:
    alive, dead = _worker(portal, beat_seconds_ago=15), _worker(portal, beat_seconds_ago=90)
    busy = _job(portal, "busy", status="doing", worker_id=alive)
    abandoned = _job(portal, "abandoned", status="doing", worker_id=dead)
    doubled = _job(portal, "doubled", status="doing", worker_id=dead)
    waiting = _job(portal, "doubled", status="todo")
    portal.defer("tokens.retry_stalled_jobs")
    portal.work()

    assert _status(portal, busy) == "doing"
    # The same work waits already: the abandoned one ends, so that the lock is free.
    assert _status(portal, doubled) == "failed"
    assert _status(portal, abandoned) == _status(portal, waiting) == "failed"


def _age(portal: Installation, job_id: int, *, days: int) -> None:
    """Let a job have failed so long ago."""
    with portal.connect("DATABASE_URL") as connection:
        connection.execute("DELETE FROM procrastinate_events WHERE job_id = %s", [job_id])
        connection.execute(
            "INSERT INTO procrastinate_events (job_id, type, at)"
            " VALUES (%s, 'failed', now() - make_interval(days => %s))",
            [job_id, days],
        )


def test_failed_jobs_are_cleared_after_a_month_and_no_others(portal: Installation) -> None:
    old, young = _job(portal, "old", status="failed"), _job(portal, "young", status="failed")
    _age(portal, old, days=31)
    _age(portal, young, days=29)
    portal.defer("tokens.clear_jobs")
    portal.work()
    assert portal.rows("SELECT id FROM procrastinate_jobs WHERE id = ANY(%s)", [old, young]) == [(young,)]
    assert _statuses(portal, "tokens.clear_jobs") == []


@pytest.fixture
def _full_disk(portal: Installation) -> None:
    """Have Postgres refuse the event that concludes a settling."""
    with portal.connect("DATABASE_OWNER_URL") as owner:
        owner.execute(
            "CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"
        )
        owner.execute(
            "CREATE TRIGGER refuse_event BEFORE INSERT ON tokens_auditevent FOR EACH ROW"
            " WHEN (NEW.type = 'pat.create_settled') EXECUTE FUNCTION refuse_event()"
        )


@pytest.mark.usefixtures("_full_disk")
def test_what_a_job_defers_is_undone_with_its_transaction(
    portal: Installation, tenant: Tenant, alice: Visitor
) -> None:
    """Inside the worker the queue's library has connections of its own; deferring must not use them."""
    form = {"name": "undone", "organization": tenant.organization("alpha").name, "expires": "30"}
    with tenant.fault("pats", verb="create", times=1, drop="after"):
        alice.submit("/tokens/new", scopes=["vso.code"], **form)
    portal.wait(minutes=7)
    portal.work()
    assert "failed" in _statuses(portal, "tokens.settle_operation")
    assert _statuses(portal, "tokens.revoke_orphan") == []
    assert [one.status for one in tenant.pats()] == ["active"]

    with portal.connect("DATABASE_OWNER_URL") as owner:
        owner.execute("DROP FUNCTION refuse_event CASCADE")
    portal.wait(minutes=20)
    portal.defer("tokens.sweep")
    portal.work()
    assert [one.status for one in tenant.pats()] == ["revoked"]


def test_the_processes_are_not_the_owner(portal: Installation, alice: Visitor) -> None:
    assert portal.rows("SELECT current_user") == [("patportal",)]
    assert portal.rows("SELECT tableowner FROM pg_tables WHERE tablename = 'tokens_pat'") == [
        ("patportal_owner",)
    ]
    assert requests.get(f"{portal.base_url}/readyz", timeout=10).text == "ready\n"
