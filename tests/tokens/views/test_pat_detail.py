"""The page of one PAT: everything known, its relatives, its history, and what can be done."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patportal.lib.actors import system_actor
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rotation import known_pat, rotate, successor_of
from tests.tokens.views.rows import make_operation, make_pat
from tokens import audit
from tokens.models import BackupContact, EventType, Operation, Pat, Place, global_stop_at

DAY = timedelta(days=1)


def open_pat(person: Person, pat: Pat) -> Page:
    answer = person.browser.get(f"/tokens/{pat.id}")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return read(answer)


def actions(page: Page) -> set[str]:
    known = {"received", "rotate", "extend", "edit", "notes", "keep", "revoke", "keep-old", "end-now"}
    return {one["id"] for one in page.elements() if one.get("id") in known}


def test_other_methods_are_answered_with_405(world: World, alice: Person) -> None:
    pat = make_pat(world, alice)
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/tokens/{pat.id}").status_code == 405
    assert alice.browser.head(f"/tokens/{pat.id}").status_code == 200


def test_of_a_global_one_it_shows_the_day_on_which_it_stops_and_that_it_works_everywhere(
    world: World, alice: Person
) -> None:
    pat = make_pat(world, alice, is_global=True)
    stops = timezone.localtime(global_stop_at()).isoformat()
    facts = open_pat(alice, pat).all("dl")[0]
    assert f"All organizations (kept in {world.alpha.name})" in facts.text
    assert [one["datetime"] for one in facts.all("time")] == [stops]
    in_list = read(alice.browser.get("/?status=all")).one("tbody")
    assert stops in [one["datetime"] for one in in_list.all("time")]


def test_without_a_session_it_asks_to_sign_in(world: World, alice: Person, client: Any) -> None:
    pat = make_pat(world, alice)
    answer = client.get(f"/tokens/{pat.id}")
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in?next=%2Ftokens%2F{pat.id}")


def test_a_pat_of_somebody_else_is_not_there(world: World, alice: Person, bob: Person) -> None:
    pat = make_pat(world, alice)
    for person in (bob, world.dave):
        assert person.browser.get(f"/tokens/{pat.id}").status_code == 404
    assert alice.browser.get(f"/tokens/{uuid4()}").status_code == 404


def test_it_shows_everything_that_is_known(world: World, alice: Person) -> None:
    contact = BackupContact.objects.create(
        tenant_id=alice.user.tenant_id, email="backup@example.test", asked_at=timezone.now()
    )
    pat = make_pat(
        world,
        alice,
        scopes=["vso.code_full", "vso.build"],
        purpose="Deploys the shop",
        review_date=timezone.localdate() - DAY,
        backup_contact=contact,
    )
    for position, text in enumerate(["https://ci.example.test/shop", "the <b>box</b>"]):
        Place.objects.create(pat=pat, position=position, text=text)
    page = open_pat(alice, pat)
    assert page.heading == "ci-deploy"
    for words in (
        world.alpha.name,
        "Active",
        "Code (full)",
        "Deploys the shop",
        "the <b>box</b>",
        "(ci.example.test)",
        "backup@example.test",
        "has not answered yet",
        "Review due",
        "1 day ago",
        str(pat.authorization_id),
    ):
        assert words in page.text
    (link,) = [one for one in page.all("a") if one["href"] == "https://ci.example.test/shop"]
    assert link["rel"] == "noopener noreferrer"
    assert actions(page) == {"rotate", "extend", "edit", "notes", "revoke"}
    assert page.one(id="rotate")["href"] == f"/tokens/{pat.id}/rotate"


def test_of_one_that_has_ended_a_replacement_is_offered(world: World, alice: Person) -> None:
    expired = open_pat(alice, make_pat(world, alice, ends_in=-DAY))
    assert actions(expired) == {"rotate", "notes"}
    assert expired.one(id="rotate").text == "Create a replacement"
    revoked = open_pat(alice, make_pat(world, alice, revoked_at=timezone.now()))
    assert actions(revoked) == {"rotate", "notes"}


def test_a_global_one_leads_to_the_way_out(world: World, alice: Person) -> None:
    pat = make_pat(world, alice, is_global=True)
    page = open_pat(alice, pat)
    assert page.one(id="rotate")["href"] == f"/tokens/{pat.id}/move"
    assert "extend" not in actions(page)
    assert f"stops {global_stop_at():%-d %b %Y}" in page.text


@pytest.mark.parametrize(
    ("life", "ending", "sentence"),
    [
        (DAY, "Ends by itself", "should it still work, it is revoked"),
        (30 * DAY, "The portal ends it", "Azure DevOps keeps its later expiry"),
    ],
)
def test_one_that_is_ending_says_how_and_can_be_kept(
    world: World, alice: Person, life: timedelta, ending: str, sentence: str
) -> None:
    ends_at = timezone.now() + DAY
    old = make_pat(world, alice, "old", ends_at=ends_at, valid_to=timezone.now() + life)
    new = make_pat(world, alice, "new", replaces=old, issued_at=timezone.now(), received_at=timezone.now())
    page = open_pat(alice, old)
    assert "Ending" in page.one(class_="page-head").text
    assert f"{ending} in 1 day" in page.text
    facts = [term.text for term in page.all("dt")]
    assert ("Ends" in facts) == (ending == "The portal ends it")
    assert not {"Name", "Status"} & set(facts)
    assert sentence in page.text
    assert actions(page) == {"notes", "keep-old", "end-now"}
    assert page.one(id="keep-old")["href"] == f"/tokens/{old.id}/keep-old"
    assert page.one(id="end-now")["href"] == f"/tokens/{old.id}/revoke"
    assert page.one(class_="lineage").text.startswith("Replaced by new, made")
    assert page.one(class_="lineage").one("a")["href"] == f"/tokens/{new.id}"
    taking_over = open_pat(alice, new).one(class_="lineage").text
    assert taking_over.startswith("Takes over from old, which works until")


def test_an_unfinished_rotation_can_be_finished_or_undone(world: World, alice: Person) -> None:
    old = make_pat(world, alice, "old")
    new = make_pat(world, alice, "new", replaces=old, issued_at=timezone.now() - timedelta(minutes=11))
    page = open_pat(alice, new)
    assert {"received", "revoke"} <= actions(page)
    assert "revoke this and rotate again" in page.text
    assert page.form(f"/tokens/{new.id}/received").submit(alice.browser).status_code == 302
    assert "Its rotation is not finished" not in open_pat(alice, old).text


def test_confirming_a_secret_says_what_it_starts(world: World, alice: Person) -> None:
    old = make_pat(world, alice, "old")
    new = make_pat(world, alice, "new", replaces=old, issued_at=timezone.now())
    facts = {"verb": Operation.Verb.ROTATE, "state": Operation.State.DONE, "pat": new, "replaces": old}
    make_operation(world, alice, overlap_seconds=0, answer_lost_at=None, **facts)
    page = open_pat(alice, new)
    assert "After that the old old ends at once." in page.one(id="aftermath").text
    assert page.one(id="received")["aria-describedby"] == "aftermath"
    created = make_pat(world, alice, "created", issued_at=timezone.now())
    assert open_pat(alice, created).all(id="aftermath") == []


def test_the_warning_about_an_unfinished_rotation_leads_to_where_it_is_finished(
    world: World, alice: Person
) -> None:
    old = make_pat(world, alice, "old")
    new = make_pat(world, alice, "new", replaces=old, issued_at=timezone.now())
    (warning,) = open_pat(alice, old).one(class_="notices").all("li")
    assert "Its rotation is not finished" in warning.text
    assert warning.one("a")["href"] == f"/tokens/{new.id}"


def test_the_history_of_the_old_one_tells_of_its_rotation(world: World, alice: Person) -> None:
    old = known_pat(world)
    rotate(alice, old)
    told = open_pat(alice, old).one("ol", class_="history").text
    assert "You created a token that takes over from it." in told
    assert "by rotating another" not in told
    assert "You created it as the successor of another one" in open_pat(alice, successor_of(old)).text


def test_places_are_ticked_off_while_both_work(world: World, alice: Person) -> None:
    old = make_pat(world, alice, "old")
    make_pat(world, alice, "new", replaces=old, issued_at=timezone.now(), received_at=timezone.now())
    place = Place.objects.create(pat=old, position=0, text="the pipeline")
    form = open_pat(alice, old).form(f"/tokens/{old.id}/places/{place.pk}/tick")
    assert form.submit(alice.browser)["Location"] == f"/tokens/{old.id}"
    assert "uses the new token" in open_pat(alice, old).text


def test_what_is_on_its_way_stands_above(world: World, alice: Person) -> None:
    pat = make_pat(world, alice)
    operation = make_operation(world, alice, verb=Operation.Verb.EXTEND, pat=pat, answer_lost_at=None)
    make_operation(world, alice, verb=Operation.Verb.UPDATE, state=Operation.State.DONE, pat=pat)
    (banner,) = open_pat(alice, pat).one(class_="notices").all("li")
    assert "the extension is on its way to Azure DevOps" in banner.text
    assert banner.one("a")["href"] == f"/operations/{operation.id}"


def test_the_history_tells_the_ten_newest_of_its_own(world: World, alice: Person, bob: Person) -> None:
    pat, other = make_pat(world, alice), make_pat(world, alice, "other")
    for number in range(12):
        differences = {"name": [f"name {number}", f"name {number + 1}"]}
        audit.record(EventType.PAT_UPDATED, actor=alice.actor, owner=alice.user, pat=pat, data=differences)
    audit.record(EventType.PAT_KEPT, actor=alice.actor, owner=alice.user, pat=other)
    audit.record(EventType.PAT_VANISHED, actor=system_actor("sync"), owner=bob.user, pat=pat)
    lines = open_pat(alice, pat).one("ol", class_="history").all("li")
    assert len(lines) == 10
    assert lines[0].text.startswith("You changed it: name.")
    assert "name 11 → name 12" in lines[0].text


def test_relatives_of_another_person_are_never_named(world: World, alice: Person, bob: Person) -> None:
    theirs = make_pat(world, bob, "secret plans")
    mine = make_pat(world, alice, "mine", replaces=theirs)
    Pat.objects.filter(pk=theirs.pk).update(replaces=mine)
    page = open_pat(alice, mine)
    assert "secret plans" not in page.text
    assert page.all(class_="lineage") == []


def test_it_makes_no_remote_call_and_few_queries(world: World, alice: Person) -> None:
    old = make_pat(world, alice, "old")
    for number in range(20):
        make_pat(world, alice, f"new {number}", replaces=old)
        Place.objects.create(pat=old, position=number, text=f"place {number}")
    world.tenant.forget_requests()
    with CaptureQueriesContext(connection) as captured:
        open_pat(alice, old)
    statements = [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]
    assert len(statements) <= 9, "\n".join(statements)
    assert world.tenant.requests() == []


def test_the_list_leads_here_and_tells_of_the_rotation(world: World, alice: Person) -> None:
    old = make_pat(world, alice, "old", ends_at=timezone.now() + DAY, purpose="Deploys the shop")
    new = make_pat(world, alice, "new", replaces=old, received_at=timezone.now(), issued_at=timezone.now())
    for position, text in enumerate(["https://ci.example.test/shop", "box", "desk", "<i>lab</i>"]):
        Place.objects.create(pat=old, position=position, text=text)
    page = read(alice.browser.get("/"))
    first, second = page.rows()
    assert first.one(class_="pat-link")["href"] == f"/tokens/{old.id}"
    assert "Deploys the shop" in first.text
    assert "Used in ci.example.test, box and in 2 more" in first.text
    assert "Replaced by new" in first.text
    assert first.one(class_="badge").text == "Ending"
    assert "Takes over from old" in second.text
    assert second.one(id=f"rotate-{new.id}")["href"] == f"/tokens/{new.id}/rotate"
    found = read(alice.browser.get("/?q=lab"))
    assert found.names() == ["old"]
