"""Change name and scopes: what is sent, what changed meanwhile, and one effect for one form."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.changing import change_elsewhere, true_pat, truth_of
from tests.tokens.views.page import Form, Page, read
from tests.tokens.views.rows import make_operation, make_pat
from tests.tokens.views.shapes import secret_shapes
from tests.tokens.views.test_pat_create_sign_in import sign_in_from
from tokens.models import AuditEvent, Operation, Pat


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    """A PAT of Alice's that Azure DevOps knows."""
    return true_pat(world, alice)


def edit_page(person: Person, pat: Pat) -> Page:
    answer = person.browser.get(f"/tokens/{pat.id}/edit")
    assert answer.status_code == 200
    return read(answer)


def edit_form(page: Page, pat: Pat) -> Form:
    return page.form(f"/tokens/{pat.id}/edit")


def changes_sent(world: World) -> int:
    return len(world.tenant.requests("pats", verb="update"))


def test_other_methods_are_answered_with_405(alice: Person, pat: Pat) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.id}/edit").status_code == 405


def test_without_a_session_it_asks_to_sign_in_and_nothing_is_sent(
    world: World, alice: Person, pat: Pat, client: Any
) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    for answer in (client.get(form.action), form.submit(client)):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in?next=")
    assert changes_sent(world) == 0


def test_a_pat_of_somebody_else_is_not_there(world: World, alice: Person, bob: Person, pat: Pat) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    assert bob.browser.get(form.action).status_code == 404
    assert form.submit(bob.browser, name="taken").status_code == 404
    assert alice.browser.get(f"/tokens/{uuid4()}/edit").status_code == 404
    assert truth_of(world, pat).display_name == "ci-deploy"


def test_it_changes_name_and_scopes(world: World, alice: Person, pat: Pat) -> None:
    page = edit_page(alice, pat)
    form = edit_form(page, pat)
    assert (form.value("name"), form.data["scopes"]) == ("ci-deploy", ["vso.code"])
    assert "Scopes it has now" in page.text
    answer = form.submit(alice.browser, name="ci two", scopes=["vso.code", "vso.build_execute"])
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}")
    truth = truth_of(world, pat)
    assert (truth.display_name, set(truth.scope.split())) == ("ci two", {"vso.code", "vso.build_execute"})
    page = read(alice.browser.get(answer["Location"]))
    assert "“ci two” was changed." in page.text
    assert "ci-deploy → ci two" in page.one("ol", class_="history").text


def test_an_unchanged_form_is_not_sent(world: World, alice: Person, pat: Pat) -> None:
    answer = edit_form(edit_page(alice, pat), pat).submit(alice.browser)
    assert answer.status_code == 422
    assert "Name and scopes are what they were" in read(answer).text
    assert (changes_sent(world), Operation.objects.count()) == (0, 0)


def test_mistakes_come_back_with_what_was_typed(world: World, alice: Person, pat: Pat) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    sent = form.submit(alice.browser, name="", scopes=["vso.code", "vso.build"])
    assert sent.status_code == 422
    again = edit_form(read(sent), pat)
    assert set(again.data["scopes"]) == {"vso.build", "vso.code"}
    assert (again.value("key"), again.value("seen")) == (form.value("key"), form.value("seen"))
    secret = secret_shapes()["new PAT"]
    sent = form.submit(alice.browser, name=secret)
    assert sent.status_code == 422
    assert secret not in sent.content.decode()
    assert changes_sent(world) == 0


@pytest.mark.parametrize("seen", ["", "{}", "[[[[", '{"name": 1, "scopes": [], "valid_to": "x"}'])
def test_a_form_that_does_not_say_what_was_seen_is_renewed(
    world: World, alice: Person, pat: Pat, seen: str
) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    answer = form.submit(alice.browser, name="ci two", seen=seen)
    assert answer.status_code == 422
    again = edit_form(read(answer), pat)
    assert (again.value("seen"), again.value("name")) == (form.value("seen"), "ci two")
    assert again.submit(alice.browser).status_code == 302
    assert truth_of(world, pat).display_name == "ci two"


