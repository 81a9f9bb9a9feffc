"""The page of one operation: what became of a form that was sent twice or whose answer was lost."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from tests.job_runner import run_jobs
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_operation, make_pat
from tokens.models import Operation
from tokens.models.operation import CREATE_STATES
from tokens.scopes import label_of

State = Operation.State


def open_page(person: Person, operation: Operation, **headers: str) -> Page:
    answer = person.browser.get(f"/operations/{operation.id}", headers=headers)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return read(answer)


def test_other_methods_are_answered_with_405(world: World, alice: Person) -> None:
    operation = make_operation(world, alice)
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/operations/{operation.id}").status_code == 405
    for method in ("get", "head", "put", "delete"):
        assert getattr(alice.browser, method)(f"/operations/{operation.id}/dismiss").status_code == 405


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(
    world: World, alice: Person, client: Client
) -> None:
    operation = make_operation(world, alice)
    answer = client.get(f"/operations/{operation.id}")
    assert answer["Location"] == f"/sign-in?next=%2Foperations%2F{operation.id}"
    answer = client.post(f"/operations/{operation.id}/dismiss")
    assert answer["Location"] == "/sign-in?next=%2F"


def test_somebody_elses_operation_is_not_found(world: World, alice: Person, bob: Person) -> None:
    operation = make_operation(world, alice, state=State.NOTHING_MADE)
    for operation_id in (operation.id, uuid4()):
        assert bob.browser.get(f"/operations/{operation_id}").status_code == 404
        assert bob.browser.post(f"/operations/{operation_id}/dismiss").status_code == 404
    operation.refresh_from_db()
    assert operation.dismissed_at is None


def test_it_tells_every_state_of_a_creation(world: World, alice: Person) -> None:
    told = {}
    for state in (State(one) for one in CREATE_STATES):
        operation = make_operation(world, alice, state=state, answer_lost_at=None)
        page = open_page(alice, operation)
        told[state] = page.heading
        is_open = state == State.REQUESTED
        assert ("hx-trigger" in page.one(id="operation").attributes) == is_open
        assert page.names() == ["ci-deploy"]
        assert world.alpha.name in page.text
    assert told == {
        State.REQUESTED: "The token is being created",
        State.DONE: "The token was created",
        State.REFUSED: "The token was not created",
        State.FAILED: "The token was not created",
        State.NOTHING_MADE: "No token was made",
        State.ORPHANED: "The token is being revoked",
        State.AMBIGUOUS: "A token may be left over",
    }


def test_it_tells_every_state_of_a_revocation(world: World, alice: Person) -> None:
    pat = make_pat(world, alice)
    told = {}
    for state in (State.REQUESTED, State.SENT, State.DONE, State.REFUSED, State.FAILED):
        operation = make_operation(
            world, alice, verb=Operation.Verb.REVOKE, state=state, pat=pat, answer_lost_at=None
        )
        told[state] = open_page(alice, operation).heading
    assert told == {
        State.REQUESTED: "The token is being revoked",
        State.SENT: "The revocation was sent",
        State.DONE: "The token was revoked",
        State.REFUSED: "The token was not revoked",
        State.FAILED: "Nothing was revoked",
    }


def test_it_shows_the_id_to_quote(world: World, alice: Person) -> None:
    activity_id = str(uuid4())
    operation = make_operation(world, alice, activity_id=activity_id)
    assert open_page(alice, operation).one("code").text == activity_id


def test_a_name_with_markup_is_text(world: World, alice: Person) -> None:
    operation = make_operation(world, alice, name="<script>alert(1)</script>")
    answer = alice.browser.get(f"/operations/{operation.id}")
    assert "<script>alert" not in answer.content.decode()
    assert read(answer).names() == ["<script>alert(1)</script>"]


def test_htmx_gets_the_state_alone(world: World, alice: Person) -> None:
    operation = make_operation(world, alice)
    fragment = open_page(alice, operation, **{"HX-Request": "true", "X-Polling": "1"})
    assert [one["id"] for one in fragment.children if not isinstance(one, str)] == ["operation"]


def test_it_follows_a_lost_creation_to_its_end(world: World, alice: Person) -> None:
    with world.tenant.fault("pats", verb="create", drop="after"):
        answer = alice.browser.post("/tokens/new", world.form(name="lost"))
    operation = Operation.objects.get()
    assert answer["Location"] == f"/operations/{operation.id}"
    assert open_page(alice, operation).heading == "The answer was lost"

    Operation.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    run_jobs(until=timezone.now() + timedelta(minutes=10))
    page = open_page(alice, operation)
    assert page.heading == "The token was revoked"
    assert "because nobody has its secret" in page.text
    assert [one.status for one in world.tenant.pats()] == ["revoked"]
    assert "hx-trigger" not in page.one(id="operation").attributes


def test_a_rotation_that_is_not_finished_can_be_finished_there(world: World, alice: Person) -> None:
    old = make_pat(world, alice, "old")
    new = make_pat(world, alice, "new", replaces=old, issued_at=timezone.now())
    facts = {"verb": Operation.Verb.ROTATE, "state": State.DONE, "pat": new, "replaces": old}
    operation = make_operation(world, alice, overlap_seconds=3600, answer_lost_at=None, **facts)
    page = open_page(alice, operation)
    assert page.heading == "The rotation is not finished"
    assert "After that the old old works on for 1 hour" in page.one(id="aftermath").text
    answer = page.form(f"/tokens/{new.id}/received").submit(alice.browser)
    assert answer["Location"] == f"/tokens/{new.id}"
    done = open_page(alice, operation)
    assert (done.all(id="aftermath"), done.all(id="received")) == ([], [])


def test_a_change_shows_what_was_asked_and_offers_no_revocation(world: World, alice: Person) -> None:
    pat = make_pat(world, alice)
    before = {"name": "ci-deploy", "scopes": ["vso.code"], "valid_to": pat.valid_to.isoformat()}
    facts = {"pat": pat, "before": before, "asked_name": "renamed", "scopes": ["vso.build"]}
    for state in (State.REQUESTED, State.FAILED):
        operation = make_operation(
            world, alice, verb=Operation.Verb.UPDATE, state=state, asked_valid_to=None, **facts
        )
        page = open_page(alice, operation)
        asked = page.one("section").text
        assert "Name renamed before: ci-deploy" in asked
        assert f"Scopes {label_of('vso.build')} before: {label_of('vso.code')}" in asked
        assert "Expires" not in asked
        assert page.all(id="revoke") == []
        assert len(page.all(id="again")) == (state == State.FAILED)


def test_an_edit_that_failed_is_asked_again_with_what_was_asked(world: World, alice: Person) -> None:
    pat = make_pat(world, alice)
    facts = {"pat": pat, "asked_name": "renamed", "scopes": ["vso.build"], "asked_valid_to": None}
    operation = make_operation(world, alice, verb=Operation.Verb.UPDATE, state=State.FAILED, **facts)
    link = open_page(alice, operation).one("a", id="again")
    assert link.text == "Edit again"
    page = read(alice.browser.get(link["href"]))
    assert "What was asked for is filled in. Nothing was sent yet." in page.text
    form = page.form(f"/tokens/{pat.id}/edit")
    assert form.value("name") == "renamed"
    assert [one["value"] for one in page.all("input", name="scopes", checked="")] == ["vso.build"]


def test_an_extension_that_was_refused_is_asked_again_with_its_date(world: World, alice: Person) -> None:
    pat, asked = make_pat(world, alice), timezone.now() + timedelta(days=90)
    facts = {"pat": pat, "scopes": [], "asked_valid_to": asked, "error_code": "patLifespanPolicyViolation"}
    operation = make_operation(world, alice, verb=Operation.Verb.EXTEND, state=State.REFUSED, **facts)
    page = open_page(alice, operation)
    assert "Ask for less. Where that is refused as well, rotate it" in page.text
    form = read(alice.browser.get(page.one("a", id="again")["href"])).form(f"/tokens/{pat.id}/extend")
    assert form.value("expires") == "custom"
    assert form.value("expires_date") == str(timezone.localdate(asked))


def test_only_the_own_change_of_this_token_that_came_to_nothing_is_filled_in(
    world: World, alice: Person, bob: Person
) -> None:
    pat, other = make_pat(world, alice), make_pat(world, alice, "other")
    facts = {"asked_name": "renamed", "asked_valid_to": None, "verb": Operation.Verb.UPDATE}
    for one in (
        make_operation(world, alice, pat=other, state=State.FAILED, **facts),
        make_operation(world, alice, pat=pat, state=State.DONE, **facts),
    ):
        page = read(alice.browser.get(f"/tokens/{pat.id}/edit?again={one.id}"))
        assert page.form(f"/tokens/{pat.id}/edit").value("name") == "ci-deploy"
    for text in ("", "x"):
        assert alice.browser.get(f"/tokens/{pat.id}/edit?again={text}").status_code == 200
    theirs = make_operation(world, bob, pat=pat, state=State.FAILED, **facts)
    assert alice.browser.get(f"/tokens/{pat.id}/edit?again={theirs.id}").status_code == 404


def test_dismissing_one_that_is_going_on_leaves_its_notice(world: World, alice: Person) -> None:
    operation = make_operation(world, alice)
    assert alice.browser.post(f"/operations/{operation.id}/dismiss")["Location"] == "/"
    operation.refresh_from_db()
    assert operation.dismissed_at is None
    assert isinstance(operation.id, UUID)
