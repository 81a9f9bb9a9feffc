"""The form filled in by a link or a template, and what it says while it is being filled in."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.shapes import secret_shapes
from tests.tokens.views.test_pat_create import form_of, typed
from tokens.models import AuditEvent, Operation


def told(page: Page, what: str) -> str:
    return next(one for one in page.elements() if one.get("data-live") == what).text


def check(browser: Client, data: dict[str, Any]) -> Page:
    answer = browser.post("/tokens/new/check", data)
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    return read(answer)


# --- Links -----------------------------------------------------------------------------------------


def test_a_link_fills_in_the_form_says_so_and_creates_nothing(world: World, alice: Person) -> None:
    address = (
        f"/tokens/new?name=ci&organization={world.beta.name}&scope=vso.code&scope=vso.build_execute&days=7"
    )
    page = read(alice.browser.get(address))
    kept = typed(form_of(page))
    assert (kept["name"], kept["organization"], kept["expires"]) == (["ci"], [world.beta.name], ["7"])
    assert kept["scopes"] == ["vso.code"]
    assert page.one("h2", id="prefilled-title").text == "Filled in by a link"
    assert "High privilege, so no link may choose it: Build (read and execute)." in page.text
    assert "Asked for by the link" in page.text
    assert page.all(class_="field-errors") == []
    assert Operation.objects.count() == 0
    assert world.tenant.requests("pats") == []


def test_a_link_with_days_between_the_choices_fills_in_a_day_that_browsers_take(alice: Person) -> None:
    # A browser shows no day at all that is not written in this way.
    field = read(alice.browser.get("/tokens/new?days=12")).one("input", id="field-expires_date")
    assert field["value"] == (timezone.localdate() + timedelta(days=12)).isoformat()


def test_a_form_without_a_link_says_nothing_of_one(alice: Person) -> None:
    page = read(alice.browser.get("/tokens/new"))
    assert page.all(id="prefilled-title") == []


def test_a_secret_in_a_link_is_not_repeated(alice: Person) -> None:
    for shape, secret in secret_shapes().items():
        answer = alice.browser.get("/tokens/new", {"name": secret, "scope": secret, "organization": secret})
        assert answer.status_code == 200, shape
        assert secret not in answer.content.decode(), shape
        assert "looks like a secret and was left out" in read(answer).text, shape


def test_markup_in_a_link_is_text(alice: Person) -> None:
    answer = alice.browser.get("/tokens/new", {"name": "<script>alert(1)</script>", "template": "<b>"})
    assert "<script>alert" not in answer.content.decode()
    assert typed(form_of(read(answer)))["name"] == ["<script>alert(1)</script>"]


def test_a_link_survives_the_sign_in(client: Client, world: World) -> None:
    answer = client.get("/tokens/new?template=code-read&name=ci")
    assert answer.status_code == 302
    assert "template%3Dcode-read%26name%3Dci" in answer["Location"]


# --- Templates -------------------------------------------------------------------------------------


def test_a_template_is_filled_in_whole_and_keeps_what_was_typed(world: World, alice: Person) -> None:
    sent = world.form(name="agent 7", organization=world.beta.name, purpose="builds", scopes=["vso.wiki"])
    answer = alice.browser.post("/tokens/new", sent | {"template": "build-agent"})
    assert answer.status_code == 200
    page = read(answer)
    form = form_of(page)
    kept = typed(form)
    assert (kept["name"], kept["organization"], kept["purpose"]) == (
        ["agent 7"],
        [world.beta.name],
        ["builds"],
    )
    assert (kept["scopes"], kept["expires"]) == (["vso.agentpools_manage"], ["7"])
    assert form.value("key") == sent["key"]
    assert page.one("h2", id="prefilled-title").text == "Filled in from the template “Build agent”"
    pressed = [one for one in page.all("button", name="template") if one["aria-pressed"] == "true"]
    assert [one["value"] for one in pressed] == ["build-agent"]
    assert page.all(class_="field-errors") == []
    assert Operation.objects.count() == 0
    assert world.tenant.requests("pats") == []


def test_a_template_that_is_not_known_changes_nothing(world: World, alice: Person) -> None:
    page = read(alice.browser.post("/tokens/new", world.form(template="everything")))
    assert typed(form_of(page))["name"] == ["ci-deploy"]
    assert Operation.objects.count() == 0


def test_no_template_brings_back_a_pasted_secret(world: World, alice: Person) -> None:
    for shape, secret in secret_shapes().items():
        for button in ("template", "preview"):
            sent = world.form(name=secret, purpose=secret, key=secret) | {button: "code-read"}
            answer = alice.browser.post("/tokens/new", sent)
            assert answer.status_code == 200, shape
            assert secret not in answer.content.decode(), shape
            assert len(form_of(read(answer)).value("key")) >= 32, shape


def test_the_button_that_enter_presses_creates(alice: Person) -> None:
    page = read(alice.browser.get("/tokens/new"))
    first = form_of(page).element.all("button")[0]
    assert (first.get("name"), first.text) == ("", "Create token")


# --- What would come of it -------------------------------------------------------------------------


def test_it_says_what_the_token_will_be_able_to_do(world: World, alice: Person) -> None:
    page = check(
        alice.browser, world.form(name="ci", scopes=["vso.code", "vso.packaging_write"], expires="90")
    )
    sentence = told(page, "sentence")
    assert sentence.startswith(
        f"“ci” will be able to read code, and read and publish packages in {world.alpha.name} until "
    )
    assert sentence.endswith("(in 90 days), with your rights and never more.")
    assert "High privilege: Packaging (read and write)." in told(page, "warnings")
    assert "Links leave out what is high privilege: Packaging (read and write)." in told(page, "link")
    assert page.all(class_="field-errors") == []


def test_the_page_says_the_same_without_a_script(world: World, alice: Person) -> None:
    for page in (
        read(alice.browser.get("/tokens/new?scope=vso.code&name=ci")),
        read(alice.browser.post("/tokens/new", world.form(name="ci", preview="1"))),
    ):
        assert told(page, "sentence").startswith(
            f"“ci” will be able to read code in {world.alpha.name} until "
        )
    empty = read(alice.browser.get("/tokens/new"))
    assert told(empty, "sentence") == "Nothing yet: choose at least one scope."


BAD: dict[str, dict[str, Any]] = {
    "name": {"name": ""},
    "organization": {"organization": "contoso"},
    "expires": {"expires": "9999"},
    "expires_date": {"expires": "custom", "expires_date": "0001-01-01"},
    "scopes": {"scopes": ["app_token", "vso.code"]},
    "backup_email": {"backup_email": "nobody"},
}


@pytest.mark.parametrize("field", BAD)
def test_it_judges_by_the_rules_of_the_form_itself(world: World, alice: Person, field: str) -> None:
    sent = world.form(**BAD[field])
    checked = check(alice.browser, sent).one("ul", id=f"errors-{field}").text
    refused = read(alice.browser.post("/tokens/new", sent)).one("ul", id=f"errors-{field}").text
    assert checked == refused != ""


def test_checking_records_and_creates_nothing(world: World, alice: Person) -> None:
    before = AuditEvent.objects.count()
    check(alice.browser, world.form())
    check(alice.browser, {})
    assert AuditEvent.objects.count() == before
    assert Operation.objects.count() == 0
    assert world.tenant.requests("pats") == []


def test_a_pasted_secret_is_not_repeated_while_checking(world: World, alice: Person) -> None:
    for shape, secret in secret_shapes().items():
        answer = alice.browser.post("/tokens/new/check", world.form(name=secret, places=secret))
        assert secret not in answer.content.decode(), shape
        assert "looks like a secret" in read(answer).one("ul", id="errors-name").text, shape


def test_checking_answers_posts_of_people_who_are_signed_in(
    world: World, alice: Person, client: Client
) -> None:
    assert alice.browser.get("/tokens/new/check").status_code == 405
    answer = client.post("/tokens/new/check", world.form())
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=%2Ftokens%2Fnew"


def test_the_link_opens_the_same_form(world: World, alice: Person) -> None:
    page = check(alice.browser, world.form(name="ci & co", organization=world.beta.name, expires="7"))
    address = next(one for one in page.all("a") if "data-form-link" in one.attributes)["href"]
    kept = typed(form_of(read(alice.browser.get(address))))
    assert (kept["name"], kept["organization"]) == (["ci & co"], [world.beta.name])
    assert (kept["expires"], kept["scopes"]) == (["7"], ["vso.code"])
