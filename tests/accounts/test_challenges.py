"""Claims challenges: reading what came from outside, keeping it sealed, and what a repeated one means."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.challenges import challenge_for, checked_challenge, decode_challenge, refuse_access
from accounts.errors import GrantBusy, SignInNeeded, SignInReason
from accounts.grant_store import store_grant
from accounts.grants import access_token_for
from accounts.models import Grant, User
from tests.accounts.browsers import Browser, Heard

WISH = {"access_token": {"nbf": {"essential": True, "value": "1764000000"}, "note": "größer?>"}}
WISH_TEXT = json.dumps(WISH, separators=(",", ":"))


def encoded(content: str | bytes) -> str:
    return base64.b64encode(content if isinstance(content, bytes) else content.encode()).decode()


@pytest.fixture
def alice(browser: Browser) -> User:
    return browser.sign_in("alice")


def grant_of(user: User) -> Grant:
    return Grant.objects.get(user=user)


# --- reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        encoded(json.dumps(WISH, ensure_ascii=False)),
        encoded(json.dumps(WISH, ensure_ascii=False)).rstrip("="),
        base64.urlsafe_b64encode(json.dumps(WISH, ensure_ascii=False).encode()).decode(),
        f" {encoded(WISH_TEXT)}\n",
    ],
    ids=["standard", "without padding", "of addresses", "with space around"],
)
def test_it_reads_every_way_of_writing_base64(text: str) -> None:
    assert json.loads(decode_challenge(text)) == WISH
    assert decode_challenge(text).isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64 at all!",
        "A",
        "größer",
        encoded(b"\xff\xfe\x00"),
        encoded("no json"),
        encoded('["a list"]'),
        encoded('"a text"'),
        encoded("null"),
        encoded('{"access_token": "no object"}'),
        encoded('{"access_token": null}'),
        encoded('{"a": NaN}'),
        encoded('{"a": 1e999}'),
        encoded('{"a": ' + "9" * 5000 + "}"),
        encoded("[" * 3000),
        encoded('{"a": ' * 600 + "1" + "}" * 600),
        encoded(json.dumps({"a": "x" * 4096})),
        encoded(json.dumps({"a": "\x00" * 900}, ensure_ascii=True)),
        WISH_TEXT,
    ],
)
def test_what_is_no_challenge_is_none(text: str) -> None:
    assert decode_challenge(text) == ""


def test_plain_json_is_checked_the_same_way() -> None:
    assert json.loads(checked_challenge(WISH_TEXT)) == WISH
    assert checked_challenge("{}") == "{}"
    assert checked_challenge("[]") == checked_challenge("x" * 5000) == ""


# --- keeping -----------------------------------------------------------------------------------------


def refuse(user: User, *, now: Any = None, rejected: str | None = None) -> Any:
    return refuse_access(user, claims=WISH_TEXT, now=now or timezone.now(), rejected=rejected)


def test_a_challenge_waits_for_the_next_sign_in(alice: User, heard: Heard) -> None:
    assert challenge_for(alice, now=timezone.now()) == ""
    error = refuse(alice, rejected=access_token_for(alice, now=timezone.now()))
    assert isinstance(error, SignInNeeded)
    assert error.code == SignInReason.CHALLENGED
    grant = grant_of(alice)
    assert grant.state == Grant.State.SIGN_IN_NEEDED
    assert grant.lost_code == SignInReason.CHALLENGED
    assert grant.challenged_at is not None
    assert json.loads(challenge_for(alice, now=timezone.now())) == WISH
    (lost,) = heard.named("grant_lost")
    assert (lost["user"], lost["code"]) == (alice, SignInReason.CHALLENGED)


def test_nobody_acts_for_the_person_until_then(alice: User) -> None:
    refuse(alice)
    with pytest.raises(SignInNeeded) as caught:
        access_token_for(alice, now=timezone.now())
    assert caught.value.code == SignInReason.CHALLENGED


def test_it_is_not_readable_in_the_database(alice: User) -> None:
    refuse(alice)
    assert b"nbf" not in bytes(grant_of(alice).sealed_challenge)


def test_it_opens_in_no_other_place(alice: User, browser: Browser) -> None:
    bob = Browser(browser.tenant).sign_in("bob")
    refuse(alice)
    sealed = grant_of(alice)
    Grant.objects.filter(user=bob).update(
        challenge_key_id=sealed.challenge_key_id,
        sealed_challenge=sealed.sealed_challenge,
        challenged_at=sealed.challenged_at,
    )
    assert challenge_for(bob, now=timezone.now()) == ""
    # Nor does the cache of the same person open as a challenge.
    Grant.objects.filter(user=alice).update(sealed_challenge=sealed.sealed_cache)
    assert challenge_for(alice, now=timezone.now()) == ""


def test_a_lost_key_costs_the_challenge_alone(alice: User, settings: Any) -> None:
    refuse(alice)
    settings.GRANT_KEYS = {"another": b"x" * 32}
    assert challenge_for(alice, now=timezone.now()) == ""


def test_an_old_one_is_not_asked_of_anybody(alice: User) -> None:
    refuse(alice)
    assert challenge_for(alice, now=timezone.now() + timedelta(hours=23))
    assert challenge_for(alice, now=timezone.now() + timedelta(hours=25)) == ""


def test_without_a_grant_there_is_none(alice: User) -> None:
    Grant.objects.all().delete()
    assert challenge_for(alice, now=timezone.now()) == ""
    error = refuse(alice)
    assert isinstance(error, SignInNeeded)
    assert error.code == SignInReason.GRANT_MISSING


def test_the_first_reason_stays(alice: User, heard: Heard) -> None:
    refuse(alice)
    Grant.objects.update(lost_code=SignInReason.GRANT_REVOKED.value)
    error = refuse(alice)
    assert isinstance(error, SignInNeeded)
    assert error.code == SignInReason.GRANT_REVOKED
    assert len(heard.named("grant_lost")) == 1


def test_a_newer_access_token_is_not_lost_for_an_older_one(alice: User, heard: Heard) -> None:
    error = refuse(alice, rejected="an older one")
    assert isinstance(error, GrantBusy)
    assert grant_of(alice).is_active
    assert challenge_for(alice, now=timezone.now()) == ""
    assert heard.named("grant_lost") == []


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_be_part_of_a_transaction(browser: Browser) -> None:
    alice = browser.sign_in("alice")
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        refuse(alice)


# --- answered ------------------------------------------------------------------------------------------


def answer(user: User, *, now: Any, carried: bool = True) -> None:
    store_grant(user, cache_text="{}", now=now, answered_challenge=carried)


def test_a_sign_in_that_carries_it_ends_the_waiting(alice: User) -> None:
    now = timezone.now()
    refuse(alice)
    answer(alice, now=now, carried=True)
    assert challenge_for(alice, now=timezone.now()) == ""
    grant = grant_of(alice)
    assert grant.is_active
    assert grant.challenge_answered_at == now
    assert not bytes(grant.sealed_challenge)


@pytest.mark.parametrize(
    ("minutes", "carried", "reason"),
    [
        (14, True, SignInReason.NETWORK_REFUSED),
        (16, True, SignInReason.CHALLENGED),
        (1, False, SignInReason.CHALLENGED),
    ],
)
def test_soon_after_an_answer_it_is_about_the_network(
    alice: User, minutes: int, carried: bool, reason: SignInReason
) -> None:
    now = timezone.now()
    refuse(alice, now=now)
    answer(alice, now=now, carried=carried)
    error = refuse(alice, now=now + timedelta(minutes=minutes))
    assert isinstance(error, SignInNeeded)
    assert error.code == reason
    assert grant_of(alice).lost_code == reason
    # Who tries all the same, may have another rule by now.
    assert challenge_for(alice, now=timezone.now())


def test_a_plain_sign_in_does_not_forget_that_one_was_answered(alice: User) -> None:
    now = timezone.now()
    answer(alice, now=now)
    answer(alice, now=now + timedelta(minutes=1), carried=False)
    assert refuse(alice, now=now + timedelta(minutes=2)).code == SignInReason.NETWORK_REFUSED
