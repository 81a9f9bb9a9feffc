"""The pages of backup owners: the list of a person, and the answer of an address."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.operations.invitation import earlier_proof
from tests.tokens.views.page import read
from tests.tokens.views.rows import make_pat, make_pats
from tokens.mail import PROOF_SALT
from tokens.models import AuditEvent, BackupContact, Pat, Place

OPS = "ops@example.com"


@pytest.fixture
def contact(world: World, bob: Person) -> BackupContact:
    """Bob as a backup owner."""
    return BackupContact.objects.create(tenant_id=bob.user.tenant_id, user=bob.user)


@pytest.fixture
def pat(world: World, alice: Person, contact: BackupContact) -> Pat:
    """A PAT of Alice's that names Bob."""
    pat = make_pat(world, alice, backup_contact=contact, purpose="deploys the shop")
    for position, text in enumerate(["build-3", "https://dev.azure.com/x", "https://a@dev.azure.com/x"]):
        Place.objects.create(pat=pat, position=position, text=text)
    return pat


@pytest.fixture
def asked(world: World, alice: Person) -> BackupContact:
    """An address that was asked and has not answered."""
    contact = BackupContact.objects.create(tenant_id=alice.user.tenant_id, email=OPS, asked_at=timezone.now())
    make_pat(world, alice, "asked-about", backup_contact=contact)
    return contact


def link(contact: BackupContact) -> str:
    return f"/backup/answer/{signing.dumps(contact.pk, salt=PROOF_SALT)}"


def test_they_answer_other_methods_with_405(bob: Person, pat: Pat, asked: BackupContact) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(bob.browser, method)("/backup").status_code == 405
    for method in ("get", "head", "put", "delete"):
        assert getattr(bob.browser, method)(f"/backup/{pat.id}/leave").status_code == 405
    for method in ("put", "patch", "delete"):
        assert getattr(bob.browser, method)(link(asked)).status_code == 405


def test_whoever_is_signed_out_signs_in_first(pat: Pat, client: Client) -> None:
    for answer in (client.get("/backup"), client.post(f"/backup/{pat.id}/leave")):
        assert answer.status_code == 302
        assert urlsplit(answer["Location"]).path == "/sign-in"
    assert Pat.objects.get(pk=pat.pk).backup_contact is not None


def test_only_the_one_who_is_named_sees_it_and_can_leave(world: World, alice: Person, pat: Pat) -> None:
    for person in (alice, world.carol):
        assert pat.name not in read(person.browser.get("/backup")).text
        assert person.browser.post(f"/backup/{pat.id}/leave").status_code == 404
    assert Pat.objects.get(pk=pat.pk).backup_contact is not None


def test_being_named_opens_no_other_page(bob: Person, pat: Pat) -> None:
    for action in ("", "/notes", "/revoke", "/edit", "/extend", "/rotate"):
        assert bob.browser.get(f"/tokens/{pat.id}{action}").status_code == 404


def test_the_list_tells_what_the_pat_is_for_and_links_only_to_web_addresses(bob: Person, pat: Pat) -> None:
    page = read(bob.browser.get("/backup"))
    section = page.one("section")
    for fact in (pat.name, pat.organization.name, str(pat.user), "deploys the shop", "build-3", "Active"):
        assert fact in section.text
    (place,) = section.all("a")
    assert (place["href"], place["rel"]) == ("https://dev.azure.com/x", "noopener noreferrer")
    assert "(dev.azure.com)" in section.text
    assert "https://a@dev.azure.com/x" in section.text
    assert [form["action"] for form in section.all("form")] == [f"/backup/{pat.id}/leave"]


def test_what_was_revoked_is_not_listed(bob: Person, pat: Pat) -> None:
    Pat.objects.update(revoked_at=timezone.now())
    page = read(bob.browser.get("/backup"))
    assert page.all("section") == []
    assert "No token names you." in page.text


def test_what_works_comes_before_what_expired_and_nothing_is_left_out(
    world: World, alice: Person, bob: Person, contact: BackupContact
) -> None:
    over = [f"over-{number}" for number in range(60)]
    make_pats(world, alice, over, backup_contact=contact, ends_in=timedelta(days=-1))
    make_pat(world, world.carol, "working", backup_contact=contact)
    first = read(bob.browser.get("/backup"))
    assert first.all("section")[0].one("h2").text == "working"
    assert "1 to 50 of 61" in first.text
    second = read(bob.browser.get(first.one(id="page-next")["href"]))
    assert (len(first.all("section")), len(second.all("section"))) == (50, 11)
    assert "51 to 61 of 61" in second.text


