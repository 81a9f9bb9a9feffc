"""The page of a PAT's notes."""

from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_pat, make_pats, set_access
from tokens.models import AuditEvent, BackupContact, OutgoingMail, Pat, Place
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


def test_of_two_tabs_the_later_one_sees_what_the_other_stored(alice: Person, pat: Pat) -> None:
    first, second = (page_of(alice, pat).form(path(pat)) for _ in range(2))
    assert first.submit(alice.browser, purpose="from <one> tab", places="build-3").status_code == 302
    answer = second.submit(alice.browser, review_date="2027-03-31", purpose="mine")
    assert answer.status_code == 409
    page = read(answer)
    assert "The token was changed meanwhile" in page.text
    shown = page.one("section", aria_labelledby="stored-title").text
    for note in ("from <one> tab", "build-3", "No date"):
        assert note in shown
    assert stored(pat) == Notes(purpose="from <one> tab", places=("build-3",))

    form = page.form(path(pat))
    assert (form.value("purpose"), form.value("review_date")) == ("mine", "2027-03-31")
    assert form.submit(alice.browser, places="build-3").status_code == 302
    assert stored(pat) == Notes(purpose="mine", places=("build-3",), review_date=date(2027, 3, 31))


def test_sent_twice_by_a_double_click_it_is_saved_once(alice: Person, pat: Pat) -> None:
    form = page_of(alice, pat).form(path(pat))
    assert [form.submit(alice.browser, purpose="x").status_code for _ in range(2)] == [302, 302]
    assert AuditEvent.objects.filter(type="pat.described").count() == 1


def test_the_notes_and_the_page_of_the_token_lead_to_each_other(alice: Person, pat: Pat) -> None:
    notes = read(alice.browser.get(f"/tokens/{pat.id}/notes"))
    assert notes.one(class_="back").one("a")["href"] == f"/tokens/{pat.id}"
    detail = read(alice.browser.get(f"/tokens/{pat.id}"))
    (link,) = [one for one in detail.all("a") if one.text == "Edit the notes"]
    assert link["href"] == f"/tokens/{pat.id}/notes"


def test_sent_unchanged_it_records_nothing(alice: Person, pat: Pat) -> None:
    page_of(alice, pat).form(path(pat)).submit(alice.browser, purpose="x", review_date="2027-03-31")
    events = AuditEvent.objects.count()
    page_of(alice, pat).form(path(pat)).submit(alice.browser)
    assert AuditEvent.objects.count() == events


def test_a_stranger_is_asked_and_the_page_says_so(alice: Person, pat: Pat) -> None:
    form = page_of(alice, pat).form(path(pat))
    answer = form.submit(alice.browser, backup_email="ops@example.com")
    told = read(alice.browser.get(answer["Location"])).one(id="messages").text
    assert "are saved. ops@example.com gets a mail that asks" in told
    assert OutgoingMail.objects.get().address == "ops@example.com"
    answer = form.submit(alice.browser, backup_email="ops@example.com", purpose="new")
    told = read(alice.browser.get(answer["Location"])).one(id="messages").text
    assert ("are saved." in told, "gets a mail" in told) == (True, False)
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


def test_a_form_from_before_somebody_left_comes_back_without_them(
    world: World, alice: Person, pat: Pat
) -> None:
    bob, address = world.bob, world.bob.user.mail_address.lower()
    page_of(alice, pat).form(path(pat)).submit(alice.browser, backup_email=address)
    form = page_of(alice, pat).form(path(pat))
    assert bob.browser.post(f"/backup/{pat.id}/leave").status_code == 302
    answer = form.submit(alice.browser, purpose="typed")
    assert answer.status_code == 422
    assert stored(pat) == Notes()
    page = read(answer)
    assert "may have left" in page.text
    again = page.form(path(pat))
    assert (again.value("purpose"), again.value("backup_email")) == ("typed", "")
    assert again.submit(alice.browser).status_code == 302
    assert stored(pat) == Notes(purpose="typed")


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


@pytest.mark.parametrize("page", ["", "/revoke", "/rotate"])
def test_the_address_of_a_place_is_a_link_that_passes_nothing_on(alice: Person, pat: Pat, page: str) -> None:
    for position, text in enumerate(["https://ci.example/7", "javascript:alert(1)"]):
        Place.objects.create(pat=pat, position=position, text=text)
    main = read(alice.browser.get(f"/tokens/{pat.id}{page}")).one("main")
    assert main.one("a", href="https://ci.example/7").get("rel") == "noopener noreferrer"
    assert "(ci.example)" in main.text
    assert "javascript:alert(1)" in main.text
    assert main.all("a", href="javascript:alert(1)") == []


