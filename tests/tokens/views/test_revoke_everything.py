"""Revoke everything of one's own: what is counted, what is confirmed, and what still works afterwards."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Grant
from tests.job_runner import run_jobs, waiting_jobs
from tests.people import Person, World
from tests.tokens.views.page import Page, read
from tests.tokens.views.rows import make_pat, make_pats, set_access
from tokens.models import BulkChange, BulkItem, OrganizationAccess, Pat

PATH = "/tokens/revoke-everything"


@pytest.fixture
def pats(world: World, alice: Person) -> list[Pat]:
    """What works in two organizations, beside what has ended."""
    make_pat(world, alice, "over", ends_in=-timedelta(days=1))
    make_pat(world, alice, "gone", revoked_at=timezone.now())
    make_pat(world, alice, "sent", revocation_sent_at=timezone.now())
    return [
        *make_pats(world, alice, ["one", "two"]),
        make_pat(world, alice, "three", organization=world.beta),
    ]


def open_page(person: Person, **headers: str) -> Page:
    answer = person.browser.get(PATH, headers=headers)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return read(answer)


def test_other_methods_are_answered_with_405(alice: Person) -> None:
    for method in ("put", "patch", "delete"):
        assert getattr(alice.browser, method)(PATH).status_code == 405


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(pats: list[Pat], client: Client) -> None:
    assert client.get(PATH)["Location"].startswith("/sign-in?next=")
    answer = client.post(PATH, {"key": "k" * 32, "is_sure": "1"})
    assert answer["Location"].startswith("/sign-in?next=")
    assert BulkChange.objects.count() == 0


def test_it_counts_what_works_in_each_organization(world: World, alice: Person, pats: list[Pat]) -> None:
    page = open_page(alice)
    assert "3 tokens work, as far as is known" in page.text
    facts = page.one("dl").text
    assert f"{world.alpha.name} 2" in facts
    assert f"{world.beta.name} 1" in facts


def test_opening_it_asks_for_the_lists_and_polling_does_not(
    world: World, alice: Person, pats: list[Pat]
) -> None:
    set_access(alice, world, at=timezone.now() - timedelta(minutes=1))
    page = open_page(alice)
    assert page.one(id="everything")["hx-trigger"] == "every 2s"
    asked = list(OrganizationAccess.objects.values_list("requested_at", flat=True))
    set_access(alice, world, at=timezone.now() - timedelta(minutes=1))
    fragment = open_page(alice, **{"HX-Request": "true", "X-Polling": "1"})
    assert [one["id"] for one in fragment.children if not isinstance(one, str)] == ["everything"]
    assert all(at and at > timezone.now() - timedelta(seconds=30) for at in asked)
    assert not OrganizationAccess.objects.filter(
        requested_at__gt=timezone.now() - timedelta(seconds=30)
    ).exists()
    assert waiting_jobs()


def test_a_box_that_is_not_ticked_is_what_the_keyboard_is_on_then(alice: Person, pats: list[Pat]) -> None:
    summary = read(open_page(alice).form(PATH).submit(alice.browser)).one(id="error-summary")
    assert "autofocus" in summary.attributes
    assert "Nothing was revoked yet" in summary.text
    assert summary.one("a")["href"] == "#field-is_sure"
    assert open_page(alice).all(id="error-summary") == []


def test_it_is_confirmed_by_ticking_a_box(alice: Person, pats: list[Pat]) -> None:
    form = open_page(alice).form(PATH)
    answer = form.submit(alice.browser)
    assert answer.status_code == 422
    assert "Tick the box" in read(answer).text
    assert BulkChange.objects.count() == 0
    answer = read(answer).form(PATH).submit(alice.browser, is_sure="1")
    bulk = BulkChange.objects.get()
    assert answer["Location"] == f"/bulk/{bulk.id}"
    assert (bulk.is_everything, bulk.verb) == (True, "revoke")
    assert {item.pat_id for item in bulk.items.all()} == {pat.pk for pat in pats}


def test_the_same_confirmation_twice_begins_once(alice: Person, pats: list[Pat]) -> None:
    form = open_page(alice).form(PATH)
    first = form.submit(alice.browser, is_sure="1")
    Pat.objects.update(revocation_sent_at=timezone.now())
    assert form.submit(alice.browser, is_sure="1")["Location"] == first["Location"]
    assert BulkChange.objects.count() == 1


def test_nothing_of_others_is_touched(alice: Person, bob: Person, pats: list[Pat]) -> None:
    assert "0 tokens work" in open_page(bob).text
    answer = bob.browser.post(PATH, {"key": uuid4().hex, "is_sure": "1", "pat": str(pats[0].pk)})
    assert answer.status_code == 422
    assert BulkItem.objects.count() == 0


def test_more_than_may_be_selected_are_revoked_all_the_same(world: World, alice: Person) -> None:
    make_pats(world, alice, [f"pat {number}" for number in range(505)])
    open_page(alice).form(PATH).submit(alice.browser, is_sure="1")
    assert BulkItem.objects.count() == 505


def test_many_that_were_rotated_cost_as_many_queries_as_few(world: World, alice: Person) -> None:
    counts = []
    for number in (2, 30):
        for old in make_pats(world, alice, [f"pat {number} {one}" for one in range(number)]):
            make_pat(world, alice, f"successor of {old.name}", replaces=old)
        set_access(alice, world, at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            open_page(alice)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_who_has_to_sign_in_again_is_told_so(alice: Person, pats: list[Pat]) -> None:
    Grant.objects.filter(user=alice.user).update(state="sign_in_needed", lost_code="sign_in_needed")
    page = open_page(alice)
    assert "Please sign in again" in page.text
    assert [one for one in page.all("form") if one["action"] == PATH] == []


def test_afterwards_it_says_what_still_works_and_offers_that(world: World, alice: Person) -> None:
    truth = world.tenant.add_pat("alice", "alpha", "laptop")
    make_pat(world, alice, "laptop", authorization_id=UUID(truth.authorization_id))
    answer = open_page(alice).form(PATH).submit(alice.browser, is_sure="1")
    world.tenant.add_pat("alice", "beta", "made meanwhile")
    run_jobs(until=timezone.now() + timedelta(minutes=1))
    page = read(alice.browser.get(answer["Location"]))
    assert "The portal is asking Azure DevOps what still works" in page.text
    assert "hx-trigger" in page.one(id="bulk-state").attributes
    run_jobs(until=timezone.now() + timedelta(minutes=1))
    page = read(alice.browser.get(answer["Location"]))
    assert "One token still works" in page.text
    assert page.one("a", id="revoke-these")["href"] == PATH
    assert {one.display_name: one.status for one in world.tenant.pats()}["laptop"] == "revoked"


def test_when_nothing_works_any_more_it_says_so(world: World, alice: Person) -> None:
    truth = world.tenant.add_pat("alice", "alpha", "laptop")
    make_pat(world, alice, "laptop", authorization_id=UUID(truth.authorization_id))
    answer = open_page(alice).form(PATH).submit(alice.browser, is_sure="1")
    run_jobs(until=timezone.now() + timedelta(minutes=1))
    alice.browser.get(answer["Location"])
    run_jobs(until=timezone.now() + timedelta(minutes=1))
    page = read(alice.browser.get(answer["Location"]))
    assert "Nothing of yours works any more" in page.text
    assert "hx-trigger" not in page.one(id="bulk-state").attributes


def test_the_list_leads_to_it(alice: Person) -> None:
    links = [one["href"] for one in read(alice.browser.get("/")).all("a")]
    assert PATH in links
