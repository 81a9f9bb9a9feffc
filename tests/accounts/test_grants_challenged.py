"""Refreshes that answer a claims challenge, and those that Entra refuses with one of its own."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.challenges import challenge_for, refuse_access
from accounts.claims import Role
from accounts.errors import (
    AccountsError,
    EntraUnreachable,
    PortalMisconfigured,
    SignInNeeded,
    SignInReason,
)
from accounts.grant_store import store_grant
from accounts.grants import access_token_for
from accounts.models import Grant, User
from tests.accounts.browsers import Browser, Heard
from tests.accounts.test_grants import grant_of, refreshes
from tests.accounts.test_grants_locked import _in_own_connection
from tests.sandbox_control import Tenant

CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1764000000"}}}'
ENTRAS_CLAIMS = '{"access_token":{"polids":{"essential":true,"values":["a-policy"]}}}'


@pytest.fixture
def alice(browser: Browser) -> User:
    return browser.sign_in("alice")


def answer(user: User, claims: str, *, now: datetime | None = None) -> str:
    """Do what follows a challenge of Azure DevOps."""
    now = now or timezone.now()
    return access_token_for(user, now=now, fresh=True, rejected=access_of(user), claims=claims)


def access_of(user: User) -> str:
    return access_token_for(user, now=timezone.now())


def refused(user: User, claims: str = CLAIMS, *, now: datetime | None = None) -> AccountsError:
    with pytest.raises(AccountsError) as caught:
        answer(user, claims, now=now)
    return caught.value


def wish_in(claims: str) -> Any:
    """Return what is asked for, without what MSAL adds of its own."""
    wish = json.loads(claims)
    wish["access_token"].pop("xms_cc", None)
    return wish


# --- answered in silence ---------------------------------------------------------------------------


def test_one_refresh_answers_it_without_the_person(alice: User, tenant: Tenant, heard: Heard) -> None:
    claims = tenant.challenge("alice")
    first = access_of(alice)
    second = answer(alice, claims)
    assert second != first
    assert refreshes(tenant) == 1
    assert access_of(alice) == second
    assert grant_of(alice).is_active
    assert challenge_for(alice, now=timezone.now()) == ""
    assert heard.named("grant_lost") == []


def test_what_another_process_fetched_meanwhile_counts(alice: User, tenant: Tenant) -> None:
    claims = tenant.challenge("alice")
    first = access_of(alice)
    second = answer(alice, claims)
    third = access_token_for(alice, now=timezone.now(), fresh=True, rejected=first, claims=claims)
    assert third == second
    assert refreshes(tenant) == 1


def test_the_rejected_one_never_does(alice: User, tenant: Tenant) -> None:
    claims = tenant.challenge("alice")
    second = answer(alice, claims)
    third = access_token_for(alice, now=timezone.now(), fresh=True, rejected=second, claims=claims)
    assert third not in {"", second}
    assert refreshes(tenant) == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_asks(tenant: Tenant, browser: Browser) -> None:
    alice = browser.sign_in("alice")
    first, claims = access_of(alice), tenant.challenge("alice")

    def ask(_: int) -> object:
        now = timezone.now()
        return _in_own_connection(
            lambda: access_token_for(alice, now=now, fresh=True, rejected=first, claims=claims)
        )()

    with tenant.fault("token_endpoint", latency_seconds=0.3), ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(ask, range(6)))
    assert len(answers) == 1
    assert first not in answers
    assert refreshes(tenant) == 1


# --- not answered ----------------------------------------------------------------------------------


def test_what_only_the_person_can_answer_waits_for_them(alice: User, tenant: Tenant, heard: Heard) -> None:
    claims = tenant.challenge("alice", kind="mfa")
    error = refused(alice, claims)
    assert isinstance(error, SignInNeeded)
    assert (error.code, error.aadsts) == (SignInReason.CHALLENGED, 50076)
    assert error.correlation_id
    assert wish_in(challenge_for(alice, now=timezone.now())) == wish_in(claims)
    grant = grant_of(alice)
    assert (grant.state, grant.lost_code) == (Grant.State.SIGN_IN_NEEDED, SignInReason.CHALLENGED)
    (lost,) = heard.named("grant_lost")
    assert lost["code"] == SignInReason.CHALLENGED


def test_what_entra_asks_for_goes_before_what_azure_devops_did(alice: User, tenant: Tenant) -> None:
    wish = {
        "code": 50076,
        "error": "interaction_required",
        "suberror": "basic_action",
        "claims": ENTRAS_CLAIMS,
    }
    with tenant.fault("token_endpoint", aadsts=wish):
        assert refused(alice).code == SignInReason.CHALLENGED
    assert challenge_for(alice, now=timezone.now()) == ENTRAS_CLAIMS


@pytest.mark.parametrize("claims", ["", "no json", "[]", '{"access_token":1}'])
def test_what_entra_sends_is_checked_as_well(alice: User, tenant: Tenant, claims: str) -> None:
    wish = {"code": 50076, "error": "interaction_required", "suberror": "basic_action", "claims": claims}
    with tenant.fault("token_endpoint", aadsts=wish):
        assert refused(alice).code == SignInReason.CHALLENGED
    assert challenge_for(alice, now=timezone.now()) == CLAIMS


def test_an_ordinary_refresh_keeps_entras_wish_with_entras_reason(alice: User, tenant: Tenant) -> None:
    wish = {
        "code": 50076,
        "error": "interaction_required",
        "suberror": "basic_action",
        "claims": ENTRAS_CLAIMS,
    }
    with tenant.fault("token_endpoint", aadsts=wish), pytest.raises(SignInNeeded) as caught:
        access_token_for(alice, now=timezone.now() + timedelta(hours=2))
    assert caught.value.code == grant_of(alice).lost_code == SignInReason.SECOND_FACTOR
    assert challenge_for(alice, now=timezone.now()) == ENTRAS_CLAIMS


def test_an_ordinary_refusal_leaves_nothing_to_answer(alice: User, tenant: Tenant) -> None:
    fault = tenant.fault("token_endpoint", aadsts={"code": 700082, "error": "invalid_grant"})
    with fault, pytest.raises(SignInNeeded):
        access_token_for(alice, now=timezone.now() + timedelta(hours=2))
    assert challenge_for(alice, now=timezone.now()) == ""


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (53003, SignInReason.BLOCKED_BY_POLICY),
        (53000, SignInReason.DEVICE_NEEDED),
        (50173, SignInReason.GRANT_REVOKED),
        (50057, SignInReason.ACCOUNT_DISABLED),
        (700082, SignInReason.CHALLENGED),
        (70043, SignInReason.CHALLENGED),
    ],
)
def test_a_reason_that_says_more_stands(
    alice: User, tenant: Tenant, number: int, reason: SignInReason
) -> None:
    with tenant.fault("token_endpoint", aadsts={"code": number, "error": "invalid_grant"}):
        assert refused(alice).code == reason
    assert grant_of(alice).lost_code == reason
    assert challenge_for(alice, now=timezone.now()) == CLAIMS


def test_what_entra_called_its_refusal_is_kept_for_whoever_helps(alice: User, tenant: Tenant) -> None:
    fault = tenant.fault("token_endpoint", aadsts={"code": 53003, "error": "invalid_grant"})
    with fault, pytest.raises(SignInNeeded) as caught:
        access_token_for(alice, now=timezone.now() + timedelta(hours=2))
    grant = grant_of(alice)
    assert caught.value.correlation_id
    assert (grant.lost_aadsts, grant.lost_correlation_id) == (53003, caught.value.correlation_id)


def test_where_entra_was_not_the_one_that_refused_no_reference_is_left(alice: User) -> None:
    Grant.objects.update(lost_aadsts=53003, lost_correlation_id="12345678-1234-4234-8234-123456789012")
    refuse_access(alice, claims=CLAIMS, now=timezone.now())
    grant = grant_of(alice)
    assert not grant.is_active
    assert (grant.lost_aadsts, grant.lost_correlation_id) == (0, "")


def test_right_after_an_answer_it_is_the_network(alice: User, tenant: Tenant) -> None:
    now = timezone.now()
    Grant.objects.filter(user=alice).update(challenge_answered_at=now)
    tenant.challenge("alice", kind="mfa")
    wish = {"code": 50076, "error": "interaction_required", "suberror": "basic_action"}
    with tenant.fault("token_endpoint", aadsts=wish):
        assert refused(alice, now=now + timedelta(minutes=5)).code == SignInReason.NETWORK_REFUSED


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ({"status": 503}, EntraUnreachable),
        ({"drop": "before"}, EntraUnreachable),
        ({"aadsts": {"code": 7000215, "error": "invalid_client"}}, PortalMisconfigured),
    ],
)
def test_trouble_of_others_ends_no_grant(
    alice: User, tenant: Tenant, trouble: dict[str, Any], kind: type[AccountsError]
) -> None:
    with tenant.fault("token_endpoint", **trouble):
        assert isinstance(refused(alice), kind)
    assert grant_of(alice).is_active
    assert challenge_for(alice, now=timezone.now()) == ""


def test_whom_the_challenge_finds_gone_keeps_no_role(browser: Browser, tenant: Tenant) -> None:
    dave = browser.sign_in("dave")
    assert dave.roles == {Role.ADMIN}
    tenant.revoke_refresh("dave")
    assert refused(dave).code == SignInReason.GRANT_REVOKED
    assert User.objects.get(pk=dave.pk).roles == frozenset()


def test_a_challenge_alone_takes_no_role(browser: Browser, tenant: Tenant) -> None:
    dave = browser.sign_in("dave")
    assert refused(dave, tenant.challenge("dave", kind="mfa")).code == SignInReason.CHALLENGED
    assert User.objects.get(pk=dave.pk).roles == {Role.ADMIN}


def test_it_is_over_when_the_person_signed_in(alice: User, tenant: Tenant, browser: Browser) -> None:
    refused(alice, tenant.challenge("alice", kind="mfa"))
    browser.sign_in("alice")
    assert grant_of(alice).is_active
    assert challenge_for(alice, now=timezone.now()) == ""


def test_a_lost_grant_is_not_asked_about_again(alice: User, tenant: Tenant) -> None:
    rejected, claims = access_of(alice), tenant.challenge("alice", kind="mfa")
    for _ in range(2):
        with pytest.raises(SignInNeeded) as caught:
            access_token_for(alice, now=timezone.now(), fresh=True, rejected=rejected, claims=claims)
        assert caught.value.code == SignInReason.CHALLENGED
    assert refreshes(tenant) == 1


def test_an_unreadable_grant_stays_so(alice: User) -> None:
    store_grant(alice, cache_text="[]", now=timezone.now())
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(alice, now=timezone.now(), fresh=True, claims=CLAIMS)
    assert caught.value.code == SignInReason.GRANT_UNREADABLE
