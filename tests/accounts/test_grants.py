"""Grants: the quick way, the locked way, and what is learned from failures."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.utils import timezone

from accounts.alarms import open_alarms
from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    GrantBusy,
    PortalMisconfigured,
    RefusedOddly,
    SignInNeeded,
    SignInReason,
    SignInRefused,
    SignInsBusy,
)
from accounts.grant_store import store_grant
from accounts.grants import access_token_for
from accounts.models import Grant, SignIn, User
from tests.accounts.browsers import Browser, Heard
from tests.sandbox_control import SandboxControl, Tenant

HOUR = timedelta(hours=1)


@pytest.fixture
def alice(browser: Browser) -> User:
    return browser.sign_in("alice")


def later() -> Any:
    """Return a moment at which the first access token has expired."""
    return timezone.now() + 2 * HOUR


def refreshes(tenant: Tenant) -> int:
    return len(tenant.requests("token_endpoint", verb="refresh_token"))


def grant_of(user: User) -> Grant:
    return Grant.objects.get(user=user)


def answer_of(user: User, **changes: Any) -> dict[str, Any]:
    """Return an answer of the token endpoint as a fault may give it."""
    home = {"uid": str(user.object_id), "utid": str(user.tenant_id)}
    client_info = base64.urlsafe_b64encode(json.dumps(home).encode()).rstrip(b"=").decode()
    return {
        "token_type": "Bearer",
        "expires_in": 4 * 3600,
        "access_token": "a bearer of the fault",
        "client_info": client_info,
        **changes,
    }


def person_in(access_token: str) -> str:
    return str(jwt.decode(access_token, options={"verify_signature": False})["oid"])


# --- the quick way ---------------------------------------------------------------------------------


def test_a_good_access_token_costs_one_query_and_no_request(
    alice: User, tenant: Tenant, django_assert_num_queries: Any
) -> None:
    tenant.forget_requests()
    with django_assert_num_queries(1):
        access_token = access_token_for(alice, now=timezone.now())
    assert person_in(access_token) == str(alice.object_id)
    assert tenant.requests() == []


def test_it_works_while_entra_is_down(alice: User, tenant: Tenant) -> None:
    with tenant.fault("token_endpoint", drop="before"), tenant.fault("discovery", drop="before"):
        assert access_token_for(alice, now=timezone.now())


def test_everybody_gets_their_own(alice: User, tenant: Tenant) -> None:
    bob = Browser(tenant).sign_in("bob")
    now = timezone.now()
    assert person_in(access_token_for(alice, now=now)) == str(alice.object_id)
    assert person_in(access_token_for(bob, now=now)) == str(bob.object_id)


# --- refreshing ------------------------------------------------------------------------------------


def test_an_expired_one_is_refreshed_and_kept(alice: User, tenant: Tenant) -> None:
    first = access_token_for(alice, now=timezone.now())
    tenant.change(access_token_seconds=4 * 3600)
    second = access_token_for(alice, now=later())
    assert second != first
    assert access_token_for(alice, now=later()) == second
    assert refreshes(tenant) == 1
    refreshed_at = grant_of(alice).refreshed_at
    assert refreshed_at is not None
    assert refreshed_at > timezone.now() + HOUR


def test_entras_wish_to_renew_early_is_followed(browser: Browser, tenant: Tenant) -> None:
    tenant.change(refresh_in=60)
    alice = browser.sign_in("alice")
    first = access_token_for(alice, now=timezone.now())
    assert refreshes(tenant) == 0
    assert access_token_for(alice, now=timezone.now() + timedelta(seconds=61)) != first
    assert refreshes(tenant) == 1


@pytest.mark.parametrize("given", [True, False], ids=["the rejected one named", "not named"])
def test_a_rejected_one_is_replaced(alice: User, tenant: Tenant, given: bool) -> None:
    first = access_token_for(alice, now=timezone.now())
    second = access_token_for(alice, now=timezone.now(), fresh=True, rejected=first if given else None)
    assert second != first
    assert refreshes(tenant) == 1


def test_what_another_process_fetched_meanwhile_counts(alice: User, tenant: Tenant) -> None:
    first = access_token_for(alice, now=timezone.now())
    second = access_token_for(alice, now=timezone.now(), fresh=True, rejected=first)
    assert access_token_for(alice, now=timezone.now(), fresh=True, rejected=first) == second
    assert refreshes(tenant) == 1


def test_one_time_refresh_tokens_survive_many_refreshes(alice: User, tenant: Tenant) -> None:
    tenant.change(one_time_refresh=True)
    seen = {access_token_for(alice, now=timezone.now(), fresh=True) for _ in range(4)}
    assert len(seen) == 4


def test_scopes_that_are_not_echoed_do_not_refresh_every_time(
    alice: User, tenant: Tenant, settings: Any
) -> None:
    resource = settings.ENTRA_SCOPES[0].removesuffix("/.default")
    answer = answer_of(alice, scope=f"{resource}/vso.pats {resource}/vso.pats_manage")
    with tenant.fault("token_endpoint", status=200, body=answer, times=1):
        assert access_token_for(alice, now=later()) == "a bearer of the fault"
    assert access_token_for(alice, now=later()) == "a bearer of the fault"
    assert refreshes(tenant) == 1


def test_the_first_key_encrypts_what_is_saved(alice: User, settings: Any) -> None:
    before = grant_of(alice)
    settings.GRANT_KEYS = {"new": b"n" * 32, **settings.GRANT_KEYS}
    assert access_token_for(alice, now=timezone.now())
    assert grant_of(alice).key_id == before.key_id
    access_token_for(alice, now=timezone.now(), fresh=True)
    assert grant_of(alice).key_id == "new"
    settings.GRANT_KEYS = {"new": b"n" * 32}
    assert access_token_for(alice, now=timezone.now())


def test_nothing_readable_is_stored(alice: User) -> None:
    access_token = access_token_for(alice, now=timezone.now())
    sealed = bytes(grant_of(alice).sealed_cache)
    for text in (access_token, "RefreshToken", "alice@example.test", "SANDBOX"):
        assert text.encode() not in sealed


# --- what ends a grant, and what does not ------------------------------------------------------------


def test_a_revoked_grant_says_sign_in_again_and_stays_lost(alice: User, tenant: Tenant, heard: Heard) -> None:
    tenant.revoke_refresh("alice")
    for _ in range(2):
        with pytest.raises(SignInNeeded) as caught:
            access_token_for(alice, now=later())
        assert caught.value.code == SignInReason.GRANT_REVOKED
    assert refreshes(tenant) == 1
    assert grant_of(alice).state == Grant.State.SIGN_IN_NEEDED
    (lost,) = heard.named("grant_lost")
    assert lost["user"] == alice
    assert lost["code"] == SignInReason.GRANT_REVOKED
    assert lost["sender"] is User
    assert lost["actor"].label == "grants"


def test_a_disabled_account_ends_it(alice: User, tenant: Tenant) -> None:
    tenant.change_person("alice", disabled=True)
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(alice, now=later())
    assert caught.value.code == SignInReason.ACCOUNT_DISABLED


def test_signing_in_again_revives_it(alice: User, tenant: Tenant, browser: Browser) -> None:
    tenant.revoke_refresh("alice")
    with pytest.raises(SignInNeeded):
        access_token_for(alice, now=later())
    browser.sign_in("alice")
    assert access_token_for(alice, now=timezone.now())
    assert grant_of(alice).lost_code == ""


@pytest.mark.parametrize(
    "outage",
    [
        {"status": 500},
        {"status": 503, "html": True},
        {"status": 429, "html": True},
        {"status": 200, "html": True},
        {"drop": "before"},
        {"aadsts": {"code": 90033, "error": "temporarily_unavailable"}},
    ],
)
def test_an_outage_ends_nothing(alice: User, tenant: Tenant, heard: Heard, outage: dict[str, Any]) -> None:
    with tenant.fault("token_endpoint", **outage), pytest.raises(EntraUnreachable):
        access_token_for(alice, now=later())
    assert grant_of(alice).is_active
    assert heard.named("grant_lost") == []


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 500},
        {"html": True},
        {"drop": "before"},
        {"aadsts": {"code": 7000222, "error": "invalid_client"}},
    ],
)
def test_while_one_is_still_good_trouble_is_not_felt(
    alice: User, tenant: Tenant, trouble: dict[str, Any]
) -> None:
    first = access_token_for(alice, now=timezone.now())
    nearly_over = timezone.now() + HOUR + timedelta(minutes=2)  # of 65 minutes
    with tenant.fault("token_endpoint", **trouble):
        assert access_token_for(alice, now=nearly_over) == first


def test_trouble_with_the_documents_is_an_outage_too(alice: User, tenant: Tenant, settings: Any) -> None:
    first = access_token_for(alice, now=timezone.now())
    settings.OUTBOUND_PROXY = "http://127.0.0.1:1"  # another client, which reaches nothing
    with pytest.raises(EntraUnreachable):
        access_token_for(alice, now=later())
    assert access_token_for(alice, now=timezone.now() + HOUR + timedelta(minutes=2)) == first


def test_a_rejected_one_is_never_handed_out_again_in_trouble(alice: User, tenant: Tenant) -> None:
    with tenant.fault("token_endpoint", status=500), pytest.raises(EntraUnreachable):
        access_token_for(alice, now=timezone.now(), fresh=True)


@pytest.mark.parametrize(("code", "error"), [(7000222, "invalid_client"), (700016, "unauthorized_client")])
def test_a_broken_portal_is_not_the_persons_matter(
    alice: User, tenant: Tenant, heard: Heard, code: int, error: str
) -> None:
    fault = tenant.fault("token_endpoint", aadsts={"code": code, "error": error})
    with fault, pytest.raises(PortalMisconfigured) as caught:
        access_token_for(alice, now=later())
    assert caught.value.aadsts == code
    assert grant_of(alice).is_active
    assert heard.named("grant_lost") == []


def test_an_answer_for_something_else_is_refused_oddly_and_is_no_alarm(alice: User, tenant: Tenant) -> None:
    answer = answer_of(alice, scope="https://graph.example/User.Read")
    with tenant.fault("token_endpoint", status=200, body=answer), pytest.raises(RefusedOddly):
        access_token_for(alice, now=later())
    assert grant_of(alice).is_active
    assert open_alarms() == []


def test_one_odd_refusal_is_no_alarm_and_keeps_the_grant(
    alice: User, tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    fault = tenant.fault("token_endpoint", aadsts={"code": 999999, "error": "invalid_request"})
    with fault, pytest.raises(RefusedOddly) as caught:
        access_token_for(alice, now=later())
    assert caught.value.aadsts == 999999
    assert caught.value.correlation_id
    assert grant_of(alice).is_active
    assert SignIn.objects.filter(ended_at=None).count() == 1
    assert open_alarms() == []
    (told,) = [one for one in caplog.records if "refresh_refused" in one.getMessage()]
    assert told.levelname == "WARNING"


# --- grants that cannot be used ----------------------------------------------------------------------


def reason(user: User) -> str:
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(user, now=timezone.now())
    return caught.value.code


def test_no_grant_needs_a_sign_in(alice: User) -> None:
    Grant.objects.all().delete()
    assert reason(alice) == SignInReason.GRANT_MISSING


def test_a_lost_key_needs_a_sign_in_and_spoils_nothing(alice: User, settings: Any) -> None:
    keys = settings.GRANT_KEYS
    settings.GRANT_KEYS = {"another": b"x" * 32}
    assert reason(alice) == SignInReason.GRANT_UNREADABLE
    settings.GRANT_KEYS = keys
    assert access_token_for(alice, now=timezone.now())


def test_another_persons_bytes_do_not_open(alice: User, tenant: Tenant) -> None:
    bob = Browser(tenant).sign_in("bob")
    Grant.objects.filter(user=alice).update(sealed_cache=grant_of(bob).sealed_cache)
    assert reason(alice) == SignInReason.GRANT_UNREADABLE


def test_garbage_in_the_seal_needs_a_sign_in(alice: User) -> None:
    store_grant(alice, cache_text="[]", now=timezone.now())
    assert reason(alice) == SignInReason.GRANT_UNREADABLE


def test_a_cache_without_refresh_token_needs_a_sign_in(alice: User) -> None:
    store_grant(alice, cache_text="{}", now=timezone.now())
    assert reason(alice) == SignInReason.ACCESS_ENDED
    assert not grant_of(alice).is_renewable


def test_an_unknown_reason_in_the_row_still_needs_a_sign_in(alice: User) -> None:
    Grant.objects.update(state=Grant.State.SIGN_IN_NEEDED, lost_code="of a later version")
    assert reason(alice) == SignInReason.SIGN_IN_NEEDED


def test_nobody_acts_for_a_person_who_is_switched_off(alice: User) -> None:
    alice.is_active = False
    assert reason(alice) == SignInReason.ACCOUNT_DISABLED


# --- several tenants -----------------------------------------------------------------------------------


def test_a_person_of_a_removed_tenant_is_not_acted_for(
    alice: User, tenant: Tenant, sandbox_control: SandboxControl, settings: Any
) -> None:
    settings.ENTRA_AUTHORITY = sandbox_control.create_tenant().authority
    tenant.forget_requests()
    assert reason(alice) == SignInReason.TENANT_REMOVED
    assert tenant.requests() == []
    assert grant_of(alice).is_active


def test_a_person_of_another_admitted_tenant_is_refreshed_there(
    alice: User, tenant: Tenant, sandbox_control: SandboxControl, settings: Any
) -> None:
    settings.ENTRA_AUTHORITY = sandbox_control.create_tenant().authority
    settings.ENTRA_ADDITIONAL_TENANTS = {alice.tenant_id: "Subsidiary"}
    assert person_in(access_token_for(alice, now=later())) == str(alice.object_id)
    assert refreshes(tenant) == 1


def test_every_error_knows_whether_trying_again_helps() -> None:
    retryable = {error for error in AccountsError.__subclasses__() if error.retryable}
    assert retryable == {EntraUnreachable, GrantBusy, RefusedOddly}
    assert SignInsBusy.retryable
    assert not SignInRefused.retryable
