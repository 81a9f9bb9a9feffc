"""Grants under many hands: locks, transactions, processes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.claims import Role
from accounts.errors import GrantBusy, SignInNeeded, SignInReason
from accounts.grant_store import store_grant
from accounts.grants import access_token_for
from accounts.models import Grant, User
from tests.accounts.browsers import Browser
from tests.accounts.test_grants import HOUR, grant_of, later, refreshes
from tests.sandbox_control import SandboxControl, Tenant

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def locked_elsewhere(user: User, *, is_grant: bool = True) -> Iterator[None]:
    """Hold the grant's row, or the person's, in a connection of another thread."""
    rows: QuerySet[Any] = Grant.objects.filter(user=user) if is_grant else User.objects.filter(pk=user.pk)
    ready: list[int] = []
    done: list[int] = []

    def hold() -> None:
        try:
            with transaction.atomic():
                rows.select_for_update(no_key=not is_grant).get()
                ready.append(1)
                _wait_for(done)
        finally:
            connections.close_all()

    thread = Thread(target=hold)
    thread.start()
    try:
        _wait_for(ready)
        yield
    finally:
        done.append(1)
        thread.join(10)


def _wait_for(signs: list[int]) -> None:
    for _ in range(2000):
        if signs:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.005)")
    raise TimeoutError


def test_nobody_with_a_good_one_waits_for_the_lock(tenant: Tenant, browser: Browser) -> None:
    alice = browser.sign_in("alice")
    nearly_over = timezone.now() + HOUR + timedelta(minutes=2)
    with locked_elsewhere(alice):
        assert access_token_for(alice, now=nearly_over)
    assert refreshes(tenant) == 0


def test_a_lock_that_is_held_too_long_says_try_again(tenant: Tenant, browser: Browser) -> None:
    alice = browser.sign_in("alice")
    with locked_elsewhere(alice):
        with pytest.raises(GrantBusy):
            access_token_for(alice, now=later(), wait_seconds=1)
        with pytest.raises(GrantBusy):
            store_grant(alice, cache_text="{}", now=timezone.now(), wait_seconds=1)
    assert grant_of(alice).is_active


def test_a_refresh_locks_whoever_holds_a_role_before_the_grant(tenant: Tenant, browser: Browser) -> None:
    dave = browser.sign_in("dave")
    nearly_over = timezone.now() + HOUR + timedelta(minutes=2)
    with locked_elsewhere(dave, is_grant=False):
        assert access_token_for(dave, now=nearly_over)
        with pytest.raises(GrantBusy):
            access_token_for(dave, now=later(), wait_seconds=1)
        with transaction.atomic():
            assert Grant.objects.select_for_update(nowait=True).get(user=dave).is_active
    assert refreshes(tenant) == 0


def test_a_refresh_locks_nobody_else(tenant: Tenant, browser: Browser) -> None:
    alice = browser.sign_in("alice")
    with locked_elsewhere(alice, is_grant=False):
        assert access_token_for(alice, now=later(), wait_seconds=1)


def test_a_sign_in_during_a_refused_refresh_gives_the_role_back(
    sandbox_control: SandboxControl, tenant: Tenant, browser: Browser
) -> None:
    dave = browser.sign_in("dave")
    tenant.revoke_refresh("dave")
    other = Browser(tenant)
    with ThreadPoolExecutor(2) as pool:
        with tenant.hold("the refresh", "token_endpoint", verb="refresh_token"):
            refreshing = pool.submit(_in_own_connection(lambda: access_token_for(dave, now=later())))
            sandbox_control.wait_for_hold("the refresh")
            signing_in = pool.submit(_in_own_connection(lambda: other.sign_in("dave")))
            _wait_until_blocked()
        with pytest.raises(SignInNeeded):
            refreshing.result(timeout=20)
        signing_in.result(timeout=20)
    assert User.objects.get(pk=dave.pk).roles == {Role.ADMIN}
    assert grant_of(dave).is_active


def _in_own_connection(work: Callable[[], object]) -> Callable[[], object]:
    def do() -> object:
        try:
            return work()
        finally:
            connections.close_all()

    return do


def _wait_until_blocked() -> None:
    """Wait until a connection to this database waits for another's lock."""
    for _ in range(2000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), pg_sleep(0.005) FROM pg_stat_activity"
                " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
            )
            if cursor.fetchone()[0]:
                return
    raise TimeoutError


def test_a_refresh_refuses_to_run_inside_a_transaction(tenant: Tenant, browser: Browser) -> None:
    alice = browser.sign_in("alice")
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        access_token_for(alice, now=later())


def test_what_was_learned_from_a_failure_is_committed(tenant: Tenant, browser: Browser) -> None:
    alice = browser.sign_in("alice")
    tenant.revoke_refresh("alice")
    with pytest.raises(SignInNeeded):
        access_token_for(alice, now=later())
    connection.close()
    assert grant_of(alice).lost_code == SignInReason.GRANT_REVOKED


def test_eight_processes_refresh_once_and_the_grant_lives(
    sandbox_control: SandboxControl, tenant: Tenant, browser: Browser
) -> None:
    tenant.change(one_time_refresh=True, access_token_seconds=30)
    alice = browser.sign_in("alice")
    tenant.change(access_token_seconds=3900)
    # Slow enough that every process has asked for an access token before the first has one.
    with tenant.fault("token_endpoint", latency_seconds=1):
        asking = subprocess.run(
            [sys.executable, "-m", "tests.accounts.asking_processes", str(alice.pk), "8"],
            env=_environment(tenant),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    answers = asking.stdout.split()
    assert len(answers) == 8
    assert refreshes(tenant) == 1
    stored = access_token_for(alice, now=timezone.now())
    assert set(answers) == {hashlib.sha256(stored.encode()).hexdigest()}
    assert access_token_for(alice, now=timezone.now(), fresh=True) != stored


def _environment(tenant: Tenant) -> dict[str, str]:
    database = connection.settings_dict
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{login}@{place}",
        "DATABASE_OWNER_URL": f"postgres://{login}@{place}",
        "ENTRA_AUTHORITY": tenant.authority,
        "ENTRA_CLIENT_ID": tenant.client_id,
        "ENTRA_CLIENT_SECRET": tenant.client_secret,
        "ENTRA_CA_BUNDLE": tenant.control.ca_bundle,
        "ALLOW_OTHER_HOSTS": "true",
        "LOG_LEVEL": "ERROR",
    }
