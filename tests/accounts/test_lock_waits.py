"""Waiting for rows that others hold: never without end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from accounts.errors import GrantBusy
from accounts.lock_waits import WAIT_SECONDS, limited_wait
from accounts.models import Alarm
from tests.accounts.test_grants_locked import _in_own_connection

pytestmark = pytest.mark.django_db(transaction=True)


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])


def test_it_limits_this_transaction_alone() -> None:
    before = limit()
    with limited_wait(7):
        assert limit() == "7s"
    assert limit() == before


def test_it_outlasts_a_request_to_entra_by_itself() -> None:
    with limited_wait():
        assert int(limit().removesuffix("s")) == WAIT_SECONDS > 20


def test_a_row_that_is_held_too_long_says_try_again() -> None:
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_alarm")

        def wait() -> None:
            with limited_wait(1):
                Alarm.objects.create(code="x", first_at="2026-01-01T00:00Z", last_at="2026-01-01T00:00Z")

        with pytest.raises(GrantBusy):
            pool.submit(_in_own_connection(wait)).result(timeout=10)
    assert Alarm.objects.count() == 0


def test_other_trouble_of_the_database_stays_what_it_is() -> None:
    def sleep() -> None:
        with limited_wait(1), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 10")
            cursor.execute("SELECT pg_sleep(2)")

    with pytest.raises(OperationalError):
        sleep()


def test_durable_refuses_to_be_part_of_a_transaction() -> None:
    with transaction.atomic():
        with limited_wait(1):
            assert limit() == "1s"
        with pytest.raises(RuntimeError, match="durable"), limited_wait(1, durable=True):
            raise AssertionError