def test_the_list_takes_the_same_queries_for_many(world: World, alice: Person, bob: Person, pat: Pat) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            bob.browser.get("/backup")
        return len(queries)

    cost()
    one = cost()
    make_pats(world, alice, [str(number) for number in range(10)], backup_contact=pat.backup_contact)
    assert cost() == one


def test_leaving_takes_effect_and_is_recorded(bob: Person, pat: Pat) -> None:
    form = read(bob.browser.get("/backup")).form(f"/backup/{pat.id}/leave")
    answer = form.submit(bob.browser)
    assert (answer.status_code, answer["Location"]) == (302, "/backup")
    assert Pat.objects.get(pk=pat.pk).backup_contact is None
    assert AuditEvent.objects.filter(type="backup.left", actor_object_id=bob.user.object_id).count() == 1
    assert "You are no longer the backup owner" in read(bob.browser.get("/backup")).text
    assert form.submit(bob.browser).status_code == 404


def test_looking_at_the_invitation_changes_nothing_and_shows_no_pat(
    asked: BackupContact, client: Client
) -> None:
    before = BackupContact.objects.values().get(pk=asked.pk)
    answer = client.get(link(asked))
    client.head(link(asked))
    page = read(answer)
    assert page.heading == "Do you want to be a backup owner?"
    assert OPS in page.text
    assert "asked-about" not in page.text
    assert BackupContact.objects.values().get(pk=asked.pk) == before
    assert "no-store" in answer["Cache-Control"]


def test_an_address_agrees_and_leaves_for_good_without_being_signed_in(
    asked: BackupContact, client: Client
) -> None:
    answer = client.post(link(asked), {"answer": "agree"})
    assert (answer.status_code, answer["Location"]) == (302, link(asked))
    page = read(client.get(link(asked)))
    assert page.heading == "You are a backup owner"
    assert page.one("button", value="leave").text == "Leave for good"
    client.post(link(asked), {"answer": "leave"})
    asked.refresh_from_db()
    assert not asked.is_agreed
    page = read(client.get(link(asked)))
    assert page.heading == "You are not a backup owner"
    assert page.all("button", name="answer") == []
    assert client.post(link(asked), {"answer": "agree"}).status_code == 302
    asked.refresh_from_db()
    assert not asked.is_agreed
    assert client.get("/").status_code == 302  # the link signed nobody in


def old_link(contact: BackupContact) -> str:
    return f"/backup/answer/{earlier_proof(contact, age=timedelta(days=31))}"


def test_an_address_leaves_by_its_link_however_old_that_is(asked: BackupContact, client: Client) -> None:
    client.post(link(asked), {"answer": "agree"})
    page = read(client.get(old_link(asked)))
    assert page.heading == "You are a backup owner"
    assert client.post(old_link(asked), {"answer": "leave"}).status_code == 302
    asked.refresh_from_db()
    assert asked.left_at is not None
    page = read(client.get(old_link(asked)))
    assert page.heading == "You are not a backup owner"
    assert page.all("button", name="answer") == []


def test_an_old_link_does_not_agree_and_says_what_to_do(asked: BackupContact, client: Client) -> None:
    page = read(client.get(old_link(asked)))
    assert [button["value"] for button in page.all("button", name="answer")] == ["leave"]
    assert "older than 30 days" in page.text
    assert "write to the person who named you" in page.text
    answer = client.post(old_link(asked), {"answer": "agree"})
    assert (answer.status_code, read(answer).heading) == (404, "This link is no longer valid")
    asked.refresh_from_db()
    assert (asked.confirmed_at, asked.left_at) == (None, None)


def test_an_answer_that_is_none_changes_nothing(asked: BackupContact, client: Client) -> None:
    for data in ({}, {"answer": "x"}):
        assert client.post(link(asked), data).status_code == 302
    asked.refresh_from_db()
    assert (asked.confirmed_at, asked.left_at) == (None, None)


def test_an_answer_needs_a_form_of_the_portal(asked: BackupContact) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link(asked), {"answer": "agree"}).status_code == 403
    asked.refresh_from_db()
    assert asked.confirmed_at is None


def test_a_link_that_is_not_ours_is_answered_with_404(asked: BackupContact, client: Client) -> None:
    for path in (f"{link(asked)}x", "/backup/answer/1", f"/backup/answer/{signing.dumps(asked.pk)}"):
        for answer in (client.get(path), client.post(path, {"answer": "agree"})):
            assert answer.status_code == 404
            assert read(answer).heading == "This link is no longer valid"
    asked.refresh_from_db()
    assert asked.confirmed_at is None


def test_a_review_date_is_shown_as_a_day(bob: Person, pat: Pat) -> None:
    day = timezone.localdate() + timedelta(days=40)
    Pat.objects.update(review_date=day)
    assert f"{day.day} {day:%b %Y}" in read(bob.browser.get("/backup")).text
