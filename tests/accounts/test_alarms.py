"""Alarms: opened once, renewed with measure, ended by what works again, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.alarms import TEXTS, AlarmCode, end_alarm, note_answer, open_alarms, raise_alarm, text_of
from accounts.errors import EntraUnreachable, PortalMisconfigured, SignInNeeded
from accounts.granted_scopes import ScopeDifference
from accounts.models import Alarm
from tests.accounts.test_grants_locked import _in_own_connection

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = timezone.now()
CODE = AlarmCode.PORTAL_MISCONFIGURED
RIGHT = ScopeDifference(missing=(), excess=())
WRONG = ScopeDifference(missing=("vso.pats_manage",), excess=("vso.code_full", "vso.profile"))


@pytest.fixture
def tenant_id(settings: Any) -> Any:
    settings.ENTRA_ADDITIONAL_TENANTS = {}
    return uuid4()


def told(caplog: pytest.LogCaptureFixture, event: str) -> int:
    return sum(f"'{event}'" in str(record.msg) or record.msg == event for record in caplog.records)


def stored(code: str = CODE) -> Alarm:
    return Alarm.objects.get(code=code)


# --- opening, lasting, ending ----------------------------------------------------------------------------


def test_it_opens_with_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    raise_alarm(CODE, now=START, detail="Entra: invalid_client", aadsts=7000222, correlation_id="an id")
    (alarm,) = open_alarms()
    assert (alarm.code, alarm.detail, alarm.aadsts) == (CODE, "Entra: invalid_client", 7000222)
    assert (alarm.first_at, alarm.last_at, alarm.count) == (START, START, 1)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "7000222" in str(record.msg)


def test_it_is_written_once_a_minute(django_assert_num_queries: Any) -> None:
    raise_alarm(CODE, now=START)
    for seconds in (1, 30, 59):
        with django_assert_num_queries(1):
            raise_alarm(CODE, now=START + timedelta(seconds=seconds), detail="other")
    assert (stored().count, stored().detail) == (1, "")
    raise_alarm(CODE, now=START + MINUTE, detail="newer")
    assert (stored().count, stored().detail, stored().last_at) == (2, "newer", START + MINUTE)
    assert stored().first_at == START


def test_it_is_told_again_every_hour(caplog: pytest.LogCaptureFixture) -> None:
    for minute in range(0, 125, 5):
        raise_alarm(CODE, now=START + minute * MINUTE)
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 3


def test_it_ends_and_may_come_back(caplog: pytest.LogCaptureFixture) -> None:
    raise_alarm(CODE, now=START)
    end_alarm(CODE, now=START + HOUR)
    assert open_alarms() == []
    assert stored().ended_at == START + HOUR
    raise_alarm(CODE, now=START + 2 * HOUR, detail="again")
    assert (stored().first_at, stored().count, stored().ended_at) == (START + 2 * HOUR, 1, None)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "ERROR"]


def test_coming_and_going_is_written_with_measure() -> None:
    raise_alarm(CODE, now=START)
    end_alarm(CODE, now=START)
    raise_alarm(CODE, now=START + timedelta(seconds=59))
    assert open_alarms() == []
    raise_alarm(CODE, now=START + MINUTE)
    assert len(open_alarms()) == 1


def test_ending_what_does_not_last_writes_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        end_alarm(CODE, now=START)
    raise_alarm(CODE, now=START)
    end_alarm(CODE, now=START)
    with django_assert_num_queries(1):
        end_alarm(CODE, now=START + HOUR)
    assert stored().ended_at == START


def test_the_newest_comes_first() -> None:
    raise_alarm(AlarmCode.SCOPES_DIFFER, now=START)
    raise_alarm(CODE, now=START + MINUTE)
    assert [alarm.code for alarm in open_alarms()] == [CODE, AlarmCode.SCOPES_DIFFER]


def test_long_facts_are_cut() -> None:
    raise_alarm(CODE, now=START, detail="x" * 1000, correlation_id="y" * 100)
    assert (len(stored().detail), len(stored().correlation_id)) == (256, 36)


# --- what Entra's answers say ------------------------------------------------------------------------------


def test_a_refused_portal_is_an_alarm(tenant_id: Any) -> None:
    error = PortalMisconfigured("Entra: invalid_client", aadsts=7000215, correlation_id="an id")
    note_answer(error, now=START, tenant_id=tenant_id)
    assert (stored().detail, stored().aadsts, stored().correlation_id) == (str(error), 7000215, "an id")


@pytest.mark.parametrize("error", [EntraUnreachable("timeout"), SignInNeeded("refused")])
def test_other_errors_raise_and_end_none(tenant_id: Any, error: Any, django_assert_num_queries: Any) -> None:
    raise_alarm(CODE, now=START)
    with django_assert_num_queries(0):
        note_answer(error, now=START + HOUR, tenant_id=tenant_id)
    assert len(open_alarms()) == 1


def test_a_success_ends_it(tenant_id: Any) -> None:
    raise_alarm(CODE, now=START)
    note_answer(None, now=START + MINUTE, tenant_id=tenant_id)
    assert open_alarms() == []


def test_the_second_credential_is_told_of_until_no_process_has_used_it_for_long(
    tenant_id: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """One process goes on with the second for an hour, while others are served by the first."""
    for minute in range(0, 60, 5):
        note_answer(None, now=START + minute * MINUTE, tenant_id=tenant_id, credential_position=1)
        note_answer(None, now=START + (minute + 1) * MINUTE, tenant_id=tenant_id)
    assert (told(caplog, "alarm"), told(caplog, "alarm_over")) == (1, 0)
    note_answer(None, now=START + 55 * MINUTE + 2 * HOUR, tenant_id=tenant_id)
    assert open_alarms() == []


def test_a_success_costs_one_query(tenant_id: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        note_answer(None, now=START, tenant_id=tenant_id, scopes=RIGHT)


def test_a_success_leaves_alone_what_it_says_nothing_about(tenant_id: Any) -> None:
    raise_alarm(AlarmCode.CREDENTIAL_EXPIRES, now=START)
    raise_alarm(AlarmCode.SCOPES_DIFFER, now=START)
    note_answer(None, now=START + 48 * HOUR, tenant_id=tenant_id)
    assert len(open_alarms()) == 2


def test_a_success_with_the_second_credential_is_an_alarm_of_its_own(tenant_id: Any) -> None:
    raise_alarm(CODE, now=START)
    note_answer(None, now=START + MINUTE, tenant_id=tenant_id, credential_position=1)
    assert [alarm.code for alarm in open_alarms()] == [AlarmCode.CREDENTIAL_FALLBACK]


def test_wrong_scopes_are_named(tenant_id: Any) -> None:
    note_answer(None, now=START, tenant_id=tenant_id, scopes=WRONG)
    alarm = stored(AlarmCode.SCOPES_DIFFER)
    assert alarm.detail == "excess: vso.code_full, vso.profile; missing: vso.pats_manage"


def test_one_persons_right_scopes_do_not_excuse_anothers(tenant_id: Any) -> None:
    note_answer(None, now=START, tenant_id=tenant_id, scopes=WRONG)
    note_answer(None, now=START + 23 * HOUR, tenant_id=tenant_id, scopes=RIGHT)
    assert len(open_alarms()) == 1
    note_answer(None, now=START + 24 * HOUR, tenant_id=tenant_id, scopes=RIGHT)
    assert open_alarms() == []


def test_another_tenant_raises_and_ends_its_own(settings: Any, tenant_id: Any) -> None:
    other = uuid4()
    settings.ENTRA_ADDITIONAL_TENANTS = {other: "Subsidiary"}
    note_answer(PortalMisconfigured("not installed", aadsts=700016), now=START, tenant_id=other)
    note_answer(None, now=START + MINUTE, tenant_id=tenant_id)
    (alarm,) = open_alarms()
    assert str(other) in alarm.code
    assert text_of(alarm) == TEXTS[CODE]
    settings.ENTRA_ADDITIONAL_TENANTS = {}
    assert open_alarms() == []
    settings.ENTRA_ADDITIONAL_TENANTS = {other: "Subsidiary"}
    note_answer(None, now=START + MINUTE, tenant_id=other)
    assert open_alarms() == []


def test_the_scopes_of_another_tenant_are_its_own_matter(settings: Any) -> None:
    other = uuid4()
    settings.ENTRA_ADDITIONAL_TENANTS = {other: "Subsidiary"}
    note_answer(None, now=START, tenant_id=other, scopes=WRONG)
    note_answer(None, now=START + 25 * HOUR, tenant_id=None, scopes=RIGHT)
    (alarm,) = open_alarms()
    assert alarm.code == f"{AlarmCode.SCOPES_DIFFER}:{other}"
    assert text_of(alarm) == TEXTS[AlarmCode.SCOPES_DIFFER]
    note_answer(None, now=START + 26 * HOUR, tenant_id=other, scopes=RIGHT)
    assert open_alarms() == []


def test_a_home_that_is_listed_as_well_is_home(settings: Any) -> None:
    home = uuid4()
    settings.ENTRA_AUTHORITY = f"https://login.microsoftonline.com/{home}"
    settings.ENTRA_ADDITIONAL_TENANTS = {home: "Ours"}
    note_answer(PortalMisconfigured("refused"), now=START, tenant_id=None)
    note_answer(None, now=START + MINUTE, tenant_id=home)
    assert open_alarms() == []


def test_every_kind_says_what_to_do() -> None:
    assert set(TEXTS) == set(AlarmCode)
    assert all(text.title and text.next_step for text in TEXTS.values())
    assert text_of(Alarm(code="of a later version")).title == "of a later version"


# --- in nobody's way ---------------------------------------------------------------------------------------


@contextmanager
def broken_table() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_alarm RENAME TO accounts_alarm_gone")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_alarm_gone RENAME TO accounts_alarm")


@pytest.mark.django_db(transaction=True)
def test_an_alarm_that_cannot_be_written_is_given_up(
    tenant_id: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with broken_table():
        note_answer(PortalMisconfigured("refused"), now=START, tenant_id=tenant_id)
        note_answer(None, now=START, tenant_id=tenant_id)
    assert "alarm_not_written" in caplog.text
    assert "alarm_not_ended" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_long_for_a_row_that_is_held(caplog: pytest.LogCaptureFixture) -> None:
    raise_alarm(CODE, now=START)
    with transaction.atomic():
        Alarm.objects.select_for_update().get()
        with ThreadPoolExecutor(1) as pool:
            later = START + 2 * HOUR
            pool.submit(_in_own_connection(lambda: raise_alarm(CODE, now=later))).result(timeout=10)
            pool.submit(_in_own_connection(lambda: end_alarm(CODE, now=later))).result(timeout=10)
    assert "alarm_not_written" in caplog.text
    assert "alarm_not_ended" in caplog.text
    assert stored().count == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [False, True])
def test_of_many_at_once_one_writes_and_tells(caplog: pytest.LogCaptureFixture, known: bool) -> None:
    if known:
        raise_alarm(CODE, now=START)
        end_alarm(CODE, now=START)
        caplog.clear()

    def fail(now: datetime) -> None:
        _in_own_connection(lambda: raise_alarm(CODE, now=now))()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fail, [START + HOUR] * 8))
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert (stored().count, stored().ended_at) == (1, None)
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_be_part_of_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        raise_alarm(CODE, now=START)
