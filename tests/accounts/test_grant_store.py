"""The row of a grant: what is sealed where, and what losing and replacing it leaves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import signals
from accounts.errors import SignInNeeded, SignInReason
from accounts.grant_store import (
    challenge_in,
    find_grant,
    lose_grant,
    lost_reason,
    note_unattended,
    open_grant,
    put_cache,
    put_challenge,
    put_reference,
    store_grant,
)
from accounts.models import Grant, User
from patportal.lib.actors import system_actor
from tests.accounts.browsers import Browser, Heard

CLAIMS = '{"access_token":{}}'


@pytest.fixture
def alice(browser: Browser) -> User:
    return browser.sign_in("alice")


def grant_of(user: User) -> Grant:
    grant = find_grant(user)
    assert grant is not None
    return grant


def test_it_opens_what_it_sealed(alice: User) -> None:
    opened = open_grant(grant_of(alice), alice)
    assert set(json.loads(opened.cache_text)) >= {"AccessToken", "RefreshToken"}
    assert opened.held is not None
    assert opened.held.secret not in repr(opened)


def test_a_changed_cache_is_sealed_with_the_first_key(alice: User, settings: Any) -> None:
    settings.GRANT_KEYS = {"new": b"n" * 32, **settings.GRANT_KEYS}
    grant = grant_of(alice)
    put_cache(grant, alice, "{}")
    grant.save()
    assert grant_of(alice).key_id == "new"
    assert open_grant(grant_of(alice), alice).cache_text == "{}"


def test_cache_and_challenge_are_no_substitute_for_each_other(alice: User) -> None:
    grant = grant_of(alice)
    put_challenge(grant, alice, CLAIMS, now=timezone.now())
    assert challenge_in(grant, alice) == CLAIMS
    grant.sealed_cache, grant.sealed_challenge = grant.sealed_challenge, grant.sealed_cache
    assert challenge_in(grant, alice) == ""
    with pytest.raises(SignInNeeded) as caught:
        open_grant(grant, alice)
    assert caught.value.code == SignInReason.GRANT_UNREADABLE


def test_without_a_challenge_there_is_nothing_to_read(alice: User, caplog: pytest.LogCaptureFixture) -> None:
    assert challenge_in(grant_of(alice), alice) == ""
    assert "challenge_unreadable" not in caplog.text


def test_losing_it_is_told_with_its_reason(alice: User, heard: Heard) -> None:
    now, actor = timezone.now(), system_actor("a test")
    lose_grant(grant_of(alice), alice, code=SignInReason.CHALLENGED.value, actor=actor, now=now)
    assert lost_reason(grant_of(alice)) is SignInReason.CHALLENGED
    (lost,) = heard.named("grant_lost")
    assert lost == {
        "sender": User,
        "user": alice,
        "actor": actor,
        "code": "challenged",
        "aadsts": 0,
        "correlation_id": "",
        "now": now,
    }
    for grant, reason in ((grant_of(alice), SignInReason.CHALLENGED), (None, SignInReason.GRANT_MISSING)):
        with pytest.raises(SignInNeeded) as caught:
            open_grant(grant, alice)
        assert caught.value.code == reason


def test_a_challenge_waits_until_a_sign_in_has_carried_it(alice: User) -> None:
    now, grant = timezone.now(), grant_of(alice)
    put_challenge(grant, alice, CLAIMS, now=now)
    grant.save()
    store_grant(alice, cache_text="{}", now=now)
    assert challenge_in(grant_of(alice), alice) == CLAIMS
    assert grant_of(alice).challenge_answered_at is None
    store_grant(alice, cache_text="{}", now=now, answered_challenge=True)
    assert challenge_in(grant_of(alice), alice) == ""
    assert grant_of(alice).challenge_answered_at == now


def test_replacing_it_leaves_nothing_of_the_former(alice: User) -> None:
    now, grant = timezone.now(), grant_of(alice)
    put_challenge(grant, alice, CLAIMS, now=now)
    put_reference(grant, aadsts=53003, correlation_id="12345678-1234-4234-8234-123456789012")
    lose_grant(grant, alice, code="challenged", actor=system_actor("a test"), now=now)
    store_grant(alice, cache_text="{}", now=now, answered_challenge=True)
    stored = grant_of(alice)
    assert stored.is_active
    assert (stored.lost_code, stored.challenge_key_id, bytes(stored.sealed_challenge)) == ("", "", b"")
    assert (stored.lost_aadsts, stored.lost_correlation_id) == (0, "")
    assert (stored.interactive_at, stored.refreshed_at, stored.challenge_answered_at) == (now, now, now)


def test_work_without_the_person_is_told_once_a_day(alice: User, heard: Heard) -> None:
    grant_of(alice)
    actor, noon = system_actor("sync"), datetime(2026, 11, 24, 12, tzinfo=UTC)
    for hours, days in ((0, 1), (11.9, 1), (12, 2), (11.8, 2), (30, 2), (36, 3)):
        note_unattended(alice, actor=actor, now=noon + timedelta(hours=hours))
        assert len(heard.named("grant_used")) == days, hours
    first = heard.named("grant_used")[0]
    assert first == {"sender": User, "user": alice, "actor": actor, "now": noon}


def test_each_purpose_is_told_once_a_day(alice: User, heard: Heard) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for hours, purposes in ((0, ["sync", "rotation"]), (1, ["rotation", "mail", "sync"]), (24, ["sync"])):
        for purpose in purposes:
            note_unattended(alice, actor=system_actor(purpose), now=noon + timedelta(hours=hours))
    told = [one["actor"].label for one in heard.named("grant_used")]
    assert told == ["sync", "rotation", "mail", "sync"]
    assert grant_of(alice).unattended_for == ["sync"]


def test_work_that_cannot_be_recorded_is_not_noted(alice: User) -> None:
    def fail(**told: Any) -> None:
        raise ZeroDivisionError

    grant_of(alice)
    signals.grant_used.connect(fail)
    try:
        with pytest.raises(ZeroDivisionError):
            note_unattended(alice, actor=system_actor("sync"), now=timezone.now())
    finally:
        signals.grant_used.disconnect(fail)
    assert grant_of(alice).unattended_date is None


@pytest.mark.parametrize("what", ["the grant", "many grants", "the person"])
def test_a_deletion_is_told_whoever_deletes_it(alice: User, heard: Heard, what: str) -> None:
    grant = grant_of(alice)
    doomed: dict[str, Any] = {
        "the grant": grant,
        "many grants": Grant.objects.filter(user=alice),
        "the person": alice,
    }
    doomed[what].delete()
    (told,) = heard.named("grant_deleted")
    assert told["user"].object_id == alice.object_id
    assert (told["actor"].kind, told["actor"].label) == ("system", "grants")
    assert not Grant.objects.exists()
