"""Open alarms as findings."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.aadsts import entries, entry_for
from accounts.diagnosis import alarms, step_against
from accounts.models import Alarm
from patportal.lib.findings import Level

pytestmark = pytest.mark.django_db


def make(code: str, **facts: object) -> Alarm:
    now = timezone.now()
    return Alarm.objects.create(code=code, **{"first_at": now - timedelta(hours=3), "last_at": now, **facts})


def test_no_alarm_is_fine() -> None:
    make("credential_expires", ended_at=timezone.now())
    assert [(finding.level, finding.found) for finding in alarms()] == [(Level.OK, "No open alarms.")]


def test_an_alarm_about_everybody_is_a_problem_with_the_step_of_its_number() -> None:
    make("portal_misconfigured", aadsts=7000222, correlation_id="c" * 36, count=7)
    (finding,) = alarms()
    assert finding.level is Level.PROBLEM
    for told in ("AADSTS7000222", "c" * 36, "open for 3 hours", "at least 7 times"):
        assert told in finding.found
    entry = entry_for(7000222)
    assert entry is not None
    assert finding.next_step == entry.operator_step


def test_other_alarms_are_warnings_with_their_own_step() -> None:
    make("credential_expires", detail="ENTRA_CLIENT_SECRET: 2026-07-01")
    (finding,) = alarms()
    assert finding.level is Level.WARNING
    assert "ENTRA_CLIENT_SECRET: 2026-07-01" in finding.found
    assert finding.next_step


def test_an_alarm_about_one_tenant_names_it(settings: Any) -> None:
    settings.ENTRA_ADDITIONAL_TENANTS = {UUID("11111111-2222-3333-4444-555555555555"): "Contoso"}
    make("portal_misconfigured:11111111-2222-3333-4444-555555555555")
    (finding,) = alarms()
    assert finding.level is Level.PROBLEM
    assert "Tenant 11111111-2222-3333-4444-555555555555" in finding.found


def test_alarms_that_cannot_be_read_are_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE accounts_alarm")
    (finding,) = alarms()
    assert finding.level is Level.PROBLEM
    assert "accounts_alarm" in finding.found


def test_a_number_without_a_step_of_its_own_gets_that_of_the_alarm() -> None:
    number = next(entry.number for entry in entries() if not entry.operator_step)
    assert step_against(Alarm(code="portal_misconfigured", aadsts=number))
