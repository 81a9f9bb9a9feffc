"""The page of one change of many PATs: how far it is, what became of each, stop and repeat."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_bulk, make_operation, make_pats
from tokens.models import NOT_CONFIRMED, BulkChange, BulkItem, BulkPause, Operation, Pat

State, Made = BulkItem.State, Operation.State


def make_result(world: World, person: Person, items: list[dict[str, Any]], **changes: Any) -> BulkChange:
    """Write a change of as many PATs as there are `items`; `operation` in one is the state of its own."""
    pats = make_pats(world, person, [f"pat {number}" for number in range(len(items))])
    bulk = make_bulk(world, person, pats, **changes)
    for made, item in zip(bulk.items.all(), items, strict=True):
        facts = dict(item)
        operation = facts.pop("operation", None)
        if operation is not None:
            told = {"state": operation, "error_code": facts.pop("code", ""), "answer_lost_at": None}
            own = make_operation(world, person, verb=bulk.verb, pat=made.pat, name=made.pat.name, **told)
            facts |= {"state": State.SENT, "operation": own}
        BulkItem.objects.filter(pk=made.pk).update(**facts)
    return bulk


def open_page(person: Person, bulk: BulkChange, **headers: str) -> Page:
    answer = person.browser.get(f"/bulk/{bulk.id}", headers=headers)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return read(answer)


def results(page: Page) -> dict[str, str]:
    return {
        row.one("bdi").text: row.one("td", data_label="Result").text
        for row in page.one("table").one("tbody").all("tr")
    }


@pytest.fixture
def bulk(world: World, alice: Person) -> BulkChange:
    """One that waits altogether."""
    return make_result(world, alice, [{}, {}])


def test_other_methods_are_answered_with_405(alice: Person, bulk: BulkChange) -> None:
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.browser, method)(f"/bulk/{bulk.id}").status_code == 405
    for action in ("stop", "repeat"):
        for method in ("get", "head", "put", "delete"):
            assert getattr(alice.browser, method)(f"/bulk/{bulk.id}/{action}").status_code == 405


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(bulk: BulkChange, client: Client) -> None:
    assert client.get(f"/bulk/{bulk.id}")["Location"].startswith("/sign-in?next=")
    for action in ("stop", "repeat"):
        assert client.post(f"/bulk/{bulk.id}/{action}")["Location"] == "/sign-in?next=%2F"
    bulk.refresh_from_db()
    assert bulk.stopped_at is None


def test_somebody_elses_is_not_found(bulk: BulkChange, bob: Person) -> None:
    for bulk_id in (bulk.id, uuid4()):
        assert bob.browser.get(f"/bulk/{bulk_id}").status_code == 404
        for action in ("stop", "repeat"):
            assert bob.browser.post(f"/bulk/{bulk_id}/{action}", {"key": "k" * 32}).status_code == 404
    bulk.refresh_from_db()
    assert bulk.stopped_at is None
    assert BulkChange.objects.count() == 1


def test_it_says_how_far_it_is_and_keeps_itself_up_to_date(world: World, alice: Person) -> None:
    bulk = make_result(world, alice, [{"operation": Made.DONE}, {"state": State.RUNNING}, {}, {}])
    page = open_page(alice, bulk)
    assert page.heading == "Revoking 4 tokens"
    bar = page.one("progress")
    assert (bar["value"], bar["max"], bar.text) == ("1", "4", "1 of 4")
    assert "1 of 4 done" in page.text
    assert "close the browser" in page.text
    assert page.one(id="bulk-state")["hx-trigger"] == "every 2s"
    assert page.all("table") == []


def test_htmx_gets_the_state_alone(alice: Person, bulk: BulkChange) -> None:
    fragment = open_page(alice, bulk, **{"HX-Request": "true", "X-Polling": "1"})
    assert [one["id"] for one in fragment.children if not isinstance(one, str)] == ["bulk-state"]


def test_what_goes_wrong_is_shown_while_the_rest_is_at_work(world: World, alice: Person) -> None:
    bulk = make_result(world, alice, [{"operation": Made.FAILED, "code": "unreachable"}, {}])
    page = open_page(alice, bulk)
    assert list(results(page)) == ["pat 0"]
    assert "Azure DevOps cannot be reached" in results(page)["pat 0"]
    assert page.all("button", id="bulk-repeat") == []


def test_it_waits_when_azure_devops_asks_for_it(world: World, alice: Person) -> None:
    pause = BulkPause.objects.create(user=alice.user, ends_at=timezone.now() + timedelta(minutes=3))
    bulk = make_result(world, alice, [{}])
    assert "Azure DevOps asked to slow down. It goes on in 3 minutes" in open_page(alice, bulk).text
    bulk.items.update(state=State.NOT_DONE, error_code="stopped")
    assert "asked to slow down" not in open_page(alice, bulk).text
    bulk.items.update(state=State.WAITING, error_code="")
    BulkPause.objects.filter(pk=pause.pk).update(ends_at=timezone.now())
    assert "asked to slow down" not in open_page(alice, bulk).text


REVOCATIONS: list[tuple[dict[str, Any], str]] = [
    ({"operation": Made.DONE}, "Revoked"),
    ({"operation": Made.SENT}, "Revocation sent"),
    ({"operation": Made.REQUESTED}, "Answer lost"),
    ({"operation": Made.REFUSED, "code": "unheardOf"}, "Nothing was changed. Try it again."),
    ({"operation": Made.FAILED, "code": NOT_CONFIRMED}, "does not list it as revoked"),
    ({"operation": Made.FAILED, "code": "throttled"}, "Azure DevOps asks to slow down"),
    ({"state": State.NOT_DONE, "error_code": "stopped"}, "You stopped the rest"),
    ({"state": State.NOT_DONE, "error_code": "being_revoked"}, "Another revocation of it"),
    ({"state": State.NOT_DONE, "error_code": "interrupted"}, "interrupted at it several times"),
    ({"state": State.NOT_DONE, "error_code": "owned_elsewhere"}, "belongs to another organization"),
]


def test_each_result_is_told_in_plain_words(world: World, alice: Person) -> None:
    bulk = make_result(world, alice, [dict(item) for item, _ in REVOCATIONS])
    told = results(open_page(alice, bulk))
    for number, (_, words) in enumerate(REVOCATIONS):
        assert words in told[f"pat {number}"], told


def test_the_end_counts_and_no_longer_polls(world: World, alice: Person) -> None:
    bulk = make_result(world, alice, [{"operation": Made.DONE}] * 2 + [{"operation": Made.REFUSED}])
    page = open_page(alice, bulk)
    assert page.heading == "2 of 3 tokens revoked"
    assert "One was not revoked; see below why." in page.text
    assert "hx-trigger" not in page.one(id="bulk-state").attributes
    assert page.all("progress") == []
    assert next(iter(results(page))) == "pat 2"


def test_revocations_that_no_list_shows_yet_are_waited_for(world: World, alice: Person) -> None:
    bulk = make_result(world, alice, [{"operation": Made.SENT}])
    page = open_page(alice, bulk)
    assert page.heading == "One revocation sent"
    assert "One waits for the list of Azure DevOps to confirm it" in page.text
    assert "hx-trigger" in page.one(id="bulk-state").attributes


def test_revocations_are_counted_as_sent_until_the_list_confirms_them(world: World, alice: Person) -> None:
    items = [{"operation": Made.SENT}] * 3 + [{"operation": Made.DONE}]
    page = open_page(alice, make_result(world, alice, items))
    assert page.heading == "4 revocations sent, 1 confirmed"
    assert "3 wait for the list of Azure DevOps to confirm it" in page.text


def test_an_extension_whose_answer_was_lost_is_waited_for(world: World, alice: Person) -> None:
    moment = timezone.now()
    lost = {
        "operation": Made.REQUESTED,
        "seen_valid_to": moment,
        "asked_valid_to": moment + timedelta(days=9),
    }
    page = open_page(alice, make_result(world, alice, [lost], verb="extend"))
    assert page.heading == "Extending one token: 0 extended"
    assert "One waits for word from Azure DevOps" in page.text


def test_an_extension_that_came_back_shorter_shows_both_dates(world: World, alice: Person) -> None:
    now = timezone.now()
    bulk = make_result(
        world,
        alice,
        [
            {"operation": Made.DONE, "seen_valid_to": now, "asked_valid_to": now + timedelta(days=days)}
            for days in (90, 60)
        ],
        verb="extend",
    )
    page = open_page(alice, bulk)
    assert page.heading == "2 of 2 tokens extended"
    shorter, longer = results(page)["pat 0"], results(page)["pat 1"]
    assert "Extended by less" in shorter
    assert "You asked for in 90 days" in shorter
    assert "It expires in 60 days" in shorter
    assert "asked" not in longer
    assert "It expires in 60 days" in longer


def test_the_rest_can_be_stopped(alice: Person, bulk: BulkChange) -> None:
    answer = open_page(alice, bulk).form(f"/bulk/{bulk.id}/stop").submit(alice.browser)
    assert answer["Location"] == f"/bulk/{bulk.id}"
    page = open_page(alice, bulk)
    assert "You stopped the rest" in results(page)["pat 0"]
    assert [one for one in page.all("form") if one["action"].endswith("/stop")] == []


def test_what_failed_can_be_tried_again_alone_and_only_once(world: World, alice: Person) -> None:
    bulk = make_result(world, alice, [{"operation": Made.DONE}, {"operation": Made.FAILED, "code": "busy"}])
    page = open_page(alice, bulk)
    assert page.one("button", id="bulk-repeat").text == "Try the failed ones again (1)"
    form = page.form(f"/bulk/{bulk.id}/repeat")
    first, second = form.submit(alice.browser), form.submit(alice.browser)
    again = BulkChange.objects.exclude(pk=bulk.pk).get()
    assert first["Location"] == second["Location"] == f"/bulk/{again.id}"
    assert [item.pat.name for item in again.items.all()] == ["pat 1"]


def test_trying_again_without_a_proper_key_begins_nothing(alice: Person, bulk: BulkChange) -> None:
    answer = alice.browser.post(f"/bulk/{bulk.id}/repeat", {"key": "short"})
    assert answer["Location"] == f"/bulk/{bulk.id}"
    assert BulkChange.objects.count() == 1


def test_many_cost_as_many_queries_as_few(world: World, alice: Person) -> None:
    counts = []
    for number in (2, 200):
        bulk = make_result(world, alice, [{"operation": Made.DONE}] * number)
        with CaptureQueriesContext(connection) as captured:
            open_page(alice, bulk)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 6


def test_names_with_markup_are_text(world: World, alice: Person) -> None:
    bulk = make_result(world, alice, [{"operation": Made.REFUSED}])
    Pat.objects.update(name="<script>alert(1)</script>")
    answer = alice.browser.get(f"/bulk/{bulk.id}")
    assert "<script>alert" not in answer.content.decode()
    assert list(results(read(answer))) == ["<script>alert(1)</script>"]


def test_the_list_shows_what_goes_on_and_leads_to_it(world: World, alice: Person, bulk: BulkChange) -> None:
    page = read(alice.browser.get("/"))
    assert "Revoking 2 tokens: 0 of 2 are done." in page.text
    assert [one for one in page.all("a") if one["href"] == f"/bulk/{bulk.id}"]
    bulk.items.update(state=State.NOT_DONE, error_code="stopped")
    assert "Revoking 2 tokens" not in read(alice.browser.get("/")).text


def test_nobody_elses_is_shown_on_the_list(bulk: BulkChange, bob: Person) -> None:
    assert "Revoking" not in read(bob.browser.get("/")).text
    assert bulk.items.count() == 2