def test_what_changed_elsewhere_is_shown_before_anything_is_overwritten(
    world: World, alice: Person, pat: Pat
) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    change_elsewhere(world, pat, display_name="renamed elsewhere", scope="vso.build")
    answer = form.submit(alice.browser, name="mine")
    assert answer.status_code == 409
    page = read(answer)
    assert "The token was changed meanwhile" in page.text
    rows = [row.text for row in page.one("table", class_="differences").all("tr")]
    assert rows[1:] == ["Name ci-deploy renamed elsewhere", "Scopes Code (read) Build (read)"]
    # On a narrow screen each value stands below its label.
    labels = {cell["data-label"] for cell in page.one("table", class_="differences").all("td", role="cell")}
    assert labels == {"When you opened the page", "Now"}
    again = edit_form(page, pat)
    assert (again.value("name"), again.data["scopes"]) == ("mine", ["vso.code"])
    assert again.value("seen") != form.value("seen")
    assert truth_of(world, pat).display_name == "renamed elsewhere"

    assert again.submit(alice.browser).status_code == 302
    assert (truth_of(world, pat).display_name, truth_of(world, pat).scope) == ("mine", "vso.code")


def test_the_same_form_twice_has_one_effect(world: World, alice: Person, pat: Pat) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    assert form.submit(alice.browser, name="ci two").status_code == 302
    again = form.submit(alice.browser, name="ci two")
    operation = Operation.objects.get()
    assert (again.status_code, again["Location"]) == (302, f"/operations/{operation.id}")
    assert changes_sent(world) == 1
    assert read(alice.browser.get(again["Location"])).heading == "The token was changed"
    assert AuditEvent.objects.filter(type="pat.updated").count() == 1


def test_a_lost_answer_leads_to_what_becomes_of_it(world: World, alice: Person, pat: Pat) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    with world.tenant.fault("pats", verb="update", drop="after"):
        answer = form.submit(alice.browser, name="ci two")
    operation = Operation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/operations/{operation.id}")
    assert read(alice.browser.get(answer["Location"])).heading == "The answer was lost"
    detail = read(alice.browser.get(f"/tokens/{pat.id}"))
    assert "finding out whether the token was changed" in detail.one(class_="notices").text


def test_while_another_change_is_on_its_way_nothing_is_sent(world: World, alice: Person, pat: Pat) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    other = make_operation(world, alice, verb=Operation.Verb.EXTEND, pat=pat)
    answer = form.submit(alice.browser, name="ci two")
    assert answer.status_code == 409
    page = read(answer)
    assert "Another change is on its way" in page.text
    assert f"/operations/{other.id}" in {link["href"] for link in page.all("a")}
    assert edit_form(page, pat).value("name") == "ci two"
    assert changes_sent(world) == 0


def test_a_refusal_is_shown_beside_what_was_typed(world: World, alice: Person, pat: Pat) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    with world.tenant.fault("pats", verb="update", pat_error="fullScopePatPolicyViolation"):
        answer = form.submit(alice.browser, name="ci two")
    assert answer.status_code >= 400
    again = edit_form(read(answer), pat)
    assert again.value("name") == "ci two"
    assert again.value("key") != form.value("key")
    assert again.submit(alice.browser).status_code == 302
    assert truth_of(world, pat).display_name == "ci two"


