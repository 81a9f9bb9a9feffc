"""Lanes: four at once for one person, whoever asks; given back by whatever ends the work in them."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from tests.people import World
from tokens.azure_devops.client import AzureDevOpsClient, build_session
from tokens.azure_devops.types import PatFilter
from tokens.delegation import DelegatedAccess
from tokens.errors import Busy
from tokens.lanes import LANES, lane_for, lane_keys

pytestmark = pytest.mark.django_db(transaction=True)

PERSON, SOMEBODY_ELSE = 1_000_001, 1_000_002
HELD = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND datname = current_database()
    AND (classid::bigint << 32) + objid::bigint = ANY(%s)
"""
# What another process of the portal does; it says which lane it got, and keeps it until it is killed.
OTHER_PROCESS = """
import sys, time, psycopg
session = psycopg.connect(sys.argv[1], autocommit=True)
for key in sys.argv[2:]:
    print(session.execute("SELECT pg_try_advisory_lock(%s)", [int(key)]).fetchone()[0], flush=True)
time.sleep(60)
"""


def database() -> str:
    """Return the address of the database of these tests, as another process needs it."""
    given = connection.settings_dict
    names = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return psycopg.conninfo.make_conninfo("", **{key: str(given[name]) for key, name in names.items()})


@contextmanager
def others(count: int, *, user_id: int = PERSON) -> Iterator[psycopg.Connection]:
    """Hold so many of the person's lanes in a session of its own."""
    with psycopg.connect(database(), autocommit=True) as session:
        for key in lane_keys(user_id)[:count]:
            assert session.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone() == (True,)
        yield session


def held(user_id: int = PERSON) -> int:
    with connection.cursor() as cursor:
        cursor.execute(HELD, [lane_keys(user_id)])
        count: int = cursor.fetchone()[0]
    return count


def test_a_lane_is_held_for_the_block_and_no_longer() -> None:
    assert held() == 0
    with lane_for(PERSON):
        assert held() == 1
    assert held() == 0


def test_the_fifth_waits_and_then_is_busy() -> None:
    with others(LANES):
        began_at = time.monotonic()
        with pytest.raises(Busy), lane_for(PERSON, patience_seconds=0.3):
            pytest.fail("a fifth lane")
        assert 0.2 <= time.monotonic() - began_at <= 2
    with lane_for(PERSON, patience_seconds=0):
        assert held() == 1


def test_nobody_waits_for_long_unless_told_otherwise() -> None:
    assert LANES == 4
    with others(LANES):
        began_at = time.monotonic()
        with pytest.raises(Busy), lane_for(PERSON):
            pytest.fail("a fifth lane")
        assert 0.5 <= time.monotonic() - began_at <= 2


def test_the_fourth_finds_the_lane_that_is_free() -> None:
    with others(LANES - 1), lane_for(PERSON, patience_seconds=0):
        assert held() == LANES


def test_people_do_not_wait_for_each_other() -> None:
    with others(LANES), lane_for(SOMEBODY_ELSE, patience_seconds=0):
        assert (held(), held(SOMEBODY_ELSE)) == (LANES, 1)


def test_the_keys_of_people_are_their_own() -> None:
    keys = [key for user_id in range(1, 1000) for key in lane_keys(user_id)]
    assert len(set(keys)) == len(keys) == 999 * LANES
    assert all(0 < key < 2**63 for key in keys)


def test_one_that_becomes_free_meanwhile_is_taken() -> None:
    with ThreadPoolExecutor(1) as threads, others(LANES) as session:

        def free_one() -> None:
            time.sleep(0.3)
            session.execute("SELECT pg_advisory_unlock(%s)", [lane_keys(PERSON)[2]])

        freeing = threads.submit(free_one)
        with lane_for(PERSON):
            freeing.result()
            assert held() == LANES


@pytest.mark.parametrize("failure", [ZeroDivisionError, Busy, KeyboardInterrupt, SystemExit])
def test_a_lane_is_given_back_whatever_happens(failure: type[BaseException]) -> None:
    with pytest.raises(failure), lane_for(PERSON):
        raise failure
    assert held() == 0


