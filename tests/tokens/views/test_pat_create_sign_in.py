"""What was typed survives a sign-in: kept, given back to its owner alone, never sent by itself."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.shapes import secret_shapes
from tests.tokens.views.test_pat_create import form_of, typed
from tokens.models import Operation

DAY = str(timezone.localdate() + timedelta(days=60))
TYPED: dict[str, Any] = {
    "name": "typed <before>",
    "expires": "custom",
    "expires_date": DAY,
    "purpose": "deploys the shop",
    "places": "pipeline 7\nbuild-3",
    "review_date": DAY,
    "backup_email": "ops@example.com",
    "scopes": ["vso.build", "vso.code"],
}


def sent_by(world: World) -> dict[str, Any]:
    return world.form(organization=world.beta.name, **TYPED)


def way_back(answer: Any) -> str:
    """Return the address that the sign-in page will lead back to."""
    assert answer.status_code == 302
    target = urlsplit(answer["Location"])
    assert target.path == "/sign-in"
    back: str = parse_qs(target.query)["next"][0]
    assert back.startswith("/tokens/new?kept=")
    return back


def sign_in_from(world: World, browser: Client, address: str, name: str) -> Any:
    """Sign in by the button of the sign-in page at `address`; return the page that one ends on."""
    page = read(browser.get(address))
    started = page.form("/sign-in/start").submit(browser)
    callback = urlsplit(world.tenant.sign_in(started["Location"], name))
    back = browser.get(f"{callback.path}?{callback.query}")
    assert back.status_code == 302
    return browser.get(back["Location"])


def check_everything_is_back(world: World, answer: Any) -> Page:
    assert answer.status_code == 200
    page = read(answer)
    kept = typed(form_of(page))
    assert set(kept.pop("scopes")) == {"vso.build", "vso.code"}
    assert kept == {
        "name": ["typed <before>"],
        "organization": [world.beta.name],
        "expires": ["custom"],
        "expires_date": [DAY],
        **{name: [TYPED[name]] for name in ("purpose", "places", "review_date", "backup_email")},
    }
    assert "What you had typed before you signed in is back. Nothing was sent yet." in page.text
    assert page.all(class_="field-errors") == []
    return page


def test_a_form_sent_while_signed_out_comes_back_filled_and_was_not_sent(
    world: World, client: Client
) -> None:
    sent = sent_by(world)
    answer = client.post("/tokens/new", sent)
    way_back(answer)
    shown = sign_in_from(world, client, answer["Location"], "alice")
    page = check_everything_is_back(world, shown)
    assert form_of(page).value("key") == sent["key"]
    assert world.tenant.requests("pats") == []
    assert Operation.objects.count() == 0

    assert form_of(page).submit(client).status_code == 200
    assert [one.display_name for one in world.tenant.pats()] == ["typed <before>"]


@pytest.fixture
def alice_without_grant(world: World) -> Person:
    """Alice, signed in, whose refresh token was taken back and whose access token is used up."""
    world.tenant.change(access_token_seconds=30)
    person = world.alice
    world.tenant.revoke_refresh("alice")
    world.tenant.change(access_token_seconds=3600)
    return person


def test_a_dead_grant_says_sign_in_again_and_loses_nothing(world: World, alice_without_grant: Person) -> None:
    browser = alice_without_grant.browser
    answer = browser.post("/tokens/new", sent_by(world))
    way_back(answer)
    page = read(browser.get(answer["Location"]))
    assert "Please sign in again" in page.text

    check_everything_is_back(world, sign_in_from(world, browser, answer["Location"], "alice"))
    assert world.tenant.requests("pats") == []
    assert Operation.objects.count() == 0


def test_what_one_typed_is_not_shown_to_another_person(world: World, alice_without_grant: Person) -> None:
    browser = alice_without_grant.browser
    answer = browser.post("/tokens/new", sent_by(world))
    shown = sign_in_from(world, browser, answer["Location"], "bob")
    assert typed(form_of(read(shown)))["name"] == [""]
    assert "typed &lt;before&gt;" not in shown.content.decode()
    # Not even the first person finds it there now: a new person begins with an empty session.
    shown = sign_in_from(world, Client(), answer["Location"], "alice")
    assert typed(form_of(read(shown)))["name"] == [""]


def test_a_session_that_ended_meanwhile_keeps_the_form_for_its_owner_alone(
    world: World, alice: Person
) -> None:
    for name, kept in (("bob", [""]), ("alice", ["typed <before>"])):
        person = world.sign_in("alice")
        session = person.browser.session
        session["last_seen_at"] = 0
        session.save()
        answer = person.browser.post("/tokens/new", sent_by(world))
        shown = sign_in_from(world, person.browser, answer["Location"], name)
        assert typed(form_of(read(shown)))["name"] == kept


def test_the_kept_form_is_there_again_when_the_page_is_loaded_again(world: World, client: Client) -> None:
    back = way_back(answer := client.post("/tokens/new", sent_by(world)))
    shown = form_of(read(sign_in_from(world, client, answer["Location"], "alice")))
    again = form_of(read(client.get(back)))
    assert (typed(again), again.value("key")) == (typed(shown), shown.value("key"))


def test_loaded_again_after_it_was_sent_it_tells_what_became_of_it(world: World, client: Client) -> None:
    back = way_back(answer := client.post("/tokens/new", sent_by(world)))
    page = read(sign_in_from(world, client, answer["Location"], "alice"))
    assert form_of(page).submit(client).status_code == 200
    assert client.get(back)["Location"] == f"/operations/{Operation.objects.get().pk}"
    assert len(world.tenant.pats()) == 1


def test_after_signing_out_nobody_gets_the_kept_form(world: World, client: Client) -> None:
    back = way_back(answer := client.post("/tokens/new", sent_by(world)))
    page = read(sign_in_from(world, client, answer["Location"], "alice"))
    page.form("/sign-out").submit(client)
    assert typed(form_of(read(sign_in_from(world, client, f"/sign-in?next={back}", "alice"))))["name"] == [""]


def test_a_kept_form_belongs_to_its_browser(world: World, alice: Person, client: Client) -> None:
    back = way_back(client.post("/tokens/new", sent_by(world)))
    assert typed(form_of(read(alice.browser.get(back))))["name"] == [""]


def test_an_unknown_key_is_an_empty_form(alice: Person) -> None:
    for key in ("", "nonsense", "%00", "x" * 5_000, "a&kept=b"):
        answer = alice.browser.get(f"/tokens/new?kept={key}")
        assert answer.status_code == 200
        assert typed(form_of(read(answer)))["name"] == [""]


def test_a_pasted_secret_is_not_kept(world: World, client: Client) -> None:
    for secret in secret_shapes().values():
        client.post("/tokens/new", world.form(name=secret, expires="60"))
    stored = [session.get_decoded() for session in Session.objects.all()]
    assert [one for one in stored if "kept_forms" in one]
    for secret in secret_shapes().values():
        assert secret not in str(stored)


def test_what_is_kept_may_be_anything(world: World, client: Client) -> None:
    answer = client.post(
        "/tokens/new",
        {
            "name": "n" * 10_000 + "<b>\u202e",
            "organization": "contoso",
            "expires": "never",
            "expires_date": "soon",
            "scopes": ["vso.nonsense", "<b>"],
        },
    )
    shown = sign_in_from(world, client, answer["Location"], "alice")
    assert shown.status_code == 200
    kept = typed(form_of(read(shown)))
    assert (kept["name"], kept["expires_date"]) == (["n" * 10_000 + "<b>\u202e"], ["soon"])
    assert "scopes" not in kept


def test_azure_devops_refusing_a_renewed_grant_ends_the_operation_and_asks_to_sign_in(world: World) -> None:
    person = world.alice
    world.tenant.revoke_refresh("alice")
    sent = sent_by(world)
    with world.tenant.fault("pats", times=1, verb="create", status=401):
        answer = person.browser.post("/tokens/new", sent)
    way_back(answer)
    operation = Operation.objects.get()
    assert (operation.state, operation.error_code) == (Operation.State.FAILED, "sign_in_needed")
    page = check_everything_is_back(world, sign_in_from(world, person.browser, answer["Location"], "alice"))
    assert form_of(page).submit(person.browser).status_code == 200
    assert len(world.tenant.pats()) == 1


def test_a_conditional_access_rule_comes_with_the_way_to_sign_in_and_back(
    world: World, alice: Person
) -> None:
    sent = sent_by(world)
    with world.tenant.fault("pats", status=403):
        answer = alice.browser.post("/tokens/new", sent)
    (alert,) = read(answer).all("div", class_="alert")
    link = alert.one("a", id="sign-in-again")
    assert link.text == "Sign in again"
    assert parse_qs(urlsplit(link["href"]).query)["again"] == ["1"]
    back = sign_in_from(world, alice.browser, link["href"], "alice")
    kept = typed(form_of(read(back)))
    assert (kept["name"], kept["expires_date"]) == ([TYPED["name"]], [DAY])
    assert form_of(read(back)).value("key") != sent["key"]
    assert world.tenant.pats() == []


def test_other_refusals_offer_no_sign_in(world: World, alice: Person) -> None:
    with world.tenant.fault("pats", pat_error="accessDenied"):
        page = read(alice.browser.post("/tokens/new", sent_by(world)))
    assert page.all("a", id="sign-in-again") == []
