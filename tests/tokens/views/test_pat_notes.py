"""The page of a PAT's notes."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_pat
from tokens.models import AuditEvent, OutgoingMail, Pat
from tokens.operations import Notes, notes_of


@pytest.fixture
def pat(world: World, alice: Person) -> Pat:
    return make_pat(world, alice)


def path(pat: Pat) -> str:
    return f"/tokens/{pat.id}/notes"


def page_of(person: Person, pat: Pat) -> Page:
    answer = person.browser.get(path(pat))
    assert answer.status_code == 200
    return read(answer)


def stored(pat: Pat) -> Notes:
    return notes_of(pat=Pat.objects.get(pk=pat.pk))


def test_it_answers_other_methods_with_405(alice: Person, pat: Pat) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)(path(pat)).status_code == 405


def test_whoever_is_signed_out_signs_in_first(alice: Person, pat: Pat, client: Client) -> None:
    for answer in (client.get(path(pat)), client.post(path(pat), {"purpose": "x"})):
        assert answer.status_code == 302
        assert urlsplit(answer["Location"]).path == "/sign-in"
    assert stored(pat) == Notes()


def test_somebody_elses_pat_is_not_there(bob: Person, pat: Pat) -> None:
    assert bob.browser.get(path(pat)).status_code == 404
    assert bob.browser.post(path(pat), {"purpose": "x"}).status_code == 404
    assert stored(pat) == Notes()


def test_it_stores_what_is_typed_and_shows_it_again(world: World, alice: Person, pat: Pat) -> None:
    address = world.bob.user.mail_address
    answer = (
        page_of(alice, pat)
        .form(path(pat))
        .submit(
            alice.browser,
            purpose="deploys the shop",
            places="pipeline 7\r\nhttps://dev.azure.com/x",
            review_date="2027-03-31",
            backup_email=address,
        )
    )
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{pat.id}")
    form = page_of(alice, pat).form(path(pat))
    assert form.value("purpose") == "deploys the shop"
    assert form.value("places") == "pipeline 7\nhttps://dev.azure.com/x"
    assert form.value("review_date") == "2027-03-31"
    assert form.value("backup_email") == address.lower()
    assert OutgoingMail.objects.count() == 0


def test_sent_unchanged_it_records_nothing(alice: Person, pat: Pat) -> None:
    page_of(alice, pat).form(path(pat)).submit(alice.browser, purpose="x", review_date="2027-03-31")
    events = AuditEvent.objects.count()
    page_of(alice, pat).form(path(pat)).submit(alice.browser)
    assert AuditEvent.objects.count() == events


def test_a_stranger_is_asked_and_the_page_says_so(alice: Person, pat: Pat) -> None:
    page_of(alice, pat).form(path(pat)).submit(alice.browser, backup_email="ops@example.com")
    assert OutgoingMail.objects.get().address == "ops@example.com"
    assert "ops@example.com was asked by mail and has not answered yet." in page_of(alice, pat).text


def test_what_is_wrong_comes_back_filled_without_the_secret(alice: Person, pat: Pat) -> None:
    answer = alice.browser.post(
        path(pat), {"purpose": "kept", "places": "build-3\r\nhttps://u:open-sesame@x.example"}
    )
    assert answer.status_code == 422
    assert "open-sesame" not in answer.content.decode()
    page = read(answer)
    form = page.form(path(pat))
    assert (form.value("purpose"), form.value("places")) == ("kept", "build-3")
    assert "Nothing was saved yet" in page.one(id="error-summary").text
    assert "places" in page.one(id="error-summary").one("a")["href"]
    assert stored(pat) == Notes()


def test_whoever_cannot_be_named_is_said_with_the_reason(alice: Person, pat: Pat) -> None:
    own = alice.user.mail_address
    answer = alice.browser.post(path(pat), {"purpose": "kept", "backup_email": own})
    assert answer.status_code == 422
    page = read(answer)
    assert "A backup owner is somebody else" in page.text
    assert page.form(path(pat)).value("purpose") == "kept"
    assert stored(pat) == Notes()


def test_what_was_typed_before_a_sign_in_comes_back(alice: Person, pat: Pat) -> None:
    sent = alice.browser.post("/sign-out")
    assert sent.status_code == 302
    answer = alice.browser.post(path(pat), {"purpose": "typed", "places": "a\r\nb"})
    (back,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
    assert urlsplit(back).path == path(pat)
    assert "kept" in parse_qs(urlsplit(back).query)
    assert stored(pat) == Notes()


def test_text_that_looks_like_markup_stays_text(alice: Person, pat: Pat) -> None:
    alice.browser.post(path(pat), {"purpose": "<b>x</b>", "places": "</textarea><script>alert(1)</script>"})
    form = page_of(alice, pat).form(path(pat))
    assert form.value("purpose") == "<b>x</b>"
    assert form.value("places") == "</textarea><script>alert(1)</script>"


def create(world: World, alice: Person, **fields: Any) -> Any:
    return alice.browser.post("/tokens/new", world.form(**fields))


def test_a_new_pat_may_have_its_notes_at_once(world: World, alice: Person) -> None:
    assert create(world, alice, purpose="deploys", places="a\r\nb").status_code == 200
    assert stored(Pat.objects.get()) == Notes(purpose="deploys", places=("a", "b"))


def test_the_notes_of_a_new_pat_are_folded_until_something_stands_there(world: World, alice: Person) -> None:
    page = read(alice.browser.get("/tokens/new"))
    assert "open" not in page.one("details", class_="notes").attributes
    refused = create(world, alice, purpose="x" * 501)
    assert refused.status_code == 422
    assert "open" in read(refused).one("details", class_="notes").attributes
    assert world.tenant.pats() == []


def test_a_backup_owner_that_is_refused_leaves_the_new_pat_unmade(world: World, alice: Person) -> None:
    answer = create(world, alice, backup_email=alice.user.mail_address)
    assert answer.status_code == 422
    assert "This backup owner cannot be named" in read(answer).text
    assert world.tenant.pats() == []