@pytest.mark.parametrize("facts", [{"revoked_at": timezone.now()}, {"ends_in": timedelta(days=-1)}])
def test_what_has_ended_cannot_be_edited(world: World, alice: Person, facts: dict[str, Any]) -> None:
    ended = make_pat(world, alice, "ended", **facts)
    answer = alice.browser.get(f"/tokens/{ended.id}/edit")
    assert answer.status_code == 409
    assert read(answer).heading == "This token has ended"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"ends_at": timezone.now() + timedelta(hours=1)}, "about to end it. Keep it first"),
        ({"revocation_sent_at": timezone.now()}, "its revocation was sent already"),
    ],
)
def test_what_is_ending_leads_back_with_the_reason(
    world: World, alice: Person, facts: dict[str, Any], why: str
) -> None:
    ending = make_pat(world, alice, "ending", **facts)
    answer = alice.browser.get(f"/tokens/{ending.id}/edit", follow=True)
    assert answer.redirect_chain == [(f"/tokens/{ending.id}", 302)]
    assert why in read(answer).text


def test_only_the_groups_of_the_scopes_that_it_has_are_unfolded(alice: Person, pat: Pat) -> None:
    groups = edit_page(alice, pat).all("details", class_="scope-group")
    unfolded = [group for group in groups if "open" in group.attributes]
    assert unfolded == groups[: len(unfolded)]
    assert len(groups) > len(unfolded) > 0
    for group in groups:
        chosen = [box for box in group.all("input") if "checked" in box.attributes]
        assert bool(chosen) == (group in unfolded)
    new = read(alice.browser.get("/tokens/new")).all("details", class_="scope-group")
    assert len(new) == len(groups)
    common = {one.one("h3").text for one in new if "open" in one.attributes}
    assert common == {"Code", "Build", "Packaging", "Work items"}


def test_what_the_change_would_come_to_is_said_without_changing_anything(
    world: World, alice: Person, pat: Pat
) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    sent = form.data | {"name": "", "scopes": ["vso.build_execute"]}
    answer = alice.browser.post(f"/tokens/{pat.id}/edit/check", sent)
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    told = read(answer)
    assert "The token will be able to start and change builds in" in told.text
    assert told.one("ul", id="errors-name").text == "Enter a name."
    assert truth_of(world, pat).scope == pat.scopes[0]
    assert Operation.objects.count() == 0


def test_scopes_that_nobody_offers_may_stay(world: World, alice: Person) -> None:
    odd = true_pat(world, alice, "odd", scope="vso.code vso.of_yesterday")
    page = edit_page(alice, odd)
    assert "Other scopes that it has" in page.text
    form = edit_form(page, odd)
    assert set(form.data["scopes"]) == {"vso.code", "vso.of_yesterday"}
    assert form.submit(alice.browser, name="odd two").status_code == 302
    assert truth_of(world, odd).scope == "vso.code vso.of_yesterday"


def test_what_was_typed_survives_a_sign_in_and_is_still_guarded(
    world: World, alice: Person, pat: Pat, client: Client
) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    answer = form.submit(client, name="typed <before>", scopes=["vso.build", "vso.code"])
    change_elsewhere(world, pat, display_name="renamed elsewhere")
    shown = sign_in_from(world, client, answer["Location"], "alice")
    page = read(shown)
    assert "What you had typed before you signed in is back. Nothing was sent yet." in page.text
    again = edit_form(page, pat)
    assert (again.value("name"), set(again.data["scopes"])) == ("typed <before>", {"vso.build", "vso.code"})
    assert (again.value("key"), again.value("seen")) == (form.value("key"), form.value("seen"))
    assert changes_sent(world) == 0
    assert again.submit(client).status_code == 409
    assert truth_of(world, pat).display_name == "renamed elsewhere"


def test_what_was_carried_out_before_a_sign_in_is_not_offered_again(
    world: World, alice: Person, pat: Pat, client: Client
) -> None:
    form = edit_form(edit_page(alice, pat), pat)
    assert form.submit(alice.browser, name="ci two").status_code == 302
    answer = form.submit(client, name="ci two")
    shown = sign_in_from(world, client, answer["Location"], "alice")
    assert (shown.status_code, shown["Location"]) == (302, f"/operations/{Operation.objects.get().id}")
