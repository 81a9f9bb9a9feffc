"""How grants end: by age, by disconnecting, by hand; and what is not kept where nothing may outlive them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.errors import SignInNeeded, SignInReason
from accounts.grant_life import (
    DeletionReason,
    delete_grant,
    end_old_grants,
    forget_refresh_tokens,
    usable,
)
from accounts.grant_store import open_grant, put_cache
from accounts.grants import access_token_for
from accounts.models import Grant, User
from patportal.lib.actors import system_actor
from tests.accounts.browsers import Browser, Heard, query_of
from tests.sandbox_control import Tenant

ACTOR = system_actor("a test")
CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


@pytest.fixture
def alice(browser: Browser) -> User:
    return browser.sign_in("alice")


@pytest.fixture
def guest(settings: Any, browser: Browser) -> User:
    """Alice where the portal may not work for people who are away."""
    settings.BACKGROUND_ACCESS = "off"
    return browser.sign_in("alice")


def cache_of(user: User) -> dict[str, Any]:
    cache: dict[str, Any] = json.loads(open_grant(Grant.objects.get(user=user), user).cache_text)
    return cache


def refreshes(tenant: Tenant) -> int:
    return len(tenant.requests("token_endpoint", verb="refresh_token"))


def is_usable(*, days: float = 0) -> bool:
    return Grant.objects.filter(usable(now=timezone.now() + timedelta(days=days))).exists()


# --- Without access in the background ----------------------------------------------------------------


def test_what_would_outlast_the_visit_is_neither_asked_for_nor_kept(
    settings: Any, browser: Browser, tenant: Tenant
) -> None:
    settings.BACKGROUND_ACCESS = "off"
    asked_for = query_of(browser.start())["scope"].split()
    assert "offline_access" not in asked_for
    assert "openid" in asked_for
    alice = browser.sign_in("alice")
    assert not cache_of(alice).get("RefreshToken")
    assert cache_of(alice)["AccessToken"]
    grant = Grant.objects.get(user=alice)
    assert not grant.is_renewable
    assert grant.access_ends_at is not None
    assert timedelta(minutes=50) < grant.access_ends_at - timezone.now() < timedelta(hours=2)


def test_one_that_comes_unasked_is_not_kept(guest: User) -> None:
    grant = Grant.objects.get(user=guest)
    put_cache(grant, guest, json.dumps({**cache_of(guest), "RefreshToken": {"x": {"secret": "stays out"}}}))
    grant.save()
    assert "RefreshToken" not in cache_of(guest)


def test_the_access_token_is_used_while_it_lives_and_then_the_person_signs_in(
    guest: User, tenant: Tenant
) -> None:
    now = timezone.now()
    first = access_token_for(guest, now=now)
    assert access_token_for(guest, now=now, fresh=True, rejected=first) == first
    assert is_usable()
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(guest, now=now + timedelta(hours=2))
    assert caught.value.code == SignInReason.ACCESS_ENDED
    assert not is_usable(days=0.2)
    assert Grant.objects.get(user=guest).is_active
    assert refreshes(tenant) == 0


def test_a_challenge_waits_for_the_next_sign_in(guest: User, tenant: Tenant) -> None:
    now = timezone.now()
    first = access_token_for(guest, now=now)
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(guest, now=now, fresh=True, rejected=first, claims=CLAIMS)
    assert caught.value.code == SignInReason.CHALLENGED
    assert refreshes(tenant) == 0


def test_what_was_kept_before_the_setting_changed_is_not_used_and_taken_out(
    alice: User, tenant: Tenant, settings: Any
) -> None:
    assert forget_refresh_tokens() == 0
    settings.BACKGROUND_ACCESS = "off"
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(alice, now=timezone.now() + timedelta(hours=2))
    assert caught.value.code == SignInReason.ACCESS_ENDED
    assert refreshes(tenant) == 0
    assert not is_usable(days=0.2)
    assert (forget_refresh_tokens(), forget_refresh_tokens()) == (1, 0)
    assert "RefreshToken" not in cache_of(alice)
    assert access_token_for(alice, now=timezone.now())


def test_what_cannot_be_opened_is_taken_out_with_all_around_it(alice: User, settings: Any) -> None:
    settings.BACKGROUND_ACCESS = "off"
    settings.GRANT_KEYS = {"other": b"o" * 32}
    assert forget_refresh_tokens() == 1
    assert cache_of(alice) == {}


def test_whoever_signs_in_after_it_was_allowed_again_has_it_again(
    guest: User, browser: Browser, settings: Any
) -> None:
    settings.BACKGROUND_ACCESS = "full"
    assert not is_usable(days=0.2)
    browser.sign_in("alice")
    assert is_usable(days=0.2)
    assert cache_of(guest)["RefreshToken"]


# --- The end of a grant ------------------------------------------------------------------------------


def _age(user: User, **span: float) -> None:
    Grant.objects.filter(user=user).update(interactive_at=timezone.now() - timedelta(**span))


def test_a_grant_ends_with_the_age_of_the_last_sign_in_whatever_was_done_meanwhile(
    alice: User, tenant: Tenant, heard: Heard, settings: Any
) -> None:
    now = timezone.now()
    access_token_for(alice, now=now, fresh=True)
    _age(alice, days=settings.GRANT_MAX_DAYS, seconds=-60)
    assert end_old_grants(actor=ACTOR, now=now) == 0
    assert is_usable()
    _age(alice, days=settings.GRANT_MAX_DAYS, seconds=1)
    assert not is_usable()
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(alice, now=now)
    assert caught.value.code == SignInReason.GRANT_TOO_OLD
    assert (end_old_grants(actor=ACTOR, now=now), end_old_grants(actor=ACTOR, now=now)) == (1, 0)
    (told,) = heard.named("grant_deleted")
    assert (told["actor"], told["reason"], told["user"]) == (ACTOR, "too_old", alice)
    alice.refresh_from_db()
    assert (alice.disconnected_at, alice.disconnected_reason) == (now, "too_old")
    assert not Grant.objects.exists()


def test_so_many_end_in_one_run_the_oldest_first(alice: User, tenant: Tenant) -> None:
    bob = Browser(tenant).sign_in("bob")
    _age(alice, days=40)
    _age(bob, days=50)
    assert end_old_grants(actor=ACTOR, now=timezone.now(), at_most=1) == 1
    assert [one.user for one in Grant.objects.all()] == [alice]


def test_whoever_disconnects_after_their_grant_was_too_old_is_heard(
    alice: User, tenant: Tenant, heard: Heard
) -> None:
    now = timezone.now()
    _age(alice, days=40)
    end_old_grants(actor=ACTOR, now=now - timedelta(days=1))
    reason = DeletionReason.DISCONNECTED
    assert [delete_grant(alice, actor=ACTOR, reason=reason, now=now) for _ in range(2)] == [False, False]
    assert [one["reason"] for one in heard.named("grant_deleted")] == ["too_old", "disconnected"]
    alice.refresh_from_db()
    assert (alice.disconnected_at, alice.disconnected_reason) == (now, "disconnected")


def test_disconnecting_is_told_once_and_ends_with_the_next_sign_in(
    alice: User, browser: Browser, heard: Heard
) -> None:
    now = timezone.now()
    reason = DeletionReason.DISCONNECTED
    assert delete_grant(alice, actor=ACTOR, reason=reason, now=now)
    assert not delete_grant(alice, actor=ACTOR, reason=reason, now=now)
    (told,) = heard.named("grant_deleted")
    assert (told["actor"], told["reason"], told["now"]) == (ACTOR, "disconnected", now)
    alice.refresh_from_db()
    assert (alice.disconnected_at, alice.disconnected_reason) == (now, "disconnected")
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(alice, now=now)
    assert caught.value.code == SignInReason.GRANT_MISSING
    browser.sign_in("alice")
    alice.refresh_from_db()
    assert (alice.disconnected_at, alice.disconnected_reason) == (None, "")
