"""The page of a sign-in that did not work: what it offers for each kind of failure, and whom it alarms."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from accounts.models import Alarm
from tests.accounts.browsers import Browser, path_of, query_of, text_of
from tests.sandbox_control import SandboxControl, Tenant


def refused(browser: Browser, number: int, error: str = "access_denied", **fields: str) -> Any:
    """Come back with what Entra's page says."""
    state = query_of(browser.start("/tokens/new", **fields))["state"]
    return browser.get(f"/getAToken?state={state}&error={error}&error_description=AADSTS{number}:+x")


def test_a_known_number_comes_with_its_meaning(browser: Browser) -> None:
    context = refused(browser, 50105).context
    assert context["entry"].number == 50105
    assert context["code"] == "AADSTS50105"
    assert (context["next"], context["tenant"]) == ("/tokens/new", "")
    assert not context["ways"].asks_for_permission
    assert context["ways"].admin_consent_url == ""


@pytest.mark.parametrize("number", [65001, 65004])
def test_a_permission_that_the_person_can_give_is_asked_for(browser: Browser, number: int) -> None:
    answer = refused(browser, number, "consent_required" if number == 65001 else "access_denied")
    assert answer.context["ways"].asks_for_permission
    assert 'name="permission"' in text_of(answer)
    # Whoever declined can still accept; where the permission was never given, an administrator may give it.
    assert bool(answer.context["ways"].admin_consent_url) == (number == 65001)


def test_what_an_administrator_has_to_approve_comes_with_a_link_for_them(
    browser: Browser, tenant: Tenant
) -> None:
    answer = refused(browser, 90094)
    link = urlsplit(answer.context["ways"].admin_consent_url)
    assert link.path == f"/{tenant.tenant_id}/v2.0/adminconsent"
    assert query_of(answer.context["ways"].admin_consent_url)["client_id"] == tenant.client_id
    assert not answer.context["ways"].asks_for_permission


def test_the_link_is_for_the_tenant_that_refused(
    browser: Browser, tenant: Tenant, sandbox_control: SandboxControl, settings: Any
) -> None:
    other = sandbox_control.create_tenant(client_id=tenant.client_id, client_secret=tenant.client_secret)
    settings.ENTRA_ADDITIONAL_TENANTS = {UUID(other.tenant_id): "Fabrikam"}
    context = refused(browser, 90094, tenant=other.tenant_id).context
    assert context["tenant"] == other.tenant_id
    assert f"/{other.tenant_id}/v2.0/adminconsent" in context["ways"].admin_consent_url
    other.remove()


def test_a_portal_that_entra_refuses_raises_the_alarm_and_a_sign_in_that_works_ends_it(
    browser: Browser, tenant: Tenant
) -> None:
    aadsts = {"code": 7000215, "error": "invalid_client"}
    with tenant.fault("token_endpoint", aadsts=aadsts, times=1):
        assert browser.try_sign_in("alice").status_code == 502
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.aadsts, alarm.ended_at) == ("portal_misconfigured", 7000215, None)
    browser.sign_in("alice")
    assert Alarm.objects.get().ended_at is not None


def test_what_only_the_query_says_alarms_nobody(browser: Browser) -> None:
    assert refused(browser, 7000215, "invalid_client").status_code == 400
    assert Alarm.objects.count() == 0


def test_a_person_who_is_refused_alarms_nobody(browser: Browser, tenant: Tenant) -> None:
    with tenant.fault("token_endpoint", aadsts={"code": 50105, "error": "invalid_grant"}, times=1):
        assert browser.try_sign_in("alice").status_code == 403
    assert Alarm.objects.count() == 0


# --- what was typed ----------------------------------------------------------------------------------


def test_what_was_typed_survives_refusals_and_the_page_says_so(browser: Browser) -> None:
    answer = browser.post("/tokens/new", {"name": "typed before", "key": "k"})
    page = browser.get(answer["Location"])
    assert page.context["is_form_kept"]
    assert "What you had typed is kept" in text_of(page)
    back = page.context["next"]
    state = query_of(browser.start(back))["state"]
    failed = browser.get(f"/getAToken?state={state}&error=access_denied")
    assert failed.context["next"] == back
    assert browser.try_sign_in("alice", next_path=failed.context["next"])["Location"] == back
    assert "typed before" in text_of(browser.get(back))


def test_the_page_does_not_say_so_where_nothing_waits(browser: Browser) -> None:
    for address in ("/sign-in", "/sign-in?next=/tokens/new%3Fkept%3Dguessed"):
        assert "typed" not in text_of(browser.get(address))


def test_a_reason_to_give_permission_leads_to_microsofts_question(browser: Browser, tenant: Tenant) -> None:
    browser.sign_in("alice")
    user = browser.user
    assert user is not None
    grant = user.grant
    grant.state, grant.lost_code = "sign_in_needed", "consent_missing"
    grant.save()
    page = browser.get("/sign-in")
    assert 'name="permission"' in text_of(page)
    assert page.context["ways"].admin_consent_url.startswith(tenant.authority)
    grant.lost_code = "admin_approval_needed"
    grant.save()
    page = browser.get("/sign-in")
    assert page.context["ways"].admin_consent_url.startswith(tenant.authority)
    assert path_of(page.context["ways"].admin_consent_url)