def test_a_call_inside_a_transaction_is_a_mistake() -> None:
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="durable"),
        lane_for(PERSON),
    ):
        pytest.fail("a lane inside a transaction")
    assert held() == 0


def test_a_database_that_goes_away_meanwhile_does_not_spoil_what_was_done() -> None:
    done = []
    with lane_for(PERSON):
        with psycopg.connect(database(), autocommit=True) as session:
            own = connection.connection.info.backend_pid
            session.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
        done.append("the answer of Azure DevOps")
    assert done
    assert held() == 0, "and the next query has a session of its own"


def test_a_killed_process_frees_its_lanes() -> None:
    keys = [str(key) for key in lane_keys(PERSON)]
    command = [sys.executable, "-c", OTHER_PROCESS, database(), *keys]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in keys] == ["True"] * LANES
        with pytest.raises(Busy), lane_for(PERSON, patience_seconds=0.1):
            pytest.fail("a fifth lane")
        process.send_signal(signal.SIGKILL)
    with lane_for(PERSON, patience_seconds=5):
        assert held() == 1


# --- What Azure DevOps sees -----------------------------------------------------------------------


def client_of(
    world: World, *, patience_seconds: float = 10, sleep: Callable[[float], None] = time.sleep
) -> AzureDevOpsClient:
    """Return Alice's client whose requests keep to lanes, as one of the portal's threads has it."""
    user = world.alice.user
    return AzureDevOpsClient(
        access_token=DelegatedAccess(user),
        session=build_session(ca_bundle=settings.AZURE_DEVOPS_CA_BUNDLE, proxy=None),
        vssps_url=world.tenant.vssps_url,
        devops_url=world.tenant.devops_url,
        lane=partial(lane_for, user.pk, patience_seconds=patience_seconds),
        sleep=sleep,
    )


def test_of_eight_calls_four_reach_azure_devops_at_once(world: World) -> None:
    user_id, hold = world.alice.user.pk, f"hold-{uuid4()}"

    def read() -> int:
        try:
            found = client_of(world).list_pats(world.alpha.name, pat_filter=PatFilter.ACTIVE)
            return len(found)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        with world.tenant.hold(hold, verb="list", times=None):
            reading = [threads.submit(read) for _ in range(8)]
            world.control.wait_for_hold(hold, count=LANES)
            time.sleep(0.5)
            assert world.control.held(hold) == LANES
            assert len(world.tenant.requests("pats", verb="list")) <= LANES
        assert [one.result(20) for one in reading] == [0] * 8
    assert len(world.tenant.requests("pats", verb="list")) == 8
    assert world.tenant.most_calls_at_once("alice") == LANES
    assert held(user_id) == 0


def test_a_create_that_finds_no_lane_sends_nothing(world: World) -> None:
    user_id = world.alice.user.pk
    client = client_of(world, patience_seconds=0.1)
    world.tenant.forget_requests()
    with ExitStack() as stack:
        stack.enter_context(others(LANES, user_id=user_id))
        stack.enter_context(pytest.raises(Busy))
        client.create_pat(
            world.alpha.name,
            display_name="never sent",
            scopes={"vso.code"},
            valid_to=timezone.now() + timedelta(days=3),
        )
    assert world.tenant.requests("pats") == []
    assert world.tenant.pats() == []


def test_the_lane_is_free_between_the_pages_of_a_list(world: World) -> None:
    user_id = world.alice.user.pk
    world.tenant.add_pats("alice", "alpha", "many", count=150)
    seen: list[int] = []
    client = client_of(world, sleep=lambda _seconds: seen.append(held(user_id)))
    with world.tenant.fault("pats", verb="list", times=1, headers={"Retry-After": "1"}):
        assert len(client.list_pats(world.alpha.name, pat_filter=PatFilter.ACTIVE)) == 150
    assert seen == [0]
