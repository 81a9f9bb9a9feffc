"""What comes back from Entra beside a plain sign-in: challenges, approvals, guests, accounts made again."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.challenges import challenge_for, refuse_access
from accounts.entra import entra_client
from accounts.errors import SignInNeeded
from accounts.grants import access_token_for
from accounts.models import Alarm, Grant, SignIn, User
from tests.accounts.browsers import Browser, Heard, query_of, text_of
from tests.people import World
from tests.sandbox_control import Tenant

NBF = '{"access_token":{"nbf":{"essential":true,"value":"1769000000"}}}'


def challenged(browser: Browser, name: str = "alice") -> User:
    """Sign somebody in whom Azure DevOps then wants to sign in again."""
    user = browser.sign_in(name)
    refuse_access(user, claims=NBF, now=timezone.now())
    return user


def claims_of(address: str) -> Any:
    return json.loads(query_of(address).get("claims", "{}"))


def asks_for(address: str) -> set[str]:
    return set(claims_of(address).get("access_token", {})) - {"xms_cc"}


# --- challenges ------------------------------------------------------------------------------------


def test_a_plain_sign_in_carries_no_challenge(browser: Browser) -> None:
    browser.sign_in("alice")
    assert asks_for(browser.start()) == set()


def test_what_azure_devops_asked_for_goes_with_the_next_sign_in_and_is_answered(browser: Browser) -> None:
    user = challenged(browser)
    auth_uri = browser.start()
    assert claims_of(auth_uri)["access_token"]["nbf"]["value"] == "1769000000"
    assert browser.get(browser.authorize("alice", auth_uri)).status_code == 302
    grant = Grant.objects.get()
    assert grant.is_active
    assert grant.challenge_answered_at is not None
    assert challenge_for(user, now=timezone.now()) == ""


def test_it_goes_with_nobody_elses(browser: Browser, tenant: Tenant) -> None:
    challenged(browser)
    assert asks_for(browser.start(account="other")) == set()
    assert asks_for(Browser(tenant).start()) == set()


def test_somebody_else_does_not_answer_it(browser: Browser) -> None:
    user = challenged(browser)
    auth_uri = browser.start()
    assert browser.get(browser.authorize("bob", auth_uri)).status_code == 302
    assert Grant.objects.get(user=user).challenge_answered_at is None
    assert challenge_for(user, now=timezone.now()) != ""
    assert Grant.objects.exclude(user=user).get().challenge_answered_at is None


def test_what_entra_asks_for_when_it_refuses_goes_with_the_next_try(browser: Browser, tenant: Tenant) -> None:
    capolids = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}'
    body = json.dumps(
        {
            "error": "interaction_required",
            "suberror": "basic_action",
            "error_description": "AADSTS50076: more is needed",
            "error_codes": [50076],
            "claims": capolids,
        }
    )
    with tenant.fault("token_endpoint", status=400, body=body, times=1):
        answer = browser.try_sign_in("alice", next_path="/tokens/new")
    assert answer.status_code in {401, 403}
    assert answer.context["next"] == "/tokens/new"
    assert asks_for(browser.start()) == {"capolids"}
    assert browser.try_sign_in("alice").status_code == 302
    assert asks_for(browser.start()) == set()


def test_permission_can_be_asked_for(browser: Browser) -> None:
    assert query_of(browser.start(permission="ask"))["prompt"] == "consent"
    assert query_of(browser.start(permission="other")).get("prompt") is None
    assert query_of(browser.start(permission="ask", account="other"))["prompt"] == "select_account"


# --- approvals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["True", "true"])
def test_an_administrators_approval_is_thanked_for_and_changes_nothing(
    browser: Browser, heard: Heard, said: str
) -> None:
    marker = "call-0800-EVIL"
    answer = browser.get("/getAToken", {"admin_consent": said, "tenant": marker, "state": marker})
    assert answer.status_code == 200
    assert answer.templates[0].name == "accounts/approved.html"
    assert answer["Referrer-Policy"] == "strict-origin"
    assert marker not in text_of(answer)
    assert heard.events == []
    assert Session.objects.count() == 0


@pytest.mark.parametrize("error", ["access_denied", "consent_required"])
@pytest.mark.parametrize("name", ["", "alice"])
def test_an_administrator_who_cancels_is_told_that_nothing_was_changed(
    browser: Browser, heard: Heard, name: str, error: str
) -> None:
    if name:
        browser.sign_in(name)
        heard.events.clear()
    marker = "call-0800-EVIL"
    state = query_of(entra_client().admin_consent_url())["state"]
    query = {"error": error, "error_description": marker, "error_subcode": marker, "state": state}
    answer = browser.get("/getAToken", {**query, "admin_consent": "True", "tenant": marker})
    assert answer.status_code == 200
    assert answer.templates[0].name == "accounts/not_approved.html"
    assert answer["Referrer-Policy"] == "strict-origin"
    text = text_of(answer)
    assert "The portal was not approved" in text
    assert "Nothing was changed. Open the link again when you want to." in text
    assert marker not in text
    assert heard.events == []
    assert Alarm.objects.count() == 0
    assert Session.objects.count() == bool(name)


@pytest.mark.parametrize(
    "query",
    [
        "admin_consent=False",
        "state=admin_consent",
        "state=admin_consent&error=access_denied&code=" + "x" * 30,
        "admin_consent=True&error=access_denied",
        "admin_consent=True&code=" + "x" * 30,
        "admin_consent=",
    ],
)
def test_anything_else_is_no_approval(browser: Browser, query: str) -> None:
    assert browser.get(f"/getAToken?{query}").status_code == 400


# --- people ----------------------------------------------------------------------------------------


def test_a_guest_signs_in_and_is_known_as_one(browser: Browser, tenant: Tenant) -> None:
    tenant.change_person("alice", guest=True)
    user = browser.sign_in("alice")
    assert user.is_guest
    assert str(user.tenant_id) == tenant.tenant_id
    tenant.change_person("alice", guest=False)
    assert not browser.sign_in("alice").is_guest


def test_an_account_that_was_made_again_is_another_person(browser: Browser, tenant: Tenant) -> None:
    former = browser.sign_in("alice")
    tenant.change_person("alice", user_name="deleted@example.test", disabled=True)
    tenant.add_person(name="Alice Archer", user_name="alice@example.test")
    again = Browser(tenant)
    user = again.sign_in("alice@example.test")
    assert user.pk != former.pk
    assert str(user) == str(former)
    assert {row.user_id for row in SignIn.objects.all()} == {former.pk, user.pk}
    assert [row.is_this for row in again.get("/sessions").context["rows"]] == [True]
    assert Grant.objects.get(user=user).sealed_cache != Grant.objects.get(user=former).sealed_cache
    assert again.post(f"/sessions/{browser.session['sign_in_id']}/end").status_code == 404


def test_a_browser_has_one_session_whoever_signs_in(browser: Browser) -> None:
    first = browser.sign_in("alice")
    browser.sign_in("alice")
    second = browser.sign_in("bob")
    open_rows = SignIn.objects.filter(ended_at=None)
    assert [row.user for row in open_rows] == [second]
    assert {row.ended_reason for row in SignIn.objects.filter(user=first)} == {"signed_in_again"}
    assert browser.session["sign_in_id"] == open_rows.get().pk


def test_a_challenge_that_waits_for_somebody_signed_out_is_carried_by_a_second_visit_to_entra(
    world: World,
) -> None:
    alice, now = world.alice, timezone.now()
    claims = world.tenant.challenge("alice", kind="mfa")
    with pytest.raises(SignInNeeded):
        access_token_for(alice.user, now=now, fresh=True, claims=claims)
    browser = Client()
    begun = browser.post("/sign-in/start", {"next": "/tokens/new"})
    back = urlsplit(world.tenant.sign_in(begun["Location"], "alice"))
    onward = browser.get(f"{back.path}?{back.query}")
    asked = json.loads(parse_qs(urlsplit(onward["Location"]).query)["claims"][0])["access_token"]
    assert json.loads(claims)["access_token"].items() <= asked.items()
    assert "_auth_user_id" in browser.session

    back = urlsplit(world.tenant.sign_in(onward["Location"], "alice"))
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer["Location"] == "/tokens/new"
    assert challenge_for(alice.user, now=timezone.now()) == ""
    assert Grant.objects.get().challenge_answered_at is not None
    assert SignIn.objects.filter(user=alice.user, ended_at=None).count() == 2


def test_a_challenge_that_cannot_be_carried_at_once_does_not_keep_anybody_out(world: World) -> None:
    alice, now = world.alice, timezone.now()
    refuse_access(alice.user, claims='{"access_token":{"nbf":{"essential":true,"value":"1"}}}', now=now)
    browser = Client()
    begun = browser.post("/sign-in/start", {"next": "/tokens/new"})
    back = urlsplit(world.tenant.sign_in(begun["Location"], "alice"))
    onward = browser.get(f"{back.path}?{back.query}")
    assert "/oauth2/v2.0/authorize" in onward["Location"]
    assert browser.get("/tokens/new").status_code == 200
