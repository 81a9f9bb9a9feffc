"""What operators are told about refreshes and sign-ins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.alarms import AlarmCode, open_alarms
from accounts.errors import AccountsError, PortalMisconfigured
from accounts.grants import access_token_for
from accounts.models import User
from tests.accounts.browsers import Browser
from tests.accounts.test_alarms import broken_table
from tests.accounts.test_grants import HOUR, later
from tests.sandbox_control import Tenant


@pytest.fixture
def alice(browser: Browser) -> User:
    return browser.sign_in("alice")


def test_wrong_scopes_are_an_alarm(browser: Browser, tenant: Tenant) -> None:
    tenant.change(permissions=["vso.pats", "vso.code_full"])
    browser.sign_in("alice")
    (alarm,) = open_alarms()
    assert alarm.code == AlarmCode.SCOPES_DIFFER
    assert alarm.detail == "excess: vso.code_full; missing: vso.pats_manage"


def test_a_refused_portal_is_an_alarm_until_it_is_let_in(alice: User, tenant: Tenant) -> None:
    fault = tenant.fault("token_endpoint", aadsts={"code": 7000222, "error": "invalid_client"})
    with fault, pytest.raises(PortalMisconfigured):
        access_token_for(alice, now=later())
    (alarm,) = open_alarms()
    assert (alarm.code, alarm.aadsts) == (AlarmCode.PORTAL_MISCONFIGURED, 7000222)
    assert alarm.correlation_id
    access_token_for(alice, now=later() + timedelta(minutes=1))
    assert open_alarms() == []


def test_it_is_an_alarm_also_while_an_access_token_still_serves(alice: User, tenant: Tenant) -> None:
    nearly_over = timezone.now() + HOUR + timedelta(minutes=2)
    with tenant.fault("token_endpoint", aadsts={"code": 7000222, "error": "invalid_client"}):
        assert access_token_for(alice, now=nearly_over)
    assert len(open_alarms()) == 1


@pytest.mark.parametrize(
    "trouble", [{"status": 503}, {"drop": "before"}, {"aadsts": {"code": 50173, "error": "invalid_grant"}}]
)
def test_outages_and_refused_people_are_none(alice: User, tenant: Tenant, trouble: dict[str, Any]) -> None:
    with tenant.fault("token_endpoint", **trouble), pytest.raises(AccountsError):
        access_token_for(alice, now=later())
    assert open_alarms() == []


def test_the_second_credential_is_an_alarm_while_it_serves(
    browser: Browser, tenant: Tenant, settings: Any
) -> None:
    secret = settings.ENTRA_CLIENT_SECRET
    settings.ENTRA_CLIENT_SECRET, settings.ENTRA_CLIENT_SECRET_FALLBACK = "an ended secret", secret
    alice = browser.sign_in("alice")
    (alarm,) = open_alarms()
    assert (alarm.code, alarm.detail) == (AlarmCode.CREDENTIAL_FALLBACK, "ENTRA_CLIENT_SECRET_FALLBACK")
    settings.ENTRA_CLIENT_SECRET, settings.ENTRA_CLIENT_SECRET_FALLBACK = secret, None
    access_token_for(alice, now=timezone.now() + timedelta(hours=2), fresh=True)
    assert open_alarms() == []


def test_a_refresh_costs_one_query_for_alarms(alice: User, django_assert_num_queries: Any) -> None:
    # Read; savepoint, limit, role, grant, write, release; alarms.
    with django_assert_num_queries(8):
        access_token_for(alice, now=timezone.now(), fresh=True)


@pytest.mark.django_db(transaction=True)
def test_no_sign_in_and_no_refresh_fails_over_an_alarm(browser: Browser, tenant: Tenant) -> None:
    tenant.change(permissions=["vso.pats", "vso.pats_manage", "vso.code_full"])
    with broken_table():
        alice = browser.sign_in("alice")
        assert access_token_for(alice, now=timezone.now(), fresh=True)