def create(world: World, alice: Person, **fields: Any) -> Any:
    return alice.browser.post("/tokens/new", world.form(**fields))


def test_a_new_pat_may_have_its_notes_at_once(world: World, alice: Person) -> None:
    assert create(world, alice, purpose="deploys", places="a\r\nb").status_code == 200
    assert stored(Pat.objects.get()) == Notes(purpose="deploys", places=("a", "b"))


def test_the_notes_of_a_new_pat_are_folded_until_something_stands_there(world: World, alice: Person) -> None:
    page = read(alice.browser.get("/tokens/new"))
    assert "open" not in page.one("details", class_="panel").attributes
    refused = create(world, alice, purpose="x" * 501)
    assert refused.status_code == 422
    assert "open" in read(refused).one("details", class_="panel").attributes
    assert world.tenant.pats() == []


def test_a_backup_owner_that_is_refused_leaves_the_new_pat_unmade(world: World, alice: Person) -> None:
    answer = create(world, alice, backup_email=alice.user.mail_address)
    assert answer.status_code == 422
    assert "This backup owner cannot be named" in read(answer).text
    assert world.tenant.pats() == []


# --- Where they are read ---------------------------------------------------------------------------
@pytest.fixture
def noted(world: World, alice: Person) -> Pat:
    """A PAT with all notes, whose review date has come."""
    contact = BackupContact.objects.create(tenant_id=alice.user.tenant_id, email="<i>ops@example.com")
    due = {"review_date": timezone.localdate(), "backup_contact": contact}
    pat = make_pat(world, alice, "noted", purpose="Deploys the shop", **due)
    Place.objects.create(pat=pat, position=0, text="build-3")
    return pat


def _due(pat: Pat) -> str:
    return f"Review due {pat.review_date:%-d %b %Y}"


def test_the_list_names_the_backup_owner_and_the_review_that_is_due(
    world: World, alice: Person, noted: Pat
) -> None:
    make_pat(world, alice, "bare")
    rows = {row.one(class_="pat-link").text: row for row in read(alice.browser.get("/")).rows()}
    (line,) = [one.text for one in rows["noted"].all(class_="remark") if "build-3" in one.text]
    assert line == f"Used in build-3 · Backup owner <i>ops@example.com · {_due(noted)}"
    assert rows["bare"].all(class_="remark") == []
    assert read(alice.browser.get("/?q=ops%40example")).names() == ["noted"]


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"review_date": None}, "Backup owner <i>ops@example.com"),
        ({"backup_contact": None}, "{due}"),
        ({}, "Backup owner <i>ops@example.com · {due}"),
        ({"backup_contact": None, "review_date": date(2099, 1, 2)}, "Review by 2 Jan 2099"),
    ],
)
def test_what_is_not_noted_leaves_no_gap_in_the_line(
    alice: Person, noted: Pat, columns: dict[str, Any], line: str
) -> None:
    noted.places.all().delete()
    Pat.objects.update(purpose="", **columns)
    (row,) = read(alice.browser.get("/")).rows()
    assert [one.text for one in row.all(class_="remark")] == [line.format(due=_due(noted))]


@pytest.mark.parametrize(
    "address", ["/tokens/{}/revoke", "/tokens/{}/rotate", "/bulk/revoke?pat={}", "/bulk/rotate?pat={}"]
)
def test_whoever_is_to_confirm_reads_the_notes_first(alice: Person, noted: Pat, address: str) -> None:
    text = read(alice.browser.get(address.format(noted.id))).one("main").text
    for note in ("Deploys the shop", "build-3", "<i>ops@example.com", _due(noted)):
        assert note in text


def test_revoking_everything_takes_the_same_queries_whoever_is_named(
    world: World, alice: Person, noted: Pat
) -> None:
    def cost() -> int:
        set_access(alice, world, at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert alice.browser.get("/tokens/revoke-everything").status_code == 200
        return len(captured)

    cost()
    one = cost()
    make_pats(world, alice, [str(number) for number in range(10)], backup_contact=noted.backup_contact)
    assert cost() == one
